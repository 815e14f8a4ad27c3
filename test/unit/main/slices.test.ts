import { setImmediate as turn } from 'node:timers/promises';
import t from 'tap';
import { Slices } from '../../../agent/main/slices.ts';

/** Names what is taken, which takes so long by a clock of its own, and what is asked for, in order. */
function stage(ms: number) {
  const done: string[] = [];
  let nowUs = 0;
  const slices = new Slices(
    on => done.push(on ? 'hold' : 'go on'),
    () => nowUs,
  );
  const take = (name: string) =>
    slices.take(() => {
      nowUs += ms * 1000;
      done.push(name);
    });
  const pass = (ms: number) => {
    nowUs += ms * 1000;
  };
  return { done, slices, take, pass };
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

t.test('while much waits, all the rest has half of the loop at most', async t => {
  const { done, slices, take, pass } = stage(4);
  for (let n = 0; n < 20; n++) take(String(n));
  t.same(done, ['0', '1', 'hold'], 'after a rest as ever');
  pass(30);
  await turn();
  t.equal(done.length - 3, 8, '32 ms of it after 30 ms of something else');
  await turn();
  t.equal(done.length - 11, 2);
  slices.close();
});

t.test('what comes after waits for what is unread', async t => {
  const { done, slices, take } = stage(4);
  slices.after(() => done.push('after'));
  t.ok(slices.behind);
  await turn();
  for (const name of ['1', '2', '3']) take(name);
  for (let n = 0; done.at(-1) !== 'after'; n++) {
    t.ok(n < 10);
    await turn();
  }
  t.same(done, ['1', '2', 'hold', '3', 'go on', 'after']);
});

t.test('what comes after waits no longer than for what happened before', t => {
  const { done, slices, take, pass } = stage(4);
  for (let n = 0; n < 9; n++) take(String(n));
  slices.after(at => done.push(`after ${at}`));
  pass(1);
  slices.after(at => done.push(`after ${at}`));
  slices.reach(7999);
  t.same(done, ['0', '1', 'hold']);
  slices.reach(8000);
  t.same(done.slice(3), ['after 8000']);
  slices.flush();
  t.same(done.slice(-2), ['8', 'after 9000'], 'nothing follows');
  slices.close();
  t.end();
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
  slices.after(() => done.push('after'));
  slices.close();
  await turn();
  await turn();
  t.same(done, ['1', 'hold', '2', '3', '4', 'hold', 'after']);
});
