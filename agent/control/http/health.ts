/** Whether the agent does its work: it sees, and what it tells is kept. A receiver that is ill is not its illness. Pure. */
import type { ApiModel } from './model.ts';

/** Alarms about ourselves that mean it does not. */
const ILL = new Set(['monitor-blind', 'spool-slow']);

export interface Health {
  status: 'healthy' | 'unhealthy';
  reasons: string[];
}

export function healthOf(model: ApiModel): Health {
  const { helper } = model.status();
  const reasons = model
    .alarms({ all: false })
    .filter(({ alarm }) => ILL.has(alarm.type))
    .map(({ alarm }) => `${alarm.type} ${alarm.managedObjectId}: ${alarm.faultDetails.join(', ')}`);
  if (!helper.connected) reasons.unshift('the helper is not connected');
  return { status: reasons.length === 0 ? 'healthy' : 'unhealthy', reasons };
}
