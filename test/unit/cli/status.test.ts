import t from 'tap';
import { complaints, renderStatus } from '../../../agent/cli/status.ts';
import { flows, groups } from '../../../agent/topology/selectors.ts';
import { BondHost, LAG, PORT } from '../main/bond_host.ts';
import { Mind } from '../main/mind.ts';
import { Helper, us } from '../support/frames.ts';
import { makeMaintenance, makePending, makeStatus } from './fake-agent.ts';
import { paper, text } from './terminals.ts';

process.env.TZ = 'UTC';

t.test('a healthy host', async t => {
  t.equal(
    renderStatus(paper(), makeStatus()),
    text`
      compute-1  HEALTHY
        agent        0.1.0, pid 4711, up 1 h 2 min, 61 MiB
        helper       0.1.0, carrier strategy timer, nudge ask
        sources      rtnl ok
                     carrier ok
                     prober degraded: no CAP_NET_RAW
        events lost  none
        reader       none
        alarms       none active
        outbox       vim: all told
        budget       1000 ms for a failover

      ecmp:10.77.9.2/32 to 10.77.9.2/32  2 of 2 legs up
        LEG  STATE  CARRIER  ADMIN  ANSWERS     GATEWAY    NIC           FLOWS
        c-a  up     yes      up     yes         10.77.1.2  0000:3b:00.0      1
        c-b  up     yes      up     not probed  10.77.2.2                    0
        FLOW                            ROLE    OUT BY  BACK BY      RTT  STATE
        10.77.9.1:40112-10.77.9.2:3260  client  c-a     c-a      0.31 ms  moving
    `,
  );
});

t.test('the reader: what it reads, and why it does not read the rest', t => {
  const reader = {
    ...{ use: 'on' as const, connected: true, version: '0.1.0' },
    tools: [
      { tool: 'smartctl', state: 'ok' as const, reason: null, interval_ms: 60_000 },
      { tool: 'ipmi-sel', state: 'absent' as const, reason: 'no ipmitool', interval_ms: 2000 },
      { tool: 'hwmon', state: 'ok' as const, reason: 'hwmon3: hangs', interval_ms: 2000 },
    ],
  };
  const shown = (over: object) =>
    renderStatus(paper(), makeStatus({ reader: { ...reader, ...over } }))
      .split('\n')
      .filter(line => /^ {2}reader|ipmi-sel|hwmon/.test(line))
      .map(line => line.trim());
  t.same(shown({}), [
    'reader       0.1.0, reads smartctl, hwmon',
    'ipmi-sel absent: no ipmitool',
    'hwmon ok: hwmon3: hangs',
  ]);
  t.same(shown({ connected: false }), ['reader       not connected']);
  t.same(shown({ connected: false, use: 'auto' }), ['reader       none']);
  t.same(shown({ connected: false, use: 'off' }), ['reader       off']);
  t.end();
});

t.test('what is wrong is said on the first line', async t => {
  const base = makeStatus();
  const [group] = base.groups;
  const sick = makeStatus({
    helper: { ...base.helper, connected: false, dropped: { bpf: 3, netlink: 0, ring: 1 } },
    groups: [
      { ...group!, legs: group!.legs.map((l, i) => (i === 0 ? { ...l, state: 'missing' } : l)) },
    ],
    flows: base.flows.map(f => ({ ...f, state: 'stalled' as const, since_us: 89_000_000 })),
    alarms: { CRITICAL: 0, MAJOR: 2, MINOR: 0, WARNING: 5, INDETERMINATE: 0 },
    outbox: [
      makePending({
        pending: 3,
        oldest_ms: 12_000,
        last_error: 'ECONNREFUSED',
        state: 'failing',
      }),
    ],
  });
  const [head, ...rest] = renderStatus(paper(), sick).split('\n');
  t.equal(
    head,
    'compute-1  NOT HEALTHY: the helper is not connected: nothing is seen; 2 major alarms; ' +
      'ecmp:10.77.9.2/32 without c-a; 1 flow stalled; vim takes no notices',
  );
  const body = rest.join('\n');
  for (const line of [
    '  helper       not connected',
    '  events lost  3 in bpf, 1 in ring',
    '  alarms       2 major, 5 warning',
    '  outbox       vim: failing, 3 notices waiting, the oldest for 12 s, last error: ECONNREFUSED',
  ])
    t.ok(body.includes(`${line}\n`), line);
  t.match(body, '1 of 2 legs up');
  t.match(body, 'stalled for 1000.0 ms');
});

t.test('warnings and reduced sight are no illness', async t => {
  const vague = { CRITICAL: 0, MAJOR: 0, MINOR: 0, WARNING: 0, INDETERMINATE: 2 };
  t.match(
    renderStatus(paper(), makeStatus({ alarms: vague })),
    /HEALTHY[\s\S]*alarms +2 indeterminate\n/,
  );
  t.same(
    complaints(
      makeStatus({ alarms: { CRITICAL: 0, MAJOR: 0, MINOR: 0, WARNING: 1, INDETERMINATE: 0 } }),
    ),
    [],
  );
});

t.test('maintenance, and receivers that are told late or not at all', async t => {
  const status = makeStatus({
    maintenance: makeMaintenance(),
    outbox: [
      makePending({ state: 'slow' }),
      makePending({ adapter: 'b', dead: 2, last_error: 'HTTP 400' }),
      makePending({ adapter: 'c', pending: 1, oldest_ms: 10_001 }),
    ],
  });
  t.same(complaints(status), ['c has not been told']);
  const shown = renderStatus(paper(), status);
  for (const line of [
    '  maintenance  on until 2026-03-01 12:31:00: new switch; notices held back',
    '  outbox       vim: slow, all told',
    '               b: all told, 2 dead, last error: HTTP 400',
    '               c: 1 notice waiting, the oldest for 10 s',
  ])
    t.ok(shown.includes(`${line}\n`), line);
});

t.test('nothing to watch, nobody to tell, flows beside the groups', async t => {
  const empty = renderStatus(paper(), makeStatus({ groups: [], flows: [], outbox: [] }));
  t.match(empty, 'No path group');
  t.match(empty, 'no adapter: alarms are told to nobody');
  const orphan = makeStatus({ flows: makeStatus().flows.map(f => ({ ...f, group: null })) });
  t.match(renderStatus(paper(), orphan), 'flows of no group');
  t.match(renderStatus(paper(), orphan), 'no storage flow');
});

t.test('recordings are named when they cannot be written', async t => {
  t.notMatch(renderStatus(paper(), makeStatus()), 'recordings');
  const recordings = { written: 2, failed: 3, problem: 'ENOSPC: no space left on device' };
  t.match(
    renderStatus(paper(), makeStatus({ recordings })),
    /recordings +3 could not be written: ENOSPC/,
  );
  t.notMatch(renderStatus(paper(), makeStatus({ recordings: null })), 'recordings');
});

t.test('the asset line', async t => {
  const asset = {
    vendor: 'Acme',
    model: 'R1',
    serial: 'S1',
    processor: null,
    system: null,
    error: null,
  };
  t.match(renderStatus(paper(), makeStatus(), asset), 'vendor Acme, model R1, serial number S1');
  t.match(
    renderStatus(paper(), makeStatus(), { ...asset, error: 'timed out' }),
    'cannot be read: timed out',
  );
});

const groupsOf = (frames: BondHost['frames']) => {
  const { topology } = new Mind(us(0)).take(frames).middle;
  const status = makeStatus({ groups: groups(topology), flows: flows(topology) });
  return renderStatus(paper(), status).split('\n\n').slice(1).join('\n\n');
};

t.test(
  'an active-backup bond: which member is in use, and what the bond thinks of them',
  async t => {
    const host = new BondHost().wait(5000).carrier(11, false).wait(50);
    host
      .member(11, { mii_status: 2 })
      .use(12)
      .tell((h, ms) => h.flow(ms, 1, 20, 20));
    t.equal(
      groupsOf(host.frames),
      text`
      bond:bond0  active-backup, ens1f1 in use, 1 of 2 legs up
        LEG     STATE  CARRIER  ADMIN  ANSWERS     MEMBER    SPEED  NIC            FLOWS
        ens1f0  down   no       up     not probed  down    25 Gb/s  0000:3b:00.11      0
        ens1f1  up     yes      up     not probed  up      25 Gb/s  0000:3b:00.12      1
        FLOW                            ROLE    OUT BY  BACK BY      RTT  STATE
        10.77.9.1:40001-10.77.9.2:3260  client  ens1f1  ens1f1   0.10 ms  moving
    `,
    );
  },
);

t.test('an LACP bond, within 110 columns', async t => {
  const host = new BondHost({ mode: 4, lacp: LAG }, { ...PORT }).wait(500);
  host.member(12, { state: 1, lacp: { ...PORT, actor_state: 0x87, partner_state: 0x05 } });
  host.tell((h, ms) => h.nicMode(ms, 12, { speed_mbps: 100 }));
  const shown = groupsOf(host.frames);
  t.equal(
    shown,
    text`
      bond:bond0  802.3ad, 1 of 2 legs up
        LEG     STATE  CARRIER  ADMIN  ANSWERS     MEMBER                               SPEED  NIC            FLOWS
        ens1f0  up     yes      up     not probed  up, distributing, aggregator 1     25 Gb/s  0000:3b:00.11      0
        ens1f1  down   yes      up     not probed  up, partner silent, aggregator 1  100 Mb/s  0000:3b:00.12      0
        no storage flow
    `,
  );
  t.ok(shown.split('\n').every(line => line.length <= 110));
});

t.test('a team', async t => {
  const h = new Helper();
  const frames = [
    h.hello(0),
    ...h.snapshot(0, 'rtnl', [
      h.link(0, 40, 'team0', { kind: 'team' }),
      h.link(0, 41, 'ens2f0', { master_ifindex: 40 }),
      h.link(0, 42, 'ens2f1', { master_ifindex: 40 }),
    ]),
    ...h.snapshot(0, 'team', [h.team(0, 40, 41, ['41u', '42d-'])]),
  ];
  t.match(groupsOf(frames), 'team:team0  activebackup, ens2f0 in use, 1 of 2 legs up\n');
});
