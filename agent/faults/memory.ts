/**
 * memory-corrected-errors and memory-uncorrected-error of a DIMM. A machine check of memory and the memory controller's
 * driver tell of the same error: the driver, which knows the DIMM, is given a moment to.
 */
import type { Observation, Us } from '../types.ts';
import { type Buckets, Corrected, noBuckets } from './corrected.ts';
import { limits } from './limits.ts';
import {
  type Counted,
  countedErrors,
  noCounted,
  takeCounters,
  takeEvent,
} from './memory_counters.ts';
import { happened, nothingPassed, type Passing, passed } from './passing.ts';
import {
  applyJudgements,
  type Context,
  earliest,
  type Family,
  type Judgement,
  makeFault,
} from './set.ts';

type MemoryError = Extract<Observation, { probe: 'hw_memory'; aspect: 'error' }>;

/** What a driver or firmware has told lately. */
interface Told {
  t: Us;
  corrected: boolean;
  /** null: of several, or not known. */
  page: string | null;
}

export interface MemoryState {
  corrected: Buckets;
  uncorrected: Passing;
  told: readonly Told[];
  /** Machine checks that somebody may tell better. */
  waiting: readonly { due: Us; error: MemoryError }[];
  counted: Counted;
}

export const noMemory: MemoryState = {
  corrected: noBuckets,
  uncorrected: nothingPassed,
  told: [],
  waiting: [],
  counted: noCounted,
};

/** So many are remembered, or wait; beyond them the oldest is judged as it is. */
const LISTED_MAX = 64;

const CORRECTED = 'memory-corrected-errors';
const UNCORRECTED = 'memory-uncorrected-error';

const corrected = new Corrected(CORRECTED, limits.memory.corrected);

export const memoryFamily: Family<MemoryState> = (state, input, now, context) => {
  const reached = input.probe === 'tick' ? now : input.t;
  const turn = new Turn(state, context);
  turn.due(reached);
  if (input.probe === 'hw_memory') {
    if (input.aspect === 'error') turn.error(input);
    if (input.aspect === 'counters') turn.counted(takeCounters(turn.state.counted, input));
  }
  const wakeAt = turn.settle(reached);
  return [turn.state, turn.judgements, wakeAt];
};

class Turn {
  state: MemoryState;
  readonly judgements: Judgement[] = [];
  #context: Context;

  constructor(state: MemoryState, context: Context) {
    this.state = state;
    this.#context = context;
  }

  /** Machine checks of which nobody has told better, and errors that were counted and of which nobody told at all. */
  due(reached: Us): void {
    const { waiting } = this.state;
    const alone = waiting.filter(({ due }) => reached >= due);
    if (alone.length > 0) {
      this.state = { ...this.state, waiting: waiting.filter(({ due }) => reached < due) };
      for (const { error } of alone) this.#judge(error);
    }
    const [counted, errors] = countedErrors(this.state.counted, reached);
    this.counted(counted);
    for (const error of errors) this.#judge(error);
  }

  counted(counted: Counted): void {
    if (counted !== this.state.counted) this.state = { ...this.state, counted };
  }

  error(error: MemoryError): void {
    if (error.value.by === 'mce') {
      if (this.state.told.some(told => isSame(told, error))) return;
      const due = error.t + limits.memory.told_twice_us;
      const waiting = [...this.state.waiting, { due, error }];
      for (const { error } of waiting.splice(0, waiting.length - LISTED_MAX)) this.#judge(error);
      this.state = { ...this.state, waiting };
      return;
    }
    if (error.value.by !== 'cxl') this.#tells(error);
    this.counted(takeEvent(this.state.counted, error));
    this.#judge(error);
  }

  #tells({ t, value }: MemoryError): void {
    const page = value.count > 1 ? null : value.page;
    const told: Told = { t, corrected: value.severity === 'corrected', page };
    const recent = this.state.told.filter(one => one.t + limits.memory.told_twice_us >= t);
    this.state = {
      ...this.state,
      told: [...recent, told].slice(-LISTED_MAX),
      waiting: this.state.waiting.filter(({ error }) => !isSame(told, error)),
    };
  }

  #judge(error: MemoryError): void {
    const { subject: object, t, value } = error;
    const { count, details, fru, severity } = value;
    if (severity === 'corrected') {
      const errors = { object, t, count, details, fru };
      const [buckets, told] = corrected.take(this.state.corrected, errors, this.#context);
      this.state = { ...this.state, corrected: buckets };
      this.#tell(told);
      return;
    }
    const words = [...(fru === null ? [] : [`part: ${fru}`]), ...details];
    const fault = makeFault({
      type: UNCORRECTED,
      object,
      t,
      details: words,
      severity: SEVERITY[severity],
    });
    const [uncorrected, told] = happened(this.state.uncorrected, fault, this.#context);
    this.state = { ...this.state, uncorrected };
    this.#tell(told);
  }

  /** What ends by now; when to look again. */
  settle(reached: Us): Us | null {
    const [buckets, some, wakeSome] = corrected.tick(this.state.corrected, reached, this.#context);
    this.#tell(some);
    const after = limits.memory.uncorrected_clear_us;
    const [uncorrected, more, wakeMore] = passed(
      UNCORRECTED,
      after,
      this.state.uncorrected,
      reached,
      this.#context,
    );
    this.#tell(more);
    this.state = { ...this.state, corrected: buckets, uncorrected };
    const { waiting, counted } = this.state;
    return earliest(
      wakeSome,
      wakeMore,
      ...waiting.map(({ due }) => due),
      ...counted.missed.map(({ due }) => due),
    );
  }

  #tell(judgements: readonly Judgement[]): void {
    if (judgements.length === 0) return;
    this.judgements.push(...judgements);
    const [active] = applyJudgements(this.#context.active, judgements);
    this.#context = { ...this.#context, active };
  }
}

/** deferred: the data is lost, and nobody has used it so far. */
const SEVERITY = { deferred: 'MINOR', uncorrected: 'MAJOR', fatal: 'CRITICAL' } as const;

function isSame(told: Told, { t, value }: MemoryError): boolean {
  if (told.corrected !== (value.severity === 'corrected')) return false;
  if (Math.abs(told.t - t) > limits.memory.told_twice_us) return false;
  return told.page === null || value.page === null || value.count > 1 || told.page === value.page;
}
