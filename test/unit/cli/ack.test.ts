/** `pathwarden ack` and `pathwarden maintenance`. */
import t, { type Test } from 'tap';
import { find } from '../../../agent/cli/ack.ts';
import { renderMaintenance } from '../../../agent/cli/maintenance-text.ts';
import { fakeAgent, makeAlarm, makeMaintenance, makeStatus, WALL_OFFSET_US } from './fake-agent.ts';
import { cli } from './process.ts';
import { paper, remedyOf, text } from './terminals.ts';

process.env.TZ = 'UTC';
t.setTimeout(240_000);

type Model = NonNullable<Parameters<typeof fakeAgent>[0]>;

async function agent(t: Test, model: Model) {
  const { folder, close } = await fakeAgent(model);
  t.teardown(close);
  return (...words: string[]) => cli(...words, '--socket-dir', folder);
}

const one = makeAlarm({ id: 'b00t0000-1x-a' });
const two = makeAlarm({ id: 'b00t0000-1y-1a', type: 'redundancy-lost' });
const seen = makeAlarm({ id: 'b00t0000-1z-b', ackState: 'ACKNOWLEDGED', ackUser: 'alice' });

t.test('an id may be given in part, if one alarm is meant', async t => {
  const active = [one, two, seen];
  t.equal(find(active, one.id), one);
  t.equal(find(active, 'b00t0000-1y'), two);
  t.equal(find(active, 'a'), one, 'the last part, whole');
  t.equal(find(active, '1a'), two);
  t.equal(find(active, 'b'), seen, 'though all ids begin like this');
  t.throws(() => find(active, 'b00t'), /'b00t' may be b00t0000-1x-a or .* or /);
  t.throws(() => find(active, ''), /no active alarm/);
  t.throws(() => find(active, 'x\x1b[2J'), { message: /^no active alarm 'x'$/, code: 1 });
  t.match(
    remedyOf(() => find(active, 'zz')),
    /pathwarden alarms/,
  );
  const exact = makeAlarm({ id: 'b00t' });
  t.equal(find([...active, exact], 'b00t'), exact, 'the whole id comes first');
});

t.test('ack', async t => {
  const asked: object[] = [];
  const run = await agent(t, {
    alarms: () => [one, two, seen],
    ack(request) {
      asked.push(request);
      const ackState = request.acknowledged ? 'ACKNOWLEDGED' : 'UNACKNOWLEDGED';
      return request.alarms.map(id => makeAlarm({ id, ackState, ackUser: request.user }));
    },
  });
  const ack = (...words: string[]) => run('ack', ...words);
  t.match(await ack('a', '1a', 'b00t0000-1x', '--as', 'bob'), {
    code: 0,
    stdout: /^2 alarms acknowledged by bob\nID .*DETAILS[\s\S]*acknowledged by bob/,
  });
  t.match(asked.at(-1), { alarms: [one.id, two.id], acknowledged: true, user: 'bob' });
  await ack('--all', '--as', 'bob');
  t.match(asked.at(-1), { alarms: [one.id, two.id], acknowledged: true });
  t.match(await ack('--all', '--undo'), { code: 0, stdout: /^1 alarm no longer acknowledged\n/ });
  t.match(asked.at(-1), { alarms: [seen.id], acknowledged: false });
  t.match(JSON.parse((await ack('a', '--json')).stdout), [{ id: one.id }]);
  t.match(await ack('zz'), { code: 1, stdout: '', stderr: /no active alarm 'zz'\nIt may have/ });
  t.match(await ack('b00t'), { code: 2, stderr: /Give more of the id/ });
  t.match(await ack(), { code: 2, stderr: /name alarms, or --all\n/ });
  t.match(await ack('a', '--all'), { code: 2, stderr: /not both/ });
});

t.test('thousands at once go in several requests', async t => {
  const sizes: number[] = [];
  const active = [...Array(2500).keys()].map(n => makeAlarm({ id: `b-${n}` }));
  const run = await agent(t, {
    alarms: () => active,
    ack({ alarms }) {
      sizes.push(alarms.length);
      return alarms.map(id => makeAlarm({ id }));
    },
  });
  t.match(await run('ack', '--all'), { code: 0, stdout: /^2500 alarms acknowledged/ });
  t.same(sizes, [1000, 1000, 500]);
});

t.test('what the agent refuses is told', async t => {
  const run = await agent(t, {
    ack() {
      throw new Error('no active alarm a1');
    },
  });
  t.match(await run('ack', 'a1'), { code: 1, stdout: '', stderr: /no active alarm a1/ });
});

t.test('maintenance in words', async t => {
  const now = WALL_OFFSET_US + 120_000_000;
  t.equal(renderMaintenance(paper(), null, now), 'No maintenance.\n');
  t.equal(
    renderMaintenance(paper(), makeMaintenance({ objects: ['leg/ens1*', 'host'] }), now),
    text`
      Maintenance is on.
        since    2026-03-01 12:01:00
        until    2026-03-01 12:31:00, 29 min 0 s left
        reason   new switch
        notices  held back
        objects  leg/ens1* host
    `,
  );
  const hostile = makeMaintenance({ reason: 'a\x1b[2Jb\nc', notices: 'mark' });
  t.match(renderMaintenance(paper(), hostile, now), 'reason   ab?c\n  notices  go out, marked');
});

t.test('maintenance is switched on and off', async t => {
  const asked: object[] = [];
  let now = makeStatus({ maintenance: makeMaintenance() });
  const run = await agent(t, {
    status: () => now,
    'maintenance-on'(request) {
      asked.push(request);
      return makeMaintenance(request);
    },
    'maintenance-off': () => now.maintenance,
  });
  const maintenance = (...words: string[]) => run('maintenance', ...words);
  t.match(await maintenance(), { code: 0, stdout: /^Maintenance is on\.\n/ });
  t.same(JSON.parse((await maintenance('--json')).stdout), makeMaintenance());
  t.match(await maintenance('on', '--for', '30m', '--reason', 'new switch'), {
    code: 0,
    stdout: 'Maintenance until 2026-03-01 12:31:00: new switch; notices held back.\n',
  });
  t.match(asked.at(-1), { for_ms: 1_800_000, notices: 'hold', objects: ['*'] });
  const words = ['--for', '1d', '--reason', 'x', '--notices', 'mark', '--object', 'leg/a'];
  const on = await maintenance('on', ...words, '--object', 'leg/b', '--json');
  t.match(JSON.parse(on.stdout), { notices: 'mark', objects: ['leg/a', 'leg/b'] });
  t.match(asked.at(-1), { for_ms: 86_400_000, notices: 'mark', objects: ['leg/a', 'leg/b'] });
  t.match(await maintenance('off'), { code: 0, stdout: 'Maintenance is over.\n' });
  now = makeStatus();
  t.match(await maintenance('off'), { code: 0, stdout: 'There was no maintenance.\n' });
  t.equal((await maintenance('off', '--json')).stdout, 'null\n');
  t.match(await maintenance(), { code: 0, stdout: 'No maintenance.\n' });
  for (const [wrong, message] of [
    [['on', '--for', '30m'], /--reason/],
    [['on', '--reason', 'x'], /--for/],
    [['on', '--for', '30', '--reason', 'x'], /'30' is not a duration\n.*30m/],
    [['on', '--for', '31d', '--reason', 'x'], /outside of 1 s to 30 d/],
    [['on', '--for', '1m', '--reason', 'x', '--notices', 'drop'], /there are hold and mark/],
  ] as const)
    t.match(await maintenance(...wrong), { code: 2, stdout: '', stderr: message });
});
