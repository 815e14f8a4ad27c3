/** A story told to the faults: each line is an observation; what came of it is collected. */
import {
  type FaultInput,
  type FaultState,
  faultStep,
  initialFaults,
} from '../../../agent/faults/step.ts';
import type { FailoverRecord, FaultChange, Observation, Us } from '../../../agent/types.ts';

export const s = 1_000_000;
export const ms = 1_000;

export class Story {
  state: FaultState = initialFaults;
  wakeAt: Us | null = null;
  now: Us = 0;
  readonly changes: FaultChange[] = [];

  /** The observation is heard when it happens, or `late` µs after it. Ticks that are due before it are given first. */
  tell(input: FaultInput, late = 0): this {
    this.until((input.probe === 'tick' ? this.now : input.t) + late);
    return this.step(input);
  }

  /** Time passes; the room is woken when it asked for it. */
  until(t: Us): this {
    for (let i = 0; this.wakeAt !== null && this.wakeAt <= t; i++) {
      if (i > 100) throw new Error(`wakes for ever at ${this.wakeAt}`);
      this.now = Math.max(this.now, this.wakeAt);
      this.step({ probe: 'tick' });
    }
    this.now = Math.max(this.now, t);
    return this;
  }

  step(input: FaultInput): this {
    const [state, changes, wakeAt] = faultStep(this.state, input, this.now);
    this.state = state;
    this.wakeAt = wakeAt;
    this.changes.push(...changes);
    return this;
  }

  /** What happened since the last call, as `active link-down leg/a`. */
  said(): string[] {
    return this.changes
      .splice(0)
      .map(c => [c.kind, c.fault.type, c.fault.object, c.clearCause].filter(Boolean).join(' '));
  }

  active(): string[] {
    return Object.keys(this.state.active).sort();
  }
}

type LinkValue = 'up' | 'down' | 'unknown' | 'absent';

const link =
  (aspect: 'carrier' | 'admin') =>
  (leg: string, value: LinkValue, t: Us, ups: number, downs: number): Observation => ({
    probe: 'link',
    aspect,
    subject: `leg/${leg}`,
    value,
    t,
    ups,
    downs,
    uncertainty_us: 0,
    via: 'timer',
  });

export const carrier = link('carrier');
export const admin = link('admin');

export function legs(
  group: string,
  t: Us,
  up: string[],
  down: string[] = [],
  missing: string[] = [],
): Observation {
  const value = { up, down, missing };
  return {
    probe: 'link',
    aspect: 'legs',
    subject: `group/${group}`,
    value,
    kind: 'ecmp',
    active: null,
    t,
  };
}

export function groupIs(group: string, t: Us, value: 'unknown' | 'absent'): Observation {
  return {
    probe: 'link',
    aspect: 'legs',
    subject: `group/${group}`,
    value,
    kind: 'ecmp',
    active: null,
    t,
  };
}

export function flow(
  id: string,
  value: 'moving' | 'stalled' | 'slow' | 'unknown' | 'absent',
  t: Us,
  more: { group?: string | null; target?: string; leg?: string; since?: Us } = {},
): Observation {
  const leg = more.leg ?? 'a';
  return {
    probe: 'storage_flow',
    aspect: 'progress',
    subject: `flow/${id}`,
    value,
    t,
    since_us: more.since ?? t,
    srtt_us: 200,
    group: more.group === undefined ? 'g' : more.group,
    target: more.target ?? '10.0.0.2',
    role: 'client',
    leg_out: leg,
    leg_in: leg,
  };
}

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
