/**
 * pci-device-removed: a PCI function is gone, and the kernel has said so. What goes together is one alarm: that of the
 * topmost port or, of a card with several functions, of its first.
 */
import { faultKey, type Observation, type Us } from '../types.ts';
import { behindText } from './behind.ts';
import { limits } from './limits.ts';
import {
  activeObjects,
  type Context,
  clear,
  earliest,
  type Family,
  type FaultInput,
  type Judgement,
  makeFault,
  type Scene,
} from './set.ts';

type Presence = Extract<Observation, { probe: 'hw_pci'; aspect: 'presence' }>;

/** Gone just now; what is below it may still be told, or what is above it. */
interface Going {
  t: Us;
  above: readonly string[];
  details: readonly string[];
  fru: string | null;
}

/** By object. */
export type GoingState = Readonly<Record<string, Going>>;
export const nothingGoing: GoingState = {};

const REMOVED = 'pci-device-removed';

/** More that go at once are told without those above them being waited for. */
const GOING_MAX = 256;

export const pciRemovedFamily: Family<GoingState> = (state, input, now, context) => {
  const reached = input.probe === 'tick' ? now : input.t;
  const [settled, told] = settle(state, reached, context.scene);
  const [next, more] = observe(settled, input, context.scene);
  const over = forgotten(reached, context);
  const wakes = [
    ...Object.values(next).map(({ t }) => t + limits.pci.removed_together_us),
    ...activeObjects(context.active, REMOVED).map(object => endOf(object, context)),
  ];
  return [next, [...told, ...more, ...over], earliest(...wakes.filter(t => t > reached))];
};

function observe(state: GoingState, input: FaultInput, scene: Scene): [GoingState, Judgement[]] {
  if (input.probe !== 'hw_pci' || input.aspect !== 'presence') return [state, []];
  if (input.value === 'present') {
    const { [input.subject]: _back, ...rest } = state;
    return [rest, [clear(REMOVED, input.subject, input.t)]];
  }
  return input.value === 'removed' && !input.virtual ? going(state, input, scene) : [state, []];
}

const addressOf = (object: string): string => object.slice('pci/'.length);

/** Into what is above it, if that is gone already; else with what is below it, and was told first. */
function going(state: GoingState, seen: Presence, scene: Scene): [GoingState, Judgement[]] {
  const { subject: object, t, above, details, fru } = seen;
  const upper = above.map(address => `pci/${address}`).find(one => state[one] !== undefined);
  if (upper !== undefined) return [state, []];
  let own: Going = { t, above, details, fru };
  const next: Record<string, Going> = {};
  for (const [one, lower] of Object.entries(state)) {
    if (lower.above.includes(addressOf(object))) own = earlier(own, lower);
    else next[one] = lower;
  }
  if (Object.keys(next).length < GOING_MAX) return [{ ...next, [object]: own }, []];
  return [next, [{ is: 'active', fault: faultOf([object], own, scene) }]];
}

const earlier = (one: Going, { t }: Going): Going => ({ ...one, t: Math.min(one.t, t) });

/** Those whose time has come, the functions of one card together. */
function settle(state: GoingState, reached: Us, scene: Scene): [GoingState, Judgement[]] {
  const isDue = ({ t }: Going) => reached >= t + limits.pci.removed_together_us;
  const all = Object.entries(state).sort(([a], [b]) => (a < b ? -1 : 1));
  if (!all.some(([, one]) => isDue(one))) return [state, []];
  const cards = Map.groupBy(all, ([object]) => object.replace(/\.[0-7]$/, ''));
  const left: Record<string, Going> = {};
  const judgements: Judgement[] = [];
  for (const functions of cards.values()) {
    if (!functions.some(([, one]) => isDue(one))) {
      for (const [object, one] of functions) left[object] = one;
      continue;
    }
    const [[, first], ...others] = functions as [[string, Going], ...[string, Going][]];
    const whole = others.reduce((all, [, one]) => earlier(all, one), first);
    judgements.push({
      is: 'active',
      fault: faultOf(
        functions.map(([one]) => one),
        whole,
        scene,
      ),
    });
  }
  return [left, judgements];
}

/** The first of them stands for all. */
function faultOf(objects: readonly string[], { t, above, details, fru }: Going, scene: Scene) {
  const object = objects[0]!;
  const addresses = objects.map(addressOf);
  return makeFault({
    type: REMOVED,
    object,
    t,
    details: [
      ...details,
      ...(fru === null ? [] : [`part: ${fru}`]),
      ...behindText(addresses, scene),
    ],
    causes: [
      ...[...addresses, ...above].map(one =>
        faultKey({ type: 'pcie-error', object: `pci/${one}` }),
      ),
      ...above.map(one => faultKey({ type: REMOVED, object: `pci/${one}` })),
    ],
  });
}

const endOf = (object: string, { active }: Context): Us =>
  active[faultKey({ type: REMOVED, object })]!.t + limits.pci.removed_forget_us;

function forgotten(reached: Us, context: Context): Judgement[] {
  return activeObjects(context.active, REMOVED)
    .map(object => ({ object, end: endOf(object, context) }))
    .filter(({ end }) => reached >= end)
    .map(({ object, end }) => clear(REMOVED, object, end, 'subject-gone'));
}
