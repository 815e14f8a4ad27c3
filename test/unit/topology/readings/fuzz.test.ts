/** Whatever a tool says: nothing throws, and what comes of it is bounded. */
import t, { type Test } from 'tap';
import { ipmiUnits } from '../../../../agent/topology/readings/ipmi_fru.ts';
import { selEntries } from '../../../../agent/topology/readings/ipmi_sel.ts';
import { ipmiSensors } from '../../../../agent/topology/readings/ipmi_sensors.ts';
import { nvmeLog } from '../../../../agent/topology/readings/nvme_log.ts';
import { smartHealth } from '../../../../agent/topology/readings/smart.ts';
import { runSeed, seeded } from '../../support/random.ts';
import { said } from './fixture.ts';

const parsers: Record<string, [parse: (output: string) => unknown, fixtures: string[]]> = {
  smartctl: [
    smartHealth,
    ['smartctl-ata.json', 'smartctl-nvme.json', 'smartctl-sas.json', 'smartctl-standby.json'],
  ],
  nvme: [nvmeLog, ['nvme-cli-1.json', 'nvme-cli-2.json']],
  sel: [selEntries, ['ipmi-sel.csv', 'ipmi-sel.txt']],
  sensors: [ipmiSensors, ['ipmi-sensors.csv']],
  fru: [ipmiUnits, ['ipmi-sensors.csv']],
};

const ODD_BYTES = ['{', '}', '[', ']', '"', ',', '|', '\n', '\0', '9', '-', '\u{1f4a5}', 'h'];

/** Ends well, or says that it is garbage or nothing; and is no longer than its bounds allow. */
function holds(t: Test, parse: (output: string) => unknown, output: string, what: string) {
  let made: unknown;
  try {
    made = parse(output);
  } catch (error) {
    return t.fail(`${what}: ${error}`);
  }
  if (JSON.stringify(made).length > 400_000) t.fail(`${what}: ${JSON.stringify(made).length} long`);
}

for (const [tool, [parse, fixtures]] of Object.entries(parsers)) {
  t.test(`${tool}, cut at every byte`, async t => {
    for (const name of fixtures) {
      const whole = said(name);
      for (let end = 0; end < whole.length; end++) {
        holds(t, parse, whole.slice(0, end), `${name} to ${end}`);
      }
    }
    t.pass('nothing was thrown');
  });

  t.test(`${tool}, with bytes that are others`, async t => {
    const seed = runSeed();
    t.comment(`SEED=${seed}`);
    const chance = seeded(seed);
    const below = (end: number) => Math.floor(chance() * end);
    for (const name of fixtures) {
      const whole = said(name);
      for (let i = 0; i < 2000; i++) {
        const at = below(whole.length);
        const other = ODD_BYTES[below(ODD_BYTES.length)]!;
        holds(t, parse, whole.slice(0, at) + other + whole.slice(at + below(3)), `${name} ${i}`);
      }
    }
    t.pass('nothing was thrown');
  });
}

const odd: readonly unknown[] = [
  ...[null, true, '', 'x', -1, 1e308, 2 ** 53, '99999999999999999999', '1e9', [], {}],
  ...[[[[]]], { value: null }, { value: { value: 1 } }, { passed: 'yes' }, { table: 'none' }],
];

t.test('JSON, with each field of another type', async t => {
  for (const [tool, [parse, fixtures]] of Object.entries(parsers)) {
    for (const name of fixtures.filter(one => one.endsWith('.json'))) {
      for (const path of pathsOf(JSON.parse(said(name)))) {
        for (const value of odd) {
          const all = JSON.parse(said(name));
          const last = path.at(-1)!;
          path.slice(0, -1).reduce((at, step) => at[step], all)[last] = value;
          holds(t, parse, JSON.stringify(all), `${tool} ${path.join('.')} = ${value}`);
        }
      }
    }
  }
  t.pass('nothing was thrown');
});

function pathsOf(fields: Record<string, unknown>, from: string[] = []): string[][] {
  return Object.entries(fields).flatMap(([name, value]) => {
    const path = [...from, name];
    const within = typeof value === 'object' && value !== null && path.length < 5;
    return within ? [path, ...pathsOf(value as Record<string, unknown>, path)] : [path];
  });
}

t.test('names of every object are no fields', async t => {
  t.equal(smartHealth('{"__proto__":{"smart_status":{"passed":true}}}').is, 'garbage');
  t.equal(nvmeLog('{"constructor":1}').is, 'garbage');
});

t.test('lines and attributes without end', async t => {
  const lines = 'Temp,23,degrees C,ok\n'.repeat(6000);
  holds(t, ipmiSensors, lines, 'sensors');
  const many = Array.from({ length: 4000 }, (_, i) => `T${i},23,degrees C,ok`).join('\n');
  const read = ipmiSensors(many);
  t.ok(read.is === 'value' && read.value.length <= 512);
  const log = selEntries('1,1,1,a,b,Asserted\n'.repeat(5000));
  t.ok(log.is === 'value' && log.value.length <= 256);
});
