/**
 * The running agent around its pure middle: gives it frames, time and its own observations, and hands on what it thinks:
 * alarm changes to the outbox, everything to whoever follows on the control sockets. It judges nothing itself.
 */
import { hostname } from 'node:os';
import type { Config } from '../config.ts';
import type { Control, ControlModel } from '../control/server.ts';
import type { Log } from '../log.ts';
import type { Middle, Thoughts } from '../main.ts';
import type { Outbox, SpoolState } from '../outbox/index.ts';
import { helperLost, spool, told } from '../probes/self/observations.ts';
import { monotonicUs, systemClock, type Timer } from '../time.ts';
import { configureRequest } from '../topology/probing.ts';
import { flows, framesOfLoss, groups } from '../topology/selectors.ts';
import type { Alarm, AlarmChange, FailoverRecord, Observation, Told, Us } from '../types.ts';
import type { Frame } from '../wire.ts';
import { type Calm, calmStep, newCalm } from './calm.ts';
import { Drills } from './drills.ts';
import { Helper } from './helper.ts';
import { drillReadiness } from './readiness.ts';
import { Ring } from './ring.ts';
import { Sights } from './sights.ts';
import { makeStatus } from './status.ts';
import { makeSaved, type Saved } from './store.ts';
import { observationText } from './text.ts';

export interface DaemonOptions {
  config: Config;
  version: string;
  log: Log;
  /** An exception in a room ends the process, for tests. */
  crash: boolean;
  middle: Middle;
  outbox: Outbox;
  saved: Saved | null;
}

/** A timer that fires later than this: the loop did not turn. */
const LATE_US = 20_000;
const ASK_MS = 20;
/** Kept for those who ask. */
const CLEARED_MAX = 200;
const RECORDS_MAX = 100;

export class Daemon {
  readonly #options: DaemonOptions;
  readonly #log: Log;
  readonly #sights = new Sights();
  readonly #drills: Drills;
  readonly #cleared: Ring<Alarm>;
  readonly #records: Ring<FailoverRecord>;
  readonly #middle: Middle;
  readonly #outbox: Outbox;
  #control: Control | null = null;
  #helper: Helper | null = null;
  /** The helper's frames come in. */
  #seeing = false;
  #calm: Calm = newCalm;
  #timer: Timer | null = null;
  #timerAt: Us | null = null;
  /** Alarm changes of this turn of the loop; they are written together. */
  #changes: AlarmChange[] = [];
  #turnEnds = false;
  #reporting = false;
  #asking = false;
  /** The topology by which the helper was asked last. */
  #asked: Middle['topology'] | null = null;
  /** What the last written state was made of. */
  #written: readonly unknown[];

  constructor(options: DaemonOptions) {
    const { middle, outbox, saved, log } = options;
    this.#options = options;
    this.#middle = middle;
    this.#outbox = outbox;
    this.#log = log;
    this.#cleared = new Ring(CLEARED_MAX, saved?.cleared);
    this.#records = new Ring(RECORDS_MAX, saved?.records);
    this.#written = this.#durable();
    this.#drills = new Drills({
      now: monotonicUs,
      readiness: (request, other) => this.#readiness(request, other),
      cover: (drill, group) => this.#cover(drill, group),
      observe: seen => this.#observe(seen),
      trace: for_ms => this.#helper?.trace(for_ms),
    });
  }

  /** Begins to see. Until the helper is there, nobody can say anything. */
  start(control: Control): void {
    this.#control = control;
    this.#observe(helperLost(monotonicUs(), this.#seer()));
    this.#helper = new Helper({
      socket: this.#options.config.helper.socket,
      log: this.#log,
      onFrame: frame => this.#take(frame),
      onMisfit: (type, problem) => this.#blind('frames', `${type}: ${problem}`),
      onLost: reason => this.#lose(reason),
    });
  }

  async stop(): Promise<void> {
    this.#helper?.close();
    this.#timer?.cancel();
    await this.#control?.close();
    this.#put();
    await this.#outbox.close();
  }

  // ------------------------------------------------------------ in: frames, time, our own observations

  #take(frame: Frame): void {
    this.#seeing = true;
    this.#pass(this.#middle.take(frame, monotonicUs()));
    if (frame.type === 'refused') this.#log.error(frame.data, 'the helper refused a request');
    if (frame.type !== 'heartbeat') return;
    // The only thing that is done when nothing happens.
    for (const seen of this.#sights.beat(frame.data)) this.#observe(seen);
    if (this.#durable().some((part, i) => part !== this.#written[i])) this.#put();
  }

  #lose(reason: string): void {
    if (!this.#seeing) return;
    const now = monotonicUs();
    for (const frame of framesOfLoss(this.#middle.topology, now, reason)) this.#take(frame);
    this.#seeing = false;
    this.#observe(helperLost(now, this.#seer()));
  }

  /** Said once between two heartbeats. */
  #blind(source: string, reason: string): void {
    const seen = this.#sights.blind(source, monotonicUs(), reason);
    if (seen !== null) this.#observe(seen);
  }

  #observe(seen: Observation): void {
    this.#pass(this.#middle.observe(seen, monotonicUs()));
  }

  /** After a long pause of ours what lies unread in the socket comes first: it may tell that all went well. */
  #tick = (): void => {
    const late = monotonicUs() - (this.#timerAt ?? 0) > LATE_US;
    const run = () => {
      this.#timerAt = null;
      this.#pass(this.#middle.tick(monotonicUs()));
    };
    if (late) setImmediate(() => setImmediate(run));
    else run();
  };

  /** An adapter has acknowledged a notice. */
  told({ alarm_id: alarm, adapter, acknowledged_us }: Told): void {
    const { primary } = this.#options.config.adapters.find(one => one.name === adapter)!;
    const { failover = null } = this.#middle.activeAlarm(alarm) ?? this.#cleared.get(alarm) ?? {};
    this.#observe(told(acknowledged_us, { alarm, adapter, primary, failover }));
  }

  spool(state: SpoolState, reason: string): void {
    this.#observe(spool(monotonicUs(), state, reason));
  }

  // ------------------------------------------------------------ out: what was thought of it

  #pass({ observations, records, alarms, failures }: Thoughts): void {
    for (const seen of observations) {
      this.#calm = calmStep(this.#calm, seen);
      this.#publishObservation(seen);
    }
    for (const record of records) {
      this.#records.put(record);
      this.#control?.publish({ topic: 'failovers', record });
    }
    for (const change of alarms) {
      if (change.kind === 'cleared') this.#cleared.put(change.alarm);
      this.#control?.publish({ topic: 'alarms', change });
    }
    this.#drills.note(records, alarms);
    this.#changes.push(...alarms);
    this.#endTurn();
    this.#report(failures);
  }

  #report(failures: Thoughts['failures']): void {
    for (const { room, error } of failures) {
      this.#log.error({ room, err: error }, 'a room failed: an input was not judged');
      if (this.#options.crash) setImmediate(() => Promise.reject(error));
      // A room that fails at this news as well has been named already.
      if (this.#reporting) continue;
      this.#reporting = true;
      this.#blind(`room.${room}`, String(error));
      this.#reporting = false;
    }
  }

  #publishObservation(seen: Observation): void {
    if (!this.#control?.followed('observations')) return;
    const text = observationText(seen);
    if (text !== null) this.#control.publish({ topic: 'observations', text, t_us: seen.t });
  }

  /** Once for all that one read of the socket brought. */
  #endTurn(): void {
    if (this.#turnEnds) return;
    this.#turnEnds = true;
    queueMicrotask(() => {
      this.#turnEnds = false;
      if (this.#changes.length > 0) this.#put();
      this.#ask();
      this.#drills.settle();
      this.#wake();
    });
  }

  /** What the helper is to watch follows the topology, a moment later: while links flap it is always the same. */
  #ask(): void {
    if (this.#asking || !this.#seeing || this.#asked === this.#middle.topology) return;
    this.#asking = true;
    systemClock.after(ASK_MS, () => {
      this.#asking = false;
      this.#asked = this.#middle.topology;
      this.#helper?.configure(configureRequest(this.#asked));
    });
  }

  #put(): void {
    const state: Saved = makeSaved({
      ...this.#middle.durable,
      cleared: this.#cleared.list(),
      records: this.#records.list().filter(record => record.state !== 'open'),
    });
    this.#written = this.#durable();
    const changes = this.#changes.splice(0);
    void this.#outbox.put({ changes, state, cursor: this.#helper?.cursor ?? null });
  }

  #durable(): readonly unknown[] {
    const { faults, alarms, topology } = this.#middle;
    return [faults.active, faults.scene, faults.link, alarms, topology.memory];
  }

  #wake(): void {
    const { wakeAt } = this.#middle;
    if (wakeAt === this.#timerAt) return;
    this.#timer?.cancel();
    this.#timerAt = wakeAt;
    this.#timer =
      wakeAt === null ? null : systemClock.after((wakeAt - monotonicUs()) / 1000, this.#tick);
  }

  // ------------------------------------------------------------ asked: the control sockets

  readonly model: ControlModel = {
    status: () => this.#status(),
    alarms: ({ all }) => (all ? this.#alarms() : this.#middle.activeAlarms),
    failovers: ({ limit }) => this.#records.list().slice(-limit),
    'drill-ready': (request, client) => this.#drills.ready(request, client),
    'drill-cut': (request, client) => this.#drills.cut(request, client),
    'drill-healed': (request, client) => this.#drills.healed(request, client),
    'drill-outcome': (request, client) => this.#drills.outcome(request, client),
    'drill-end': (request, client) => this.#drills.end(request, client),
  };

  leave(client: number): void {
    this.#drills.leave(client);
  }

  #status() {
    const { topology, activeAlarms: alarms } = this.#middle;
    const now = monotonicUs();
    return makeStatus({
      version: this.#options.version,
      host: hostname(),
      now,
      wall_offset_us: this.#middle.stampOf(now).wall_us - now,
      agent: {
        pid: process.pid,
        uptime_s: process.uptime(),
        rss_bytes: process.memoryUsage.rss(),
      },
      connected: this.#seeing,
      helper: topology.helper,
      groups: groups(topology),
      flows: flows(topology),
      alarms,
      outbox: this.#outbox.pending(),
      budget_ms: this.#options.config.budget_ms,
    });
  }

  /** The latest that have cleared, and all that are active. */
  #alarms(): Alarm[] {
    return [...this.#cleared.list(), ...this.#middle.activeAlarms].sort(
      (a, b) => a.alarmRaisedTime.wall_us - b.alarmRaisedTime.wall_us,
    );
  }

  #readiness(request: { drill: string; group: string; leg: string }, other: string | null) {
    const { topology, activeAlarms: alarms } = this.#middle;
    return drillReadiness({
      ...request,
      now: monotonicUs(),
      groups: groups(topology),
      flows: flows(topology),
      alarms,
      calm: this.#calm,
      recording: this.#records
        .list()
        .some(record => record.group === request.group && record.state === 'open'),
      seeing: this.#seeing,
      other,
    });
  }

  #cover(drill: string, name: string | null): void {
    const group = groups(this.#middle.topology).find(one => one.id === name);
    this.#middle.cover(
      group === undefined
        ? { drill, phase: 'end' }
        : { drill, phase: 'begin', group: group.id, legs: group.legs.map(leg => leg.id) },
      monotonicUs(),
    );
  }

  /** Who sees for us, as far as it is known. */
  #seer() {
    const { topology, stampOf } = this.#middle;
    const { boot_id, wall_us, mono_us } = stampOf(monotonicUs());
    const { strategy = '', nudge = '' } = topology.helper ?? {};
    return { boot_id, wall_offset_us: wall_us - mono_us, strategy, nudge };
  }
}
