/**
 * The running agent around its pure middle: gives it frames, time and its own observations, and hands on what it thinks:
 * alarm changes to the outbox, everything to whoever follows on the control sockets. It judges nothing itself.
 */
import type { Config } from '../config.ts';
import type { Api, ApiModel } from '../control/http/model.ts';
import type { Control, ControlModel } from '../control/server.ts';
import type { Log } from '../log.ts';
import type { DeliveryState, Outbox } from '../outbox/api.ts';
import type { SpoolState } from '../outbox/health.ts';
import { delivery, escalation, helperLost, spool, told } from '../probes/self/observations.ts';
import { monotonicUs, systemClock } from '../time.ts';
import { bfdProblems } from '../topology/bfd.ts';
import { configureRequest } from '../topology/probing.ts';
import { framesOfLoss } from '../topology/selectors.ts';
import { wantedReads } from '../topology/wanted.ts';
import type { Observation, Told, Us } from '../types.ts';
import type { Frame } from '../wire.ts';
import { answers } from './answers.ts';
import { apiModel, Verdicts } from './api-model.ts';
import { type Calm, calmStep, newCalm } from './calm.ts';
import { drillPorts } from './drill-ports.ts';
import { Drills } from './drills.ts';
import { FlowStatsDesk } from './flow_stats.ts';
import { Helper } from './helper.ts';
import { Keeper } from './keeper.ts';
import type { Middle } from './middle.ts';
import { Publisher } from './publisher.ts';
import { Reader } from './reader.ts';
import type { Recorder } from './recording/recorder.ts';
import { Sights } from './sights.ts';
import type { Saved } from './store.ts';
import type { Thoughts } from './thoughts.ts';
import { Wake } from './wake.ts';

export interface DaemonOptions {
  config: Config;
  version: string;
  log: Log;
  /** An exception in a room ends the process, for tests. */
  crash: boolean;
  middle: Middle;
  outbox: Outbox;
  saved: Saved | null;
  /** Null: nothing is recorded. */
  recorder: Recorder | null;
}

const ASK_MS = 20;

export class Daemon {
  /** What the control sockets are answered. */
  readonly model: ControlModel;
  readonly api: ApiModel;
  readonly #options: DaemonOptions;
  readonly #log: Log;
  readonly #sights = new Sights();
  readonly #verdicts = new Verdicts();
  readonly #publisher: Publisher;
  readonly #drills: Drills;
  readonly #stats = new FlowStatsDesk(() => this.#seeing && (this.#helper?.flowStats() ?? false));
  readonly #keeper: Keeper;
  readonly #wake: Wake;
  readonly #middle: Middle;
  readonly #outbox: Outbox;
  #control: Control | null = null;
  #api: Api | null = null;
  #helper: Helper | null = null;
  readonly #reader: Reader;
  /** The helper's frames come in. */
  #seeing = false;
  #calm: Calm = newCalm;
  #turnEnds = false;
  #reporting = false;
  #asking = false;
  readonly #named = new Set<string>();
  /** The topology by which the helper was asked last. */
  #asked: Middle['topology'] | null = null;

  constructor(options: DaemonOptions) {
    const { config, version, middle, outbox, saved, log, recorder } = options;
    this.#options = options;
    this.#middle = middle;
    this.#outbox = outbox;
    this.#log = log;
    const cursor = () => this.#helper?.cursor ?? null;
    this.#keeper = new Keeper({ middle, outbox, saved, cursor });
    this.#publisher = new Publisher(middle.alarms.maintenance);
    this.#wake = new Wake(
      t => this.#pass(middle.tick(t, monotonicUs())),
      run => this.#inTurn(run),
    );
    const { cleared, records } = this.#keeper;
    const seeing = () => this.#seeing;
    const order = (input: Parameters<Middle['order']>[0]) =>
      this.#pass(middle.order(input, monotonicUs()));
    this.#drills = new Drills(
      drillPorts({
        middle,
        records,
        seeing,
        order,
        calm: () => this.#calm,
        observe: seen => this.#observe(seen),
        trace: for_ms => this.#helper?.trace(for_ms),
      }),
    );
    this.#reader = new Reader({
      ...{ config: config.reader, log },
      onFrame: frame => this.#inTurn(() => this.#judge(frame)),
      onMisfit: (type, problem) => this.#inTurn(() => this.#blind('frames', `${type}: ${problem}`)),
      onSight: seen => this.#notice(seen),
    });
    const drills = this.#drills;
    const reader = this.#reader;
    const stats = () => this.#stats.read();
    const parts = {
      ...{ config, version, middle, outbox, cleared, records, drills },
      ...{ seeing, stats, order, reader, recorder },
    };
    this.model = answers(parts);
    const { model: control } = this;
    const verdicts = this.#verdicts;
    this.api = apiModel({ control, middle, outbox, cleared, records, verdicts });
  }

  /** Begins to see. Until the helper is there, nobody can say anything. */
  start(control: Control, api: Api): void {
    this.#control = control;
    this.#publisher.open(control);
    this.#api = api;
    this.#observe(helperLost(monotonicUs(), this.#seer()));
    // What fell due while there was no agent.
    const now = monotonicUs();
    this.#pass(this.#middle.tick(now, now));
    this.#forgetAdapters();
    this.#helper = new Helper({
      socket: this.#options.config.helper.socket,
      log: this.#log,
      onFrame: frame => this.#take(frame),
      onMisfit: (type, problem) => this.#blind('frames', `${type}: ${problem}`),
      onLost: reason => this.#lose(reason),
    });
    this.#reader.start();
  }

  /** Nobody will ever say that those are well that are configured no more. */
  #forgetAdapters(): void {
    const known = new Set(this.#options.config.adapters.map(({ name }) => name));
    for (const { managedObjectId: object } of this.#middle.activeAlarms) {
      const name = object.startsWith('adapter/') ? object.slice('adapter/'.length) : null;
      if (name === null || known.has(name)) continue;
      for (const gone of [delivery, escalation]) {
        this.#observe(gone(monotonicUs(), name, 'absent', 'it is configured no more'));
      }
    }
  }

  async stop(): Promise<void> {
    this.#helper?.close();
    this.#reader.close();
    this.#wake.stop();
    await Promise.all([this.#control?.close(), this.#api?.close()]);
    this.#keeper.put();
    await Promise.all([this.#outbox.close(), this.#options.recorder?.close()]);
  }

  // ------------------------------------------------------------ in: frames, time, our own observations

  #take(frame: Frame): void {
    this.#seeing = true;
    if (this.#stats.take(frame)) return;
    this.#judge(frame);
    for (const read of wantedReads(frame, this.#middle.topology)) this.#reader.read(read);
    if (frame.type === 'refused') this.#log.error(frame.data, 'the helper refused a request');
    if (frame.type !== 'heartbeat') return;
    // The only thing that is done when nothing happens.
    for (const seen of this.#sights.beat(frame.data)) this.#observe(seen);
    this.#keeper.putNews();
  }

  #judge(frame: Frame): void {
    const now = monotonicUs();
    this.#options.recorder?.frame(frame, now);
    this.#pass(this.#middle.take(frame, now));
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
    const now = monotonicUs();
    this.#options.recorder?.observe(seen, now);
    this.#pass(this.#middle.observe(seen, now));
  }

  /** What moves time on: the helper's frames of what happened before are judged before. */
  #inTurn(run: (t: Us) => void): void {
    const contained = (t: Us) => {
      try {
        run(t);
      } catch (error) {
        this.#failed('agent', error);
      }
    };
    if (this.#helper === null) contained(monotonicUs());
    else this.#helper.after(contained);
  }

  #notice(seen: Observation): void {
    this.#inTurn(() => this.#observe(seen));
  }

  /** An adapter has acknowledged a notice. */
  told({ alarm_id: alarm, adapter, acknowledged_us }: Told): void {
    const { primary } = this.#options.config.adapters.find(one => one.name === adapter)!;
    const { failover = null } =
      this.#middle.activeAlarm(alarm) ?? this.#keeper.cleared.get(alarm)?.alarm ?? {};
    this.#notice(told(acknowledged_us, { alarm, adapter, primary, failover }));
  }

  spool(state: SpoolState, reason: string): void {
    this.#notice(spool(monotonicUs(), state, reason));
  }

  delivery({ adapter, value, reason }: DeliveryState): void {
    this.#notice(delivery(monotonicUs(), adapter, value, reason));
  }

  /** What an adapter's receiver made of what it took. */
  escalation(adapter: string, value: 'ok' | 'failed', reason: string): void {
    this.#notice(escalation(monotonicUs(), adapter, value, reason));
  }

  // ------------------------------------------------------------ out: what was thought of it

  #pass({ observations, records, alarms, failures }: Thoughts): void {
    for (const seen of observations) {
      this.#calm = calmStep(this.#calm, seen);
      this.#publisher.observation(seen);
    }
    for (const record of records) {
      this.#verdicts.note(record, this.#keeper.records.get(record.id));
      this.#keeper.records.put(record);
      this.#publisher.record(record);
    }
    this.#keeper.note(alarms);
    if (alarms.length > 0) this.#options.recorder?.note(alarms, monotonicUs());
    for (const change of alarms) this.#publisher.change(change);
    this.#publisher.maintenance(this.#middle.alarms.maintenance, monotonicUs());
    this.#drills.note(records, alarms);
    this.#endTurn();
    this.#report(failures);
  }

  #report(failures: Thoughts['failures']): void {
    for (const { room, error } of failures) this.#failed(room, error);
  }

  #failed(room: string, error: unknown): void {
    this.#log.error({ room, err: error }, 'a room failed: an input was not judged');
    if (this.#options.crash) setImmediate(() => Promise.reject(error));
    // A room that fails at this news as well has been named already.
    if (this.#reporting) return;
    this.#reporting = true;
    this.#blind(`room.${room}`, String(error));
    this.#reporting = false;
  }

  /** Once for all that a slice of the helper's frames brought. */
  #endTurn(): void {
    if (this.#turnEnds) return;
    this.#turnEnds = true;
    queueMicrotask(() => {
      this.#turnEnds = false;
      // First: every millisecond that it comes later, the traffic stands still.
      if (this.#seeing)
        for (const one of this.#middle.steer(monotonicUs())) this.#helper?.steer(one);
      this.#keeper.putUrgent();
      this.#ask();
      this.#drills.settle();
      this.#wake.set(this.#middle.wakeAt);
    });
  }

  /** What the helper is to watch follows the topology, a moment later: while links flap it is always the same. */
  #ask(): void {
    if (this.#asking || !this.#seeing || this.#asked === this.#middle.topology) return;
    this.#asking = true;
    systemClock.after(ASK_MS, () => {
      this.#asking = false;
      if (this.#helper?.behind) {
        this.#ask();
        return;
      }
      this.#asked = this.#middle.topology;
      this.#helper?.configure(configureRequest(this.#asked));
      this.#nameProblems(bfdProblems(this.#asked));
    });
  }

  /** What is configured and cannot be asked for, each once. */
  #nameProblems(problems: string[]): void {
    for (const problem of problems) {
      if (!this.#named.has(problem)) this.#log.error({ problem }, 'a BFD session is not run');
      this.#named.add(problem);
    }
  }

  leave(client: number): void {
    this.#drills.leave(client);
  }

  /** Who sees for us, as far as it is known. */
  #seer() {
    const { topology, stampOf } = this.#middle;
    const { boot_id, wall_us, mono_us } = stampOf(monotonicUs());
    const { strategy = '', nudge = '' } = topology.helper ?? {};
    return { boot_id, wall_offset_us: wall_us - mono_us, strategy, nudge };
  }
}
