/** What a drill's runner is given by its tests: an agent and a kernel that say yes, and a clock of their own. */
import type { DrillReadiness } from '../../../agent/control/protocol.ts';
import { groupsOf } from '../../../agent/drills/groups.ts';
import type { Guard } from '../../../agent/drills/guard.ts';
import { adminDown } from '../../../agent/drills/kinds/admin-down.ts';
import {
  type Drill,
  type DrillAgent,
  type DrillPorts,
  type DrillProgress,
  DrillRefused,
} from '../../../agent/drills/runner.ts';
import { drilled } from '../cli/fake-agent.ts';
import { obedient } from './fake-guard.ts';
import { recorded } from './recorded.ts';

/** The lab's. */
const [group] = groupsOf(recorded('up'));

export const makeDrill = (over: Partial<Drill> = {}): Drill => ({
  id: 'drill-1',
  kind: adminDown,
  options: { direction: 'both', flaps: 3, period_ms: 100 },
  group: group!,
  leg: group!.legs[0]!,
  repeats: 1,
  hold_ms: 500,
  budget_ms: 1000,
  primed: false,
  force: false,
  wait_ms: 0,
  ...over,
});

export const ready = (over: Partial<DrillReadiness> = {}): DrillReadiness => ({
  refusals: [],
  flows: [],
  carrying_leg: 'c-a',
  steady: true,
  ...over,
});

export interface World {
  ports: DrillPorts;
  asked: string[];
  told: DrillProgress[];
  guards: string[][];
  interrupt: AbortController;
}

/** Time passes only while the drill sleeps. */
export function world(
  over: { agent?: Partial<DrillAgent>; guard?: () => Guard; ports?: Partial<DrillPorts> } = {},
): World {
  const asked: string[] = [];
  const told: DrillProgress[] = [];
  const guards: string[][] = [];
  const interrupt = new AbortController();
  let now = 0;
  const agent: DrillAgent = {
    ready: async () => ready(),
    cut: async () => undefined,
    healed: async () => undefined,
    outcome: async () => ({ record: drilled('drill-1', 1_000_000), alarms: [] }),
    end: async () => undefined,
    closed: new Promise(() => {}),
    ...over.agent,
  };
  const noted = Object.fromEntries(
    Object.entries(agent).map(([verb, answer]) => [
      verb,
      typeof answer === 'function'
        ? (...args: never[]) => {
            asked.push(verb);
            return (answer as (...args: never[]) => unknown)(...args);
          }
        : answer,
    ]),
  ) as unknown as DrillAgent;
  return {
    asked,
    told,
    guards,
    interrupt,
    ports: {
      agent: noted,
      place: async () => ({
        group: group!,
        chosen: { leg: group!.legs[0]!, guessed: false },
      }),
      planFile: repeat => `/plans/drill-1-${repeat}.plan`,
      startGuard: async args => {
        guards.push(args);
        return (over.guard ?? obedient)();
      },
      undo: async () => null,
      inventory: async () => recorded('up'),
      nowUs: () => now,
      sleep: async ms => {
        now += ms * 1000;
        await new Promise(resolve => setImmediate(resolve));
      },
      interrupt: interrupt.signal,
      tell: progress => void told.push(progress),
      ...over.ports,
    },
  };
}

/** The refusal that a drill ends with. */
export async function refused(drill: Promise<unknown>): Promise<DrillRefused> {
  try {
    await drill;
  } catch (error) {
    if (error instanceof DrillRefused) return error;
    throw error;
  }
  throw new Error('it was not refused');
}
