/** What drills get of the running agent. */
import { monotonicUs } from '../time.ts';
import { flows, groups } from '../topology/selectors.ts';
import type { FailoverRecord } from '../types.ts';
import type { Calm } from './calm.ts';
import type { DrillPorts } from './drills.ts';
import type { Middle } from './middle.ts';
import { drillReadiness } from './readiness.ts';
import type { Ring } from './ring.ts';

export interface DrillPortsParts {
  middle: Middle;
  records: Ring<FailoverRecord>;
  calm(): Calm;
  /** The helper's frames come in. */
  seeing(): boolean;
  order(input: Parameters<Middle['order']>[0]): void;
  observe: DrillPorts['observe'];
  trace: DrillPorts['trace'];
}

export function drillPorts(parts: DrillPortsParts): DrillPorts {
  const { middle, records, calm, seeing, order, observe, trace } = parts;
  return {
    now: monotonicUs,
    observe,
    trace,
    readiness({ drill, group, leg }, other) {
      const { topology, activeAlarms: alarms } = middle;
      return drillReadiness({
        drill,
        group,
        leg,
        now: monotonicUs(),
        groups: groups(topology),
        flows: flows(topology),
        alarms,
        calm: calm(),
        maintenance: middle.alarms.maintenance,
        recording: records.list().some(record => record.group === group && record.state === 'open'),
        seeing: seeing(),
        other,
      });
    },
    cover(drill, name) {
      const group = groups(middle.topology).find(one => one.id === name);
      if (group === undefined) order({ drill, phase: 'end' });
      else {
        const legs = group.legs.map(leg => leg.id);
        order({ drill, phase: 'begin', group: group.id, legs });
      }
    },
  };
}
