/**
 * The pure rooms in their order, and what each believes.
 *
 *   FRAME ─> topology, probes ─> OBSERVATION ─> failovers ─> RECORD
 *                    │                     └──> faults ────> FAULT ─> alarms ─> ALARM
 *                    └─> steering ─> what the helper is asked to do
 */
import {
  type AckInput,
  type AlarmInput,
  activeAlarm,
  activeAlarms,
  activeChanges,
  alarmStep,
  type DrillInput,
  inactive,
  initialAlarms,
  type MaintenanceInput,
  restoreAlarms,
} from '../alarms/step.ts';
import type { Config } from '../config.ts';
import { createFailovers } from '../failovers/state.ts';
import { failoverStep } from '../failovers/step.ts';
import {
  durableFaults,
  type FaultInput,
  faultStep,
  initialFaults,
  restoreFaults,
} from '../faults/step.ts';
import { probes } from '../probes/all.ts';
import { failover } from '../probes/self/observations.ts';
import { notAsked, type SteerRequest, steeringStep } from '../steering/step.ts';
import { stamp } from '../time.ts';
import { hardwareCensus } from '../topology/hardware.ts';
import { census, storageCensus, topologyMemory, watchCensus } from '../topology/selectors.ts';
import { createTopology, type TopologyMemory } from '../topology/state.ts';
import { topologyStep } from '../topology/step.ts';
import type { Alarm, AlarmChange, Hops, Observation, Stamp, Tick, Us } from '../types.ts';
import type { Frame } from '../wire.ts';
import type { Saved } from './store.ts';
import { nothing, type Room, type Thoughts } from './thoughts.ts';

export interface MiddleOptions {
  config: Config;
  boot_id: string;
  /** CLOCK_REALTIME − CLOCK_MONOTONIC until the helper says better. */
  wall_offset_us: number;
  saved: Saved | null;
  /** Legs that each group has had, where nothing is saved: of a replay. */
  memory?: TopologyMemory;
  now: Us;
  /** An exception of a room is thrown on, for tests; else it is among the failures. */
  crash: boolean;
}

/** It reads no clock: time comes with the input. */
export class Middle {
  topology;
  failovers;
  faults = initialFaults;
  alarms = initialAlarms;
  readonly #options: MiddleOptions;
  steering = notAsked;
  readonly #wakes: Record<'failovers' | 'faults' | 'alarms' | 'steering', Us | null> = {
    failovers: null,
    faults: null,
    alarms: null,
    steering: null,
  };
  #thoughts: Thoughts = nothing();
  /** How far time has come for the rooms. */
  #reached: Us = 0;
  /** Of the input at hand. */
  #hops: Pick<Hops, 'frame_us' | 'observed_us'> = NO_HOPS;

  constructor(options: MiddleOptions) {
    const { config, boot_id, saved, memory, now } = options;
    this.#options = options;
    this.topology = createTopology(config, saved?.memory ?? memory);
    this.failovers = createFailovers({
      instance: now.toString(36),
      budget_ms: config.budget_ms,
      group_budget_ms: config.groups.budget_ms,
      primary: config.adapters.some(one => one.primary),
    });
    if (saved === null) return;
    this.faults = restoreFaults(saved.faults, saved.boot_id === boot_id, now);
    this.alarms = restoreAlarms(saved.alarms, saved.boot_id === boot_id, now);
  }

  get boot_id(): string {
    return this.#options.boot_id;
  }

  /** When to call `tick` next; null: only on input. */
  get wakeAt(): Us | null {
    const times = Object.values(this.#wakes).filter(time => time !== null);
    return times.length === 0 ? null : Math.min(...times);
  }

  /** Of the rooms, what the next run is to know. */
  get durable(): Pick<Saved, 'boot_id' | 'faults' | 'alarms' | 'memory'> {
    const { boot_id, alarms, topology } = this;
    return {
      boot_id,
      alarms,
      faults: durableFaults(this.faults),
      memory: topologyMemory(topology),
    };
  }

  /** Alarms that are active, the oldest first. */
  get activeAlarms(): Alarm[] {
    return activeAlarms(this.alarms);
  }

  activeAlarm(id: string): Alarm | undefined {
    return activeAlarm(this.alarms, id);
  }

  /** Of these ids, those that are no active alarm's. */
  inactive(ids: readonly string[]): string[] {
    return inactive(this.alarms, ids);
  }

  /** The last change of each active alarm. */
  get activeChanges(): AlarmChange[] {
    return activeChanges(this.alarms);
  }

  stampOf = (t: Us): Stamp => {
    const { boot_id, wall_offset_us } = this.#options;
    return stamp(boot_id, t, this.topology.helper?.wall_offset_us ?? wall_offset_us);
  };

  /**
   * For the rooms it is as late as the frame says, not as late as it is read: what waited unread while the agent stood
   * still is judged as if it had not. `now` is when alarms are raised.
   */
  take(frame: Frame, now: Us): Thoughts {
    this.#reach(frame.data.t_us, now);
    this.#hops = { frame_us: frame.data.t_us, observed_us: now };
    this.topology = this.#in('topology', () => topologyStep(this.topology, frame)) ?? this.topology;
    for (const probe of probes) {
      const observed = this.#in('probes', () => probe.observe(frame, this.topology)) ?? [];
      for (const seen of observed.sort(byHand)) this.#judge(seen, now);
    }
    if (frame.type === 'snapshot' && frame.data.phase === 'end') {
      this.#count(frame.data.t_us, now);
    }
    return this.#thought();
  }

  observe(seen: Observation, now: Us): Thoughts {
    this.#reach(seen.t, now);
    this.#hops = { frame_us: null, observed_us: now };
    this.#judge(seen, now);
    return this.#thought();
  }

  /** It has become `t` for the rooms; `now` is when alarms are raised. */
  tick(t: Us, now: Us): Thoughts {
    this.#reach(t, now);
    this.#judge({ probe: 'tick' }, now);
    this.#toAlarms({ probe: 'tick' }, now);
    return this.#thought();
  }

  /** What the helper is to be asked to steer, by all that is known now. */
  steer(now: Us): SteerRequest[] {
    const step = this.#in('steering', () => steeringStep(this.steering, this.topology, now));
    if (!step) return [];
    [this.steering, , this.#wakes.steering] = step;
    return step[1];
  }

  /** By hand: a drill covers objects, alarms are acknowledged, maintenance begins or ends. */
  order(input: DrillInput | AckInput | MaintenanceInput, now: Us): Thoughts {
    this.#toAlarms(input, now);
    return this.#thought();
  }

  /** Tells who remembers more than there is. Where connections cannot be seen at all, nothing follows for them. */
  #count(t: Us, now: Us): void {
    const { known } = this.topology;
    const seeing = { ...this.topology, known: { ...known, flow: true } };
    const all = this.#in('topology', () => census(seeing));
    if (!all) return;
    const flows = known.flow ? all.flows : null;
    const storage = storageCensus(this.topology);
    const watched = watchCensus(this.topology);
    const hardware = hardwareCensus(this.topology);
    this.#toFaults({ probe: 'census', t, ...all, ...watched, flows, storage, hardware }, now);
  }

  #reach(t: Us, now: Us): void {
    this.#reached = Math.max(this.#reached, Math.min(t, now));
  }

  #judge(input: Observation | Tick, now: Us): void {
    if (input.probe !== 'tick') this.#thoughts.observations.push(input);
    const step = this.#in('failovers', () => failoverStep(this.failovers, input, this.#reached));
    if (step) [this.failovers, , this.#wakes.failovers] = step;
    // The record first: faults that follow from the same observation belong to it.
    for (const record of step?.[1] ?? []) {
      this.#thoughts.records.push(record);
      this.#toFaults(failover(this.#reached, record), now);
    }
    this.#toFaults(input, now);
  }

  #toFaults(input: FaultInput, now: Us): void {
    const step = this.#in('faults', () => faultStep(this.faults, input, this.#reached));
    if (step) [this.faults, , this.#wakes.faults] = step;
    for (const change of step?.[1] ?? []) {
      this.#thoughts.faults.push(change);
      this.#toAlarms(change, now);
    }
  }

  #toAlarms(input: AlarmInput, now: Us): void {
    const rules = this.#options.config.alarms;
    const context = { stampOf: this.stampOf, rules, ...this.#hops };
    const step = this.#in('alarms', () => alarmStep(this.alarms, input, now, context));
    if (step) [this.alarms, , this.#wakes.alarms] = step;
    this.#thoughts.alarms.push(...(step?.[1] ?? []));
  }

  #in<R>(room: Room, run: () => R): R | undefined {
    try {
      return run();
    } catch (error) {
      if (this.#options.crash) throw error;
      this.#thoughts.failures.push({ room, error });
      return undefined;
    }
  }

  #thought(): Thoughts {
    const thoughts = this.#thoughts;
    this.#thoughts = nothing();
    this.#hops = NO_HOPS;
    return thoughts;
  }
}

/** A leg that was taken down by hand has no carrier either: the reason is judged before what follows from it. */
const byHand = (a: Observation, b: Observation): number =>
  Number(isTakenDown(b)) - Number(isTakenDown(a));

const isTakenDown = (seen: Observation): boolean =>
  seen.probe === 'link' && seen.aspect === 'admin' && seen.value === 'down';

const NO_HOPS = { frame_us: null, observed_us: null };
