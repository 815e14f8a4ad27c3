import t from 'tap';
import { maintenanceText, observationText } from '../../../agent/main/text.ts';
import {
  delivery,
  escalation,
  sight,
  spool,
  told,
} from '../../../agent/probes/self/observations.ts';
import { makeMaintenance } from '../cli/fake-agent.ts';
import {
  announced,
  bark,
  errors,
  io,
  ioErrors,
  lacp,
  member,
  mode,
  optics,
  paths,
  presence,
  session,
  switched,
} from '../faults/story.ts';

t.test('bonds', async t => {
  t.equal(
    observationText(member('ens1', 1, { mii: 'going-down', state: 'backup' })),
    'bond:ens1 bond:bond0 mii=going-down backup',
  );
  t.equal(
    observationText(member('ens1', 1, { lacp: lacp({ aggregator: 2, actor: 0x87 }) })),
    'bond:ens1 bond:bond0 mii=up active, aggregator 2, partner silent',
  );
  t.equal(observationText(member('ens1', 1, 'unknown')), 'bond:ens1 bond:bond0 unknown');
  t.equal(
    observationText(switched(1, { value: { from: 'ens1', to: null } })),
    'bond:bond:bond0 active: ens1 -> none (fentry)',
  );
  t.equal(observationText(announced(1)), 'bond:bond:bond0 announced by garp: 10.5.0.1');
});

t.test('NICs: what moves all the time is not shown', async t => {
  t.equal(observationText(mode('ens1', 1, 25_000)), 'nic:ens1 speed 25000 Mbit/s, full duplex');
  t.equal(observationText(mode('ens1', 1, null)), 'nic:ens1 speed ? Mbit/s, full duplex');
  t.equal(observationText(mode('ens1', 1, 'unknown')), 'nic:ens1 mode unknown');
  t.equal(observationText(errors('ens1', 1, {})), null);
  t.equal(observationText(errors('ens1', 1, 'absent')), 'nic:ens1 errors absent');
  t.equal(observationText(optics('ens1', 1, [])), null);
  t.equal(observationText(bark('ens1', 1, 3)), 'nic:ens1 transmit time-out, queue 3');
  t.equal(observationText(presence('ens1', 1, 'removed')), 'nic:ens1 removed');
});

t.test('sessions, disks and multipath devices', async t => {
  t.equal(
    observationText(session('failed', 1)),
    'storage_session:iscsi:session1 session=failed (FAILED)',
  );
  t.equal(
    observationText(session('usable', 1, { connected: false })),
    'storage_session:iscsi:session1 session=usable (LOGGED_IN, no connection)',
  );
  t.equal(observationText(io('sdb', 'stalled', 1)), 'block:sdb io=stalled');
  t.equal(observationText(ioErrors('sdb', 1, 0)), null);
  t.equal(observationText(ioErrors('sdb', 1, 3)), 'block:sdb io-errors=3 (EIO)');
  t.equal(
    observationText(paths(1, ['sdb', 'sdc!'])),
    'multipath:dm-0 paths=sdb active, sdc failed',
  );
  t.equal(observationText(paths(1, 'unknown')), 'multipath:dm-0 paths=unknown');
});

t.test('of ourselves, with the reason', async t => {
  t.equal(
    observationText(delivery(1, 'vim', 'slow', 'p99 1.2 s')),
    'self:vim delivery=slow: p99 1.2 s',
  );
  t.equal(observationText(delivery(1, 'vim', 'ok', '')), 'self:vim delivery=ok');
  t.equal(
    observationText(escalation(1, 'm', 'failed', 'recovery failed')),
    'self:m escalation=failed: recovery failed',
  );
  t.equal(observationText(spool(1, 'full', 'ENOSPC')), 'self:host spool=full: ENOSPC');
  t.equal(observationText(sight(1, 'tcp', 'ok', '')), 'self:tcp ok');
  t.equal(
    observationText(told(1, { alarm: 'a-1', adapter: 'vim', primary: true, failover: null })),
    'self:a-1 told to vim',
  );
  t.equal(maintenanceText(null), 'maintenance=off');
  t.equal(
    maintenanceText(makeMaintenance()),
    'maintenance=on until 2026-03-01T12:31:00.000Z: new switch',
  );
});
