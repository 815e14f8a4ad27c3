/** What we can say of ourselves: who sees for us, how well, and whether it traces. */
import { readingSight } from '../../topology/readings/sight.ts';
import { isSource, optionalSources, sourcesOf } from '../../topology/sources.ts';
import { GROUPS_MAX, type HelperEntry, type Topology } from '../../topology/state.ts';
import type { Observation, Us } from '../../types.ts';
import type { Frame } from '../../wire.ts';
import type { Probe } from '../probe.ts';
import { helperConnected, sight } from './observations.ts';

export const probe: Probe = {
  name: 'self',
  observe(frame, topology) {
    const { helper } = topology;
    const t = frame.data.t_us;
    switch (frame.type) {
      case 'hello':
        return helper === null ? [] : [helperConnected(t, helper), ...ofSources(t, helper)];
      case 'heartbeat':
        return helper === null ? [] : [helperConnected(t, helper)];
      case 'lost': {
        const { source, count, reason } = frame.data;
        const how = count === 0 ? 'events lost' : `${count} events lost`;
        // What was lost on the way to us (`ring`) may have been of any source.
        const lost = isSource(source) ? [source] : sourcesOf(helper);
        return lost.map(one => sight(t, one, 'blind', `${how}: ${reason}`));
      }
      case 'snapshot':
        return afterSnapshot(frame.data, topology);
      case 'reading':
        return [ofReading(frame.data)];
      case 'trace':
        return [trace(t, frame.data.phase === 'begin' ? 'open' : 'closed')];
      default:
        return [];
    }
  },
};

/** A source that lost something is blind until its next snapshot; with a complete one it sees as well as it said. */
function afterSnapshot(
  { phase, source, complete, t_us }: Extract<Frame, { type: 'snapshot' }>['data'],
  { helper, unwatched }: Topology,
): Observation[] {
  if (phase === 'begin') return [];
  if (source === 'rtnl' && complete && unwatched.size > 0) {
    const reason = `${unwatched.size} path groups more than ${GROUPS_MAX} are not watched`;
    return [sight(t_us, source, 'degraded', reason)];
  }
  if (!complete) return [sight(t_us, source, 'degraded', 'its snapshot is incomplete')];
  const said = helper?.sources.find(one => one.name === source);
  return [said === undefined ? sight(t_us, source, 'ok', '') : ofSource(t_us, said)];
}

/** An older helper may have been blind by a source that this one does not have. */
function ofSources(t: Us, { sources }: HelperEntry): Observation[] {
  const others = optionalSources.filter(name => !sources.some(one => one.name === name));
  return [
    ...sources.map(source => ofSource(t, source)),
    ...others.map(name => sight(t, name, 'degraded', 'this helper does not have it')),
  ];
}

function ofSource(t: Us, { name, state, reason }: HelperEntry['sources'][number]): Observation {
  // A host may have no team and a kernel no ethtool netlink: nothing that is there goes unseen.
  const absent = optionalSources.includes(name) ? 'degraded' : 'blind';
  const value = state === 'absent' ? absent : state;
  return sight(t, name, value, reason ?? '');
}

/** By tool and subject: a disk that cannot be read hides no other. */
function ofReading(told: Extract<Frame, { type: 'reading' }>['data']): Observation {
  const { tool, subject, t_us: t } = told;
  const name = `reading.${tool}.${subject}`;
  if (told.outcome === 'gone') return sight(t, name, 'ok', '');
  const { value, reason } = readingSight({ ...told, t, stale: false });
  return sight(t, name, value, reason);
}

const trace = (t: Us, value: 'open' | 'closed'): Observation => ({
  probe: 'self',
  aspect: 'trace',
  subject: 'host',
  value,
  t,
});
