/** What /metrics says: names and labels are an interface, for dashboards and rules. Pure. */
import type { LatencyHistogram, PendingOf } from '../../outbox/api.ts';
import type { FailoverRecord } from '../../types.ts';
import type { Status } from '../protocol.ts';
import type { ApiModel } from './model.ts';
import { family, type HistogramSample, histogram, type Sample } from './prometheus.ts';

const MICRO = 1e6;
/** Records looked at for the last gap of each group. */
const RECORDS = 500;

export function metricsText(model: ApiModel): string {
  const status = model.status();
  return [
    ...agentMetrics(status),
    ...alarmMetrics(status),
    ...outboxMetrics(status.outbox),
    deliveries(model.outbox.histograms()),
    ...failoverMetrics(model),
  ].join('');
}

function agentMetrics({ version, agent, helper, budget_ms, maintenance }: Status): string[] {
  const { rss_bytes, uptime_s } = agent;
  const drops = Object.entries(helper.dropped).map(([at, value]) => ({ labels: { at }, value }));
  return [
    family('gauge', 'pathwarden_build_info', 'Version of the agent.', [
      { labels: { version }, value: 1 },
    ]),
    family('gauge', 'pathwarden_agent_resident_memory_bytes', 'Memory of the agent.', [
      { value: rss_bytes },
    ]),
    family('gauge', 'pathwarden_agent_uptime_seconds', 'Time since the agent started.', [
      { value: uptime_s },
    ]),
    family('gauge', 'pathwarden_budget_seconds', 'What a failover may take.', [
      { value: budget_ms / 1000 },
    ]),
    family('gauge', 'pathwarden_maintenance', '1: maintenance is on.', [
      { value: Number(maintenance !== null) },
    ]),
    family('gauge', 'pathwarden_helper_connected', '1: the helper is connected.', [
      { value: Number(helper.connected) },
    ]),
    family('counter', 'pathwarden_helper_dropped_total', 'Events that the helper lost.', drops),
  ];
}

function alarmMetrics({ alarms }: Status): string[] {
  const samples = Object.entries(alarms).map(([severity, value]) => ({
    labels: { severity },
    value,
  }));
  return [family('gauge', 'pathwarden_alarms', 'Active alarms by severity.', samples)];
}

function outboxMetrics(outbox: readonly PendingOf[]): string[] {
  const each = (value: (of: PendingOf) => number): Sample[] =>
    outbox.map(of => ({ labels: labelsOf(of), value: value(of) }));
  const counted = (name: string, help: string, value: (of: PendingOf) => number) =>
    family('counter', `pathwarden_outbox_${name}_total`, help, each(value));
  return [
    family(
      'gauge',
      'pathwarden_outbox_pending',
      'Notices that wait.',
      each(of => of.pending),
    ),
    family(
      'gauge',
      'pathwarden_outbox_oldest_seconds',
      'How long the oldest of them has waited; 0: none waits.',
      each(of => (of.oldest_ms ?? 0) / 1000),
    ),
    family(
      'gauge',
      'pathwarden_outbox_dead',
      'Refused notices that are kept.',
      each(of => of.dead),
    ),
    family(
      'gauge',
      'pathwarden_outbox_state',
      '1: the adapter is in this state.',
      outbox.flatMap(of =>
        ['ok', 'slow', 'failing'].map(state => ({
          labels: { ...labelsOf(of), state },
          value: Number(of.state === state),
        })),
      ),
    ),
    counted('delivered', 'Notices that were acknowledged.', of => of.delivered),
    counted('refused', 'Notices that the receiver will never take.', of => of.refused),
    counted('given_up', 'Notices given up: too many, or too old.', of => of.given_up),
  ];
}

const labelsOf = ({ adapter, kind }: PendingOf) => ({ adapter, kind });

function deliveries(histograms: readonly LatencyHistogram[]): string {
  const samples = histograms.flatMap(({ adapter, bounds_us, parts }) =>
    Object.entries(parts).map(
      ([part, { counts, sum_us, count }]): HistogramSample => ({
        labels: { adapter, part },
        bounds: bounds_us.map(us => us / MICRO),
        counts,
        sum: sum_us / MICRO,
        count,
      }),
    ),
  );
  return histogram(
    'pathwarden_delivery_seconds',
    'Time to the acknowledgement, from the event and from the alarm; to the commit; of the attempt that was acknowledged.',
    samples,
  );
}

function failoverMetrics(model: ApiModel): string[] {
  const verdicts = Object.entries(model.verdicts()).map(([verdict, value]) => ({
    labels: { verdict },
    value,
  }));
  const newest = new Map<string, FailoverRecord>();
  for (const record of model.failovers({ limit: RECORDS })) {
    if (record.state !== 'open' && !newest.has(record.group)) newest.set(record.group, record);
  }
  const gaps = [...newest.values()].flatMap(({ group, gap_us }) =>
    gap_us === null ? [] : [{ labels: { group }, value: gap_us / MICRO }],
  );
  return [
    family('counter', 'pathwarden_failovers_total', 'Failover records by verdict.', verdicts),
    family(
      'gauge',
      'pathwarden_failover_last_gap_seconds',
      "Longest pause of a flow in the group's last failover.",
      gaps,
    ),
  ];
}
