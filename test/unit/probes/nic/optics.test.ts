import t from 'tap';
import { opticsReadings } from '../../../../agent/probes/nic/optics/decode.ts';
import type { Pages } from '../../../../agent/probes/nic/optics/memory.ts';
import type { OpticsReading } from '../../../../agent/types.ts';
import { changed, made, recorded } from '../../support/eeprom.ts';
import { seeded } from '../../support/random.ts';

/** `rx-power 0: 0.5511 ok`. */
const shown = (readings: OpticsReading[]): string[] =>
  readings.map(({ monitor, lane, value, level, threshold }) => {
    const passed = threshold === null ? '' : ` ${threshold.toFixed(4)}`;
    return `${monitor} ${lane}: ${value.toFixed(4)} ${level}${passed}`;
  });
const read = (pages: Pages) => shown(opticsReadings(pages));
const A2 = { i2c_address: 0x51 };

t.test('SFF-8472, internally calibrated', async t => {
  const module = recorded('sff8472-10gbase-sr');
  t.same(read(module), [
    'temperature 0: 20.0078 ok',
    'supply 0: 3.3201 ok',
    'tx-bias 0: 6.8360 ok',
    'tx-power 0: 0.6053 ok',
    'rx-power 0: 0.5511 ok',
  ]);

  t.test("against the module's own limits", async t => {
    const with_ = (at: number, ...bytes: number[]) => read(changed(module, A2, at, ...bytes));
    t.match(with_(104, 0, 0x9d).at(-1), 'rx-power 0: 0.0157 low-warning 0.0158');
    t.match(with_(104, 0, 0x9e).at(-1), 'rx-power 0: 0.0158 ok', 'at the limit is within it');
    t.match(with_(104, 0, 0x63).at(-1), 'rx-power 0: 0.0099 low-alarm 0.0100');
    t.match(with_(104, 0x27, 0x11).at(-1), 'rx-power 0: 1.0001 high-alarm 1.0000');
    t.match(with_(96, 0x49, 0x01)[0], 'temperature 0: 73.0039 high-warning 73.0000');
    t.match(with_(96, 0xf2, 0xff)[0], 'temperature 0: -13.0039 low-alarm -13.0000');
    t.match(with_(100, 0x03, 0xe7)[2], 'tx-bias 0: 1.9980 low-alarm 4.0000');
  });

  t.test('no light, or a laser that is switched off, is no decay', async t => {
    t.notMatch(read(changed(module, A2, 110, 0x02)).join(), 'rx-power');
    t.notMatch(read(changed(module, A2, 110, 0x80)).join(), 'tx-');
  });

  t.test('limits that were never filled in limit nothing', async t => {
    const unlimited = changed(module, A2, 0, ...Array<number>(40).fill(0));
    t.same(
      opticsReadings(unlimited).map(one => one.level),
      Array(5).fill('ok'),
    );
  });

  t.test('a diagnostic page that is not there, or not alive', async t => {
    t.same(read(module.slice(0, 1)), []);
    t.same(read(changed(module, A2, 96, ...Array<number>(10).fill(0xff))), []);
    t.same(read(changed(module, A2, 96, ...Array<number>(10).fill(0))), []);
  });
});

t.test('SFF-8472 without monitors', async t => {
  t.same(read(recorded('sff8472-no-monitors')), []);
});

/** Slopes of 2 and an offset, and of received power the polynomial 2x + 10; raw values far from calibrated ones. */
const external: Pages = [
  made({}, { 0: 3, 92: 0x50 }),
  made(A2, {
    0: [0x28, 0, 0xf6, 0, 0x23, 0, 0xfb, 0],
    32: [0x03, 0xe8, 0x00, 0x32, 0x02, 0xee, 0x00, 0x64],
    68: [0x40, 0, 0, 0],
    72: [0x41, 0x20, 0, 0],
    76: [2, 0, 0, 100],
    80: [1, 0x80, 0xff, 0x9c],
    84: [1, 0, 0x05, 0x00],
    88: [1, 0, 0, 0],
    96: [0x1e, 0, 0x80, 0xe8, 0x0b, 0xb8, 0x13, 0x88, 0x00, 0x60],
  }),
];

t.test('SFF-8472, externally calibrated: values and limits alike', async t => {
  t.same(read(external), [
    'temperature 0: 35.0000 ok',
    'supply 0: 3.3000 ok',
    'tx-bias 0: 12.2000 ok',
    'tx-power 0: 0.7400 ok',
    'rx-power 0: 0.0202 low-warning 0.0210',
  ]);
  const broken = changed(external, A2, 68, 0x7f, 0xc0, 0, 0);
  t.notMatch(read(broken).join(), 'rx-power', 'a coefficient that is no number');
});

t.test('SFF-8636: four lanes, one of which the host does not use', async t => {
  const module = recorded('sff8636-100g-aoc');
  t.same(read(module), [
    'temperature 0: 19.5195 ok',
    'supply 0: 3.2979 ok',
    'rx-power 0: 1.3001 ok',
    'tx-bias 1: 7.9980 ok',
    'rx-power 1: 1.3529 ok',
    'tx-bias 2: 7.9360 ok',
    'rx-power 2: 1.1193 ok',
    'tx-bias 3: 7.9360 ok',
    'rx-power 3: 1.2099 ok',
  ]);
  t.match(read(changed(module, {}, 3, 0)), [/^temp/, /^supply/, 'tx-bias 0: 0.0000 low-alarm 3.0']);
  t.notMatch(read(changed(module, {}, 86, 0x0f)).join(), 'tx-bias', 'switched off by the host');
  t.notMatch(read(changed(module, {}, 3, 0x1f)).join(), 'rx-power', 'no light on any lane');
  t.match(read(changed(module, {}, 34, 0, 1)).join(), 'rx-power 0: 0.0001 low-alarm 0.0398');
  t.same(read(changed(module, {}, 2, 0x04)), [], 'flat memory');
  t.same(read(changed(module, {}, 2, 0x01)), [], 'not ready yet');
  t.same(read(changed(module, {}, 147, 0xa0)), [], 'copper');
  t.match(read(changed(module, {}, 220, 0x3c)).join(), 'tx-power 1: 1.3847 ok');

  const upperless = module.filter(page => page.page === 3 || page.offset === 0);
  t.match(read(upperless).join(), 'temperature 0: 19.5195 ok', 'without the page that says so');
  const dark = changed(changed(upperless, {}, 22, 0, 0), {}, 26, 0, 0);
  t.notMatch(read(dark).join(), /temperature|supply/, 'nothing but zero is not monitored');
  const unlimited = read(module.filter(page => page.page !== 3));
  t.ok(
    unlimited.every(line => line.endsWith(' ok')),
    'without thresholds nothing is passed',
  );
});

t.test('SFF-8636 copper', async t => {
  t.same(read(recorded('sff8636-copper')), []);
});

t.test('CMIS: the lanes that are activated', async t => {
  const module = recorded('cmis-four-lanes');
  t.same(read(module).slice(0, 5), [
    'temperature 0: 26.2422 ok',
    'supply 0: 3.2490 ok',
    'tx-bias 0: 7.3400 ok',
    'tx-power 0: 1.0308 ok',
    'rx-power 0: 0.7977 ok',
  ]);
  t.equal(read(module).length, 2 + 4 * 3);
  const quadrupled = read(changed(module, { page: 1 }, 160, 0x17));
  t.match(quadrupled[2], 'tx-bias 0: 29.3600 ok', 'steps of 8 uA, in the limits too');
  t.notMatch(read(changed(module, { page: 0x11 }, 147, 0x01)).join(), 'rx-power 0');
  t.notMatch(read(changed(module, { page: 0x11 }, 136, 0x01)).join(), /tx-\S+ 0/);
  t.match(read(changed(module, { page: 0x11 }, 186, 0, 1))[4], 'rx-power 0: 0.0001 low-alarm');
  t.same(read(changed(module, {}, 2, 0x84)), [], 'flat memory');
  t.equal(read(changed(module, { page: 1 }, 159, 0, 0)).length, 0, 'monitors nothing');
  t.equal(read(module.filter(page => page.page !== 0x11)).length, 2, 'no page of the lanes');
});

t.test('what is no module that we know', async t => {
  t.same(read([]), []);
  t.same(read([made({}, { 0: 6 })]), []);
  t.same(read([{ i2c_address: 0x50, bank: 0, page: 0, offset: 0, bytes: '03' }]), []);
});

t.test('random bytes never throw, and give no nonsense but numbers', async t => {
  const next = seeded(20_251_126);
  const identifiers = [3, 12, 13, 17, 24, 25, 27, 30, 31, 32, 0, 255];
  let readings = 0;
  for (let i = 0; i < 3000; i++) {
    const pages: Pages = [];
    for (let p = 0; p < 1 + Math.floor(next() * 6); p++) {
      const bytes = Buffer.from(
        Array.from({ length: 1 + Math.floor(next() * 128) }, () => Math.floor(next() * 256)),
      );
      if (p === 0) bytes[0] = identifiers[i % identifiers.length]!;
      const [page, offset] = [[0, 0, 1, 2, 3, 17][p]!, p === 0 ? 0 : next() < 0.3 ? 0 : 128];
      const i2c_address = p === 1 && next() < 0.5 ? 0x51 : 0x50;
      pages.push({ i2c_address, bank: 0, page, offset, bytes: bytes.toString('hex') });
    }
    for (const one of opticsReadings(pages)) {
      readings++;
      if (!Number.isFinite(one.value)) t.fail(`${one.monitor} is ${one.value}`);
    }
  }
  t.ok(readings > 300, `${readings} readings`);
});
