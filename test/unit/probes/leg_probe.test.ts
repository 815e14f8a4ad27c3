import t from 'tap';
import { Helper, us } from '../support/frames.ts';
import { labSnapshots } from '../support/lab_frames.ts';
import { observe, topologyOf } from '../support/topology.ts';

const h = new Helper();
const start = topologyOf([h.hello(0), ...labSnapshots(h, 1)]);

t.test('answering or not, since when, within an echo', async t => {
  const [seen] = observe([h.probe(320, 31, false, 20), h.probe(900, 31, true, 899)], start);
  t.match(seen, [
    {
      probe: 'leg_probe',
      aspect: 'answering',
      subject: 'leg/c-a',
      value: 'no',
      t: us(320),
      since_us: us(20),
      uncertainty_us: 100_000,
      target: '10.77.1.2',
    },
    { value: 'yes', since_us: us(899) },
  ]);
});

t.test('a link without a name yet', async t => {
  t.same(observe([h.probe(5, 99, true, 4)], start)[0], []);
});

t.test('a leg whose link is gone is absent once', async t => {
  const [seen] = observe([h.probe(5, 31, true, 4), h.link(6, 31, 'c-a', { gone: true })], start);
  t.same(
    seen.filter(one => one.probe === 'leg_probe').map(one => one.value),
    ['yes'],
    'its probe goes on: the leg is remembered',
  );
  const route = h.route(7, '10.77.9.2/32', [], { gone: true });
  const [more] = observe([h.probe(5, 31, true, 4), route], start);
  t.match(
    more.filter(one => one.probe === 'leg_probe'),
    [{ value: 'yes' }, { value: 'absent' }],
  );
});
