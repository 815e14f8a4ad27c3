/** Acknowledgements: somebody has seen the alarm. It is no less active for that. */
import type { Turn } from './turn.ts';
import { unacknowledged } from './turn.ts';

export interface AckInput {
  verb: 'ack';
  /** Ids; those that are not active are passed over (`inactive` names them). */
  alarms: readonly string[];
  /** False: it is taken back. */
  acknowledged: boolean;
  user: string;
}

/** The first who acknowledged it stays the one who did. */
export function acknowledge(turn: Turn, { alarms, acknowledged, user }: AckInput): void {
  for (const [key, { change }] of Object.entries(turn.state.active)) {
    const { id, ackState } = change.alarm;
    if (!alarms.includes(id) || (ackState === 'ACKNOWLEDGED') === acknowledged) continue;
    if (!acknowledged) turn.change(key, unacknowledged);
    else {
      turn.change(
        key,
        { ackState: 'ACKNOWLEDGED', alarmAcknowledgedTime: turn.stamp, ackUser: user },
        { kind: 'acknowledged' },
      );
    }
  }
}
