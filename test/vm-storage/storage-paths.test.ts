// guest: --cables 2 --timeout 400 --memory 1536
/**
 * The whole product on a compute host with NVMe over TCP and iSCSI under dm-multipath, each over two NICs: every way to lose a
 * path ends in the right alarms, and they end with it.
 */
import t from 'tap';
import { openPortal } from '../../scripts/lab/guest-iscsi.ts';
import { openPort, setAna } from '../../scripts/lab/guest-nvme.ts';
import { blackhole, plug } from '../../scripts/lab/two-paths.ts';
import { type Expected, StoragePaths } from './storage-paths.ts';

t.setTimeout(390_000);

let storage: StoragePaths;
/** What is told of the first path's loss: each device has one path left, and each session is lost. */
let nvmeMap: Expected;
let pathLost: Expected[];

t.before(async () => {
  storage = await StoragePaths.open(t, 'nics');
  nvmeMap = ['redundancy-lost', `map/${storage.disks.nvme}`];
  const sessions = await storage.sessionsLost(0);
  t.equal(sessions.length, 2, 'one of each kind');
  pathLost = [nvmeMap, ['redundancy-lost', `map/${storage.disks.iscsi}`], ...sessions];
});

t.test('the target makes a path inaccessible', async t => {
  const { told } = await storage.survives(
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
    pathLost,
    () => Promise.all([openPort(0, false), openPortal(0, false)]),
    () => Promise.all([openPort(0, true), openPortal(0, true)]),
  );
});

t.test('a cable is pulled', async t => {
  await storage.survives(
    t,
    pathLost,
    () => plug(0, false),
    () => plug(0, true),
  );
});

t.test('a path is lost in silence', async t => {
  await storage.survives(
    t,
    [...pathLost, ['io-stalled', `disk/${storage.nvmePath(0)}`]],
    () => blackhole(0, true),
    () => blackhole(0, false),
  );
});

t.test('what lasts ends as well', t => storage.ended(t));
