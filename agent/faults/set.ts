/**
 * The kernel that the fault families share. A family judges its subjects again and again, as levels; the set of
 * active faults turns judgements into changes, so that the same judgement twice is told once.
 */
import {
  type ClearCause,
  type Fault,
  type FaultChange,
  faultKey,
  type Observation,
  type Tick,
  type Us,
} from '../types.ts';

/**
 * A complete view, after a source's complete snapshot: what a list does not name is absent; null: no word about those.
 * It finds what went away while the agent was not there, and of which no probe remembers anything.
 */
export interface Census {
  probe: 'census';
  t: Us;
  /** Interface names. */
  legs: string[] | null;
  groups: string[] | null;
  flows: string[] | null;
  /** BFD sessions as `<leg>/<remote>`, and groups that are steered. */
  bfd?: readonly string[] | null;
  steered?: readonly string[] | null;
  /** Sessions, disks and maps by their names; null: no word about those. */
  storage?: {
    sessions: readonly string[] | null;
    disks: readonly string[] | null;
    maps: readonly string[] | null;
  };
  /** Keys of what hardware there is, by the type of frame that tells of it (`topology/hardware.ts`). */
  hardware?: Readonly<Record<string, readonly string[] | null>>;
}

export type FaultInput = Observation | Census | Tick;

export type Judgement =
  /** It is so. On a fault that is active already, only other details, causes or severity are a change. */
  | { is: 'active'; fault: Fault }
  /** It is not so (any more). Nothing when it was not active. */
  | {
      is: 'clear';
      type: string;
      object: string;
      t: Us;
      cause: ClearCause;
      between?: [Us, Us] | null;
    }
  /** It was so and has ended, both unseen, between two times. */
  | { is: 'passed'; fault: Fault & { between: [Us, Us] } };

/** Active faults by `faultKey`. */
export type ActiveSet = Readonly<Record<string, Fault>>;

/** What a family may look at beside its own state. */
export interface Context {
  active: ActiveSet;
  scene: Scene;
}

/** Which legs belong to which groups, which failover is going on there, where sessions lead, and what sits where. */
export interface Scene {
  groups: Readonly<Record<string, readonly string[]>>;
  /** By the name of the kernel's session. */
  sessions: Readonly<Record<string, { group: string | null; target: string | null }>>;
  failovers: Readonly<Record<string, { id: string; drill: string | null }>>;
  /** By `leg/c-a`, `disk/nvme0n1`: addresses of its PCI function and the ports above it, as last known. */
  pci: Readonly<Record<string, readonly string[]>>;
}

/** One family of faults, for one kind of subject: pure, its state is plain JSON. */
export type Family<S> = (
  state: S,
  input: FaultInput,
  now: Us,
  context: Context,
) => [state: S, judgements: Judgement[], wakeAt: Us | null];

/** A fault with nothing known but what `of` says. */
export function makeFault(of: Pick<Fault, 'type' | 'object' | 't'> & Partial<Fault>): Fault {
  return {
    details: [],
    group: null,
    leg: null,
    failover: null,
    drill: null,
    causes: [],
    between: null,
    severity: null,
    ...of,
  };
}

export const clear = (
  type: string,
  object: string,
  t: Us,
  cause: ClearCause = 'condition-ended',
  between: [Us, Us] | null = null,
): Judgement => ({ is: 'clear', type, object, t, cause, between });

/** Earliest of the times at which something is to be judged again. */
export const earliest = (...times: (Us | null)[]): Us | null =>
  times.reduce((least, t) => (t !== null && (least === null || t < least) ? t : least), null);

/** Of each set its objects by type: families ask far more often than it changes. */
const objectsOf = new WeakMap<ActiveSet, Map<string, string[]>>();

/** Objects of the active faults of these types. */
export function activeObjects(active: ActiveSet, ...types: string[]): string[] {
  let objects = objectsOf.get(active);
  if (objects === undefined) {
    objects = new Map();
    for (const { type, object } of Object.values(active)) {
      const known = objects.get(type);
      if (known === undefined) objects.set(type, [object]);
      else known.push(object);
    }
    objectsOf.set(active, objects);
  }
  return types.flatMap(type => objects.get(type) ?? []);
}

/** Those of the active faults of one type whose object is of interest. */
export const activeOf = (
  active: ActiveSet,
  type: string,
  isOf: (object: string) => boolean,
): ActiveSet =>
  Object.fromEntries(
    activeObjects(active, type)
      .filter(isOf)
      .map(object => faultKey({ type, object }))
      .map(key => [key, active[key]!]),
  );

/** `target/<group>/<address>`; a flow that uses no group has `-` there. */
export const targetObject = (group: string | null, target: string): string =>
  `target/${group ?? '-'}/${target}`;

/** The group of a leg: the one where a failover goes on, else the first; null: none. */
export function groupOfLeg(scene: Scene, leg: string): string | null {
  const groups = Object.keys(scene.groups).filter(g => scene.groups[g]!.includes(leg));
  return groups.find(g => scene.failovers[g] !== undefined) ?? groups[0] ?? null;
}

/** The failover that goes on in a group, and its drill. */
export function failoverOf(
  scene: Scene,
  group: string | null,
): { failover: string | null; drill: string | null } {
  const open = group === null ? undefined : scene.failovers[group];
  return { failover: open?.id ?? null, drill: open?.drill ?? null };
}

/** Applies judgements in their order. Each fault that becomes active here is cleared here exactly once. */
export function applyJudgements(
  active: ActiveSet,
  judgements: readonly Judgement[],
): [ActiveSet, FaultChange[]] {
  if (!judgements.some(one => isNews(active, one))) return [active, []];
  const next: Record<string, Fault> = { ...active };
  const changes: FaultChange[] = [];
  for (const judgement of judgements) {
    switch (judgement.is) {
      case 'active':
        enter(next, changes, judgement.fault);
        break;
      case 'clear':
        leave(next, changes, judgement);
        break;
      case 'passed': {
        const { fault } = judgement;
        // Still active from before: the passage is part of it, and its own end will be told.
        if (next[faultKey(fault)] !== undefined) {
          enter(next, changes, fault);
          break;
        }
        changes.push({ kind: 'active', fault, clearCause: null });
        changes.push({ kind: 'cleared', fault, clearCause: 'condition-ended' });
        break;
      }
    }
  }
  return [next, changes];
}

function isNews(active: ActiveSet, judgement: Judgement): boolean {
  if (judgement.is === 'passed') return true;
  if (judgement.is === 'clear') return active[faultKey(judgement)] !== undefined;
  const known = active[faultKey(judgement.fault)];
  return known === undefined || !sameWords(known, judgement.fault);
}

function enter(next: Record<string, Fault>, changes: FaultChange[], fault: Fault): void {
  const key = faultKey(fault);
  const known = next[key];
  if (known === undefined) {
    next[key] = fault;
    changes.push({ kind: 'active', fault, clearCause: null });
    return;
  }
  if (sameWords(known, fault)) return;
  const changed: Fault = {
    ...fault,
    t: known.t,
    failover: fault.failover ?? known.failover,
    drill: fault.drill ?? known.drill,
  };
  next[key] = changed;
  changes.push({ kind: 'changed', fault: changed, clearCause: null });
}

function leave(
  next: Record<string, Fault>,
  changes: FaultChange[],
  judgement: Extract<Judgement, { is: 'clear' }>,
): void {
  const key = faultKey(judgement);
  const known = next[key];
  if (known === undefined) return;
  delete next[key];
  changes.push({
    kind: 'cleared',
    fault: { ...known, t: judgement.t, between: judgement.between ?? null },
    clearCause: judgement.cause,
  });
}

const sameWords = (a: Fault, b: Fault): boolean =>
  sameList(a.details, b.details) &&
  sameList(a.causes, b.causes) &&
  (a.severity ?? null) === b.severity;

const sameList = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((x, i) => x === b[i]);
