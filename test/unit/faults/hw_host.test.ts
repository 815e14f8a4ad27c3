/** Arrays, file systems, processors, memory, the kernel's log, watchdogs: from frames to alarms. */
import t from 'tap';
import { restoreFaults } from '../../../agent/faults/step.ts';
import { hour, Iron, s } from '../main/iron.ts';
import { Helper } from '../support/frames.ts';
import { ioStall } from '../support/storage_frames.ts';

const whole = [
  { disk: 'sda1', slot: 0, state: 'in_sync' },
  { disk: 'sdb1', slot: 1, state: 'in_sync' },
];
const failed = [whole[0]!, { disk: 'sdb1', slot: null, state: 'faulty' }];

t.test('a member of an array fails, another is rebuilt', async t => {
  const key = 'array-degraded array/md0';
  const iron = new Iron().disk('sdb').tell('md', { members: whole });
  t.same(iron.said(), []);
  iron.wait(s).tell('md', { members: failed, degraded: 1, action: 'recover' });
  t.same(iron.said(), [`raised ${key}`]);
  t.same(iron.details(key), ['raid1: 1 of 2 members in use', 'sdb1 has failed']);
  t.equal(iron.severity('array-degraded'), 'MAJOR');
  iron.wait(s).tell('md', {
    members: [...failed, { disk: 'sdc1', slot: 1, state: 'spare' }],
    degraded: 1,
    action: 'recover',
  });
  t.same(iron.said(), [`changed ${key}`]);
  t.match(iron.details(key), [
    'raid1: 1 of 2 members in use',
    'sdb1 has failed',
    'it is being rebuilt',
  ]);
  iron.wait(s).take(iron.h.lost(iron.ms, 'md')).wait(hour);
  t.same(iron.active(), [key, 'monitor-blind source/md'], 'unknown clears nothing');
  iron.tell('md', { members: whole }).snapshot('md', () => iron.tell('md', { members: whole }));
  iron.wait(2 * s);
  t.same(iron.active(), []);
});

t.test('an array that does not work any more, and one that is gone', async t => {
  const iron = new Iron().tell('md', { members: failed, degraded: 2, state: 'broken' });
  t.equal(iron.severity('array-degraded'), 'CRITICAL');
  iron.said();
  iron.tell('md', { gone: true });
  t.same(iron.said(), ['cleared array-degraded array/md0 subject-gone']);
});

t.test('the failed disk is the cause of the array, of its file system, and of its I/O', async t => {
  const iron = new Iron().disk('sdb').tell('md', { members: whole });
  iron.tell('mount', { point: '/srv', source: '/dev/sdb2' }).medium('sdb', 0, 0).said();
  iron.medium('sdb', 1, 7).tell('md', { members: failed, degraded: 1 });
  iron.tell('mount', { point: '/srv', source: '/dev/sdb2', super_read_only: true });
  const alarms = iron.mind.middle.activeAlarms;
  const root = alarms.find(one => one.type === 'disk-media-errors')!;
  for (const type of ['io-errors', 'array-degraded', 'filesystem-read-only']) {
    t.same(alarms.find(one => one.type === type)?.correlatedAlarmIds, [root.id], type);
  }
});

t.test('a file system that the kernel has made read only', async t => {
  const key = 'filesystem-read-only filesystem//srv';
  const mount = { point: '/srv', source: 'sda1' };
  const iron = new Iron().tell('mount', mount);
  iron.wait(s).tell('mount', { ...mount, super_read_only: true });
  t.same(iron.said(), [`raised ${key}`]);
  t.equal(iron.severity('filesystem-read-only'), 'CRITICAL');
  iron.wait(s).tell('mount', mount).wait(s);
  t.same(iron.said(), [`cleared ${key} condition-ended`]);
  iron.tell('mount', { ...mount, super_read_only: true, read_only: true });
  t.same(iron.said(), [], 'by an operator');
  iron.tell('mount', {
    point: '/snap',
    source: 'loop0',
    filesystem: 'squashfs',
    super_read_only: true,
  });
  t.same(iron.said(), [], 'it cannot be written at all');
});

t.test('a file system of which the log alone says it', async t => {
  const key = 'filesystem-read-only filesystem//srv';
  for (const text of [
    'EXT4-fs (sda1): Remounting filesystem read-only',
    'BTRFS info (device sda1: state E): forced readonly',
    'XFS (sda1): Filesystem has been shut down due to log error (0x2).',
  ]) {
    const mount = { point: '/srv', source: '/dev/sda1' };
    const iron = new Iron().tell('mount', mount).tell('mount', { point: '/', source: '/dev/sda2' });
    iron.wait(s).kmsg(text);
    t.same(iron.said(), [`raised ${key}`], text);
    iron
      .wait(s)
      .tell('mount', mount)
      .snapshot('mount', () => iron.tell('mount', mount))
      .wait(hour);
    t.same(iron.said(), [], 'the list of mounts does not know it');
    iron.tell('mount', { ...mount, gone: true });
    t.same(iron.said(), [`cleared ${key} subject-gone`]);
  }
});

t.test('processors', async t => {
  const iron = new Iron().tell('processors', { present: '0-7', online: '0-3,6' });
  t.same(iron.said(), [], 'four never were in use');
  iron.wait(s).tell('processors', { present: '0-7', online: '0-1,3' });
  t.same(iron.said(), ['raised processor-offline cpu/2', 'raised processor-offline cpu/6']);
  t.equal(iron.severity('processor-offline'), 'WARNING');
  iron.wait(s).tell('processors', { present: '0-5', online: '0-3' }).wait(s);
  t.same(iron.said(), [
    'cleared processor-offline cpu/6 subject-gone',
    'cleared processor-offline cpu/2 condition-ended',
  ]);
  const smt = new Iron().tell('processors', { present: '0-3', online: '0-3', smt: 'on' });
  smt.wait(s).tell('processors', { present: '0-3', online: '0-1', smt: 'off' });
  t.same(smt.said(), [], 'threads that were switched off by hand');
  smt.wait(s).tell('processors', { present: '0-3', online: '0', smt: 'off' });
  t.same(smt.said(), ['raised processor-offline cpu/1']);
});

t.test('memory', async t => {
  const iron = new Iron().tell('memory', { offline_blocks: 2 });
  t.same(iron.said(), [], 'of before our time');
  iron.wait(s).tell('memory', { offline_blocks: 3 });
  t.same(iron.said(), ['raised memory-offline host']);
  iron.wait(s).tell('memory', { offline_blocks: 2 }).wait(s);
  t.same(iron.said(), ['cleared memory-offline host condition-ended']);
});

t.test("what the kernel's log says of tasks and processors", async t => {
  const iron = new Iron().kmsg('INFO: task dd:4711 blocked for more than 120 seconds.');
  t.same(iron.said(), ['raised task-hung host']);
  t.same(iron.details('task-hung host'), ['dd:4711 blocked for more than 120 seconds']);
  iron
    .wait(200 * s)
    .kmsg('INFO: task qemu-system-x86:99 blocked in I/O wait for more than 241 seconds.');
  iron.wait(300 * s - 1);
  t.same(iron.said(), [], 'one alarm while there are more');
  iron.wait(1);
  t.same(iron.said(), ['cleared task-hung host condition-ended']);
  for (const text of [
    'watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [stress:1234]',
    'watchdog: Watchdog detected hard LOCKUP on cpu 3',
    'NMI watchdog: Watchdog detected hard LOCKUP on cpu 3',
    'rcu: INFO: rcu_preempt self-detected stall on CPU',
    'rcu: INFO: rcu_sched detected stalls on CPUs/tasks:',
    'rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 1-...D } 26 jiffies',
  ]) {
    iron.kmsg(text);
    t.same(iron.said(), ['raised cpu-lockup host'], text);
    iron.wait(120 * s);
    t.same(iron.said(), ['cleared cpu-lockup host condition-ended']);
  }
  iron.kmsg('INFO: lockdep is turned off.').kmsg('task dd:1 blocked for more than 3 seconds');
  t.same(iron.said(), []);
});

t.test('a task that hangs because its storage stands still', async t => {
  const iron = new Iron().disk('sda').take(ioStall(new Helper(), 0, 'sda', -2000));
  iron.kmsg('INFO: task dd:4711 blocked for more than 120 seconds.');
  const [stalled, hung] = iron.mind.middle.activeAlarms;
  t.same([stalled?.type, hung?.type], ['io-stalled', 'task-hung']);
  t.same(hung?.correlatedAlarmIds, [stalled?.id]);
});

t.test('a watchdog that has reset the host: once in a boot', async t => {
  const reset = { boot_status: 0x20 };
  const iron = new Iron().tell('watchdog').tell('watchdog', reset).tell('watchdog', reset);
  t.same(iron.said(), ['raised watchdog-reset host']);
  iron.wait(hour).tell('watchdog', reset);
  t.same(iron.said(), ['cleared watchdog-reset host condition-ended']);
  const { faults } = iron.mind.middle;
  iron.mind.middle.faults = restoreFaults(structuredClone(faults), true, iron.mind.now);
  iron.tell('watchdog', reset);
  t.same(iron.said(), [], 'nor after a restart of the agent');
  iron.mind.middle.faults = restoreFaults(structuredClone(faults), false, iron.mind.now);
  iron.tell('watchdog', reset);
  t.same(iron.said(), ['raised watchdog-reset host'], 'in the next boot it is news');
});

t.test('what went away while the agent was not there', async t => {
  const iron = new Iron().tell('md', { members: failed, degraded: 1 });
  iron.tell('mount', { super_read_only: true });
  iron.read('smartctl', 'sda', '{"smartctl":{},"smart_status":{"passed":false}}');
  t.equal(iron.active().length, 3);
  const later = new Iron();
  later.mind.middle.faults = restoreFaults(structuredClone(iron.mind.middle.faults), true, 0);
  const sources = ['md', 'mount', 'disk', 'reader'];
  for (const source of sources) later.take(later.h.lost(later.ms, source));
  for (const source of sources) later.snapshot(source, () => {}, false);
  t.equal(later.active().length, 3, 'in part proves nothing');
  for (const source of sources) later.snapshot(source);
  t.same(later.active(), []);
});
