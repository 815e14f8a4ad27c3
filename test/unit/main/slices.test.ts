import { setImmediate as turn } from 'node:timers/promises';
import t from 'tap';
import { Slices } from '../../../agent/main/slices.ts';

/** Names what is taken, which takes so long by a clock of its own, and what is asked for, in order. */
function stage(ms: number) {
  const done: string[] = [];
  let nowMs = 0;
  const slices = new Slices(
    on => done.push(on ? 'hold' : 'go on'),
    () => nowMs,
  );
  const take = (name: string) =>
    slices.take(() => {
      nowMs += ms;
      done.push(name);
    });
  return { done, slices, take };
}

t.test('what takes long is taken in order, and the loop has its turns in between', async t => {
  const { done, slices, take } = stage(4);
  for (let n = 0; n < 9; n++) take(String(n));
  t.ok(slices.behind);
  let turns = 0;
  for (; done.at(-1) !== 'go on'; turns++) await turn();
  t.ok(slices.behind, 'what was held back may lie unread');
  t.ok(turns > 1, `${turns} turns`);
  const asked = done.filter(one => one.length > 1);
  t.same(asked, ['hold', 'go on'], 'no more is read meanwhile');
  const taken = done.filter(one => !asked.includes(one));
  t.same(taken, ['0', '1', '2', '3', '4', '5', '6', '7', '8']);
  for (let n = 0; n < 3; n++) await turn();
  t.notOk(slices.behind);
});

t.test('what one of them adds waits for those before it', t => {
  const { done, slices, take } = stage(0);
  slices.take(() => {
    take('2');
    done.push('1');
  });
  t.same(done, ['1', '2']);
  t.end();
});

t.test('one that throws holds up none', async t => {
  const { done, slices, take } = stage(0);
  t.throws(() => {
    slices.take(() => {
      take('1');
      throw new Error('of its own');
    });
  }, /of its own/);
  await turn();
  t.same(done, ['1']);
  take('2');
  t.same(done, ['1', '2']);
});

t.test('what does not is taken at once', t => {
  const { done, take } = stage(0);
  take('1');
  take('2');
  t.same(done, ['1', '2']);
  t.end();
});

t.test('what waits is taken before the end, or not at all', async t => {
  const { done, slices, take } = stage(20);
  for (const name of ['1', '2', '3']) take(name);
  t.same(done, ['1', 'hold']);
  slices.flush();
  t.same(done, ['1', 'hold', '2', '3']);
  await turn();
  for (const name of ['4', '5']) take(name);
  slices.close();
  await turn();
  await turn();
  t.same(done, ['1', 'hold', '2', '3', '4', 'hold']);
});
