import t from 'tap';
import { Alarms, active, changed, cleared, linkDown, s, said } from './alarms.ts';

/** Down for 1 s, then up. Returns what was told. */
function flap(alarms: Alarms, at: number, leg = 'a'): string[] {
  const down = linkDown(leg, at);
  return said([...alarms.take(down, at), ...alarms.take(cleared(down, at + s), at + s)]);
}

const BOTH = ['raised link-down leg/a', 'cleared link-down leg/a'];

function flapping(): Alarms {
  const alarms = new Alarms();
  for (const at of [10 * s, 20 * s, 30 * s]) flap(alarms, at);
  return alarms;
}

t.test(
  'cleared three times within a minute, it is cleared no more before it stays well',
  async t => {
    const alarms = new Alarms();
    for (const at of [10 * s, 20 * s, 30 * s]) t.same(flap(alarms, at), BOTH);
    t.same(flap(alarms, 40 * s), ['raised link-down leg/a'], 'its clear waits');
    t.equal(alarms.wakeAt, 71 * s);
    const down = linkDown('a', 50 * s);
    const [back] = alarms.take(down, 50 * s);
    t.match(back, {
      kind: 'changed',
      revision: 2,
      alarm: { faultDetails: ['no carrier', /came back once.*well for 30 s/] },
    });
    t.equal(alarms.wakeAt, null);
    alarms.take(cleared(down, 51 * s), 51 * s);
    const again = linkDown('a', 60 * s);
    t.match(alarms.take(again, 60 * s), [
      { kind: 'changed', revision: 3, alarm: { faultDetails: [/./, /came back 2 times/] } },
    ]);
    t.match(
      alarms.take(changed(again, { details: ['administratively down'] }), 60.5 * s),
      [{ alarm: { faultDetails: ['administratively down', /came back 2 times/] } }],
      'whatever else changes',
    );
    alarms.take(cleared(again, 61 * s), 61 * s);
    t.same(alarms.until(91 * s - 1), []);
    t.match(alarms.until(91 * s), [
      {
        kind: 'cleared',
        revision: 5,
        alarm: {
          id: back!.alarm.id,
          eventTime: { mono_us: 40 * s },
          alarmClearedTime: { mono_us: 61 * s },
          alarmChangedTime: { mono_us: 91 * s },
          clearCause: 'condition-ended',
          faultDetails: ['administratively down', /came back 2 times/],
        },
      },
    ]);
    t.equal(alarms.wakeAt, null);
  },
);

t.test('seldom enough, it is never damped', async t => {
  const alarms = new Alarms();
  for (let i = 1; i <= 20; i++) t.same(flap(alarms, i * 21 * s), BOTH);
});

t.test('each alarm by itself', async t => {
  const alarms = flapping();
  t.same(flap(alarms, 40 * s, 'b'), ['raised link-down leg/b', 'cleared link-down leg/b']);
});

t.test('after a minute without a clear it starts anew', async t => {
  const alarms = flapping();
  t.same(flap(alarms, 31 * s + 60 * s), BOTH);
});

t.test('what is gone or superseded does not wait', async t => {
  for (const cause of ['subject-gone', 'superseded'] as const) {
    const alarms = flapping();
    const down = linkDown('a', 40 * s);
    alarms.take(down, 40 * s);
    t.same(said(alarms.take(cleared(down, 41 * s, cause), 41 * s)), ['cleared link-down leg/a']);
  }
});

t.test('what takes its place ends the wait', async t => {
  const alarms = flapping();
  flap(alarms, 40 * s);
  const flapped = active({ type: 'link-flapping', object: 'leg/a', t: 42 * s });
  t.match(alarms.take(flapped, 42 * s), [
    {
      kind: 'cleared',
      alarm: {
        type: 'link-down',
        clearCause: 'superseded',
        alarmClearedTime: { mono_us: 41 * s },
      },
    },
    { kind: 'raised', alarm: { type: 'link-flapping', isRootCause: true } },
  ]);
  t.equal(alarms.wakeAt, null);
});

t.test('a drill cuts as often as it likes', async t => {
  const alarms = new Alarms();
  alarms.take({ drill: 'd1', phase: 'begin', group: 'g', legs: ['a'] }, 1);
  for (let i = 1; i <= 10; i++) t.same(flap(alarms, i * 2 * s), BOTH);
  alarms.take({ drill: 'd1', phase: 'end' }, 25 * s);
  t.same(flap(alarms, 26 * s), BOTH, 'nor do its clears count after it');
});

t.test('nor does a drill wait for what flapped before it', async t => {
  const alarms = flapping();
  alarms.take({ drill: 'd1', phase: 'begin', group: 'g', legs: ['a'] }, 35 * s);
  t.same(flap(alarms, 40 * s), BOTH);
});

t.test('a clear that waited counts like any other', async t => {
  const alarms = new Alarms({ damping: { cycles: 2, window_s: 60, hold_s: 5 } });
  for (const at of [10 * s, 20 * s]) t.same(flap(alarms, at), BOTH);
  t.same(flap(alarms, 30 * s), ['raised link-down leg/a']);
  t.same(said(alarms.until(36 * s)), ['cleared link-down leg/a']);
  t.same(flap(alarms, 75 * s), ['raised link-down leg/a'], 'those of 21 and 36 s');
});

t.test('the wait survives a restart; a reboot ends it', async t => {
  const alarms = flapping();
  flap(alarms, 40 * s);
  t.same(alarms.restart(), []);
  t.equal(alarms.wakeAt, 71 * s);
  t.match(alarms.reboot(5 * s), [
    {
      kind: 'cleared',
      alarm: { alarmClearedTime: { mono_us: 41 * s }, alarmChangedTime: { mono_us: 5 * s } },
    },
  ]);
  t.equal(alarms.wakeAt, null);
});

t.test('in maintenance: held and well when it ends, nobody hears of it', async t => {
  const alarms = flapping();
  alarms.maintain(35 * s, 20 * s);
  t.same(flap(alarms, 40 * s), ['held raised link-down leg/a']);
  t.same(said(alarms.until(55 * s)), ['held cleared link-down leg/a']);
  t.equal(alarms.wakeAt, null);
});
