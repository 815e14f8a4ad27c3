// host
/**
 * A thermal zone of the firmware's that is hot. QEMU has none: the guest gets an ACPI table with one, 90 °C where 80 are hot
 * and 120 critical, which its kernel asks each second.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import t from 'tap';
import { bundleTest } from '../../scripts/suites/guest-bundle.ts';

const VM = resolve(import.meta.dirname, '../../scripts/vm');

// --- ACPI 6.4, 20.2: the encoding of AML ---

/** Its length, itself included, in one or two bytes, and then the body. */
const sized = (body: Buffer): Buffer => {
  const one = body.length + 1;
  const two = body.length + 2;
  const length = one < 0x40 ? [one] : [0x40 | (two & 0xf), two >> 4];
  return Buffer.concat([Buffer.from(length), body]);
};
/** Name (name, word). */
const word = (name: string, value: number): Buffer =>
  Buffer.concat([
    Buffer.from(`\x08${name}\x0b`, 'latin1'),
    Buffer.from([value & 0xff, value >> 8]),
  ]);
/** °C in tenths of a kelvin. */
const celsius = (degrees: number) => degrees * 10 + 2732;

/** Scope (\_TZ) { ThermalZone (TZ00) { … } } */
function thermalZone(): Buffer {
  const zone = Buffer.concat([
    Buffer.from('TZ00', 'latin1'),
    word('_TMP', celsius(90)),
    word('_HOT', celsius(80)),
    word('_CRT', celsius(120)),
    word('_TZP', 10),
  ]);
  const named = [Buffer.from('\\_TZ_\x5b\x85', 'latin1'), sized(zone)];
  return Buffer.concat([Buffer.from([0x10]), sized(Buffer.concat(named))]);
}

t.test('in a guest with a thermal zone', { timeout: 120_000 }, async t => {
  const folder = mkdtempSync(join(tmpdir(), 'pathwarden-thermal-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const table = join(folder, 'zone.aml');
  writeFileSync(table, thermalZone());
  const test = await bundleTest('test/vm-hardware/thermal-guest.ts');
  const options = ['--timeout', '90', '--env', 'TAP_TIMEOUT=0'];
  const acpi = ['--qemu', '-acpitable', '--qemu', `sig=SSDT,rev=2,data=${table}`];
  const ran = spawnSync(VM, [...options, ...acpi, 'node', test], { encoding: 'utf8' });
  for (const line of ran.stdout.split('\n')) t.comment(line);
  t.equal(ran.status, 0, 'its test has passed', { stderr: ran.stderr });
});
