/** What the alarm stream is answered. */
import type { ApiModel } from '../control/http/model.ts';
import type { ControlModel } from '../control/server.ts';
import type { Outbox } from '../outbox/api.ts';
import type { AlarmChange, FailoverRecord, Verdict } from '../types.ts';
import type { Middle } from './middle.ts';
import type { Ring } from './ring.ts';

export interface ApiParts {
  control: ControlModel;
  middle: Middle;
  outbox: Outbox;
  cleared: Ring<AlarmChange>;
  records: Ring<FailoverRecord>;
  verdicts: Verdicts;
}

export const apiModel = (parts: ApiParts): ApiModel => {
  const { control, middle, outbox, cleared, records, verdicts } = parts;
  return {
    status: () => control.status({ id: 0, verb: 'status' }, 0) as ReturnType<ApiModel['status']>,
    alarms: ({ all }) => [...(all ? cleared.list() : []), ...middle.activeChanges],
    failovers: ({ limit }) => records.list().slice(-limit).reverse(),
    verdicts: () => ({ ...verdicts.counts }),
    ack: (alarms, acknowledged, user) =>
      control.ack({ id: 0, verb: 'ack', alarms, acknowledged, user }, 0),
    outbox,
  };
};

/** Failover records that were closed since the start; a closed one may still change. */
export class Verdicts {
  readonly counts: Record<Verdict, number> = {
    PASS: 0,
    FAIL: 0,
    INCONCLUSIVE: 0,
    NOT_MEASURED: 0,
  };

  note(record: FailoverRecord, before: FailoverRecord | undefined): void {
    if (record.state === 'open' || (before !== undefined && before.state !== 'open')) return;
    this.counts[record.verdict] += 1;
  }
}
