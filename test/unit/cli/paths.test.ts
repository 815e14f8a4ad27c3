/** `pathwarden paths`: what an operator reads. */
import t from 'tap';
import { renderPaths } from '../../../agent/cli/paths-text.ts';
import { screenful } from '../../../agent/cli/terminal.ts';
import type { PathFlow } from '../../../agent/control/protocol.ts';
import type { PathSession } from '../../../agent/types.ts';
import { fakeAgent, makePaths } from './fake-agent.ts';
import { cli } from './process.ts';
import { paper, text } from './terminals.ts';

const base = makePaths();
const now = base.now_us;
const moving = base.flows[0]!;
const flow = (over: Partial<PathFlow>): PathFlow => ({ ...moving, ...over });
const stalled = flow({
  id: '10.77.9.1:40113-10.77.9.2:3260',
  target_name: 'iqn.2026-03.example:disk',
  leg_in: 'c-b',
  state: 'stalled',
  since_us: now - 2_450_000,
  figures: {
    ...moving.figures!,
    retransmits: 3,
    backoff: 2,
    progress_us: now - 2_450_000,
  },
});
const session = (number: number, over: Partial<PathSession> = {}): PathSession => ({
  id: `iscsi:session${number}`,
  protocol: 'iscsi',
  name: 'iqn.2026-03.example:disk',
  remote: '10.77.9.2',
  remote_port: 3260,
  group: 'ecmp:10.77.9.2/32',
  state: 'LOGGED_IN',
  usable: true,
  connected: true,
  disks: ['sdb'],
  ...over,
});
const path = (disk: string, number: number, usable: boolean) => ({
  disk,
  session: `iscsi:session${number}`,
  usable,
  state: usable ? 'active' : 'failed',
  access: usable ? 'optimized' : null,
  failures: usable ? 0 : 2,
});

t.test('one connection, and a leg that carries none', async t => {
  t.equal(
    renderPaths(paper(), base),
    text`
      compute-1  1 path group, 1 connection

      ecmp:10.77.9.2/32  2 of 2 legs up
        OUT BY  BACK BY  PROTOCOL  OTHER END           RTT  RETRANS  BACKOFF  PROGRESS  STATE
        c-a     c-a      iscsi     10.77.9.2:3260  0.31 ms        0        0  3 ms ago  moving
        c-b     -
    `,
  );
});

t.test('everything at once', async t => {
  const disk = { kind: 'iscsi', map: 'dm-0', session: 'iscsi:session1', errors: 0 };
  const paths = makePaths({
    groups: base.groups.map(group => ({
      ...group,
      legs: group.legs.map(leg => (leg.id === 'c-b' ? { ...leg, answering: false } : leg)),
    })),
    flows: [
      moving,
      stalled,
      flow({
        id: 'x',
        role: 'server',
        remote_port: null,
        group: null,
        leg_out: null,
        figures: null,
      }),
    ],
    flow_count: 4,
    sessions: [
      session(1),
      session(2, { usable: false, state: 'FAILED', disks: ['sdc'] }),
      session(3, { id: 'nbd:nbd0', protocol: 'nbd', remote: null, name: null, group: null }),
    ],
    maps: [
      {
        device: 'dm-0',
        name: 'mpatha',
        driver: 'dm',
        paths: [path('sdb', 1, true), path('sdc', 2, false)],
      },
    ],
    disks: [
      { ...disk, name: 'sdb', stalled_since_us: null },
      { ...disk, name: 'sdc', session: 'iscsi:session2', stalled_since_us: now - 1_200_000 },
      {
        ...disk,
        name: 'rbd0',
        kind: 'rbd',
        map: null,
        session: null,
        stalled_since_us: null,
        errors: 3,
      },
      { ...disk, name: 'vda', kind: 'local', map: null, session: null, stalled_since_us: null },
    ],
  });
  const out = paper();
  t.matchOnly(renderPaths(out, paths).split('\n'), [
    'compute-1  1 path group, 4 connections, 1 stalled, 3 sessions, 1 failed',
    '',
    'ecmp:10.77.9.2/32  2 of 2 legs up',
    /^ {2}OUT BY +BACK BY +PROTOCOL +OTHER END +TARGET +RTT +RETRANS +BACKOFF +PROGRESS +STATE$/,
    /^ {2}c-a +c-b +iscsi +10\.77\.9\.2:3260 +iqn\.2026-03\.example:disk .* 3 +2 +2\.5 s ago +stalled for 2\.5 s$/,
    /^ {16,}c-a +iscsi .* moving$/,
    '  c-b no answer  -',
    /^ {2}SESSION +PROTOCOL +OTHER END +TARGET +STATE +DISKS$/,
    /^ {2}iscsi:session1 +iscsi +10\.77\.9\.2:3260 +iqn\S+ +LOGGED_IN +sdb$/,
    /^ {2}iscsi:session2 .* FAILED +sdc$/,
    '',
    'of no path group',
    /^ {2}OUT BY/,
    /^ {2}c-a \(member unknown\) +c-a +iscsi, served +10\.77\.9\.2 .* \? +\? +\? +\? +moving$/,
    /^ {2}SESSION/,
    /^ {2}nbd:nbd0 +nbd +\? +LOGGED_IN +sdb$/,
    '',
    'multipath',
    '  DEVICE       PATH  STATE                   SESSION         I/O',
    '  dm-0 mpatha  sdb   active, optimized       iscsi:session1  moves',
    '               sdc   failed, failed 2 times  iscsi:session2  stalled for 1.2 s',
    '',
    'disks',
    '  DISK  KIND  SESSION  I/O',
    '  rbd0  rbd            moves, 3 errors',
    '',
    '1 more connection: --limit',
    '',
  ]);
  for (const line of renderPaths(paper({ columns: 110 }), paths).split('\n')) {
    t.ok(line.length <= 110, line);
  }
});

t.test('a helper that says nothing of the sockets', async t => {
  const said = renderPaths(paper(), makePaths({ measured: false }));
  t.notMatch(said, /RETRANS|PROGRESS/);
  t.match(said, /did not say what the sockets know/);
  const none = renderPaths(paper(), makePaths({ groups: [], flows: [], flow_count: 0 }));
  t.match(none, /No storage connection, session or disk was found/);
});

t.test('names of the kernel and of targets cannot steer a terminal', async t => {
  const evil = '\u001b[2Jx';
  const said = renderPaths(
    paper({ columns: 110 }),
    makePaths({
      flows: [flow({ target_name: evil, device_in: evil, leg_in: null })],
      sessions: [session(1, { name: evil, state: evil, disks: [evil] })],
      maps: [{ device: evil, name: evil, driver: 'dm', paths: [path(evil, 1, true)] }],
    }),
  );
  t.notOk(said.includes('\u001b'));
});

t.test('a refresh takes the place of the last one, and no more than the screen', async t => {
  const out = paper({ columns: 80, rows: 4 });
  t.equal(
    screenful(out, 'a\nb\nc\nd\n'),
    '\u001b[Ha\u001b[K\nb\u001b[K\n2 more lines\u001b[K\n\u001b[J',
  );
  t.equal(screenful(out, 'a\n'), '\u001b[Ha\u001b[K\n\u001b[J');
  t.equal(screenful(paper(), 'a\n'), 'a\n\n', 'a file gets one after the other');
});

t.test('the verb asks the agent, and --json gives what it said', async t => {
  const agent = await fakeAgent();
  t.teardown(() => agent.close());
  const ran = await cli('--socket-dir', agent.folder, 'paths', '--json', '--limit', '5');
  t.equal(ran.code, 0, ran.stderr);
  t.same(JSON.parse(ran.stdout), JSON.parse(JSON.stringify(makePaths())));
  t.same(agent.asked, ['paths']);
  const wrong = await cli('--socket-dir', agent.folder, 'paths', '--limit', '0');
  t.equal(wrong.code, 2);
});
