/** cpu-corrected-errors, cpu-uncorrected-error, firmware-reported-error, kernel-warns-of-hardware. */
import t from 'tap';
import { restoreFaults } from '../../../agent/faults/step.ts';
import {
  aer,
  dimm,
  kernelSays,
  machineCheck,
  NIC,
  pageFailure,
  Story,
  s,
  victim,
} from './story.ts';

const h = 3600 * s;

t.test('a socket corrects errors', async t => {
  const story = new Story()
    .tell(machineCheck(0, 1 * s, { count: 17 }))
    .tell(machineCheck(1, 1 * s));
  t.same(story.said(), []);
  story.tell(machineCheck(0, 1 * s, { fru: 'slot CPU1' }));
  t.match(story.changes, [
    {
      fault: {
        object: 'cpu/0',
        severity: 'WARNING',
        details: [/18 within 24 h/, 'part: slot CPU1', 'the last: cache error (CE)'],
      },
    },
  ]);
  story.said();
  t.same(story.until(13 * h).said(), ['cleared cpu-corrected-errors cpu/0 condition-ended']);
});

t.test('a socket could not correct one', async t => {
  const story = new Story().tell(machineCheck(1, 1 * s, { severity: 'fatal' }));
  t.match(story.changes, [{ fault: { object: 'cpu/1', severity: 'CRITICAL' } }]);
  t.same(story.said(), ['active cpu-uncorrected-error cpu/1']);
  t.same(story.until(25 * h).said(), ['cleared cpu-uncorrected-error cpu/1 condition-ended']);
});

t.test('firmware', async t => {
  const from = (severity: 'corrected' | 'uncorrected') => {
    const seen = machineCheck(0, 1 * s, { severity, by: 'firmware', fru: 'CPU 0' });
    return new Story().tell({ ...seen, subject: 'host' } as typeof seen);
  };
  t.match(from('corrected').changes, [
    { fault: { severity: 'WARNING', details: ['part: CPU 0', /./] } },
  ]);
  t.same(from('uncorrected').active(), ['firmware-reported-error host']);
});

const WARNS = 'kernel-warns-of-hardware host';

t.test('the log alone', async t => {
  const story = new Story().tell(kernelSays('firmware bug', 1 * s));
  t.match(story.changes, [{ fault: { details: ['firmware bug: a record of firmware bug'] } }]);
  story.tell(kernelSays('firmware bug', 2 * s)).tell(kernelSays('power limit', 3 * s));
  t.same(story.said(), [`active ${WARNS}`, `changed ${WARNS}`], 'each kind once');
  t.same(story.until(3 * s + h).said(), [`cleared ${WARNS} condition-ended`]);
  t.equal(story.wakeAt, null);
  const late = new Story();
  late.now = 2 * h;
  late.step(kernelSays('firmware bug', 1 * s));
  t.ok(late.active().length <= 1);
});

t.test('what something else tells as well', async t => {
  const by = ['hw_cpu', 'hw_memory', 'hw_pci'] as const;
  const others = [
    machineCheck(0, 1.5 * s),
    dimm('A1', 1.5 * s),
    pageFailure(1.5 * s),
    victim(1.5 * s),
    aer(NIC, 1.5 * s, 'corrected'),
  ];
  for (const other of others) {
    const after = new Story()
      .tell(kernelSays('machine check', 1 * s, by))
      .tell(other)
      .until(10 * s);
    t.notOk(after.active().includes(WARNS), `before ${other.probe} ${other.aspect}`);
    const before = new Story()
      .tell(other)
      .tell(kernelSays('machine check', 2 * s, by))
      .until(10 * s);
    t.notOk(before.active().includes(WARNS), `after ${other.probe} ${other.aspect}`);
  }
  const alone = new Story().tell(aer(NIC, 1 * s, 'corrected'));
  alone.tell(kernelSays('memory error', 1 * s, ['hw_memory'])).until(3 * s);
  t.same(alone.active(), [WARNS], 'another kind');
  const storm = new Story();
  for (let i = 0; i < 100; i++) storm.tell(kernelSays('machine check', s + i, by));
  t.equal(storm.state.kernel_warning.waiting.length, 1);
});

t.test('after a reboot', async t => {
  const before = new Story().tell(kernelSays('firmware bug', 1 * s));
  before.tell(machineCheck(0, 1 * s, { severity: 'uncorrected' }));
  const story = new Story();
  story.state = restoreFaults(JSON.parse(JSON.stringify(before.state)), false, 5 * s);
  story.now = 5 * s;
  story.step({ probe: 'tick' }).until(30 * h);
  t.same(story.active(), []);
});
