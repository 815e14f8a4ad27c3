/**
 * What was recorded, once more through the pure rooms: by its own times, with no clock, socket or file. What is raised
 * late by the agent's own doing (a loop that did not turn) is raised in time here.
 */
import { type Config, parseConfig } from '../config.ts';
import type { TopologyMemory } from '../topology/state.ts';
import type { Observation, Us } from '../types.ts';
import type { Frame } from '../wire.ts';
import { Middle, type MiddleOptions } from './middle.ts';
import type { Line, RecordingHead } from './recording/lines.ts';
import type { Saved } from './store.ts';
import type { Thoughts } from './thoughts.ts';

export type { Thoughts };

/** The rooms want to be called more often than this at one moment: they never stop. */
const STANDING_MAX = 1000;
/** Calls between two lines; beyond it time has jumped, and nothing is missed. */
const CALLS_MAX = 50_000;

export type ReplayOptions = Omit<MiddleOptions, 'saved'> & { saved?: Saved | null };

export class Replay {
  readonly middle: Middle;
  now: Us;
  readonly #heard: (thoughts: Thoughts) => void;

  constructor(options: ReplayOptions, heard: (thoughts: Thoughts) => void) {
    this.now = options.now;
    this.#heard = heard;
    this.middle = new Middle({ ...options, saved: options.saved ?? null });
  }

  /** Time passes up to the frame's; what is older than now takes none. */
  take(frame: Frame, late: Us = 0): void {
    this.until(frame.data.t_us + late);
    this.#heard(this.middle.take(frame, this.now));
  }

  observe(seen: Observation): void {
    this.until(seen.t);
    if (seen.probe === 'self' && seen.aspect === 'drill') this.#cover(seen);
    this.#heard(this.middle.observe(seen, this.now));
  }

  /** Alarms on a drill's group carry its name from before its first cut to its end. */
  #cover({ subject, value, group, leg, t }: Extract<Observation, { aspect: 'drill' }>): void {
    const drill = subject.slice('drill/'.length);
    const order = (input: Parameters<Middle['order']>[0]) =>
      this.#heard(this.middle.order(input, t));
    if (value === 'ready') order({ drill, phase: 'begin', group, legs: [leg] });
    if (value === 'ended') order({ drill, phase: 'end' });
  }

  /** @throws Error when a room wants to be called for ever */
  until(t: Us): void {
    let standing = 0;
    for (let calls = 0; calls < CALLS_MAX; calls++) {
      const { wakeAt } = this.middle;
      if (wakeAt === null || wakeAt > t) break;
      standing = wakeAt > this.now ? 0 : standing + 1;
      if (standing > STANDING_MAX) throw new Error(`the rooms want to be called for ever at ${t}`);
      this.now = Math.max(this.now, wakeAt);
      this.#heard(this.middle.tick(this.now, this.now));
    }
    this.now = Math.max(this.now, t);
  }

  play(line: Line): void {
    if (line.is === 'frame') this.take(line.frame);
    else if (line.is === 'observation') this.observe(line.seen);
    else if (line.is === 'tail') this.until(line.tail.until_us);
  }
}

/** What a recording begins with, for the rooms. config: instead of its own. */
export function optionsOf(
  head: RecordingHead | null,
  first: { boot_id: string; t_us: Us },
  config: Config | null,
): { options: ReplayOptions; unread: string[] } {
  const { boot_id = first.boot_id, wall_offset_us = 0, from_us = first.t_us } = head ?? {};
  const own = config === null ? readParts(head?.config ?? {}) : { config, unread: [] };
  const options = {
    config: own.config,
    ...{ boot_id, wall_offset_us, now: from_us, crash: false },
    memory: (head?.memory ?? {}) as TopologyMemory,
  };
  return { options, unread: own.unread };
}

/** Another version may have had settings that this one cannot read: they are as if they were not set. */
function readParts(parts: Record<string, unknown>): { config: Config; unread: string[] } {
  const unread = Object.keys(parts).filter(key => parse({ [key]: parts[key] }) === null);
  const read = Object.entries(parts).filter(([key]) => !unread.includes(key));
  return { config: parse(Object.fromEntries(read)) ?? parse({})!, unread };
}

/** JSON is YAML. */
const parse = (parts: Record<string, unknown>): Config | null =>
  parseConfig(JSON.stringify({ source: 'urn:pathwarden:replay', ...parts }), 'recording', {})
    .config ?? null;
