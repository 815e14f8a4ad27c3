/**
 * bfd-session-down: a session that was up is down. One that is held down at either end (AdminDown) says nothing of the path
 * (RFC 5882 3.2), and one that was never up has not lost anything yet.
 */
import { faultKey, type Observation } from '../types.ts';
import { blackholeCauses, linkCauses } from './causes.ts';
import { damp, dropLevel, dropMissing, isBad, type Levels, noLevels, setLevel } from './damped.ts';
import { limits } from './limits.ts';
import { type Context, type Family, groupOfLeg, type Judgement, makeFault } from './set.ts';

type Seen = Extract<Observation, { probe: 'bfd' }>;

export interface BfdState {
  /** By object. was_up: since it was last held down. unsure: nobody could see; a helper that is new begins its sessions anew. */
  sessions: Readonly<Record<string, { was_up: boolean; unsure: boolean }>>;
  levels: Levels;
}
export const noSessions: BfdState = { sessions: {}, levels: noLevels };

const DOWN = 'bfd-session-down';

export const bfdFamily: Family<BfdState> = (state, input, now, context) => {
  const seen = input.probe === 'bfd' ? input : null;
  const [levels, judgements, wakeAt] = damp(
    DOWN,
    state.levels,
    input,
    now,
    context,
    (known, then) => {
      if (seen !== null) return observe(known, state, seen, then);
      if (input.probe === 'census' && input.bfd != null) {
        return dropMissing(known, DOWN, input.bfd, input.t, then);
      }
      return [known, []];
    },
  );
  return [
    { sessions: seen === null ? state.sessions : remember(state, seen), levels },
    judgements,
    wakeAt,
  ];
};

const isHeld = ({ value, remote_state }: Seen): boolean =>
  value === 'admin-down' || remote_state === 'admin-down';

function remember({ sessions }: BfdState, seen: Seen): BfdState['sessions'] {
  const { [seen.subject]: known, ...others } = sessions;
  if (seen.value === 'absent') return others;
  const before = known ?? { was_up: false, unsure: false };
  if (seen.value === 'unknown') return { ...others, [seen.subject]: { ...before, unsure: true } };
  const up = seen.value === 'up';
  const after = {
    was_up: up || (before.was_up && !isHeld(seen)),
    unsure: before.unsure && !up,
  };
  return { ...others, [seen.subject]: after };
}

function observe(
  levels: Levels,
  { sessions }: BfdState,
  seen: Seen,
  context: Context,
): [Levels, Judgement[]] {
  const { value, subject, t, leg, remote } = seen;
  if (value === 'unknown') return [levels, []];
  if (value === 'absent') return dropLevel(levels, DOWN, subject, t);
  const { was_up, unsure } = sessions[subject] ?? { was_up: false, unsure: false };
  // One that is alarmed was up before a reboot.
  const lost = was_up || context.active[faultKey({ type: DOWN, object: subject })] !== undefined;
  const down = value !== 'up' && !isHeld(seen) && lost;
  // Down, Init and Down again while it tries to come up: the same loss.
  if (down && isBad(levels, subject)) return [levels, []];
  const group = groupOfLeg(context.scene, leg);
  const fault = makeFault({
    type: DOWN,
    object: subject,
    t: down ? seen.since_us : t,
    details: [why(seen), `other end ${remote}, on ${leg}`],
    group,
    leg,
    failover: group === null ? null : (context.scene.failovers[group]?.id ?? null),
    causes: [...linkCauses(leg, context.scene), ...blackholeCauses(leg)],
  });
  const { restart_us, clear_after_us } = limits.bfd;
  const waits = down ? (unsure ? restart_us : 0) : isHeld(seen) ? 0 : clear_after_us;
  // Its last packet may be long ago: the wait counts from now.
  return [setLevel(levels, fault, down, waits === 0 ? 0 : waits + (t - fault.t)), []];
}

/** RFC 5880 4.1. */
function why({ diagnostic, detect_us }: Seen): string {
  if (diagnostic === 1) return `no packet within ${Math.round(detect_us / 1000)} ms`;
  if (diagnostic === 3) return 'the other end says that it is down';
  return `diagnostic ${diagnostic}`;
}
