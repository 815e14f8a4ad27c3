import t from 'tap';
import { initialAlarms } from '../../../agent/alarms/step.ts';
import { initialFaults } from '../../../agent/faults/step.ts';
import { Ring } from '../../../agent/main/ring.ts';
import { makeSaved, readSaved } from '../../../agent/main/store.ts';
import { change } from '../support/alarm.ts';

const saved = makeSaved({
  boot_id: 'b',
  faults: initialFaults,
  alarms: initialAlarms,
  memory: {},
  cleared: Array.from({ length: 100 }, (_, i) => change(String(i), 2, 'cleared')),
  records: [],
});

t.test('comes back as it was written', async t => {
  t.same(readSaved(JSON.parse(JSON.stringify(saved))), saved);
  t.equal(saved.cleared.length, 32);
  t.equal(saved.cleared.at(-1)?.alarm.id, '99');
  t.equal(readSaved(null), null);
});

t.test('what was not written by this version is refused', async t => {
  t.throws(() => readSaved({ ...saved, version: 99 }), /version/);
  t.throws(() => readSaved({ ...saved, faults: [] }), /faults/);
  t.throws(() => readSaved('x'));
});

t.test('a ring keeps the latest', async t => {
  const ring = new Ring<{ id: string; n: number }>(2, ({ id }) => id, [{ id: 'a', n: 1 }]);
  ring.put({ id: 'b', n: 2 });
  ring.put({ id: 'a', n: 3 });
  ring.put({ id: 'c', n: 4 });
  t.same(ring.list(), [
    { id: 'b', n: 2 },
    { id: 'c', n: 4 },
  ]);
  t.equal(ring.get('a'), undefined);
});
