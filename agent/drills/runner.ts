/**
 * One drill: repeats of wait until steady, cut, heal, ask the agent for its record. Everything that touches the world
 * comes in through DrillPorts.
 */
import type { DrillOutcome, DrillReadiness } from '../control/protocol.ts';
import type { Alarm, FailoverRecord, Us } from '../types.ts';
import { makeCut } from './cut.ts';
import type { DrillGroup, DrillLeg } from './groups.ts';
import type { Guard, GuardRun } from './guard.ts';
import type { Inventory } from './inventory.ts';
import type { DrillKind, DrillOptions } from './kind.ts';
import { type ChosenLeg, lastUsable } from './legs.ts';
import { mergeAlarms, type RepeatReport, repeatOf, repeatWithout } from './report.ts';

export interface Drill {
  id: string;
  kind: DrillKind;
  options: DrillOptions;
  group: DrillGroup;
  /** The first one to be cut. Each later repeat asks anew which (DrillPorts.place). */
  leg: DrillLeg;
  repeats: number;
  hold_ms: number;
  budget_ms: number;
  primed: boolean;
  /** Refusals that may be overridden are. */
  force: boolean;
  /** How long refusals may take to go away before the first cut, ms. */
  wait_ms: number;
}

/** The admin socket's drill verbs. A rejection means that the agent is gone or says no. */
export interface DrillAgent {
  ready(leg: string): Promise<DrillReadiness>;
  cut(leg: string, t_us: Us, uncertainty_us: number): Promise<unknown>;
  healed(t_us: Us): Promise<unknown>;
  outcome(timeoutMs: number): Promise<DrillOutcome>;
  end(): Promise<unknown>;
  /** Resolved when the agent goes away. */
  readonly closed: Promise<unknown>;
}

export type DrillProgress =
  | { step: 'waiting'; repeat: number; reasons: string[] }
  | { step: 'cutting'; repeat: number; leg: string; guard_pid: number; plan: string }
  | { step: 'cut'; repeat: number; t_us: Us }
  | { step: 'healed'; repeat: number; t_us: Us; cause: string }
  | { step: 'warning'; repeat: number; text: string }
  | {
      step: 'repeat';
      repeat: number;
      report: RepeatReport;
      record: FailoverRecord | null;
      alarms: Alarm[];
    };

export interface DrillPorts {
  agent: DrillAgent;
  planFile(repeat: number): string;
  /**
   * The drill's group as the kernel has it now, and the leg to cut: the one that was named, else the one in use. Null:
   * the group is not there any more; a leg null: it is not, or none is in use.
   */
  place(): Promise<{ group: DrillGroup; chosen: ChosenLeg | null } | null>;
  startGuard(args: string[]): Promise<Guard>;
  /** `pathwarden-guard undo` with the plan of a guard that died; null: it left none, so it had changed nothing. */
  undo(plan: string): Promise<GuardRun | null>;
  inventory(): Promise<Inventory>;
  nowUs(): Us;
  sleep(ms: number): Promise<void>;
  /** Aborted: heal now and end. */
  interrupt: AbortSignal;
  tell(progress: DrillProgress): void;
}

export interface DrillRun {
  repeats: RepeatReport[];
  /** A record for each repeat that has one. */
  records: FailoverRecord[];
  alarms: Alarm[];
  interrupted: boolean;
}

/** Nothing was cut, and why. */
export class DrillRefused extends Error {
  readonly reasons: string[];
  /** Some of the reasons cannot be overridden. */
  readonly final: boolean;

  constructor(reasons: string[], final: boolean) {
    super(reasons.join('; '));
    this.name = 'DrillRefused';
    this.reasons = reasons;
    this.final = final;
  }
}

/** Steadiness is asked for this often, and waited for this long. */
const POLL_MS = 200;
/** While that does not help, the kernel is asked again which leg is in use. */
const PLACE_EVERY_US = 1_000_000;
/** A leg that was guessed may turn out not to be in use: the agent sees that in the trace that it starts when it is asked. */
const GUESS_MS = 5000;
const STEADY_LIMIT_MS = 60_000;
/** The record closes 30 s after it was opened, at the latest. */
const OUTCOME_LIMIT_MS = 35_000;

/**
 * Runs all repeats. Whatever happens, no guard of ours is left behind and the agent has been told the drill's end.
 *
 * @throws DrillRefused when the first cut would not be sensible or safe
 * @throws Error when the agent is lost or the guard cannot work; the leg was healed first
 */
export async function runDrill(drill: Drill, ports: DrillPorts): Promise<DrillRun> {
  const run: DrillRun = { repeats: [], records: [], alarms: [], interrupted: false };
  try {
    for (let repeat = 1; repeat <= drill.repeats && !ports.interrupt.aborted; repeat++) {
      try {
        const leg = await steady(drill, ports, repeat);
        if (leg === null) break;
        await makeRepeat(drill, leg, ports, run, repeat);
      } catch (error) {
        if (!(error instanceof DrillRefused) || repeat === 1) throw error;
        const leg = run.repeats.at(-1)?.leg ?? drill.leg.ifname;
        const none = { leg, edges: [], hits: null, differences: [], invalid: null };
        const report = repeatWithout(null, `not made: ${error.message}`, none);
        run.repeats.push(report);
        ports.tell({ step: 'repeat', repeat, report, record: null, alarms: [] });
        break;
      }
      // A state that is not restored is no ground to cut again on.
      if (run.repeats.at(-1)?.differences.length) break;
    }
  } finally {
    await ports.agent.end().catch(() => {});
  }
  run.interrupted = ports.interrupt.aborted;
  return run;
}

/** Waits until the next repeat may begin: the leg to cut; null: interrupted. */
async function steady(drill: Drill, ports: DrillPorts, repeat: number): Promise<DrillLeg | null> {
  const began = ports.nowUs();
  let told = '';
  let place = await ports.place();
  let placed_us = began;
  for (;;) {
    if (ports.interrupt.aborted) return null;
    const leg = place?.chosen?.leg ?? null;
    const ready = leg && (await ports.agent.ready(leg.ifname));
    const against = (ready ? sayings(place, drill, ready) : [nowhere(place, drill)]).filter(
      r => !(r.force && drill.force),
    );
    const now = ports.nowUs();
    if (against.length === 0 && ready?.steady) {
      place = await ports.place();
      placed_us = now;
      // It stands still since: else all is asked again for the other one.
      if (place?.chosen?.leg.ifindex === leg?.ifindex && !kernelRefuses(place, drill)) return leg;
      continue;
    }
    const waited = (now - began) / 1000;
    const patience = repeat === 1 ? firstPatience(drill, place) : STEADY_LIMIT_MS;
    if (against.length > 0 && waited >= patience)
      throw new DrillRefused(
        against.map(r => r.reason),
        against.some(r => !r.force),
      );
    if (waited >= Math.max(STEADY_LIMIT_MS, patience))
      throw new DrillRefused(
        [`flows and links did not become steady within ${STEADY_LIMIT_MS / 1000} s`],
        true,
      );
    const reasons = against.length
      ? against.map(r => r.reason)
      : ['2 s of steady progress on every flow and 1.2 s without a link event'];
    if (reasons.join() !== told) ports.tell({ step: 'waiting', repeat, reasons });
    told = reasons.join();
    await ports.sleep(POLL_MS);
    if (against.length > 0 && now - placed_us >= PLACE_EVERY_US) {
      place = await ports.place();
      placed_us = now;
    }
  }
}

type Place = Awaited<ReturnType<DrillPorts['place']>>;
type Refusal = DrillReadiness['refusals'][number];

const firstPatience = (drill: Drill, place: Place): number =>
  Math.max(drill.wait_ms, place?.chosen?.guessed ? GUESS_MS : 0);

/** What the kernel and the agent have against a cut of this leg, each once. */
function sayings(place: Place, drill: Drill, ready: DrillReadiness): Refusal[] {
  const kernel = kernelRefusal(place, drill);
  return [
    ...(kernel ? [kernel] : []),
    ...ready.refusals.filter(({ reason }) => reason !== kernel?.reason),
  ];
}

function kernelRefusal(place: Place, drill: Drill): Refusal | null {
  if (!place?.chosen) return nowhere(place, drill);
  const reason = lastUsable(place.group, place.chosen.leg);
  return reason === null ? null : { reason, force: true };
}

function kernelRefuses(place: Place, drill: Drill): boolean {
  const refusal = kernelRefusal(place, drill);
  return refusal !== null && !(refusal.force && drill.force);
}

const nowhere = (place: Place, { group, leg }: Drill): Refusal => ({
  reason:
    place === null
      ? `the kernel has no path group ${group.id} any more`
      : `no leg of ${group.id} is in use, or ${leg.ifname} is gone from it`,
  force: false,
});

async function makeRepeat(
  drill: Drill,
  leg: DrillLeg,
  ports: DrillPorts,
  run: DrillRun,
  repeat: number,
): Promise<void> {
  const cut = await makeCut(drill, leg, ports, repeat);
  let record: FailoverRecord | null = null;
  let alarms: Alarm[] = [];
  let why = 'interrupted';
  if (cut.t_us !== null && !ports.interrupt.aborted) {
    const outcome = await Promise.race([
      ports.agent.outcome(OUTCOME_LIMIT_MS).catch((error: Error) => error),
      aborted(ports.interrupt),
    ]);
    if (outcome instanceof Error) why = `the agent has no record of it: ${outcome.message}`;
    else if (outcome) ({ record, alarms } = outcome);
  }
  const report = record
    ? repeatOf(record, cut.result)
    : repeatWithout(
        cut.t_us,
        ports.interrupt.aborted ? why : (cut.result.invalid ?? why),
        cut.result,
      );
  run.repeats.push(report);
  if (record) run.records.push(record);
  run.alarms = mergeAlarms(run.alarms, alarms);
  ports.tell({ step: 'repeat', repeat, report, record, alarms });
}

const aborted = (signal: AbortSignal): Promise<null> =>
  new Promise(resolve => {
    if (signal.aborted) resolve(null);
    else signal.addEventListener('abort', () => resolve(null), { once: true });
  });
