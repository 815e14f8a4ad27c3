// guest: --cables 2 --timeout 500 --memory 1536
/**
 * The whole product on a compute host whose storage, NVMe over TCP and iSCSI under dm-multipath, is behind an active-backup
 * bond: what happens to a member, or to the targets, ends in the right alarms and in a failover record.
 */
import t, { type Test } from 'tap';
import type { AlarmData } from '../../agent/alarm-data.ts';
import { SETTLE_US } from '../../agent/steering/evidence.ts';
import type { FailoverRecord } from '../../agent/types.ts';
import { activeMember, bondGroup } from '../../scripts/lab/bond.ts';
import { openPortal } from '../../scripts/lab/guest-iscsi.ts';
import { openPort } from '../../scripts/lab/guest-nvme.ts';
import {
  BOND_OPTIONS,
  blackhole,
  CABLES,
  COMPUTE,
  deafen,
  PATHS,
  type Path,
  plug,
  storageAddress,
} from '../../scripts/lab/two-paths.ts';
import { nowUs, until } from '../../scripts/lab/wait.ts';
import { AWAY_US, Pulse } from '../vm/pulse.ts';
import { type Expected, StoragePaths, type Survived } from './storage-paths.ts';

t.setTimeout(490_000);

const HOLD_MS = 2000;
const MAPS = 2;
const WAIT_MS = 60_000;
const GROUP = bondGroup(BOND_OPTIONS);
const group = `group/${GROUP}`;
const target = (path: Path) => `target/${GROUP}/${storageAddress(path)}`;

/** What has another alarm for its root, whatever becomes of both paths at once. */
const EFFECTS = ['storage-path-stalled', 'storage-path-lost', 'failover-absent'];

let storage: StoragePaths;
/** What becomes of the storage when both of its paths are lost. */
let allLost: Expected[];

const pulse = new Pulse();
t.teardown(() => pulse.stop());

t.before(async () => {
  storage = await StoragePaths.open(t, 'bond');
  const { nvme, iscsi } = storage.disks;
  const sessions = await Promise.all(PATHS.map(path => storage.sessionsLost(path)));
  t.equal(sessions.flat().length, 4, 'two of each kind');
  allLost = [
    ...sessions.flat(),
    ['storage-path-lost', `map/${nvme}`],
    ['storage-path-lost', `map/${iscsi}`],
  ];
});

const goesOn = ({ flowing_us, state }: FailoverRecord) => flowing_us !== null || state !== 'open';

/** The path of the member in use, its name, and the other's. */
async function inUse(): Promise<{ path: Path; leg: string; other: string }> {
  const leg = await activeMember(COMPUTE);
  const path = PATHS.find(one => CABLES[one][0] === leg);
  if (path === undefined) throw new Error(`in use is ${leg}`);
  return { path, leg: CABLES[path][0], other: CABLES[path === 0 ? 1 : 0][0] };
}

const isOf = ({ type }: AlarmData, types: readonly string[]) => types.includes(type);

const typesOf = ({ told }: Survived): string[] => [
  ...new Set(told.map(({ change }) => change.alarm.type)),
];

/** Each alarm of these types has named one of those of that type as its root. */
function explained(t: Test, { told }: Survived, root: string, types: readonly string[]): void {
  const alarms = told.map(({ change }) => change.alarm);
  const roots = alarms.filter(alarm => isOf(alarm, [root])).map(({ id }) => id);
  const named = alarms
    .filter(({ correlatedAlarmIds }) => correlatedAlarmIds.some(id => roots.includes(id)))
    .map(({ id }) => id);
  const unexplained = alarms
    .filter(alarm => isOf(alarm, types) && !named.includes(alarm.id))
    .map(({ type, managedObjectId }) => `${type} ${managedObjectId}`);
  t.strictSame(unexplained, [], `${root} explains ${types.join(', ')}`);
}

t.test('the cable of the member in use is pulled', async t => {
  const { path, leg, other } = await inUse();
  const survived = await storage.survives(
    t,
    [
      ['link-down', `leg/${leg}`],
      ['redundancy-lost', group],
    ],
    async () => {
      const cut_us = nowUs();
      plug(path, false);
      await storage.record(cut_us, 'flowing', goesOn);
    },
    () => plug(path, true),
  );
  const record = await storage.record(survived.cut_us, 'closed', one => one.state === 'closed');
  t.comment(`${record.verdict}: ${record.reason}`);
  const away_us = pulse.away(survived.cut_us, record.flowing_us ?? nowUs());
  if (away_us < AWAY_US) t.equal(record.verdict, 'PASS');
  else t.comment(`the machine was away for ${away_us / 1000} ms`);
  t.match(record, { group: GROUP, cut: { source: 'carrier' }, findings: [] });
  t.strictSame(
    record.legs.map(one => one.leg),
    [leg],
  );
  t.ok(record.switched_us !== null && record.announced_us !== null, 'it switched and said so');
  t.ok(
    record.flows.length >= 4,
    `${record.flows.length} connections, of each protocol by each path`,
  );
  for (const { flow, leg_out_before, leg_out_after } of record.flows)
    t.strictSame([leg_out_before, leg_out_after], [leg, other], flow);
  const types = typesOf(survived);
  t.notOk(types.includes('storage-path-lost'), 'no session of the storage is lost');
  t.notOk(types.includes('failover-absent') || types.includes('failover-slow'));
});

t.test('the member in use passes nothing', async t => {
  const { path, leg } = await inUse();
  const survived = await storage.survives(
    t,
    [
      ['leg-blackholed', `leg/${leg}`],
      ['failover-absent', group],
      ...PATHS.map((one): Expected => ['storage-path-stalled', target(one)]),
      ...allLost,
    ],
    () => blackhole(path, true),
    () => blackhole(path, false),
  );
  const record = await storage.record(survived.cut_us, 'closed', one => one.state !== 'open');
  t.comment(`${record.verdict}: ${record.reason}`);
  t.match(record, { group: GROUP, verdict: 'FAIL', switched_us: null });
  t.equal(record.cut.source, 'last_progress', 'nothing else tells of it');
  t.equal(record.legs[0]?.leg, leg);
  t.notOk(typesOf(survived).includes('storage-target-unreachable'), 'it is no fault of the target');
  explained(t, survived, 'leg-blackholed', EFFECTS);
});

t.test('the targets stand still, and the members do not', async t => {
  const survived = await storage.survives(
    t,
    [
      ...PATHS.map((path): Expected => ['storage-target-unreachable', target(path)]),
      ...PATHS.map((path): Expected => ['storage-path-stalled', target(path)]),
      ...allLost,
    ],
    () => deafen(true),
    () => deafen(false),
  );
  t.notOk(typesOf(survived).includes('leg-blackholed'));
  for (const { switched_us, verdict, reason } of await storage.records(survived.cut_us)) {
    t.comment(`${verdict}: ${reason}`);
    t.equal(switched_us, null, 'there was nothing to switch to');
  }
});

t.test('the targets close what they serve', async t => {
  const all = (open: boolean) =>
    Promise.all(PATHS.flatMap(path => [openPort(path, open), openPortal(path, open)]));
  const survived = await storage.survives(
    t,
    allLost,
    () => all(false),
    () => all(true),
  );
  t.notOk(typesOf(survived).includes('leg-blackholed'));
  for (const { verdict, reason } of await storage.records(survived.cut_us))
    t.comment(`${verdict}: ${reason}`);
});

t.test('the member in use passes nothing, and the helper may leave it', async t => {
  const { site } = storage;
  await site.host.startHelper({ steer: { hold_ms: HOLD_MS } });
  const started_us = nowUs();
  await until(
    'both members to be left with a reason only',
    async () => {
      const { groups } = await site.host.ask('status', {});
      const legs = groups.find(({ id }) => id === GROUP)?.legs ?? [];
      const answer = legs.length === 2 && legs.every(({ answering }) => answering);
      return answer && nowUs() > started_us + 2 * SETTLE_US;
    },
    WAIT_MS,
    500,
  );
  await site.settled(MAPS);
  const { path, leg, other } = await inUse();
  const survived = await storage.survives(
    t,
    [
      ['leg-blackholed', `leg/${leg}`],
      ['path-steered', group],
    ],
    async () => {
      const cut_us = nowUs();
      await blackhole(path, true);
      await storage.record(cut_us, 'flowing', goesOn);
    },
    () => blackhole(path, false),
  );
  const record = await storage.record(survived.cut_us, 'closed', one => one.state === 'closed');
  t.comment(`${record.verdict}: ${record.reason}`);
  t.match(record, { group: GROUP, steered: { how: 'active-member', from: leg, to: other } });
  t.ok(record.findings.includes('steered') && record.switched_us !== null);
  t.notOk(typesOf(survived).includes('storage-path-lost'), 'no session of the storage is lost');
  t.equal(await activeMember(COMPUTE), other);
});

t.test('what lasts ends as well', t => storage.ended(t));
