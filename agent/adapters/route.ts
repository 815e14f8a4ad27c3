/** Which alarm changes go to an adapter, by its `route` in the configuration. Pure. */

import { globMatches } from '../config/glob.ts';
import type { Route } from '../config.ts';
import { type Alarm, type AlarmChange, SEVERITY_RANK } from '../types.ts';

/** Whoever was told of an alarm is told of its end whatever this says: the outbox remembers. */
export function routes(route: Route, { alarm }: AlarmChange): boolean {
  return (
    SEVERITY_RANK[alarm.perceivedSeverity] >= SEVERITY_RANK[route.min_severity] &&
    matches(route.types, alarm.type) &&
    !matches(route.exclude_types, alarm.type) &&
    matches(route.objects, alarm.managedObjectId) &&
    !matches(route.exclude_objects, alarm.managedObjectId) &&
    isOfDrills(route, alarm)
  );
}

const matches = (patterns: readonly string[], text: string): boolean =>
  patterns.some(pattern => globMatches(pattern, text));

const isOfDrills = ({ drills }: Route, { drill }: Alarm): boolean =>
  drills === 'include' || (drills === 'only') === (drill !== null);
