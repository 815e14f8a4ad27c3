/** Failover records, and how the agent itself does. */
import type { FailoverRecord, Observation, Us } from '../../../../agent/types.ts';

export function record(what: Partial<FailoverRecord> & { t: Us }): Observation {
  const { t, ...over } = what;
  const value: FailoverRecord = {
    id: 'f1',
    group: 'g',
    kind: 'ecmp',
    opened: { boot_id: 'b', mono_us: t, wall_us: t },
    state: 'open',
    budget_ms: 1000,
    strategy: 'timer',
    nudge: 'ask',
    drill: null,
    legs: [{ leg: 'a', lost_us: t, healed_us: null, source: 'carrier' }],
    cut: { t_us: t, source: 'carrier', uncertainty_us: 0 },
    seen_us: t,
    switched_us: null,
    announced_us: null,
    phases: null,
    flowing_us: null,
    told_us: null,
    gap_us: null,
    gap_below_spacing: false,
    spacing_us: null,
    flows: [],
    verdict: 'NOT_MEASURED',
    reason: '',
    told_verdict: 'NOT_MEASURED',
    back: null,
    steered: null,
    findings: [],
    ...over,
  };
  return {
    probe: 'self',
    aspect: 'failover',
    subject: `failover/${value.id}`,
    value: value.state === 'open' ? 'open' : 'closed',
    t,
    record: value,
  };
}

export const helper = (value: 'connected' | 'lost', t: Us): Observation => ({
  probe: 'self',
  aspect: 'helper',
  subject: 'host',
  value,
  t,
  strategy: 'timer',
  nudge: 'ask',
  boot_id: '11111111-2222-4333-8444-555555555555',
  wall_offset_us: 0,
});

export const sight = (source: string, value: 'ok' | 'degraded' | 'blind', t: Us): Observation => ({
  probe: 'self',
  aspect: 'sight',
  subject: `source/${source}`,
  value,
  t,
  reason: `${source} is ${value}`,
});

export const spool = (value: 'ok' | 'slow' | 'full', t: Us): Observation => ({
  probe: 'self',
  aspect: 'spool',
  subject: 'host',
  value,
  t,
  reason: 'test',
});
