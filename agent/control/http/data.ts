/** What goes over the wire: times are RFC 3339 text, since the reader has another monotonic clock. Pure. */
import { type AlarmData, alarmData } from '../../alarm-data.ts';
import { isoTime } from '../../time.ts';
import type { AlarmChange, FailoverRecord, FlowPassage, Us } from '../../types.ts';
import type { KnownAlarm } from './model.ts';

export interface AlarmResource extends AlarmData {
  /** Counts the alarm's changes; also its ETag. */
  revision: number;
  held: boolean;
}

export const alarmResource = ({ alarm, revision, held }: KnownAlarm): AlarmResource => ({
  ...alarmData(alarm),
  revision,
  held,
});

export const alarmEvent = (change: AlarmChange) => ({
  kind: change.kind,
  alarm: alarmResource(change),
});

/** A failover record whose times outlive the boot. */
export function failoverResource(record: FailoverRecord) {
  const { opened, legs, cut, back, steered, flows, ...rest } = record;
  const at = (us: Us) => isoTime(opened.wall_us + us - opened.mono_us);
  const maybe = (us: Us | null) => (us === null ? null : at(us));
  const { seen_us, switched_us, announced_us, flowing_us, told_us, ...figures } = rest;
  return {
    ...figures,
    opened: isoTime(opened.wall_us),
    legs: legs.map(({ leg, lost_us, healed_us, source }) => ({
      leg,
      lost: at(lost_us),
      healed: maybe(healed_us),
      source,
    })),
    cut: { time: at(cut.t_us), source: cut.source, uncertainty_us: cut.uncertainty_us },
    seen: maybe(seen_us),
    switched: maybe(switched_us),
    announced: maybe(announced_us),
    flowing: maybe(flowing_us),
    told: maybe(told_us),
    flows: flows.map((flow: FlowPassage) => {
      const { switched_us, flowing_us, ...passage } = flow;
      return { ...passage, switched: maybe(switched_us), flowing: maybe(flowing_us) };
    }),
    // Records of older agents lack it.
    steered: steered
      ? { time: at(steered.t_us), how: steered.how, from: steered.from, to: steered.to }
      : null,
    back: back && {
      healed: at(back.healed_us),
      switched: maybe(back.switched_us),
      flowing: maybe(back.flowing_us),
      gap_us: back.gap_us,
      verdict: back.verdict,
      reason: back.reason,
    },
  };
}

export type FailoverResource = ReturnType<typeof failoverResource>;
