import t from 'tap';
import { complaints, renderStatus } from '../../../agent/cli/status.ts';
import { makeStatus } from './fake-agent.ts';
import { paper, text } from './terminals.ts';

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
        alarms       none active
        outbox       webhook: all told
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

t.test('what is wrong is said on the first line', async t => {
  const base = makeStatus();
  const [group] = base.groups;
  const sick = makeStatus({
    helper: { ...base.helper, connected: false, dropped: { bpf: 3, netlink: 0, ring: 1 } },
    groups: [
      { ...group!, legs: group!.legs.map((l, i) => (i === 0 ? { ...l, state: 'missing' } : l)) },
    ],
    flows: base.flows.map(f => ({ ...f, state: 'stalled' as const, since_us: 89_000_000 })),
    alarms: { CRITICAL: 0, MAJOR: 2, MINOR: 0, WARNING: 5 },
    outbox: [{ adapter: 'webhook', pending: 3, oldest_ms: 12_000, last_error: 'ECONNREFUSED' }],
  });
  const [head, ...rest] = renderStatus(paper(), sick).split('\n');
  t.equal(
    head,
    'compute-1  NOT HEALTHY: the helper is not connected: nothing is seen; 2 major alarms; ' +
      'ecmp:10.77.9.2/32 without c-a; 1 flow stalled; webhook has not been told',
  );
  const body = rest.join('\n');
  for (const line of [
    '  helper       not connected',
    '  events lost  3 in bpf, 1 in ring',
    '  alarms       2 major, 5 warning',
    '  outbox       webhook: 3 notices waiting, the oldest for 12000 ms, last error: ECONNREFUSED',
  ])
    t.ok(body.includes(`${line}\n`), line);
  t.match(body, '1 of 2 legs up');
  t.match(body, 'stalled for 1000.0 ms');
});

t.test('warnings and reduced sight are no illness', async t => {
  t.same(complaints(makeStatus({ alarms: { CRITICAL: 0, MAJOR: 0, MINOR: 0, WARNING: 1 } })), []);
});

t.test('nothing to watch, nobody to tell, flows beside the groups', async t => {
  const empty = renderStatus(paper(), makeStatus({ groups: [], flows: [], outbox: [] }));
  t.match(empty, 'No path group');
  t.match(empty, 'no adapter: alarms are told to nobody');
  const orphan = makeStatus({ flows: makeStatus().flows.map(f => ({ ...f, group: null })) });
  t.match(renderStatus(paper(), orphan), 'flows of no group');
  t.match(renderStatus(paper(), orphan), 'no storage flow');
});

t.test('the asset line', async t => {
  const asset = { vendor: 'Acme', model: 'R1', serial: 'S1', error: null };
  t.match(renderStatus(paper(), makeStatus(), asset), 'vendor Acme, model R1, serial number S1');
  t.match(
    renderStatus(paper(), makeStatus(), { ...asset, error: 'timed out' }),
    'cannot be read: timed out',
  );
});
