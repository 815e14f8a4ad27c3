/** An agent as the alarm stream sees it: alarms, a journal in memory, and what was asked of it. */
import type { ApiModel, KnownAlarm } from '../../../../agent/control/http/model.ts';
import type { Status } from '../../../../agent/control/protocol.ts';
import type { JournalEntry, PendingOf } from '../../../../agent/outbox/api.ts';
import type { Alarm, AlarmChange, AlarmChangeKind } from '../../../../agent/types.ts';
import { change } from '../../support/alarm.ts';

const pending: PendingOf = {
  adapter: 'vim',
  kind: 'webhook',
  primary: true,
  pending: 3,
  oldest_ms: 1500,
  last_error: null,
  state: 'slow',
  delivered: 40,
  refused: 2,
  given_up: 1,
  dead: 2,
  latency: null,
};

export class FakeAgent {
  readonly known = new Map<string, KnownAlarm & { cleared: boolean }>();
  readonly entries: JournalEntry[] = [];
  readonly followers = new Set<(entry: JournalEntry) => void>();
  readonly acknowledged: { ids: string[]; acknowledged: boolean; user: string }[] = [];
  /** How many entries the journal keeps. */
  kept = 10_000;
  /** Called before the journal is read. */
  reading: () => unknown = () => {};
  /** Called when it was read, and the answer is on its way. */
  answering: () => unknown = () => {};
  connected = true;
  broken = false;
  failovers: ReturnType<ApiModel['failovers']> = [];

  put(id: string, kind: AlarmChangeKind = 'raised', fields: Partial<Alarm> = {}): AlarmChange {
    const before = this.known.get(id);
    const revision = (before?.revision ?? 0) + 1;
    const made = change(id, revision, kind, { ...before?.alarm, ...fields });
    if (kind === 'cleared') made.alarm.perceivedSeverity = 'CLEARED';
    if (kind === 'acknowledged') made.alarm.ackState = fields.ackState ?? 'ACKNOWLEDGED';
    this.known.set(id, { ...made, cleared: kind === 'cleared' });
    const entry = { n: (this.entries.at(-1)?.n ?? 0) + 1, change: made };
    this.entries.push(entry);
    for (const follower of this.followers) follower(entry);
    return made;
  }

  /** As a new store begins. */
  forget(): void {
    this.entries.length = 0;
    this.known.clear();
  }

  get model(): ApiModel {
    return {
      status: () => this.#status(),
      alarms: ({ all }) => {
        if (this.broken) throw new Error('secret words of the inside');
        return [...this.known.values()].filter(one => all || !one.cleared);
      },
      failovers: ({ limit }) => this.failovers.slice(0, limit),
      verdicts: () => ({ PASS: 5, FAIL: 1, INCONCLUSIVE: 0, NOT_MEASURED: 2 }),
      ack: (ids, acknowledged, user) => {
        this.acknowledged.push({ ids, acknowledged, user });
        for (const id of ids) {
          this.put(id, 'acknowledged', {
            ackState: acknowledged ? 'ACKNOWLEDGED' : 'UNACKNOWLEDGED',
            ackUser: user,
          });
        }
      },
      outbox: {
        journal: async (after, limit) => {
          await this.reading();
          const entries = this.entries.slice(-this.kept);
          const answer = {
            entries: entries.filter(({ n }) => n > after).slice(0, limit),
            first: entries[0]?.n ?? 0,
            last: entries.at(-1)?.n ?? 0,
          };
          await this.answering();
          return answer;
        },
        follow: listener => {
          this.followers.add(listener);
          return () => this.followers.delete(listener);
        },
        histograms: () => [
          {
            adapter: 'vim',
            bounds_us: [1000, 1_000_000, Number.POSITIVE_INFINITY],
            parts: {
              event: { counts: [1, 2, 1], sum_us: 4_500_000, count: 4 },
              alarm: { counts: [2, 2, 0], sum_us: 500_000, count: 4 },
              commit: { counts: [4, 0, 0], sum_us: 1000, count: 4 },
              send: { counts: [0, 4, 0], sum_us: 8000, count: 4 },
            },
          },
        ],
      },
    };
  }

  #status(): Status {
    const { connected } = this;
    return {
      version: '1.2.3',
      now_us: 1,
      wall_offset_us: 1,
      host: 'compute-1',
      agent: { pid: 1, uptime_s: 12.5, rss_bytes: 81_000_000 },
      helper: {
        connected,
        version: '1.2.3',
        strategy: 'fentry',
        nudge: 'ask',
        sources: [],
        dropped: { bpf: 1, netlink: 2, ring: 3 },
      },
      reader: { use: 'auto', connected: false, version: null, tools: [] },
      groups: [],
      flows: [],
      alarms: { CRITICAL: 0, MAJOR: this.known.size, MINOR: 0, WARNING: 0, INDETERMINATE: 0 },
      outbox: [pending, { ...pending, adapter: 'a "b" \\ c', oldest_ms: null, state: 'ok' }],
      maintenance: null,
      recordings: null,
      budget_ms: 1000,
    };
  }
}
