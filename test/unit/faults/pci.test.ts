/** pcie-corrected-errors, pcie-error, pci-device-removed, device-health, and what they explain. */
import t from 'tap';
import { restoreFaults } from '../../../agent/faults/step.ts';
import {
  aer,
  carrier,
  census,
  deviceHealth,
  io,
  ioErrors,
  legs,
  ms,
  NIC,
  PORT,
  pciPresence,
  place,
  presence,
  Story,
  s,
} from './story.ts';

const ERROR = `pcie-error pci/${NIC}`;
const GONE = `pci-device-removed pci/${NIC}`;

t.test('corrected errors of a link', async t => {
  const story = new Story().tell(aer(NIC, 1 * s, 'corrected', { count: 10, errors: ['Bad TLP'] }));
  t.match(story.changes, [
    { fault: { severity: 'WARNING', details: [/10 within 1 h/, 'the last: Bad TLP'] } },
  ]);
  const key = `pcie-corrected-errors pci/${NIC}`;
  t.same(story.said(), [`active ${key}`]);
  story.tell(pciPresence(NIC, 2 * s, 'absent'));
  t.same(story.said(), [`cleared ${key} subject-gone`]);
  const known = new Story().tell(aer(NIC, 1 * s, 'corrected', { count: 10 }));
  known.said();
  known.tell({ ...census(2 * s, []), hardware: { pci_device: [PORT] } });
  t.same(known.said(), [`cleared ${key} subject-gone`], 'after a restart');
});

t.test('errors that were not corrected', async t => {
  const story = new Story().tell(
    aer(NIC, 1 * s, 'nonfatal', { fru: 'slot 3', details: ['behind it: NIC c-a'] }),
  );
  t.match(story.changes, [
    {
      fault: {
        severity: 'MAJOR',
        details: ['not fatal: Data Link Protocol Error', 'part: slot 3', 'behind it: NIC c-a'],
      },
    },
  ]);
  story.tell(aer(NIC, 30 * s, 'fatal')).tell(aer(NIC, 31 * s, 'nonfatal'));
  t.equal(story.state.active[ERROR]?.severity, 'CRITICAL');
  t.same(story.said(), [`active ${ERROR}`, `changed ${ERROR}`]);
  t.same(story.until(91 * s).said(), [`cleared ${ERROR} condition-ended`]);
});

t.test('what a port has explains what is below it', async t => {
  const story = new Story().tell(aer(PORT, 1 * s, 'fatal')).tell(aer(NIC, 1 * s, 'nonfatal'));
  t.same(story.state.active[ERROR]?.causes, [`pcie-error pci/${PORT}`]);
  story.tell(deviceHealth(NIC, 2 * s));
  const health = story.state.active[`device-health pci/${NIC}`];
  t.match(health, { details: ['fw_fatal: ill'] });
  t.ok(health?.causes.includes(`pcie-error pci/${PORT}`) && health.causes.includes(ERROR));
  t.ok(
    story
      .until(602 * s)
      .said()
      .includes(`cleared device-health pci/${NIC} condition-ended`),
  );
});

t.test('links, NICs, paths and disks name the functions that they are behind', async t => {
  const story = new Story()
    .tell(place('leg/a', 1 * s))
    .tell(place('disk/nvme0n1', 1 * s, ['0000:5e:00.0', '0000:5d:00.0']))
    .tell(legs('g', 1 * s, ['a', 'b']))
    .tell(carrier('a', 'up', 1 * s, 1, 0))
    .tell(io('nvme0n1', 'moving', 1 * s, { session: null }))
    .tell(ioErrors('nvme0n1', 1 * s, 0));
  story
    .tell(carrier('a', 'down', 2 * s, 1, 1))
    .tell(legs('g', 2 * s, ['b'], ['a']))
    .tell(presence('a', 2 * s, 'removed'))
    .tell(io('nvme0n1', 'stalled', 3 * s, { session: null }))
    .tell(ioErrors('nvme0n1', 3 * s, 3));
  const port = [
    `pcie-error pci/${PORT}`,
    `pci-device-removed pci/${PORT}`,
    ERROR,
    `device-health pci/${NIC}`,
  ];
  for (const key of ['link-down leg/a', 'nic-removed leg/a', 'redundancy-lost group/g']) {
    for (const cause of port)
      t.ok(story.state.active[key]?.causes.includes(cause), `${key}: ${cause}`);
  }
  for (const key of ['io-stalled disk/nvme0n1', 'io-errors disk/nvme0n1']) {
    t.ok(story.state.active[key]?.causes.includes('pcie-error pci/0000:5d:00.0'), key);
  }
});

t.test('a place is remembered, moves, and ends with another device', async t => {
  const story = new Story().tell(place('leg/a', 1 * s)).tell(place('leg/a', 2 * s, [NIC]));
  t.same(story.state.scene.pci, { 'leg/a': [NIC] });
  story.tell(census(3 * s, []));
  t.same(story.state.scene.pci, { 'leg/a': [NIC] }, 'it is gone, and what follows names it still');
  story.tell(place('leg/a', 4 * s, []));
  t.same(story.state.scene.pci, {});
  for (let i = 0; i < 1500; i++) story.tell(place(`leg/n${i}`, 5 * s));
  t.equal(Object.keys(story.state.scene.pci).length, 1024);
});

t.test('a function is gone, and is there again', async t => {
  const story = new Story()
    .tell(place('leg/c-a', 1 * s))
    .tell(pciPresence(NIC, 1 * s, 'removed', { details: ['network'], fru: 'slot 3' }));
  t.same(story.said(), []);
  story.until(1.2 * s);
  t.match(story.changes, [
    { fault: { t: 1 * s, details: ['network', 'part: slot 3', 'behind it: interface c-a'] } },
  ]);
  t.same(story.said(), [`active ${GONE}`]);
  t.ok(story.state.active[GONE]?.causes.includes(ERROR));
  story.tell(pciPresence(NIC, 5 * s, 'present'));
  t.same(story.said(), [`cleared ${GONE} condition-ended`]);
  story
    .tell(pciPresence(NIC, 6 * s, 'removed'))
    .tell(pciPresence(NIC, 6.1 * s, 'present'))
    .until(9 * s);
  t.same(story.said(), [], 'a reset');
  story.tell(pciPresence(NIC, 10 * s, 'removed')).until(11 * s);
  story.said();
  t.same(story.until(10 * s + 24 * 3600 * s).said(), [`cleared ${GONE} subject-gone`]);
  t.equal(story.wakeAt, null);
});

t.test('what goes together is one: the topmost, whichever is first', async t => {
  const lower = pciPresence(NIC, 1 * s, 'removed');
  const sites = [place('leg/c-a', 1 * s), place('disk/sda', 1 * s, ['0000:3b:00.1', PORT])];
  const second = pciPresence('0000:3b:00.1', 1 * s, 'removed', {
    above: [PORT],
  });
  const upper = pciPresence(PORT, 1.05 * s, 'removed');
  for (const order of [
    [lower, second, upper],
    [{ ...upper, t: 1 * s }, lower, second],
  ]) {
    const story = new Story();
    for (const seen of [...sites, ...order]) story.tell(seen);
    story.until(5 * s);
    t.match(story.changes, [
      { fault: { object: `pci/${PORT}`, details: ['behind it: interface c-a, disk sda'] } },
    ]);
    t.equal(story.said().length, 1);
  }
  const card = new Story()
    .tell(second)
    .tell({ ...lower, t: 1.1 * s })
    .until(5 * s);
  t.match(card.changes, [{ fault: { object: `pci/${NIC}`, t: 1 * s } }]);
  t.equal(card.said().length, 1, 'one card');
  const late = new Story()
    .tell(lower)
    .until(2 * s)
    .tell({ ...upper, t: 3 * s })
    .until(5 * s);
  t.same(late.said(), [`active ${GONE}`, `active pci-device-removed pci/${PORT}`]);
  t.ok(late.state.active[GONE]?.causes.includes(`pci-device-removed pci/${PORT}`));
});

t.test(
  'nobody misses virtual functions, what is not known, and what was gone before we looked',
  async t => {
    const story = new Story().tell(pciPresence(NIC, 1 * s, 'removed', { virtual: true }));
    for (const value of ['unknown', 'absent'] as const) story.tell(pciPresence(NIC, 1 * s, value));
    t.same(story.until(9 * s).said(), []);
  },
);

t.test('more than can wait are told at once', async t => {
  const story = new Story();
  for (let i = 0; i < 300; i++) {
    const bus = i.toString(16).padStart(4, '0');
    story.step(pciPresence(`${bus}:01:00.0`, 1 * s, 'removed', { above: [] }));
  }
  t.equal(Object.keys(story.state.pci_removed).length, 256);
  t.equal(story.said().length, 44);
});

t.test('after a restart and a reboot', async t => {
  const before = new Story()
    .tell(pciPresence(NIC, 100 * s, 'removed'))
    .tell(aer(PORT, 100 * s, 'fatal'));
  before.until(101 * s);
  const saved = JSON.parse(JSON.stringify(before.state));
  const same = new Story();
  same.state = restoreFaults(saved, true, 102 * s);
  same.tell(pciPresence(NIC, 103 * s, 'present')).until(160 * s);
  t.same(same.said(), [
    `cleared ${GONE} condition-ended`,
    `cleared pcie-error pci/${PORT} condition-ended`,
  ]);
  const other = new Story();
  other.state = restoreFaults(saved, false, 5 * s);
  other.now = 5 * s;
  other.tell(pciPresence(NIC, 6 * s, 'present')).until(65 * s + ms);
  t.same(other.active(), []);
});
