import t from 'tap';
import { type Counters, measure, newMeter, rateAt } from '../../../agent/faults/error_meter.ts';
import { durableFaults, restoreFaults } from '../../../agent/faults/step.ts';
import { carrier, census, errors, ms, Story, s } from './story.ts';

const RAISED = 'active link-degraded leg/a';
const CLEARED = 'cleared link-degraded leg/a condition-ended';

/** A NIC whose counters are told each second, from second `from` on. */
class Nic {
  at;
  readonly story = new Story();
  readonly counters: Partial<Counters> = { packets: 0, crc: 0, frame: 0, fec_corrected: 0 };

  constructor(from = 100) {
    this.at = from;
    this.story.tell(errors('a', this.at * s, { ...this.counters }));
  }

  /** So many seconds, each with these on top. */
  run(seconds: number, more: Partial<Record<keyof Counters, number>>): this {
    for (let i = 0; i < seconds; i++) {
      this.at++;
      for (const [key, add] of Object.entries(more) as [keyof Counters, number][]) {
        this.counters[key] = (this.counters[key] ?? 0) + add;
      }
      this.story.tell(errors('a', this.at * s, { ...this.counters }));
    }
    return this;
  }

  said = () => this.story.said();
}

t.test('errors that go on, and end', async t => {
  const nic = new Nic().run(30, { packets: 10_000 });
  t.same(nic.said(), []);
  nic.run(4, { packets: 10_000, crc: 5 });
  t.same(nic.said(), [], 'they have to last');
  nic.run(8, { packets: 10_000, crc: 5 });
  t.match(nic.story.changes, [
    { fault: { leg: 'a', details: [/^\d+\.\d errors per second, one in \d+ packets$/] } },
  ]);
  t.same(nic.said(), [RAISED]);
  nic.run(30, { packets: 10_000, crc: 9 });
  t.same(nic.said(), [], 'figures that move are no news');
  nic.run(60, { packets: 10_000 });
  t.same(nic.said(), [CLEARED]);
  t.equal(nic.story.wakeAt, null);
});

t.test('hysteresis: below the limit is not well yet', async t => {
  const nic = new Nic().run(20, { packets: 100_000, crc: 2 });
  t.same(nic.said(), [RAISED]);
  for (let i = 0; i < 30; i++)
    nic.run(1, { packets: 1e5, crc: 1 }).run(1, { packets: 1e5, crc: 0 });
  for (let i = 0; i < 30; i++)
    nic.run(1, { packets: 1e5, crc: 1 }).run(1, { packets: 1e5, crc: 1 });
  t.same(nic.said(), []);
  for (let i = 0; i < 20; i++) nic.run(1, { packets: 1e5, crc: 1 }).run(4, { packets: 1e5 });
  t.same(nic.said(), [CLEARED]);
});

t.test('few among very many packets are no fault; errors without packets are', async t => {
  t.same(new Nic().run(60, { packets: 5_000_000, crc: 2 }).said(), []);
  const dead = new Nic().run(20, { carrier: 3 });
  t.match(dead.story.changes, [{ fault: { details: [/no packet passed/] } }]);
});

t.test('a burst is told by nobody', async t => {
  t.same(
    new Nic().run(5, { packets: 1e4 }).run(1, { crc: 9 }).run(60, { packets: 1e4 }).said(),
    [],
  );
});

t.test('an end that no counter tells', async t => {
  const nic = new Nic().run(20, { packets: 1000, crc: 5 });
  t.same(nic.said(), [RAISED]);
  nic.story.until((nic.at + 60) * s);
  t.same(nic.said(), [CLEARED], 'nothing moved, so nothing was told');
  t.equal(nic.story.wakeAt, null);
});

t.test('one bad frame in several counters is one', async t => {
  let meter = measure(newMeter, 1 * s, { ...none, rx_errors: 0 });
  const counted = { rx_errors: 10, crc: 6, frame: 4, symbol: 9, fec_uncorrectable: 2 };
  meter = measure(meter, 2 * s, { ...none, packets: 100, ...counted, tx_errors: 3, carrier: 3 });
  t.equal(rateAt(meter, 2 * s).per_second, 1.3);
});

const none: Counters = {
  packets: 0,
  rx_errors: 0,
  tx_errors: 0,
  crc: 0,
  frame: 0,
  carrier: 0,
  symbol: 0,
  fec_corrected: 0,
  fec_uncorrectable: 0,
};

t.test('counters that begin anew, or wrap', async t => {
  const rate = (...told: Partial<Counters>[]) => {
    let meter = newMeter;
    for (const [i, one] of told.entries()) meter = measure(meter, i * s, { ...none, ...one });
    return rateAt(meter, (told.length - 1) * s).per_second * 10;
  };
  t.equal(rate({ packets: 9, crc: 100 }, { packets: 20, crc: 130 }), 30);
  t.equal(
    rate({ packets: 900, crc: 100 }, { packets: 3, crc: 1 }, { packets: 9, crc: 2 }),
    1,
    'reset',
  );
  t.equal(rate({ crc: 100 }, { packets: 5, crc: 1 }), 0, 'one counter alone');
  t.equal(rate({ crc: 2 ** 32 - 2 }, { packets: 5, crc: 8 }), 10, 'wrapped at 32 bits');
  t.equal(rate({ crc: null }, { packets: 5, crc: 8 }), 0, 'not there before');
});

t.test('rising: few errors, more each minute', async t => {
  const nic = new Nic(120);
  for (const each of [0, 1, 2, 4, 8]) {
    for (let i = 0; i < each; i++) nic.run(1, { packets: 1000, crc: 1 });
    nic.run(60 - each, { packets: 1000 });
  }
  nic.run(2, { packets: 1000 });
  t.match(nic.story.changes, [{ fault: { details: [/^rising: \d+\.\d in a million packets$/] } }]);
  t.same(nic.said(), [RAISED]);
  for (let minute = 0; minute < 3; minute++) {
    for (let i = 0; i < 8; i++) nic.run(1, { packets: 1000, crc: 1 });
    nic.run(52, { packets: 1000 });
  }
  t.same(nic.said(), [], 'it stays where it is: not over');
  nic.run(200, { packets: 1000 });
  t.same(nic.said(), [CLEARED]);
});

t.test('corrected errors count by their slope alone', async t => {
  const steady = new Nic(120).run(600, { packets: 1000, fec_corrected: 5000 });
  t.same(steady.said(), [], 'many, as ever');
  const rising = new Nic(120);
  for (const each of [20, 40, 90, 200, 400]) rising.run(60, { packets: 1000, fec_corrected: each });
  rising.run(2, { packets: 1000, fec_corrected: 400 });
  t.match(rising.story.changes, [{ fault: { details: [/^rising: \d+ corrected errors/] } }]);
  const burst = new Nic(120).run(240, { fec_corrected: 1 }).run(60, { fec_corrected: 900 });
  t.same(burst.run(120, { fec_corrected: 1 }).said(), [], 'a burst is no slope');
});

t.test('unknown clears nothing; what nobody saw is no rate', async t => {
  const nic = new Nic().run(20, { packets: 1000, crc: 5 });
  t.same(nic.said(), [RAISED]);
  nic.story.tell(errors('a', (nic.at + 1) * s, 'unknown')).until((nic.at + 600) * s);
  t.same(nic.said(), []);
  nic.at += 600;
  nic.counters.crc = 1e6;
  nic.run(60, { packets: 1000 });
  t.same(nic.said(), [CLEARED]);
  const gone = new Nic().run(20, { packets: 1000, crc: 5 });
  gone.said();
  gone.story.tell(errors('a', 121 * s, 'absent'));
  t.same(gone.said(), ['cleared link-degraded leg/a subject-gone']);
  const away = new Nic().run(20, { packets: 1000, crc: 5 });
  away.said();
  t.same(away.story.tell(census(121 * s, [])).said(), ['cleared link-degraded leg/a subject-gone']);
});

t.test('a restart: the alarm stays, the samples are not stored', async t => {
  const nic = new Nic().run(20, { packets: 1000, crc: 5 });
  const saved = JSON.parse(JSON.stringify(durableFaults(nic.story.state)));
  t.same(saved.degraded.nics, {});
  const after = new Story();
  after.state = restoreFaults(saved, true, 130 * s);
  after.now = 130 * s;
  t.same(after.active(), ['link-degraded leg/a']);
  for (let i = 0; i < 60; i++) {
    after.tell(errors('a', (131 + i) * s, { packets: i * 1000, crc: i * 5 }));
  }
  t.same(after.said(), [], 'still bad');
  for (let i = 0; i < 90; i++)
    after.tell(errors('a', (200 + i) * s, { packets: 1e6 + i, crc: 300 }));
  t.same(after.said(), [CLEARED]);
});

t.test('a flapping link explains its errors', async t => {
  const nic = new Nic();
  nic.story.tell(carrier('a', 'up', 100 * s + 1 * ms, 1, 0));
  nic.run(20, { carrier: 3 });
  t.match(nic.story.changes.at(-1), {
    fault: { causes: ['link-down leg/a', 'link-flapping leg/a'] },
  });
});
