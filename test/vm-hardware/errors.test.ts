// guest: --timeout 400 --memory 1536 --qemu -global --qemu ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off --qemu -device --qemu pcie-root-port,id=port0,chassis=20,slot=20 --qemu -device --qemu virtio-net-pci,id=nic0,bus=port0,aer=on,romfile=,mac=52:54:00:70:00:00 --qemu -device --qemu pcie-root-port,id=port1,chassis=21,slot=21 --qemu -device --qemu e1000e,id=nic1,bus=port1,romfile=,mac=52:54:00:70:00:01
/**
 * Errors of memory, processors and PCI Express, each injected, with the whole product and rasdaemon beside it. What is
 * corrected is told when it is too much; what is told by an event alone ends after hours, but for PCI Express (a minute).
 */
import t from 'tap';
import {
  CORRECTED,
  correctedErrors,
  FATAL,
  injectAer,
  monitorAer,
  NONFATAL,
  pciOfNic,
  portOf,
  prepareAer,
} from '../../scripts/lab/guest-aer.ts';
import { setProcessor } from '../../scripts/lab/guest-kernel.ts';
import {
  bankMce,
  injectMce,
  type MachineCheck,
  pollEverySecond,
  prepareMce,
  STATUS,
} from '../../scripts/lab/guest-mce.ts';
import { BUS_MCEERR_AO, qemuArgv, Victim } from '../../scripts/lab/guest-poison.ts';
import { run } from '../../scripts/lab/run.ts';
import type { Told } from '../../scripts/lab/told.ts';
import { nowUs, until } from '../../scripts/lab/wait.ts';
import { Bench } from './bench.ts';

t.setTimeout(390_000);

const VM = 'vnf-1';
const UUID = '5ba2d1c6-6f5a-4f0e-8d1b-51c80a1f7f10';
/** So many corrected ones are too many: of memory, of a processor, of a PCI function. */
const TOO_MANY = { memory: 10, processor: 18, pci: 10 };
const MANY = 100;
const PCI_QUIET_MS = 60_000;
/** The kernel has room for some eighty until it looks at them. */
const BATCH = 20;

const bench = await Bench.open(t, null, async () => {
  await prepareMce();
  await prepareAer();
  for (const nic of ['nic0', 'nic1']) await run(['ip', 'link', 'set', nic, 'up']);
});
const { processes } = bench.site;
const virtio = pciOfNic('nic0');
const intel = pciOfNic('nic1');

/** What ends by itself. */
const ending: (Told | null)[] = [];

/** µs before the last: only with that one are there too many. */
async function mces(what: MachineCheck, count: number): Promise<number> {
  const from_us = nowUs();
  const seen = new RegExp(`bank=${what.bank},`);
  for (let i = 1; i < count; i++) {
    injectMce(what);
    if (i % BATCH === 0)
      await until('all so far to be seen', () => bench.rasdaemon.count(seen, from_us) >= i, 60_000);
  }
  return injectMce(what);
}

t.test('PCI Express: corrected errors, too many of them', async t => {
  const raised = await bench.raises(t, {
    what: `${TOO_MANY.pci} corrected errors of a PCI function`,
    inject: async () => {
      const one = () => injectAer(intel, { corrected: CORRECTED.badTlp });
      // One that comes before the port has told of the last is only a bit that is set already.
      for (let i = 1; i < TOO_MANY.pci; i++) {
        const before = correctedErrors(intel);
        one();
        await until('the kernel to count it', () => correctedErrors(intel) > before, 20_000, 10);
      }
      return one();
    },
    ...{ type: 'pcie-corrected-errors', object: `pci/${intel}`, severity: 'WARNING' },
    details: [/Bad TLP/i],
    rasdaemon: new RegExp(`${intel}.*Corrected`),
  });
  t.ok(raised);
});

t.test('PCI Express: uncorrected errors, by the kernel and by QEMU', async t => {
  const pcie = (address: string) => ({ type: 'pcie-error', object: `pci/${address}` });
  const nonfatal = await bench.raises(t, {
    what: 'a non-fatal error of a PCI function (aer_inject)',
    inject: () => injectAer(intel, { uncorrected: NONFATAL.completionTimeout }),
    ...{ ...pcie(intel), severity: 'MAJOR' },
    details: [/Completion Timeout/i],
    rasdaemon: new RegExp(`${intel}.*[Nn]on-[Ff]atal`),
  });
  const byMonitor = await bench.raises(t, {
    what: 'a non-fatal error of a PCI function (QEMU)',
    inject: () => monitorAer('nic0', 'POISON_TLP'),
    ...{ ...pcie(virtio), severity: 'MAJOR' },
    details: [/Poisoned TLP/i],
    rasdaemon: new RegExp(`${virtio}.*[Nn]on-[Ff]atal`),
  });
  const port = portOf(intel);
  const fatal = await bench.raises(t, {
    what: 'a fatal error of a port (aer_inject)',
    inject: () => injectAer(port, { uncorrected: FATAL.dataLinkProtocol }),
    ...{ ...pcie(port), severity: 'CRITICAL' },
    details: [/Data Link Protocol/i],
    rasdaemon: new RegExp(`${port}.*Fatal`),
  });
  const other = portOf(virtio);
  const fatalToo = await bench.raises(t, {
    what: 'a fatal error of a port (QEMU)',
    inject: () => monitorAer('port0', 'DLP'),
    ...{ ...pcie(other), severity: 'CRITICAL' },
    rasdaemon: new RegExp(`${other}.*Fatal`),
  });
  ending.push(nonfatal, byMonitor, fatal, fatalToo);
});

t.test('memory: corrected errors, too many of them', async t => {
  const memory = { type: 'memory-corrected-errors', object: 'dimm/unknown-0' };
  pollEverySecond();
  await mces({ status: STATUS.memoryCorrected, bank: 4 }, TOO_MANY.memory - 1);
  await bench.raises(t, {
    what: `${TOO_MANY.memory} corrected machine checks of memory, the last in a bank (QEMU)`,
    inject: () => bankMce({ status: STATUS.memoryCorrected, bank: 6 }),
    ...{ ...memory, severity: 'WARNING' },
    rasdaemon: /bank=6, status= 9c0/,
    polled: { how: 'the kernel looks each second here, else each 5 minutes', ms: 2000 },
  });
  await bench.raises(t, {
    what: `${MANY} more, as they come`,
    inject: () => mces({ status: STATUS.memoryCorrected, bank: 4 }, MANY),
    ...{ ...memory, severity: 'MINOR' },
    rasdaemon: /bank=4, status= 9c0/,
  });
});

t.test('memory: an uncorrected error', async t => {
  await bench.raises(t, {
    what: 'an uncorrected machine check of memory',
    inject: () => injectMce({ status: STATUS.memoryUncorrected, bank: 4 }),
    ...{ type: 'memory-uncorrected-error', object: 'dimm/unknown-0', severity: 'MAJOR' },
    rasdaemon: /bank=4, status= bd0/,
  });
});

t.test("a processor's cache: corrected, and uncorrected", async t => {
  await bench.raises(t, {
    what: `${TOO_MANY.processor} corrected machine checks of a cache`,
    inject: () => mces({ status: STATUS.cpuCorrected, bank: 1, cpu: 1 }, TOO_MANY.processor),
    ...{ type: 'cpu-corrected-errors', object: 'cpu/0', severity: 'WARNING' },
    rasdaemon: /bank=1, status= 9c0/,
  });
  await bench.raises(t, {
    what: 'an uncorrected machine check of a cache',
    inject: () => injectMce({ status: STATUS.cpuUncorrected, bank: 1, cpu: 1 }),
    ...{ type: 'cpu-uncorrected-error', object: 'cpu/0', severity: 'MAJOR' },
    rasdaemon: /bank=1, status= bc0/,
  });
});

t.test('a page of memory breaks: of a process, of a virtual machine', async t => {
  const plain = await Victim.start(processes, ['database', '--port', '5432'], true);
  const of = { type: 'memory-page-failed', object: 'host' };
  await bench.raises(t, {
    what: 'a page of a process',
    inject: plain.poison,
    ...{ ...of, severity: 'MAJOR', rasdaemon: null },
    details: [/database/],
  });
  const vm = await Victim.start(processes, qemuArgv(VM, UUID), true);
  const raised = await bench.raises(t, {
    what: 'a page of a virtual machine',
    inject: vm.poison,
    ...{ ...of, severity: 'MAJOR', rasdaemon: null },
    details: [new RegExp(VM)],
  });
  t.ok(raised);
  for (const { signals } of [plain, vm])
    t.strictSame(
      signals.map(({ code }) => code),
      [BUS_MCEERR_AO],
      'the kernel told it, too',
    );
});

t.test('a processor is taken offline', async t => {
  const raised = await bench.raises(t, {
    what: 'a processor goes offline',
    inject: () => setProcessor(1, false),
    ...{ type: 'processor-offline', object: 'cpu/1', severity: 'WARNING', rasdaemon: null },
  });
  await bench.clears(t, raised, { mend: () => setProcessor(1, true), after_ms: 1000 });
});

t.test('errors of PCI Express end when there was none for a minute', async t => {
  for (const raised of ending)
    await bench.clears(t, raised, { mend: null, after_ms: PCI_QUIET_MS });
});

t.test('who saw what, when', t => {
  bench.table(t);
  t.end();
});
