/** Drills that are under way: who runs them, what came of the current repeat, and who waits to hear of it. */
import type { AdminRequest, DrillOutcome, DrillReadiness } from '../control/protocol.ts';
import type { Alarm, AlarmChange, FailoverRecord, Observation, Us } from '../types.ts';

type RequestOf<V extends AdminRequest['verb']> = Extract<AdminRequest, { verb: V }>;

export interface DrillPorts {
  now(): Us;
  /** @param other a drill that is under way on the same group */
  readiness(request: RequestOf<'drill-ready'>, other: string | null): DrillReadiness;
  /** From now on (until the end) what is raised on the group is this drill's doing. */
  cover(drill: string, group: string | null): void;
  observe(seen: Observation): void;
  trace(for_ms: number): void;
}

interface Session {
  client: number;
  group: string;
  leg: string;
  kind: string;
  budget_ms: number;
  uncertainty_us: Us;
  cut_us: Us | null;
  /** Of the current repeat. */
  record: FailoverRecord | null;
  /** As they stand, by id. */
  alarms: Map<string, Alarm>;
  waiting: { resolve(outcome: DrillOutcome): void; reject(why: Error): void }[];
}

/** The record follows the flows for so long after a cut and after a heal. */
const TRACE_MS = 5000;

export class Drills {
  readonly #ports: DrillPorts;
  readonly #sessions = new Map<string, Session>();

  constructor(ports: DrillPorts) {
    this.#ports = ports;
  }

  ready(request: RequestOf<'drill-ready'>, client: number): DrillReadiness {
    const { drill, group, leg } = request;
    const running = this.#sessions.get(drill);
    if (running !== undefined && running.client !== client) {
      throw new Error(`drill ${drill} is run by another client`);
    }
    const other = [...this.#sessions].find(([id, one]) => id !== drill && one.group === group);
    const readiness = this.#ports.readiness(request, other?.[0] ?? null);
    if (readiness.refusals.some(({ force }) => !force)) return readiness;
    if (running === undefined || running.group !== group || running.leg !== leg) {
      this.#begin(request, client);
    }
    // The flows are followed before the cut is there: the switch may be over before its news arrives.
    if (readiness.steady) this.#ports.trace(TRACE_MS);
    return readiness;
  }

  #begin({ drill, group, leg }: RequestOf<'drill-ready'>, client: number): void {
    this.#sessions.set(drill, {
      client,
      group,
      leg,
      kind: '',
      budget_ms: 0,
      uncertainty_us: 0,
      cut_us: null,
      record: null,
      alarms: new Map(),
      waiting: [],
    });
    this.#ports.cover(drill, group);
    this.#tell(drill, 'ready', this.#ports.now());
  }

  cut(request: RequestOf<'drill-cut'>, client: number): { failover: string } {
    const { drill, group, leg, kind, budget_ms, uncertainty_us, t_us } = request;
    const session = this.#sessionOf(drill, client);
    if (session.group !== group || session.leg !== leg) {
      throw new Error(`drill ${drill} is about ${session.leg} of ${session.group}`);
    }
    Object.assign(session, { kind, budget_ms, uncertainty_us, cut_us: t_us, record: null });
    this.#ports.trace(TRACE_MS);
    this.#tell(drill, 'cut', t_us);
    // The record was opened, or found open, while the cut was told.
    const record = session.record as FailoverRecord | null;
    if (record === null) throw new Error(`no failover record was opened for drill ${drill}`);
    return { failover: record.id };
  }

  healed({ drill, t_us }: RequestOf<'drill-healed'>, client: number): { ok: true } {
    this.#sessionOf(drill, client);
    this.#ports.trace(TRACE_MS);
    this.#tell(drill, 'healed', t_us);
    return { ok: true };
  }

  outcome({ drill }: RequestOf<'drill-outcome'>, client: number): Promise<DrillOutcome> {
    const session = this.#sessionOf(drill, client);
    if (session.cut_us === null) throw new Error(`drill ${drill} has cut nothing yet`);
    return new Promise((resolve, reject) => {
      session.waiting.push({ resolve, reject });
      this.settle();
    });
  }

  end({ drill }: RequestOf<'drill-end'>, client: number): { ok: true } {
    this.#sessionOf(drill, client);
    this.#end(drill, 'the drill has ended');
    return { ok: true };
  }

  /** Its drills have lost their owner. */
  leave(client: number): void {
    for (const [drill, session] of this.#sessions) {
      if (session.client === client) this.#end(drill, 'its client has left');
    }
  }

  /** What was judged just now. */
  note(records: readonly FailoverRecord[], changes: readonly AlarmChange[]): void {
    for (const record of records) {
      const session = record.drill === null ? undefined : this.#sessions.get(record.drill);
      // A record of an earlier repeat may still change.
      if (session?.cut_us != null && record.cut.t_us >= session.cut_us - session.uncertainty_us) {
        session.record = record;
      }
    }
    for (const { alarm } of changes) {
      if (alarm.drill !== null) this.#sessions.get(alarm.drill)?.alarms.set(alarm.id, alarm);
    }
  }

  /** Answers those whose record has closed; called once everything that follows from the closing has been judged. */
  settle(): void {
    for (const { record, cut_us, alarms, waiting } of this.#sessions.values()) {
      if (record === null || record.state === 'open' || cut_us === null) continue;
      const since = ({ alarmRaisedTime, alarmChangedTime }: Alarm) =>
        (alarmChangedTime ?? alarmRaisedTime).mono_us >= cut_us;
      for (const { resolve } of waiting.splice(0)) {
        resolve({ record, alarms: [...alarms.values()].filter(since) });
      }
    }
  }

  #sessionOf(drill: string, client: number): Session {
    const session = this.#sessions.get(drill);
    if (session?.client !== client) throw new Error(`no drill ${drill}: ask drill-ready first`);
    return session;
  }

  #end(drill: string, why: string): void {
    const session = this.#sessions.get(drill)!;
    this.#tell(drill, 'ended', this.#ports.now());
    this.#ports.cover(drill, null);
    this.#sessions.delete(drill);
    for (const { reject } of session.waiting.splice(0)) reject(new Error(why));
  }

  #tell(drill: string, value: 'ready' | 'cut' | 'healed' | 'ended', t: Us): void {
    const { kind, group, leg, uncertainty_us, budget_ms } = this.#sessions.get(drill)!;
    this.#ports.observe({
      probe: 'self',
      aspect: 'drill',
      subject: `drill/${drill}`,
      value,
      t,
      kind,
      group,
      leg,
      uncertainty_us,
      budget_ms,
    });
  }
}
