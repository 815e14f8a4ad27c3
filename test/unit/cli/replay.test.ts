/** `pathwarden replay`: of files as the agent writes them, of bare frames, and of what is neither. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import t, { type Test } from 'tap';
import { LINE_MAX, linesOf } from '../../../agent/cli/replay-lines.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { cli } from './process.ts';

const story = new URL('../../replays/made-nic-errors.jsonl', import.meta.url).pathname;

const written = (t: Test, text: string): string => {
  const file = path.join(temporaryFolder(t), 'file.jsonl');
  writeFileSync(file, text);
  return file;
};

t.test('alarms as they came, and what was left at the end', async t => {
  const { code, stdout, stderr } = await cli('replay', story);
  t.equal(code, 0);
  t.equal(stderr, '');
  t.match(stdout, /^\S+ \S+ raised MAJOR link-degraded leg\/ens1f0: /m);
  t.match(stdout, /cleared link-degraded leg\/ens1f0: condition ended\n/);
  t.match(stdout, /\nAt the end, after 212 frames:\nNo alarms\.\n$/);
});

t.test('as JSON, with the frames', async t => {
  const { stdout } = await cli('replay', story, '--json', '--frames');
  const events = stdout
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line));
  t.equal(events.filter(({ topic }) => topic === 'frames').length, 212);
  const changes = events.flatMap(({ topic, change }) => (topic === 'alarms' ? [change.kind] : []));
  t.same(changes, ['raised', 'cleared']);
  t.match(events.at(-1), { topic: 'end', frames: 212, bad: 0, unknown: {}, active: [] });
  t.match((await cli('replay', story, '--frames')).stdout, /^\S+ nic_errors \{"ifindex":/m);
});

t.test('lines that cannot be read are named, of another version counted', async t => {
  const frame = (type: string, more: object) =>
    JSON.stringify({
      type,
      data: { boot_id: '11111111-2222-4333-8444-555555555555', epoch: 1, seq: 1, t_us: 5, ...more },
    });
  const beat = {
    wall_offset_us: 0,
    cpu_us: 0,
    bpf_us: 0,
    dropped: { bpf: 0, netlink: 0, ring: 0 },
  };
  const lines = [
    ...['{', '[]', '{"type":7}', frame('link', {}), '"\u001b[2J"', '{"observe":{"probe":"link"}}'],
    ...[frame('warp_core', {}), frame('warp_core', {}), `"${'x'.repeat(LINE_MAX)}"`],
    ...['', frame('heartbeat', beat)],
  ];
  const { code, stdout, stderr } = await cli('replay', written(t, lines.join('\n')));
  t.equal(code, 0);
  t.match(stdout, 'after 1 frame:');
  for (const number of [1, 2, 3, 4, 5, 6, 9]) t.match(stderr, `line ${number}: `);
  t.match(stderr, /line 4: data\.ifindex: /);
  t.match(stderr, 'line 9: it is longer than 1 MiB');
  t.match(stderr, 'of another version, and skipped: warp_core (2)');
  t.notMatch(stderr.replaceAll('\n', ''), /\p{Cc}/u);
});

t.test(
  'a recording: its own settings; a setting that is not understood; one that breaks off',
  async t => {
    const head = {
      ...{ version: '9', host: 'compute-7', boot_id: 'b', wall_offset_us: 0, from_us: 1 },
      ...{
        about: 'link-down leg/c-a',
        config: { budget_ms: 250, warp: 9 },
        memory: {},
        dropped: 3,
      },
    };
    const { code, stdout, stderr } = await cli(
      'replay',
      written(t, `${JSON.stringify({ recording: head })}\n`),
    );
    t.equal(code, 0);
    t.match(stdout, /^compute-7 {2}link-down leg\/c-a, recorded by pathwarden 9\n/);
    t.match(stderr, "the recording's setting warp is not understood");
    t.match(stderr, 'breaks off');
    t.match(stderr, '3 frames found no room');
  },
);

t.test("a configuration that is named counts instead of the recording's", async t => {
  const rule = 'alarms: {severities: [{types: [link-degraded], severity: CRITICAL}]}\n';
  const config = written(t, `source: urn:test:host\n${rule}`);
  t.match((await cli('replay', story, '--config', config)).stdout, 'raised CRITICAL link-degraded');
  t.match(await cli('replay', story, '--config', written(t, 'budget_ms: no\n')), { code: 2 });
});

t.test('no file, no frame', async t => {
  t.match(await cli('replay', '/nowhere'), { code: 2, stderr: /cannot be read \(ENOENT\)/ });
  t.match(await cli('replay', written(t, '')), { code: 1, stderr: /no frame is in it/ });
});

t.test('lines end with a line end or a form feed, whatever the chunks are', async t => {
  const long = 'x'.repeat(200_000);
  const file = written(t, `a\fb\n\n${long}\nlast`);
  const all: [number, number | null][] = [];
  for await (const { number, text } of linesOf(file)) all.push([number, text?.length ?? null]);
  t.same(all, [
    [1, 1],
    [2, 1],
    [4, 200_000],
    [5, 4],
  ]);
});
