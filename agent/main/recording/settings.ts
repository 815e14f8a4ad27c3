/** The parts of a configuration that decide what frames mean, as one could write them; nothing in them is secret. */
import type { Config } from '../../config.ts';

export function recordedSettings(config: Config): Record<string, unknown> {
  const { budget_ms, thresholds, groups, bonds, leg_probes, bfd, block, alarms } = config;
  const ports = config.storage.ports.map(({ name, low, high }) =>
    low === high ? { name, port: low } : { name, range: `${low}-${high}` },
  );
  return {
    budget_ms,
    storage: { ports },
    thresholds,
    groups,
    bonds,
    leg_probes,
    bfd,
    block,
    alarms,
  };
}
