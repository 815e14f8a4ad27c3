/** One cut with one guard, from its start to its end, and what is different afterwards. */
import type { Us } from '../types.ts';
import { compare, type Difference, isMembersLine, lines } from './compare.ts';
import type { DrillLeg } from './groups.ts';
import {
  GUARD_EXIT,
  type Guard,
  type GuardEvent,
  type GuardEventOf,
  type GuardExit,
} from './guard.ts';
import type { CutResult } from './report.ts';
import { type Drill, type DrillPorts, DrillRefused } from './runner.ts';

/** The guard loads its BPF program and takes its plan before it is ready. */
const READY_MS = 15_000;
/** From the word to the cut; priming takes up to a second and a half of it. */
const CUT_MS = 10_000;
/** From the end of the hold to the end of the guard: it waits up to 10 s for a carrier that does not return. */
const RESTORE_MS = 20_000;
/** From `done` to its exit. */
const END_MS = 5000;
/** How long the kernel may take until its state reads as before, once the guard is content. */
const SETTLE_MS = 3000;
const SETTLE_POLL_MS = 100;

export interface MadeCut {
  /** Null: it was not made. */
  t_us: Us | null;
  result: CutResult;
}

/**
 * @throws DrillRefused when the guard refuses; nothing was cut then
 * @throws Error when the agent was lost or the guard failed before it cut
 */
export async function makeCut(
  drill: Drill,
  leg: DrillLeg,
  ports: DrillPorts,
  repeat: number,
): Promise<MadeCut> {
  const plan = ports.planFile(repeat);
  const before = lines(await ports.inventory(), leg.ifindex);
  const guard = await ports.startGuard([
    'run',
    ...drill.kind.guardArguments(drill.options),
    ...(drill.kind.lasts(drill.options) === null ? ['--hold-ms', String(drill.hold_ms)] : []),
    ...['--ifindex', String(leg.ifindex), '--plan', plan],
    ...(drill.primed ? ['--prime'] : []),
  ]);
  ports.tell({ step: 'cutting', repeat, leg: leg.ifname, guard_pid: guard.pid, plan });
  const heal = () => guard.heal();
  ports.interrupt.addEventListener('abort', heal);
  if (ports.interrupt.aborted) heal();
  let lost: Error | null = null;
  void ports.agent.closed.then(error => {
    lost ??= error instanceof Error ? error : new Error('the agent went away');
    heal();
  });
  const ask = (request: Promise<unknown>): void => {
    request.catch((error: Error) => {
      lost ??= error;
      heal();
    });
  };

  const warn = (text: string) => ports.tell({ step: 'warning', repeat, text });
  const watch = new Watch(guard, warn);
  try {
    const ready = await watch.until('ready', READY_MS);
    for (const text of ready?.warnings ?? []) warn(text);
    if (ready) guard.cut();
    const cut = await watch.until('cut', CUT_MS);
    if (cut) {
      ports.tell({ step: 'cut', repeat, t_us: cut.t_us });
      ask(ports.agent.cut(leg.ifname, cut.t_us, cut.uncertainty_us));
    }
    const healed = await watch.until('healed', drill.hold_ms + RESTORE_MS);
    if (healed) {
      ports.tell({ step: 'healed', repeat, t_us: healed.t_us, cause: healed.cause });
      if (cut) ask(ports.agent.healed(healed.t_us));
    }
    const done = await watch.until('done', RESTORE_MS);
    const exit = await ended(guard, ports);

    if (watch.refused) throw new DrillRefused([watch.refused], true);
    const result: CutResult = {
      leg: leg.ifname,
      edges: cut && drill.kind.lasts(drill.options) !== null ? edgesOf(cut, watch, healed) : [],
      hits: healed?.hits ?? null,
      differences: healed?.differences ?? [],
      invalid: exit.code === GUARD_EXIT.invalid ? 'the cut met no packet' : null,
    };
    if (!done) await rescue(ports, repeat, plan, result, `${describe(exit)}; ${watch.failed}`, cut);
    if (exit.code === GUARD_EXIT.differences && result.differences.length === 0)
      result.differences.push('the guard found differences that it did not name');
    await addDifferences(drill, leg, ports, repeat, before, result);
    if (!cut && !ports.interrupt.aborted && result.differences.length === 0)
      throw new Error(lostText(lost) ?? `the cut was not made: ${result.invalid ?? watch.failed}`);
    if (lost && result.differences.length === 0 && !ports.interrupt.aborted) throw lost as Error;
    return { t_us: cut?.t_us ?? null, result };
  } finally {
    ports.interrupt.removeEventListener('abort', heal);
  }
}

/** A guard that does not end is killed: its links end a blackhole, and the plan undoes the rest. */
async function ended(guard: Guard, ports: DrillPorts): Promise<GuardExit> {
  const exit = await Promise.race([guard.exited, ports.sleep(END_MS).then(() => null)]);
  if (exit) return exit;
  guard.kill();
  return guard.exited;
}

/** All of a flap: the cut is its first edge and the heal its last one. */
const edgesOf = (
  cut: GuardEventOf<'cut'>,
  watch: Watch,
  healed: GuardEventOf<'healed'> | null,
): CutResult['edges'] => [
  { t_us: cut.t_us, up: false },
  ...watch.edges,
  ...(healed ? [{ t_us: healed.t_us, up: true }] : []),
];

const lostText = (lost: Error | null): string | null => lost?.message ?? null;

/** Its guard is gone without having said that it is done: what it cut is undone from the plan, at once. */
async function rescue(
  ports: DrillPorts,
  repeat: number,
  plan: string,
  result: CutResult,
  how: string,
  cut: GuardEventOf<'cut'> | null,
): Promise<void> {
  result.invalid = `the guard ended early: ${how}`;
  const undone = ports.undo(plan);
  ports.tell({ step: 'warning', repeat, text: `the guard ended early (${how}): undoing its cut` });
  const undo = await undone;
  if (undo === null) return;
  const healed = undo.events.find(e => e.event === 'healed');
  if (cut) await ports.agent.healed(healed?.t_us ?? ports.nowUs()).catch(() => {});
  result.differences = healed?.differences ?? [];
  if (undo.exit.code === GUARD_EXIT.world || undo.exit.signal)
    result.differences.push(`undo failed: ${describe(undo.exit)}; run: pathwarden drill clean`);
}

const describe = (exit: { code: number | null; signal: string | null; stderr: string }): string =>
  `${exit.signal ? `signal ${exit.signal}` : `exit ${exit.code}`}${exit.stderr ? `, ${exit.stderr}` : ''}`;

/** Our own look at the kernel, beside the guard's. A bond's timers may keep a member out for a while longer. */
async function addDifferences(
  drill: Drill,
  leg: DrillLeg,
  ports: DrillPorts,
  repeat: number,
  before: Set<string>,
  result: CutResult,
): Promise<void> {
  const began = ports.nowUs();
  const patience = ({ what }: Difference) =>
    SETTLE_MS + (isMembersLine(what) && !ports.interrupt.aborted ? drill.group.rejoin_ms : 0);
  for (;;) {
    const left = compare(before, lines(await ports.inventory(), leg.ifindex));
    const waited = (ports.nowUs() - began) / 1000;
    if (left.every(d => waited >= patience(d))) {
      // Nobody waited until its bond took it back.
      for (const { kind, what } of left)
        if (ports.interrupt.aborted && isMembersLine(what))
          ports.tell({ step: 'warning', repeat, text: `not yet: ${what}` });
        else result.differences.push(`${kind}: ${what}`);
      return;
    }
    await ports.sleep(SETTLE_POLL_MS);
  }
}

/** Waits for the guard's events by name, in the order of its protocol. */
class Watch {
  refused: string | null = null;
  failed = 'it said nothing';
  readonly edges: CutResult['edges'] = [];
  #guard: Guard;
  #warn: (text: string) => void;
  #held: GuardEvent | null = null;
  #over = false;

  constructor(guard: Guard, warn: (text: string) => void) {
    this.#guard = guard;
    this.#warn = warn;
  }

  /** The event; null: a later one came first, the guard ended, or nothing came in time (then it is told to heal). */
  async until<E extends GuardEvent['event']>(
    name: E,
    timeoutMs: number,
  ): Promise<GuardEventOf<E> | null> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      if (this.#over) return null;
      const event =
        this.#held ?? (await this.#guard.events.next(Math.max(0, deadline - Date.now())));
      this.#held = null;
      if (event === null) {
        this.#over = true;
        return null;
      }
      if (event === 'late') {
        this.failed = `no '${name}' within ${timeoutMs} ms`;
        this.#guard.heal();
        return null;
      }
      this.failed = `its last word was '${event.event}'`;
      if (event.event === name) return event as GuardEventOf<E>;
      if (event.event === 'refused') this.refused = event.reason;
      else if (event.event === 'error') this.failed = event.reason;
      else if (event.event === 'warning') this.#warn(event.reason);
      else if (event.event === 'edge') this.edges.push({ t_us: event.t_us, up: event.up });
      else {
        this.#held = event;
        return null;
      }
    }
  }
}
