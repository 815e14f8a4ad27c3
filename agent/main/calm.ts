/** How long groups and links have been calm: what a drill waits for. Pure. */
import type { Observation, Us } from '../types.ts';

export interface Calm {
  /** Last level of each subject and aspect, so that a repeated one is no event. */
  readonly levels: ReadonlyMap<string, string>;
  /** Last event of each link, by interface name; of each group's flows, by group. */
  readonly links: ReadonlyMap<string, Us>;
  readonly flows: ReadonlyMap<string, Us>;
  /** When each group was last steered. */
  readonly steered: ReadonlyMap<string, Us>;
}

export const newCalm: Calm = {
  levels: new Map(),
  links: new Map(),
  flows: new Map(),
  steered: new Map(),
};

export function calmStep(calm: Calm, seen: Observation): Calm {
  if (seen.probe === 'link' && seen.aspect !== 'legs') {
    const leg = seen.subject.slice('leg/'.length);
    const level = `${seen.value} ${seen.ups} ${seen.downs}`;
    return event(calm, `${seen.aspect} ${leg}`, level, 'links', leg, seen.t);
  }
  if (seen.probe === 'storage_flow' && seen.aspect === 'progress' && seen.group !== null) {
    // Slow is no event here: healthy targets pause, and the drill would wait for ever.
    const level = seen.value === 'slow' ? 'moving' : seen.value;
    return event(calm, seen.subject, level, 'flows', seen.group, seen.t);
  }
  if (seen.probe === 'steering' && seen.aspect === 'action' && seen.value.outcome === 'steered') {
    const group = seen.subject.slice('group/'.length);
    return { ...calm, steered: new Map(calm.steered).set(group, seen.t) };
  }
  return calm;
}

function event(
  calm: Calm,
  key: string,
  level: string,
  kind: 'links' | 'flows',
  name: string,
  t: Us,
): Calm {
  if (calm.levels.get(key) === level) return calm;
  const levels = new Map(calm.levels);
  if (level === 'absent') levels.delete(key);
  else levels.set(key, level);
  const last = Math.max(t, calm[kind].get(name) ?? 0);
  return { ...calm, levels, [kind]: new Map(calm[kind]).set(name, last) };
}
