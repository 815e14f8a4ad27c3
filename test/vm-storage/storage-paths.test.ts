// guest: --cables 2 --timeout 235 --memory 1536
/**
 * The whole product on a compute host with NVMe over TCP and iSCSI under dm-multipath, each over two NICs: every way to lose a
 * path ends in the right alarms, and they end with it.
 */
import t from 'tap';
import { openPortal } from '../../scripts/lab/guest-iscsi.ts';
import { controllerOf, openPort, setAna } from '../../scripts/lab/guest-nvme.ts';
import { blackhole, plug } from '../../scripts/lab/two-paths.ts';
import { type Expected, StoragePaths } from './storage-paths.ts';

t.setTimeout(230_000);

let storage: StoragePaths;
let nvmeMap: Expected;
let iscsiMap: Expected;
let nvmeSession: Expected;

t.before(async () => {
  storage = await StoragePaths.open(t, 'nics');
  nvmeMap = ['redundancy-lost', `map/${storage.disks.nvme}`];
  iscsiMap = ['redundancy-lost', `map/${storage.disks.iscsi}`];
  nvmeSession = ['storage-path-lost', `session/nvme:${controllerOf(0)}`];
});

t.test('the target makes a path inaccessible', async t => {
  const told = await storage.survives(
    t,
    [nvmeMap],
    () => setAna(0, 'inaccessible'),
    () => setAna(0, 'optimized'),
  );
  const types = new Set(told.map(({ change }) => change.alarm.type));
  t.strictSame([...types], ['redundancy-lost'], 'and nothing else is told');
});

t.test('the target goes from one path', async t => {
  await storage.survives(
    t,
    [nvmeMap, iscsiMap, nvmeSession],
    () => Promise.all([openPort(0, false), openPortal(0, false)]),
    () => Promise.all([openPort(0, true), openPortal(0, true)]),
  );
});

t.test('a cable is pulled', async t => {
  await storage.survives(
    t,
    [nvmeMap, iscsiMap, nvmeSession],
    () => plug(0, false),
    () => plug(0, true),
  );
});

t.test('a path is lost in silence', async t => {
  await storage.survives(
    t,
    [nvmeMap, iscsiMap, nvmeSession, ['io-stalled', `disk/${pathOf(storage.disks.nvme)}`]],
    () => blackhole(0, true),
    () => blackhole(0, false),
  );
});

/** nvme0n1 by the controller of the first path: nvme0c0n1. */
const pathOf = (head: string) =>
  head.replace(/n(\d+)$/, `c${controllerOf(0).slice('nvme'.length)}n$1`);
