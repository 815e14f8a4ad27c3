/** pathwarden-reader as it runs, with tools that are late, cut, garbage, missing; and the agent that it leaves. */
import { setTimeout as after } from 'node:timers/promises';
import t from 'tap';
import type { FrameOf } from '../../agent/wire.ts';
import { OUTPUT_MAX } from '../../agent/wire.ts';
import { Site } from '../../scripts/lab/site.ts';
import { until } from '../../scripts/lab/wait.ts';
import { ReaderRoot } from './reader-root.ts';
import { closeAfter } from './support.ts';

t.setTimeout(180_000);

t.test('tools that misbehave are told of as what they did, and the rest is told', async t => {
  const root = new ReaderRoot(t);
  for (const disk of ['sda', 'sdb', 'sdc', 'sdd']) root.disk(disk);
  root.file('sys/class/nvme/nvme0/transport', 'pcie\n');
  root.file('dev/ipmi0', '');
  root.tool(
    'smartctl',
    `case "$*" in
      *sda) echo "{\\"locale\\":\\"$LC_ALL$LANG\\",\\"arguments\\":\\"$*\\"}"; exit 64 ;;
      *sdb) trap '' TERM; echo '{"half":'; setsid sleep 1000 & sleep 1000 ;;
      *sdc) echo '{"json_format_version":[1,0],"smartctl":{"ver'; exit 4 ;;
      *) echo 'smartctl: cannot open device' >&2; exit 2 ;;
    esac`,
  );
  root.tool('nvme', 'while :; do printf "\\377\\000\\014garbage"; done');
  root.file('sys/firmware/dmi/tables/DMI', 'foobar');
  const reader = await root.start(t, { LANG: 'de_DE.UTF-8', LC_ALL: 'de_DE.UTF-8' });

  const hello = (await reader.next('reader_hello', () => true)).tools;
  const byName = (name: string) => hello.find(({ tool }) => tool === name);
  t.match(byName('smartctl'), { state: 'ok', reason: null, interval_ms: 60_000 });
  t.match(byName('ipmi-sel'), { state: 'absent', reason: /^no ipmitool in/ });
  t.match(byName('edac'), { state: 'absent', reason: /edac/ });

  const sda = await reader.reading('smartctl', 'sda');
  t.match(sda, { outcome: 'ok', exit_code: 64 });
  t.same(JSON.parse(sda.output), {
    locale: 'C',
    arguments: '--json=c -n standby,3 -i -H -A -l error /dev/sda',
  });
  t.match(await reader.reading('smartctl', 'sdc'), {
    ...{ outcome: 'ok', exit_code: 4, output: /"ver\n$/ },
  });
  t.match(await reader.reading('smartctl', 'sdd'), {
    ...{ outcome: 'failed', exit_code: 2, complaint: 'smartctl: cannot open device' },
  });
  const endless = await reader.reading('nvme-smart-log', 'nvme0');
  t.match(endless, { outcome: 'truncated', exit_code: null });
  t.equal(endless.output.length, OUTPUT_MAX);
  t.match(await reader.reading('dmi', 'host'), { outcome: 'ok', output: 'Zm9vYmFy' });
  const late = await reader.reading('smartctl', 'sdb');
  t.match(late, { outcome: 'timeout', exit_code: null, output: '' });
  t.comment(`killed after ${late.took_us / 1000} ms of 10000`);
  await reader.complete();
  t.ok(reader.child.exitCode === null, 'it runs on');
});

t.test('it is asked for a reading by the names it has told, and for nothing else', async t => {
  const root = new ReaderRoot(t);
  root.disk('sda');
  root.tool('smartctl', 'echo one');
  const reader = await root.start(t);
  await reader.reading('smartctl', 'sda', ({ output }) => output === 'one\n');
  root.tool('smartctl', 'echo two');
  reader.ask({ type: 'read', data: { tool: 'smartctl', subject: 'sda' } });
  await reader.reading('smartctl', 'sda', ({ output }) => output === 'two\n');
  t.pass('long before it is due');
  reader.ask({ type: 'read', data: { tool: 'smartctl', subject: '../sda' } });
  await reader.next('refused', ({ request }) => request === 'read');
  reader.ask({ type: 'read', data: { tool: 'smartctl', subject: 'sdb' } });
  reader.say('no JSON');
  await until('the connection to end', () => reader.ended);
  t.equal(reader.all('refused').length, 3);
});

t.test('devices come and go, and levels are told when they change', async t => {
  const root = new ReaderRoot(t);
  const chip = 'sys/class/hwmon/hwmon0';
  const mc = 'sys/devices/system/edac/mc/mc0';
  root.file(`${chip}/name`, 'board\n');
  root.file(`${chip}/temp1_input`, '41000\n');
  root.file(`${mc}/ce_count`, '0\n');
  root.file(`${mc}/ue_count`, '0\n');
  root.tool('smartctl', 'echo "{}"');
  const reader = await root.start(t);
  await reader.next('hwmon', ({ sensors }) => sensors[0]?.input === 41_000);
  await reader.next('edac', ({ controller }) => controller === 'mc0');
  await reader.complete();
  const told = reader.all('edac').length;
  root.file(`${chip}/temp1_input`, '99000\n');
  await reader.next('hwmon', ({ sensors }) => sensors[0]?.input === 99_000);
  t.equal(reader.all('edac').length, told, 'what stays is not told again');
  root.file(`${mc}/ce_count`, '3\n');
  await reader.next('edac', ({ corrected }) => corrected === 3);
  root.disk('sda');
  await reader.reading('smartctl', 'sda', ({ outcome }) => outcome === 'ok');
  root.remove('sys/block/sda');
  await reader.reading('smartctl', 'sda', ({ outcome }) => outcome === 'gone');
  root.remove(chip);
  t.match(await reader.next('hwmon', ({ gone }) => gone), { chip: 'hwmon0', sensors: [] });
  const numbers = (reader.frames as FrameOf<'reading'>[]).flatMap(({ data: { seq } }) => seq || []);
  t.same(
    numbers,
    numbers.map((_, i) => numbers[0]! + i),
    'no number is missing',
  );
});

t.test('the agent knows what it reads by, and says when the reader is gone', async t => {
  const root = new ReaderRoot(t);
  root.disk('sda');
  root.tool('smartctl', `echo '{"smart_status":{"passed":true}}'`);
  const site = await Site.open({ rate: null });
  closeAfter(t, site.lab);
  const { compute } = site;
  const reader = async () => (await compute.ask('status', {})).reader;
  const blind = async () =>
    (await compute.ask('alarms', { all: false })).filter(
      ({ type, managedObjectId }) =>
        type === 'monitor-blind' && managedObjectId === 'source/reader',
    );
  t.match(await reader(), { use: 'auto', connected: false });
  await after(6000);
  t.same(await blind(), [], 'one that was never there is not missed');

  await compute.startReader(root.dir);
  await until('the agent to attach', async () => (await reader()).connected, 20_000, 100);
  t.match((await reader()).tools[0], { tool: 'smartctl', state: 'ok' });
  const { stdout } = await compute.cli(['status']);
  t.match(stdout, /reader +\d+\.\d+\.\d+, reads smartctl/);
  t.match(stdout, /ipmi-sel absent: no ipmitool in/);

  await compute.stopReader('SIGKILL');
  await until('monitor-blind', async () => (await blind()).length > 0, 30_000, 100);
  await compute.startReader(root.dir);
  await until('its end', async () => (await blind()).length === 0, 30_000, 100);
  t.pass('it sees again');
});
