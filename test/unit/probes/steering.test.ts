import t from 'tap';
import { Helper, us } from '../support/frames.ts';
import { LAB_GROUP, labSnapshots, steering } from '../support/lab_frames.ts';
import { observe, topologyOf } from '../support/topology.ts';

const h = new Helper();
const start = [h.hello(0), ...labSnapshots(h, 10)];
const of = (fields: Parameters<typeof steering>[2]) =>
  observe([steering(h, 20, fields)], topologyOf(start))[0].filter(one => one.probe === 'steering');

t.test('what steering did, and what stands since', async t => {
  const [action, level] = of({ outcome: 'steered', from_ifindex: 31, lasts: true });
  t.match(action, {
    aspect: 'action',
    subject: `group/${LAB_GROUP}`,
    t: us(20),
    value: { from: 'c-a' },
  });
  t.match(level, { aspect: 'steered', value: { legs: ['c-a'] } });
});

t.test(
  'nexthop objects that are there again, or not: no steering, and no level changes',
  async t => {
    for (const outcome of ['restored', 'refused', 'failed'] as const) {
      const seen = of({ outcome, how: 'nexthops', from_ifindex: 31, asked_us: null, lasts: false });
      t.match(seen, [{ aspect: 'restoring', value: { outcome, leg: 'c-a' }, t: us(20) }]);
      t.equal(seen.length, 1);
    }
  },
);
