// guest: --timeout 170 --cpus 2 --append lsm=landlock --qemu -blockdev --qemu driver=null-co,node-name=blank,size=16777216,read-zeroes=on --qemu -device --qemu nvme,id=nvme0,serial=pw-nvme-1,drive=blank --qemu -blockdev --qemu driver=null-co,node-name=plate,size=16777216,read-zeroes=on --qemu -device --qemu ide-hd,drive=plate,serial=pw-sata-1,bus=ide.0 --qemu -device --qemu ipmi-bmc-sim,id=bmc0 --qemu -device --qemu isa-ipmi-kcs,bmc=bmc0
/**
 * pathwarden-reader with the tools that Debian has, on disks of three kinds and a management controller: what it reads, as
 * which user, and how soon it says what has changed.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { addScsiDisk, removeScsiDisk, setCriticalWarning } from '../../scripts/lab/guest-disks.ts';
import { addSel, prepareIpmi, SEL } from '../../scripts/lab/guest-ipmi.ts';
import { run } from '../../scripts/lab/run.ts';
import { nowUs, until } from '../../scripts/lab/wait.ts';
import { Client, ReaderRoot } from '../netns/reader-root.ts';

t.setTimeout(160_000);

let reader: Client;
const told = (data: { t_us: number }, since_us: number, what: string) =>
  t.comment(`${what}: told after ${((data.t_us - since_us) / 1e6).toFixed(1)} s`);

t.before(async () => {
  await run(['modprobe', '-a', 'nvme', 'ahci', 'sd_mod']);
  await prepareIpmi();
});

t.test('the tools are found, and each says its part', async t => {
  reader = await Client.start(t.parent as typeof t, '/run/pathwarden-reader-test.sock');
  const { tools, pid } = await reader.next('reader_hello', () => true);
  for (const { tool, state, reason } of tools) t.comment(`${tool} ${state} ${reason ?? ''}`);
  const states = Object.fromEntries(tools.map(({ tool, state }) => [tool, state]));
  for (const name of ['smartctl', 'nvme-smart-log', 'ipmi-sel', 'ipmi-sensors', 'ipmi-fru', 'dmi'])
    t.equal(states[name], 'ok', name);

  const sata = await reader.reading('smartctl', 'sda');
  t.match(JSON.parse(sata.output), {
    ...{ serial_number: 'pw-sata-1', smart_status: { passed: true } },
    ata_smart_attributes: { table: [{ id: Number }] },
  });
  t.comment(
    `smartctl of SATA: exit ${sata.exit_code}, ${sata.output.length} bytes, ${sata.took_us} µs`,
  );
  const nvme = await reader.reading('smartctl', 'nvme0');
  t.match(JSON.parse(nvme.output), {
    ...{ serial_number: 'pw-nvme-1', smart_status: { passed: true } },
    nvme_smart_health_information_log: { critical_warning: 0 },
  });
  t.comment(
    `smartctl of NVMe: exit ${nvme.exit_code}, ${nvme.output.length} bytes, ${nvme.took_us} µs`,
  );
  const log = await reader.reading('nvme-smart-log', 'nvme0');
  t.match(log, { outcome: 'ok', exit_code: 0 });
  t.match(JSON.parse(log.output), { critical_warning: 0 });
  t.match(await reader.reading('ipmi-sensors', 'bmc'), { outcome: 'ok', output: /Watchdog/i });
  for (const tool of ['ipmi-sel', 'ipmi-fru'] as const) {
    const { outcome, exit_code, output, complaint } = await reader.reading(tool, 'bmc');
    t.comment(`${tool}: ${outcome} ${exit_code}: ${output.slice(0, 80)} ${complaint}`);
  }
  const dmi = await reader.reading('dmi', 'host');
  const table = Buffer.from(dmi.output, 'base64');
  t.ok(
    table.equals(readFileSync('/sys/firmware/dmi/tables/DMI')),
    `${table.length} bytes of SMBIOS`,
  );
  await reader.complete();

  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const capabilities = (1n << 17n) | (1n << 21n);
  for (const set of ['CapPrm', 'CapEff', 'CapBnd'])
    t.equal(BigInt(`0x${new RegExp(`${set}:\\s*(\\w+)`).exec(status)![1]}`), capabilities, set);
  t.match(status, /NoNewPrivs:\s*1/);
  t.match(status, /Seccomp:\s*2/);
});

t.test(
  'a warning of a controller, an entry in the event log, a disk that comes and goes',
  async t => {
    const warned_us = setCriticalWarning(4);
    const log = await reader.reading(
      'nvme-smart-log',
      'nvme0',
      ({ output }) => JSON.parse(output).critical_warning !== 0,
    );
    told(log, warned_us, 'a critical warning, looked for each 10 s');
    const added = await addSel(SEL.supplyFailed);
    const sel = await reader.reading('ipmi-sel', 'bmc', ({ output }) =>
      /Power Supply/.test(output),
    );
    t.match(sel, { outcome: 'ok', exit_code: 0 });
    t.comment(sel.output.trim());
    told(sel, added.to_us, 'an entry of the SEL, looked for each 2 s');
    await addScsiDisk();
    const scsi = await reader.reading('smartctl', 'sdb');
    t.comment(`smartctl of SCSI: exit ${scsi.exit_code}, ${scsi.output.length} bytes`);
    t.match(JSON.parse(scsi.output), { device: { protocol: 'SCSI' } });
    const gone_us = removeScsiDisk('sdb');
    const gone = await reader.reading('smartctl', 'sdb', ({ outcome }) => outcome === 'gone');
    told(gone, gone_us, 'a disk that is gone, looked for each 2 s');
  },
);

t.test('a tool that hangs in the kernel is named, and keeps no other from running', async t => {
  await run(['modprobe', '-r', 'scsi_debug']);
  const again_us = nowUs();
  await addScsiDisk();
  const disk = 'sdb';
  await reader.reading(
    'smartctl',
    disk,
    ({ outcome, t_us }) => outcome === 'ok' && t_us > again_us,
  );
  dropCommands();
  const asked_us = nowUs();
  reader.ask({ type: 'read', data: { tool: 'smartctl', subject: disk } });
  const late = await reader.reading('smartctl', disk, ({ outcome }) => outcome === 'timeout');
  told(late, asked_us, 'a disk that does not answer, given 10 s');
  const waits = await until('smartctl to wait in the kernel', inTheKernel, 10_000);
  t.match(waits, new RegExp(`smartctl .*/dev/${disk}$`));
  // What smartctl says of others has the time in it, so each run is told.
  reader.ask({ type: 'read', data: { tool: 'smartctl', subject: 'sda' } });
  await reader.reading('smartctl', 'sda', ({ t_us }) => t_us > late.t_us);
  t.equal(inTheKernel(), waits, 'another disk is read while it waits');
});

t.test('a tool can read, and change nothing but devices', async t => {
  const root = new ReaderRoot(t);
  root.disk('sda');
  const tries = {
    'a file': ': >/run/made',
    'a folder': 'mkdir /run/made',
    'a mount': 'mount -t tmpfs none /mnt',
    'a namespace': 'unshare --mount true',
    'a network': 'ip link',
    'a module': 'modprobe dummy',
    'the clock': 'date -s 2020-01-01',
    'a device': 'echo x >/dev/null',
    'a setting': 'echo 1 >/proc/sys/kernel/sysrq',
  };
  root.tool(
    'smartctl',
    Object.entries(tries)
      .map(([what, command]) => `(${command}) >&2 && echo '${what}'`)
      .concat('exit 0')
      .join('\n'),
  );
  const { output } = await (await root.start(t)).reading('smartctl', 'sda');
  t.equal(output, 'a device\n');
  t.notOk(existsSync('/run/made'));
});

/** The disk takes commands and never answers. */
function dropCommands(): void {
  const driver = '/sys/bus/pseudo/drivers/scsi_debug';
  writeFileSync(`${driver}/every_nth`, '1');
  writeFileSync(`${driver}/opts`, '4');
}

/** The command line of a smartctl that no signal reaches. */
function inTheKernel(): string | null {
  for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    try {
      const [, state] = /\(smartctl\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
      if (state !== 'D') continue;
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim();
    } catch {} // it has ended
  }
  return null;
}
