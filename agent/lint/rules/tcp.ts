/** TCP: when a connection moves again after the path is back, and whether it still exists then. */
import { judged, LOSSES, type Loss, type Rule, rule } from '../rule.ts';
import { late } from '../timers.ts';

const SYSCTL = 'Documentation/networking/ip-sysctl.rst';
const READS = [
  '/proc/sys/net/ipv4/tcp_rto_min_us',
  'rto_min of the routes to the target (RTAX_RTO_MIN)',
];

/**
 * What comes on top of rto_min in the first time-out: the round trip's own time, and the rounding to ticks. Measured with
 * the default of 200 ms: sent again 212, 652, 1484 and 3148 ms after the loss.
 */
const SLACK_MS = 12;
/** TCP_RESOURCE_PROBE_INTERVAL, include/net/tcp.h. */
const LOCAL_RETRY_MS = 500;
/** TCP_RTO_MAX and TCP_RTO_MIN. */
const RTO_MAX_MS = 120_000;
export const RTO_MIN_MS = 200;
const RETRIES_MAX = 300;

/** Earliest and latest time of the k-th time-out after the loss, ms: each is twice as long as the one before. */
function timeouts(rto_min: number): { earliest: number; latest: number }[] {
  const all = [{ earliest: rto_min, latest: rto_min + SLACK_MS }];
  for (let k = 1; k < RETRIES_MAX; k++) {
    const before = all[k - 1] as { earliest: number; latest: number };
    const times = 2 ** Math.min(k, 40);
    all.push({
      earliest: before.earliest + Math.min(times * rto_min, RTO_MAX_MS),
      latest: before.latest + late(Math.min(times * (rto_min + SLACK_MS), RTO_MAX_MS)),
    });
  }
  return all;
}

/**
 * Time from the loss to the first retransmission that can get through, when the path is back after `elapsed_ms`.
 *
 * Whether one falls just before or just after the path is back is reckoned with the earliest times, how long it takes with
 * the latest. A leg without carrier is local: what is sent there is dropped at once, which TCP takes for congestion and
 * tries again every 500 ms, without doubling.
 */
export function flowsAfter(elapsed_ms: number, rto_min: number, loss: Loss): number {
  if (elapsed_ms === 0) return 0;
  const doubling = timeouts(rto_min).find(t => t.earliest >= elapsed_ms)?.latest;
  const on_the_wire = doubling ?? elapsed_ms + late(RTO_MAX_MS);
  if (loss === 'silent') return on_the_wire;
  const tries = Math.max(0, Math.ceil((elapsed_ms - rto_min) / LOCAL_RETRY_MS));
  return Math.max(on_the_wire, rto_min + SLACK_MS + late(tries * LOCAL_RETRY_MS));
}

/** The longest time without a path after which a connection flows within the budget, ms. */
export function longestElapsed(budget_ms: number, rto_min: number, loss: Loss): number {
  const fits = timeouts(rto_min).filter(t => flowsAfter(t.earliest, rto_min, loss) <= budget_ms);
  return fits.at(-1)?.earliest ?? 0;
}

/**
 * When a connection without answers is given up, ms: at the first time-out that is as long after the first retransmission
 * as tcp_model_timeout() of net/ipv4/tcp_timer.c says, which reckons with TCP_RTO_MIN whatever the route says.
 */
export function givesUpAfter(
  retries: number,
  rto_min: number,
): { earliest: number; latest: number } {
  const doublings = Math.floor(Math.log2(RTO_MAX_MS / RTO_MIN_MS));
  const model =
    (2 ** (Math.min(retries, doublings) + 1) - 1) * RTO_MIN_MS +
    Math.max(0, retries - doublings) * RTO_MAX_MS;
  const all = timeouts(rto_min);
  const end = all.find(t => t.earliest - rto_min >= model) ?? { earliest: model, latest: model };
  return { earliest: model + rto_min, latest: end.latest };
}

const retransmit = rule({
  id: 'tcp-retransmit',
  layer: 'tcp',
  subject: 'connection',
  stage: 'recover',
  losses: LOSSES,
  way: '',
  reads: READS,
  formula:
    'first of (2^k − 1) × (rto_min + 12 ms) at which the path is back; carrier lost: or of rto_min + 12 ms + n × 500 ms, the later one',
  advice: l =>
    `${l.elapsed_ms > 0 ? `have the path back within ${l.elapsed_ms} ms, or ` : ''}lower rto_min for the storage targets (ip route change … rto_min 50ms)`,
  source: [
    `${SYSCTL}: tcp_rto_min_us`,
    'ip-route(8): rto_min',
    'RFC 6298, 5.5: back off the timer',
    'net/ipv4/tcp_timer.c: tcp_retransmit_timer(), TCP_RESOURCE_PROBE_INTERVAL after a local drop',
  ],
  judge: ({ rto_min, elapsed_ms }, loss) =>
    judged({ rto_min }, v => {
      const flows = flowsAfter(elapsed_ms, v.rto_min, loss);
      return {
        ms: flows - elapsed_ms,
        why:
          flows === 0
            ? 'nothing is lost'
            : `TCP sends again ${Math.round(flows)} ms after the loss`,
      };
    }),
});

const MODEL =
  '(2^(tcp_retries2 + 1) − 1) × 200 ms, beyond 9 retries 120 s more each; from the first retransmission to the time-out after that';

const retries = rule({
  id: 'tcp-retries2',
  layer: 'tcp',
  subject: 'connection',
  stage: 'keep',
  losses: LOSSES,
  way: '',
  reads: ['/proc/sys/net/ipv4/tcp_retries2', ...READS],
  formula: `never when it would flow only after ${MODEL}`,
  advice: () => 'net.ipv4.tcp_retries2 = 8 or more (RFC 1122 asks for 100 s at least)',
  source: [`${SYSCTL}: tcp_retries2`, 'net/ipv4/tcp_timer.c: retransmits_timed_out()'],
  judge: ({ retries2, rto_min, elapsed_ms }) =>
    judged({ tcp_retries2: retries2, rto_min }, v => {
      const { earliest } = givesUpAfter(v.tcp_retries2, v.rto_min);
      return earliest < elapsed_ms
        ? {
            ms: 'never',
            why: `TCP may give the connection up after ${earliest} ms, before it can flow again`,
          }
        : { ms: 0, why: `TCP waits ${Math.floor(earliest / 1000)} s` };
    }),
});

const givesUp = rule({
  id: 'tcp-gives-up',
  layer: 'tcp',
  subject: 'connection',
  stage: 'detect',
  losses: LOSSES,
  way: 'tcp',
  reads: ['/proc/sys/net/ipv4/tcp_retries2', ...READS],
  formula: MODEL,
  advice: () =>
    'leave it to the storage protocol to notice sooner: TCP itself gives up after minutes',
  source: [`${SYSCTL}: tcp_retries2`, 'net/ipv4/tcp_timer.c: retransmits_timed_out()'],
  judge: ({ retries2, rto_min }) =>
    judged({ tcp_retries2: retries2, rto_min }, v => {
      const { latest } = givesUpAfter(v.tcp_retries2, v.rto_min);
      return { ms: latest, why: `TCP gives the connection up after ${Math.ceil(latest / 1000)} s` };
    }),
});

export const tcpRules: readonly Rule<'connection'>[] = [retransmit, retries, givesUp];
