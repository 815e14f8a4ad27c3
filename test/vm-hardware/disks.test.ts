// guest: --nics 1 --timeout 500 --memory 1536 --qemu -device --qemu ipmi-bmc-sim,id=bmc --qemu -device --qemu isa-ipmi-kcs,bmc=bmc --qemu -blockdev --qemu driver=null-co,node-name=null,size=16777216,read-zeroes=on --qemu -blockdev --qemu driver=blkdebug,node-name=bad,image=null,inject-error.0.event=none,inject-error.0.iotype=read,inject-error.0.errno=5,inject-error.0.sector=2048 --qemu -device --qemu virtio-blk-pci,drive=bad --qemu -blockdev --qemu driver=null-co,node-name=store,size=16777216,read-zeroes=on --qemu -device --qemu pcie-root-port,id=port8,chassis=20,slot=20 --qemu -device --qemu nvme,id=nvme0,serial=LAB-NVME-1,drive=store,bus=port8
/**
 * Disks, arrays, file systems and what the management controller tells, each broken for real, and devices that are pulled,
 * with the whole product and rasdaemon beside it.
 */
import t from 'tap';
import { pciOfNic } from '../../scripts/lab/guest-aer.ts';
import {
  ARRAY,
  addScsiDisk,
  BAD_SECTOR,
  breakExt4,
  createArray,
  enableHealthEvents,
  failMember,
  mediumErrors,
  mendExt4,
  mirrorOf,
  mountExt4,
  readSectors,
  replaceMember,
  setCriticalWarning,
  WARNING,
} from '../../scripts/lab/guest-disks.ts';
import { addSel, prepareIpmi, SEL } from '../../scripts/lab/guest-ipmi.ts';
import { complainAfter, type HungTask, hangTask } from '../../scripts/lab/guest-kernel.ts';
import { run } from '../../scripts/lab/run.ts';
import { nowUs } from '../../scripts/lab/wait.ts';
import { deviceDel, monitor } from '../../scripts/vm-lab/monitor.ts';
import { Bench, type Injected } from './bench.ts';

t.setTimeout(490_000);

const BLKDEBUG = { disk: 'vda', sector: 2048 };
/** After the last failed request. */
const IO_QUIET_MS = 60_000;
const HUNG_S = 2;
const NVME = 'nvme0n1';
const NVME_ARRAY = 'md1';

let scsi = '';
const mounted: Awaited<ReturnType<typeof mountExt4>>[] = [];
const bench = await Bench.open(t, null, async () => {
  await run(['ip', 'link', 'set', 'nic0', 'up']);
  await prepareIpmi();
  scsi = await addScsiDisk();
  await createArray();
  await mirrorOf(NVME, NVME_ARRAY);
  for (const name of ['one', 'two']) mounted.push(await mountExt4(name));
});
const [broken, frozen] = mounted as [(typeof mounted)[0], (typeof mounted)[0]];
const none = { rasdaemon: null } satisfies Partial<Injected>;

t.test('a disk cannot read', async t => {
  const io = await bench.raises(t, {
    what: 'an I/O error of a disk (blkdebug)',
    inject: async () => (await readSectors(BLKDEBUG.disk, BLKDEBUG.sector)).from_us,
    ...{ type: 'io-errors', object: `disk/${BLKDEBUG.disk}`, severity: 'WARNING', ...none },
  });
  mediumErrors(true);
  await bench.raises(t, {
    what: 'an error of the medium (scsi_debug)',
    inject: async () => (await readSectors(scsi, BAD_SECTOR)).from_us,
    ...{ type: 'disk-media-errors', object: `disk/${scsi}`, severity: 'MINOR', ...none },
    details: [new RegExp(`${BAD_SECTOR}`)],
  });
  mediumErrors(false);
  await bench.clears(t, io, { mend: null, after_ms: IO_QUIET_MS });
});

t.test('a member of an array fails', async t => {
  const raised = await bench.raises(t, {
    what: 'a member of a mirror fails (md)',
    inject: failMember,
    ...{ type: 'array-degraded', object: `array/${ARRAY}`, severity: 'MAJOR', ...none },
    details: [/ram1/],
  });
  await bench.clears(t, raised, { mend: replaceMember, after_ms: 5000 });
});

t.test("an NVMe controller's own warning", async t => {
  await enableHealthEvents('nvme0');
  const raised = await bench.raises(t, {
    what: 'a critical warning of an NVMe controller, which tells of it',
    inject: () => setCriticalWarning(WARNING.reliability),
    ...{ type: 'disk-failing', object: 'disk/nvme0', severity: 'MAJOR', ...none },
    details: [/LAB-NVME-1/],
  });
  await bench.clears(t, raised, { mend: () => setCriticalWarning(0), after_ms: 60_000 });
});

t.test('the management controller logs an event', async t => {
  const raised = await bench.raises(t, {
    what: 'an entry in the event log: a power supply has failed',
    inject: async () => (await addSel(SEL.supplyFailed)).to_us,
    ...{ type: 'bmc-event', object: 'bmc/Power Supply #0x51', severity: 'MAJOR', ...none },
    polled: { how: 'the log is looked at each 2 s', ms: 2000 },
  });
  await bench.clears(t, raised, {
    mend: async () => (await addSel(SEL.supplyMended)).to_us,
    after_ms: 10_000,
  });
});

t.test('a task hangs', async t => {
  complainAfter(HUNG_S);
  let hung: HungTask | undefined;
  await bench.raises(t, {
    what: `a task waits for longer than ${HUNG_S} s`,
    inject: async () => {
      hung = await hangTask(bench.site.processes, frozen);
      return hung.since_us;
    },
    ...{ type: 'task-hung', object: 'host', severity: 'MAJOR', ...none },
    details: [/dd:\d+/],
    polled: { how: `the kernel looks each ${HUNG_S} s`, ms: 2 * HUNG_S * 1000 },
  });
  complainAfter(0);
  await hung?.release();
});

t.test('a file system is given up', async t => {
  const raised = await bench.raises(t, {
    what: 'the kernel finds an error in a file system',
    inject: () => breakExt4(broken),
    ...{
      type: 'filesystem-read-only',
      object: `filesystem/${broken.point}`,
      severity: 'CRITICAL',
      ...none,
    },
  });
  await bench.clears(t, raised, {
    mend: () => mendExt4(broken),
    after_ms: 5000,
  });
});

t.test('devices are pulled, and put back', async t => {
  const nic = pciOfNic('nic0');
  const pull = (id: string) => () => {
    const t_us = nowUs();
    deviceDel(id);
    return t_us;
  };
  const plugIn = (device: string) => () => {
    const t_us = nowUs();
    t.equal(monitor(`device_add ${device}`), '');
    return t_us;
  };
  const noNic = await bench.raises(t, {
    what: 'a NIC is pulled',
    inject: pull('nic0'),
    ...{ type: 'pci-device-removed', object: `pci/${nic}`, severity: 'MAJOR', ...none },
    details: [/nic0/],
  });
  const noDisk = await bench.raises(t, {
    what: 'an NVMe disk is pulled',
    inject: pull('nvme0'),
    ...{ type: 'disk-removed', object: `disk/${NVME}`, severity: 'MAJOR', ...none },
    details: [/LAB-NVME-1/, new RegExp(NVME_ARRAY)],
  });
  await bench.clears(t, noNic, {
    mend: plugIn('virtio-net-pci,id=nic0,netdev=net0,bus=port0,romfile='),
    after_ms: 5000,
  });
  await bench.clears(t, noDisk, {
    mend: plugIn('nvme,id=nvme0,serial=LAB-NVME-1,drive=store,bus=port8'),
    after_ms: 5000,
  });
});

t.test('who saw what, when', t => {
  bench.table(t);
  t.end();
});
