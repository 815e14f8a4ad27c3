import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { catalogue, entryOf } from '../../../agent/alarms/catalogue.ts';
import { alarmTable, TABLE_BEGIN, TABLE_END } from '../../../agent/alarms/table.ts';
import { limits } from '../../../agent/faults/limits.ts';

const root = new URL('../../../', import.meta.url);

t.test('catalogue and faults have the same types', async t => {
  const faults = new URL('agent/faults/', root);
  const named = new Set<string>();
  for (const file of readdirSync(faults)) {
    const text = readFileSync(new URL(file, faults), 'utf8');
    for (const [, type] of text.matchAll(/^const [A-Z]+ = '([a-z-]+)';$/gm)) named.add(type!);
  }
  t.same([...named].sort(), catalogue.map(entry => entry.type).sort());
});

t.test('types are unique and every field says something', async t => {
  t.equal(new Set(catalogue.map(entry => entry.type)).size, catalogue.length);
  for (const entry of catalogue) {
    for (const [key, value] of Object.entries(entry)) {
      t.ok(value === true || value.length > 2, `${entry.type} ${key}`);
    }
    t.ok(entry.supersedes === undefined || entryOf(entry.supersedes), `${entry.type} supersedes`);
  }
});

t.test('the texts name the limits that the faults keep', async t => {
  const seconds = (us: number) => `${us / 1e6} s`;
  /** As people say it: 24 h, 30 min, 60 s. */
  const time = (us: number) =>
    us % 3600e6 === 0 ? `${us / 3600e6} h` : us > 60e6 ? `${us / 60e6} min` : seconds(us);
  const says = (type: string, field: 'text' | 'clears', ...words: string[]) => {
    for (const word of words) t.match(entryOf(type)[field], word, `${type} ${field}`);
  };
  const { link, redundancy, storage_path, failover, spool, sight } = limits;
  says('link-flapping', 'text', `${link.flapping_losses} times`, seconds(link.flapping_window_us));
  says('link-flapping', 'clears', seconds(link.flapping_quiet_us));
  says('redundancy-lost', 'clears', seconds(redundancy.clear_after_us));
  says('path-lost', 'clears', seconds(redundancy.clear_after_us));
  says(
    'storage-path-stalled',
    'clears',
    seconds(storage_path.clear_after_us),
    seconds(storage_path.gone_after_us),
  );
  for (const type of ['failover-slow', 'failover-absent', 'peer-still-uses-leg']) {
    says(type, 'clears', seconds(failover.clear_after_us));
  }
  const { bond_member, lacp, wiring, announcement, speed, errors, optics, removed } = limits;
  const { blackhole, bfd, steering } = limits;
  says('leg-blackholed', 'text', seconds(blackhole.settle_us));
  says('bfd-session-down', 'text', seconds(bfd.restart_us));
  says('bfd-session-down', 'clears', seconds(bfd.clear_after_us));
  says('path-steered', 'clears', seconds(steering.moved_us));
  says('steering-failed', 'text', seconds(steering.lasting_us));
  says('steering-failed', 'clears', seconds(steering.clear_after_us));
  says('bond-member-down', 'clears', seconds(bond_member.clear_after_us));
  says('lacp-partner-lost', 'text', seconds(lacp.partner_grace_us), seconds(lacp.join_us));
  says('lacp-partner-lost', 'clears', seconds(lacp.clear_after_us));
  says('lacp-churn', 'text', `${lacp.sync_losses} times within ${seconds(lacp.sync_window_us)}`);
  says('lacp-churn', 'clears', seconds(lacp.clear_after_us), seconds(lacp.sync_quiet_us));
  says('bond-same-switch', 'text', seconds(wiring.raise_after_us));
  says('bond-same-switch', 'clears', seconds(wiring.clear_after_us));
  says('no-gratuitous-arp', 'text', seconds(announcement.grace_us));
  says('no-gratuitous-arp', 'clears', seconds(announcement.clear_after_us));
  says('link-speed-reduced', 'text', seconds(speed.raise_after_us));
  says('link-speed-reduced', 'clears', seconds(speed.clear_after_us));
  says(
    'link-degraded',
    'text',
    seconds(errors.raise_after_us),
    `${errors.per_second} error per second`,
    'one in a million',
    seconds(errors.window_us),
    `${(errors.spans * errors.span_us) / 60e6} minutes`,
  );
  t.equal(errors.per_packet, 1e-6);
  says('link-degraded', 'clears', 'half', seconds(errors.clear_after_us));
  t.equal(errors.clear_part, 0.5);
  says('optics-degraded', 'clears', seconds(optics.clear_after_us));
  const { storage_target, session, multipath, io } = limits;
  says('storage-target-unreachable', 'text', seconds(storage_target.raise_after_us));
  says('storage-target-unreachable', 'text', `${storage_target.probe_intervals} intervals`);
  says('storage-path-lost', 'text', seconds(session.reconnect_us));
  says('storage-path-lost', 'clears', seconds(session.clear_after_us));
  t.equal(multipath.clear_after_us, redundancy.clear_after_us);
  t.equal(multipath.clear_after_us, session.clear_after_us);
  says(
    'path-flapping',
    'text',
    `${multipath.flapping_failures} times`,
    seconds(multipath.flapping_window_us),
  );
  says('path-flapping', 'clears', seconds(multipath.flapping_quiet_us));
  says('io-stalled', 'clears', seconds(io.clear_after_us));
  says('io-errors', 'clears', seconds(io.errors_quiet_us));
  says('nic-tx-timeout', 'clears', seconds(limits.tx_timeout.clear_after_us));
  says('nic-removed', 'clears', seconds(removed.forget_after_us));
  const { memory, page, cpu, pci } = limits;
  for (const [type, { corrected }] of [
    ['memory-corrected-errors', memory],
    ['cpu-corrected-errors', cpu],
    ['pcie-corrected-errors', pci],
  ] as const) {
    const rates = corrected.map(({ errors, within_us }) => `${errors} within ${time(within_us)}`);
    says(type, 'text', ...rates);
    says(type, 'clears', ...corrected.map(({ within_us }) => time(within_us / 2)));
    t.same(
      corrected.map(one => one.severity),
      ['WARNING', 'MINOR', 'MAJOR'],
      'the last is the worst',
    );
  }
  says('memory-uncorrected-error', 'text', seconds(memory.told_twice_us));
  says('memory-uncorrected-error', 'clears', time(memory.uncorrected_clear_us));
  says('memory-page-failed', 'clears', time(page.clear_after_us));
  says('cpu-uncorrected-error', 'clears', time(cpu.uncorrected_clear_us));
  says('firmware-reported-error', 'clears', time(cpu.firmware_clear_us));
  says('kernel-warns-of-hardware', 'text', seconds(cpu.same_us));
  says('kernel-warns-of-hardware', 'clears', time(cpu.warning_clear_us));
  says('pcie-error', 'clears', seconds(pci.error_clear_us));
  says('pci-device-removed', 'text', seconds(pci.removed_together_us));
  says('pci-device-removed', 'clears', time(pci.removed_forget_us));
  says('device-health', 'clears', seconds(pci.health_clear_us));
  says('spool-slow', 'text', seconds(spool.slow_us));
  says('spool-slow', 'clears', seconds(spool.clear_after_us));
  says(
    'monitor-blind',
    'text',
    seconds(sight.helper_lost_us),
    seconds(sight.helper_silent_us),
    seconds(sight.sources.frames!.raise_us),
  );
});

t.test('the README has the table of this catalogue', async t => {
  const text = readFileSync(new URL('README.md', root), 'utf8');
  const begin = text.indexOf(TABLE_BEGIN);
  const end = text.indexOf(TABLE_END);
  t.ok(begin >= 0 && end > begin, `it has ${TABLE_BEGIN} and ${TABLE_END}`);
  t.equal(text.slice(begin + TABLE_BEGIN.length, end).trim(), alarmTable().trim(), {
    remedy: 'node scripts/alarm-table.ts --write',
  });
});
