/**
 * The daemon: frames come in from the helper, notices go out to the adapters. The only file that imports every room.
 *
 *   FRAME ─> topology, probes ─> OBSERVATION ─> failovers ─> RECORD
 *                                          └──> faults ────> FAULT ─> alarms ─> ALARM ─> outbox, control
 *
 * What must go left again (records, acknowledgements, drills, our own sight) re-enters as an observation of `self`.
 */
import { createAdapter } from './adapters/index.ts';
import {
  activeAlarm,
  activeAlarms,
  alarmStep,
  type DrillInput,
  initialAlarms,
  restoreAlarms,
} from './alarms/step.ts';
import type { Config } from './config.ts';
import { serveControl } from './control/server.ts';
import { createFailovers } from './failovers/state.ts';
import { failoverStep } from './failovers/step.ts';
import {
  durableFaults,
  type FaultInput,
  faultStep,
  initialFaults,
  restoreFaults,
} from './faults/step.ts';
import { type Log, type LogSink, openLog } from './log.ts';
import { Daemon } from './main/daemon.ts';
import { readSaved, type Saved } from './main/store.ts';
import { openOutbox } from './outbox/index.ts';
import { probes } from './probes/all.ts';
import { failover } from './probes/self/observations.ts';
import { bootId, monotonicUs, stamp, wallOffsetUs } from './time.ts';
import { census, topologyMemory } from './topology/selectors.ts';
import { createTopology } from './topology/state.ts';
import { topologyStep } from './topology/step.ts';
import type {
  Alarm,
  AlarmChange,
  FailoverRecord,
  FaultChange,
  Observation,
  Stamp,
  Tick,
  Us,
} from './types.ts';
import type { Frame } from './wire.ts';

/** What came of one input. */
export interface Thoughts {
  observations: Observation[];
  records: FailoverRecord[];
  faults: FaultChange[];
  alarms: AlarmChange[];
  /** Rooms that threw; what they believed before stands. */
  failures: { room: Room; error: unknown }[];
}

type Room = 'topology' | 'probes' | 'failovers' | 'faults' | 'alarms';

export interface MiddleOptions {
  config: Config;
  boot_id: string;
  /** CLOCK_REALTIME − CLOCK_MONOTONIC until the helper says better. */
  wall_offset_us: number;
  saved: Saved | null;
  now: Us;
  /** An exception of a room is thrown on, for tests; else it is among the failures. */
  crash: boolean;
}

/** The pure rooms in their order, and what each believes. It reads no clock: time comes with the input. */
export class Middle {
  topology;
  failovers;
  faults = initialFaults;
  alarms = initialAlarms;
  readonly #options: MiddleOptions;
  readonly #wakes: { failovers: Us | null; faults: Us | null } = { failovers: null, faults: null };
  #thoughts: Thoughts = nothing();
  /** How far time has come for the rooms. */
  #reached: Us = 0;

  constructor(options: MiddleOptions) {
    const { config, boot_id, saved, now } = options;
    this.#options = options;
    this.topology = createTopology(config, saved?.memory);
    this.failovers = createFailovers({
      instance: now.toString(36),
      budget_ms: config.budget_ms,
      group_budget_ms: config.groups.budget_ms,
      primary: config.adapters.some(one => one.primary),
    });
    if (saved === null) return;
    this.faults = restoreFaults(saved.faults, saved.boot_id === boot_id, now);
    this.alarms = restoreAlarms(saved.alarms);
  }

  get boot_id(): string {
    return this.#options.boot_id;
  }

  /** When to call `tick` next; null: only on input. */
  get wakeAt(): Us | null {
    const { failovers, faults } = this.#wakes;
    return failovers === null || faults === null
      ? (failovers ?? faults)
      : Math.min(failovers, faults);
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
    this.#judge(seen, now);
    return this.#thought();
  }

  tick(now: Us): Thoughts {
    this.#reach(now, now);
    this.#judge({ probe: 'tick' }, now);
    return this.#thought();
  }

  /** What is raised on these objects from now on is this drill's doing. */
  cover(drill: DrillInput, now: Us): void {
    [this.alarms] = alarmStep(this.alarms, drill, now, this.stampOf);
  }

  /** Tells who remembers more than there is. Where connections cannot be seen at all, nothing follows for them. */
  #count(t: Us, now: Us): void {
    const { known } = this.topology;
    const seeing = { ...this.topology, known: { ...known, flow: true } };
    const all = this.#in('topology', () => census(seeing));
    if (!all) return;
    this.#toFaults({ probe: 'census', t, ...all, flows: known.flow ? all.flows : null }, now);
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
      const next = this.#in('alarms', () => alarmStep(this.alarms, change, now, this.stampOf));
      if (next) [this.alarms] = next;
      this.#thoughts.alarms.push(...(next?.[1] ?? []));
    }
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
    return thoughts;
  }
}

/** A leg that was taken down by hand has no carrier either: the reason is judged before what follows from it. */
const byHand = (a: Observation, b: Observation): number =>
  Number(isTakenDown(b)) - Number(isTakenDown(a));

const isTakenDown = (seen: Observation): boolean =>
  seen.probe === 'link' && seen.aspect === 'admin' && seen.value === 'down';

const nothing = (): Thoughts => ({
  observations: [],
  records: [],
  faults: [],
  alarms: [],
  failures: [],
});

export interface AgentOptions {
  /** Ends the agent in good order. */
  signal: AbortSignal;
  version: string;
  /** Default: stderr, at the configured level. */
  logging?: LogSink;
}

export interface Agent {
  /** Resolved when everything is closed after the signal. */
  readonly ended: Promise<void>;
}

/** @throws Error when a socket, the spool or an adapter's file cannot be had, with what to do about it */
export async function startAgent(config: Config, options: AgentOptions): Promise<Agent> {
  const { log, hide, flush } = options.logging ?? openLog({ level: config.log.level });
  const { source, state_dir: dir, run_dir } = config;
  const context = { source, log, hide };
  const destinations = await Promise.all(config.adapters.map(one => createAdapter(one, context)));
  let daemon: Daemon | null = null;
  let spoolIs: Parameters<Daemon['spool']> | null = null;
  const outbox = await openOutbox({
    dir,
    source,
    destinations,
    log,
    onTold: told => daemon?.told(told),
    onState(...state) {
      spoolIs = state;
      daemon?.spool(...state);
    },
  });
  const { middle, saved } = restore(outbox.recovered.state, config, log);
  const { version } = options;
  const crash = process.env.PATHWARDEN_CRASH === '1';
  const running = new Daemon({ config, version, log, crash, middle, outbox, saved });
  daemon = running;
  if (spoolIs !== null) running.spool(...(spoolIs as Parameters<Daemon['spool']>));
  const { model } = running;
  const onLeave = (client: number) => running.leave(client);
  const control = await serveControl({ run_dir, model, onLeave, log }).catch(async error => {
    await outbox.close();
    throw error;
  });
  running.start(control);
  const ended = new Promise<void>(resolve => {
    const stop = () =>
      running
        .stop()
        .then(() => flush())
        .then(resolve, resolve);
    if (options.signal.aborted) stop();
    else options.signal.addEventListener('abort', stop, { once: true });
  });
  return { ended };
}

/** A state that cannot be used is as good as none: what is wrong now is seen again, and raised anew. */
function restore(
  state: unknown,
  config: Config,
  log: Log,
): { middle: Middle; saved: Saved | null } {
  const now = monotonicUs();
  const here = { config, boot_id: bootId(), wall_offset_us: wallOffsetUs(), now, crash: false };
  try {
    const saved = readSaved(state);
    return { middle: new Middle({ ...here, saved }), saved };
  } catch (error) {
    log.error({ err: error }, 'the stored state cannot be used; the agent begins without it');
    return { middle: new Middle({ ...here, saved: null }), saved: null };
  }
}
