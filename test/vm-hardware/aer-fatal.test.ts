// guest: --timeout 400 --memory 1536 --qemu -global --qemu ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off --qemu -netdev --qemu hubport,id=net0,hubid=1 --qemu -netdev --qemu hubport,id=net1,hubid=1 --qemu -netdev --qemu hubport,id=net2,hubid=2 --qemu -netdev --qemu hubport,id=net3,hubid=2 --qemu -device --qemu pcie-root-port,id=port0,chassis=1,slot=1 --qemu -device --qemu e1000e,id=nic0,netdev=net0,bus=port0,mac=52:54:00:70:00:00,romfile= --qemu -device --qemu virtio-net-pci,id=nic1,netdev=net1,mac=52:54:00:70:00:01,romfile= --qemu -device --qemu virtio-net-pci,id=nic2,netdev=net2,mac=52:54:00:70:00:02,romfile=,speed=1000,duplex=full --qemu -device --qemu virtio-net-pci,id=nic3,netdev=net3,mac=52:54:00:70:00:03,romfile=
/**
 * A fatal error of PCI Express at the port above a NIC, under I/O of NVMe over TCP and iSCSI by a bond of it and another: the
 * kernel resets the port's link, and the NIC is down for seconds. One alarm is the root of all the others, and there is one
 * failover.
 */
import { writeFileSync } from 'node:fs';
import t from 'tap';
import { activeMember, BOND, bondGroup } from '../../scripts/lab/bond.ts';
import { FATAL, injectAer, pciOfNic, portOf, prepareAer } from '../../scripts/lab/guest-aer.ts';
import { LASTING } from '../../scripts/lab/guest-site.ts';
import { BOND_OPTIONS, CABLES, COMPUTE } from '../../scripts/lab/two-paths.ts';
import { nowUs, until } from '../../scripts/lab/wait.ts';
import { Attached } from '../vm/helper.ts';
import { StoragePaths } from '../vm-storage/storage-paths.ts';

t.setTimeout(390_000);

const WAIT_MS = 60_000;
const BEATS = 3;
/** QEMU's e1000e counts packets of less than 64 bytes, of ARP and ICMP, as damaged. */
const COUNTED = 'link-degraded';
const GROUP = bondGroup(BOND_OPTIONS);
const [[NIC], [OTHER]] = CABLES;

t.test('a fatal error at the port of the NIC in use', async t => {
  await prepareAer();
  const storage = await StoragePaths.open(t, 'bond', [COUNTED]);
  const helper = await Attached.to(t, storage.site.host.helperSocket);
  const port = portOf(pciOfNic(NIC));
  writeFileSync(`/sys/class/net/${BOND}/bonding/active_slave`, NIC);
  const inUse = async () => (await activeMember(COMPUTE)) === NIC;
  await until(`${NIC} to be in use`, inUse, WAIT_MS, 500);
  // The snapshot for who attaches is told to the agent as well, which takes its time to read it.
  const beat = async (from_us: number) =>
    (await helper.next('heartbeat', () => true, from_us)).t_us;
  for (let i = 0, last_us = nowUs(); i < BEATS; i++) last_us = await beat(last_us + 1);
  const idle = async () => (await storage.records(0)).every(({ state }) => state !== 'open');
  await until('no failover', idle, WAIT_MS, 500);

  let cut_us = 0;
  const root: [string, string] = ['pcie-error', `pci/${port}`];
  const effects: [string, string][] = [
    ['link-down', `leg/${NIC}`],
    ['redundancy-lost', `group/${GROUP}`],
  ];
  const { told } = await storage.survives(
    t,
    [root, ...effects],
    async () => {
      cut_us = injectAer(port, { uncorrected: FATAL.dataLinkProtocol });
      const { t_us } = await helper.next('aer', () => true, cut_us);
      const seen_ms = (t_us - cut_us) / 1000;
      t.comment(
        `seen after ${seen_ms} ms, told by the helper after ${(nowUs() - cut_us) / 1000} ms`,
      );
      const goesOn = await storage.record(cut_us, 'flowing', one => one.flowing_us !== null);
      t.comment(`goes on after ${(goesOn.flowing_us! - cut_us) / 1000} ms`);
    },
    () => {}, // the driver brings the NIC up again by itself
  );

  const alarms = told.map(({ change }) => change.alarm);
  const last = new Map(alarms.map(alarm => [alarm.id, alarm]));
  const rootId = alarms.find(
    ({ type, managedObjectId: at }) => type === root[0] && at === root[1],
  )?.id;
  t.ok(rootId, 'the error is told');
  const named = [...last.values()].filter(
    ({ type }) => ![...storage.site.borne, ...LASTING].includes(type),
  );
  t.strictSame(
    named
      .filter(({ isRootCause }) => isRootCause)
      .map(({ type, managedObjectId }) => [type, managedObjectId]),
    [root],
    'one root cause',
  );
  for (const [type, object] of effects) {
    const explained = alarms.filter(one => one.type === type && one.managedObjectId === object);
    t.ok(
      explained.some(({ correlatedAlarmIds }) => correlatedAlarmIds.join() === rootId),
      `${type} is its effect`,
    );
  }
  for (const { type, faultDetails } of last.values()) t.comment(`${type}: ${faultDetails}`);
  const records = await storage.records(cut_us);
  for (const { verdict, reason } of records) t.comment(`${verdict}: ${reason}`);
  t.equal(records.length, 1, 'one failover');
  t.match(records[0], { group: GROUP, legs: [{ leg: NIC }] });
  t.equal(await activeMember(COMPUTE), OTHER);
});
