/** memory-corrected-errors, memory-uncorrected-error, memory-page-failed. */
import t from 'tap';
import { restoreFaults } from '../../../agent/faults/step.ts';
import { dimm, dimmCounters, ms, pageFailure, Story, s, victim } from './story.ts';

const CORRECTED = 'memory-corrected-errors dimm/A1';
const BAD = 'memory-uncorrected-error dimm/A1';
const h = 3600 * s;

t.test('corrected errors: each rate its severity, and back', async t => {
  const story = new Story();
  for (let i = 0; i < 9; i++) story.tell(dimm('A1', (10 + i) * s));
  t.same(story.said(), [], 'nine are none');
  story.tell(dimm('A1', 20 * s, { fru: 'slot A1' }));
  t.match(story.changes, [
    {
      fault: {
        t: 20 * s,
        severity: 'WARNING',
        details: [
          'corrected errors: 10 within 24 h or more',
          'part: slot A1',
          'the last: memory read error',
        ],
      },
    },
  ]);
  t.same(story.said(), [`active ${CORRECTED}`]);
  story.tell(dimm('A1', 21 * s, { count: 50 }));
  t.same(story.said(), [], 'more of the same is no news');
  story.tell(dimm('A1', 22 * s, { count: 50 }));
  t.match(story.changes, [{ kind: 'changed', fault: { severity: 'MINOR', t: 20 * s } }]);
  story.said();
  story.tell(dimm('A1', 23 * s, { count: 100_000 }));
  t.match(story.changes, [{ fault: { severity: 'MAJOR', details: [/1000 within 60 s/, /read/] } }]);
  story.said();
  t.same(story.until(53 * s - 1).said(), []);
  story.until(53 * s);
  t.match(story.changes, [{ kind: 'changed', fault: { severity: 'MINOR' } }], 'half of 60 s later');
  story.said();
  story.until(23 * s + h / 2);
  t.match(story.changes, [{ kind: 'changed', fault: { severity: 'WARNING' } }]);
  story.said();
  story.until(23 * s + 12 * h + ms);
  t.match(story.changes, [{ kind: 'cleared' }]);
  t.ok(Math.abs(story.changes[0]!.fault.t - (23 * s + 12 * h)) < ms);
  t.equal(story.wakeAt, null);
});

t.test('errors that are few and far between are none', async t => {
  const story = new Story();
  for (let i = 1; i < 100; i++) story.tell(dimm('A1', i * 3 * h));
  t.same(story.said(), []);
});

t.test('each DIMM its own alarm, and no more of them than are told apart', async t => {
  const story = new Story();
  for (let i = 0; i < 300; i++) story.tell(dimm(`D${i}`, s, { count: 10 }));
  const active = story.active();
  t.equal(active.length, 257);
  t.ok(active.includes('memory-corrected-errors dimm/others'), 'the rest is one');
  t.equal(Object.keys(story.state.memory.corrected).length, 257);
  story.until(13 * h);
  t.same(story.active(), []);
  story.tell(dimm('E', 30 * h));
  t.same(Object.keys(story.state.memory.corrected), ['dimm/E'], 'nothing is kept');
});

t.test('not corrected: at once, once, for a day', async t => {
  const story = new Story().tell(dimm('A1', 1 * s, { severity: 'deferred', fru: 'slot A1' }));
  t.match(story.changes, [
    { fault: { severity: 'MINOR', details: ['part: slot A1', 'memory read error'] } },
  ]);
  story.tell(dimm('A1', 2 * s, { severity: 'uncorrected' }));
  story.tell(dimm('A1', 3 * s, { severity: 'deferred' }));
  t.equal(story.state.active[BAD]?.severity, 'MAJOR', 'as bad as the worst');
  t.same(story.said(), [`active ${BAD}`, `changed ${BAD}`]);
  t.same(story.until(3 * s + 24 * h - 1).said(), []);
  t.same(story.until(3 * s + 24 * h).said(), [`cleared ${BAD} condition-ended`]);
  t.match(new Story().tell(dimm('A1', s, { severity: 'fatal' })).changes, [
    { fault: { severity: 'CRITICAL' } },
  ]);
});

t.test('a machine check that the driver tells as well is one alarm, whoever is first', async t => {
  const mce = (
    at: number,
    page: string | null,
    severity: 'uncorrected' | 'corrected' = 'uncorrected',
  ) => dimm('unknown-0', at, { by: 'mce', severity, page });
  const told = (at: number, page: string | null) =>
    dimm('A1', at, { severity: 'uncorrected', page });
  const one = new Story()
    .tell(mce(1 * s, '0x5'))
    .tell(told(1 * s + ms, '0x5'))
    .until(10 * s);
  t.same(one.active(), [BAD]);
  const other = new Story()
    .tell(told(1 * s, '0x5'))
    .tell(mce(1.1 * s, '0x5'))
    .until(10 * s);
  t.same(other.active(), [BAD]);
  const both = new Story().tell(told(1 * s, '0x5')).tell(mce(1.1 * s, '0x6'));
  t.equal(both.active().length, 1, 'it waits for its own');
  both.until(1.4 * s);
  t.same(both.active(), [BAD, 'memory-uncorrected-error dimm/unknown-0'], 'another page');
  const kinds = new Story().tell(told(1 * s, '0x5')).tell(mce(1.1 * s, '0x5', 'corrected'));
  t.equal(kinds.state.memory.waiting.length, 1, 'another kind');
  const alone = new Story().tell(mce(1 * s, null));
  t.same(alone.said(), []);
  t.same(alone.until(1.3 * s).said(), ['active memory-uncorrected-error dimm/unknown-0']);
  t.equal(alone.state.active['memory-uncorrected-error dimm/unknown-0']?.t, 1 * s, 'as of then');
  const storm = new Story();
  for (let i = 0; i < 200; i++) storm.step(mce(1 * s + i, `0x${i}`));
  t.equal(storm.state.memory.waiting.length, 64, 'bounded');
});

t.test('what the driver has counted and nobody told', async t => {
  const at = (corrected: number, uncorrected = 0) => ({ corrected, uncorrected });
  const polled = new Story().tell(dimmCounters('A1', 1 * s, at(500)));
  t.same(polled.until(5 * s).said(), [], 'of before our time');
  polled.tell(dimmCounters('A1', 6 * s, at(512, 1))).until(6.9 * s);
  t.same(polled.said(), [], 'it may be told still');
  polled.until(7 * s);
  t.same(polled.said(), [`active ${CORRECTED}`, `active ${BAD}`]);
  const told = new Story().tell(dimmCounters('A1', 1 * s, at(0)));
  told.tell(dimm('A1', 2 * s, { count: 6 })).tell(dimmCounters('A1', 3 * s, at(9)));
  told.tell(dimm('A1', 3.1 * s, { count: 3 })).until(60 * s);
  t.same(told.said(), [], 'nine, not eighteen');
  told
    .tell(dimm('A1', 61 * s, { count: 2 }))
    .tell(dimmCounters('A1', 62 * s, at(11)))
    .until(70 * s);
  t.same(told.said(), [`active ${CORRECTED}`]);
  const anew = new Story().tell(dimmCounters('A1', 1 * s, at(5000)));
  anew
    .tell(dimmCounters('A1', 2 * s, 'unknown'))
    .tell(dimmCounters('A1', 3 * s, at(3)))
    .until(9 * s);
  t.same(anew.said(), [], 'a driver that was loaded anew');
  anew.tell(dimmCounters('A1', 10 * s, 'absent'));
  t.same(anew.state.memory.counted.dimms, {});
  const many = new Story();
  for (let i = 0; i < 300; i++) many.tell(dimmCounters(`D${i}`, 1 * s, at(0)));
  many.tell(dimmCounters('D299', 2 * s, at(0, 1))).until(4 * s);
  t.same(many.said(), ['active memory-uncorrected-error dimm/D299'], 'each is watched');
});

const PAGE = 'memory-page-failed host';

t.test('a page that is given up, and who had it', async t => {
  const story = new Story()
    .tell(victim(1 * s))
    .tell(victim(1 * s, { pid: 9, comm: 'db', vm: null, action: 'optional' }))
    .tell(pageFailure(1 * s + ms));
  t.match(story.changes, [
    {
      fault: {
        severity: 'MAJOR',
        details: [
          'page 0x12345 (dirty_lru): the page is out of use',
          'virtual machine vm1: qemu (pid 4711) was stopped while it used it',
          'db (pid 9) had it, and was told',
        ],
      },
    },
  ]);
  story.said();
  t.same(story.until(2.5 * s).said(), [], 'each victim once');
  story.tell(pageFailure(3 * s, 'recovered', '0x9'));
  t.equal(story.state.active[PAGE]?.severity, 'MAJOR', 'no better for another');
  story.tell(pageFailure(3.5 * s, 'failed', '0xa'));
  t.equal(story.state.active[PAGE]?.severity, 'CRITICAL');
  story.said();
  for (let i = 0; i < 50; i++) story.tell(pageFailure((4 + i) * s, 'recovered', `0x${i}`));
  t.equal(story.state.active[PAGE]?.details.length, 17);
  t.ok(story.said().length < 20, 'and then it is no news');
  t.same(story.until(53 * s + h).said(), [`cleared ${PAGE} condition-ended`]);
  for (const [result, severity] of [
    ['recovered', 'MINOR'],
    ['delayed', 'MAJOR'],
    ['ignored', 'CRITICAL'],
  ] as const) {
    t.match(new Story().tell(pageFailure(s, result)).changes, [{ fault: { severity } }], result);
  }
});

t.test('a victim of a page that was given up earlier', async t => {
  const story = new Story().tell(victim(1 * s, { vm: { name: null, uuid: 'u-1' } }));
  t.same(story.said(), []);
  story.until(2 * s);
  t.match(story.changes, [
    {
      fault: {
        details: [/earlier/, 'virtual machine u-1: qemu (pid 4711) was stopped while it used it'],
      },
    },
  ]);
});

t.test('the DIMM explains the page, whichever is told first', async t => {
  const error = dimm('A1', 1 * s, { severity: 'uncorrected', page: '0x12345' });
  const first = new Story().tell(error).tell(pageFailure(1 * s));
  t.same(first.state.active[PAGE]?.causes, [BAD]);
  const last = new Story()
    .tell(pageFailure(1 * s))
    .tell(dimm('B', 1 * s, { severity: 'uncorrected', page: '0x9' }));
  t.same(last.state.active[PAGE]?.causes, []);
  last.tell(error);
  t.same(last.state.active[PAGE]?.causes, [BAD]);
});

t.test('after a restart, and after a reboot', async t => {
  const before = new Story().tell(dimm('A1', 9000 * s, { count: 200 }));
  before.tell(dimm('A1', 9000 * s, { severity: 'uncorrected' })).tell(pageFailure(9000 * s));
  const saved = JSON.parse(JSON.stringify(before.state));
  const same = new Story();
  same.state = restoreFaults(saved, true, 9001 * s);
  same.tell(dimm('A1', 9002 * s));
  t.same(same.said(), []);
  const other = new Story();
  other.state = restoreFaults(saved, false, 5 * s);
  other.now = 5 * s;
  other.tell(dimm('A1', 6 * s)).until(6 * s + h / 2);
  t.match(other.changes, [{ kind: 'changed', fault: { severity: 'WARNING' } }]);
  other.until(6 * s + 30 * h);
  t.same(other.active(), [], 'all end by this boot’s clock');
});
