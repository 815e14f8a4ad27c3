/**
 * The whole product on both hosts, with its floor of 50 ms, beside connections of four kinds and two busy loops, for some
 * minutes (the first argument; default 15) in which nobody touches a leg. Exit code 1: a stall was told of a connection that
 * did not pause by its own account (scripts/lab/flows.c), or an alarm though none had. A connection that loses a packet does
 * pause: on a busy machine the kernel drops what its backlog has no room for.
 */
import { Flows, KINDS, type Pause, type Total } from '../lab/flows.ts';
import type { Host } from '../lab/product.ts';
import { Site } from '../lab/site.ts';
import { nowUs, sleep } from '../lab/wait.ts';
import { helperFrames } from './stage.ts';

const COUNTS = { saturating: 2, asking: 12, idle: 12, paced: 12 };
/** The agent's default (config/schema.ts). */
const FLOOR_US = 50_000;
const REPORT_EACH_MS = 60_000;
const BURNERS = 2;
/** The machine's disk and receiver, not the network. */
const NOT_OF_TRAFFIC: readonly string[] = ['spool-slow', 'delivery-slow'];

interface Told {
  host: Host['name'];
  local_port: number;
  remote_port: number;
  reason: string;
  since_us: number;
  t_us: number;
}

const minutes = Number(process.argv[2] ?? 15);
if (!(minutes > 0)) {
  process.stderr.write('usage: soak.ts [MINUTES]\n');
  process.exit(2);
}
const say = (line: string) => process.stdout.write(`${line}\n`);

/** What the helper of a host tells of stalls, as it comes. */
function listen(host: Host, told: Told[]): () => void {
  const ports = new Map<unknown, { local_port: number; remote_port: number }>();
  return helperFrames(host, ({ type, data }) => {
    if (type === 'flow')
      ports.set(data.flow, {
        local_port: Number(data.local_port),
        remote_port: Number(data.remote_port),
      });
    if (type !== 'flow_stall') return;
    told.push({
      host: host.name,
      ...(ports.get(data.flow) ?? { local_port: 0, remote_port: 0 }),
      reason: String(data.reason),
      since_us: Number(data.since_us),
      t_us: Number(data.t_us),
    });
  });
}

/** The pause by the connection's own account that it tells of. */
const pauseOf = (stall: Told, pauses: readonly Pause[]): Pause | undefined =>
  pauses.find(
    ({ host, local_port, remote_port, from_us, to_us }) =>
      host === stall.host &&
      local_port === stall.local_port &&
      remote_port === stall.remote_port &&
      to_us - from_us >= FLOOR_US &&
      from_us <= stall.t_us &&
      to_us >= stall.since_us,
  );

function sayTotals(totals: readonly Total[]): void {
  say('kind        connections   MB acknowledged   longest pause ms, bounds (storage, compute)');
  for (const kind of KINDS) {
    const [storage, compute] = ['storage', 'compute'].map(
      host => totals.find(total => total.kind === kind && total.host === host)!,
    );
    const mb = (storage!.bytes_acked + compute!.bytes_acked) / 1e6;
    const longest = [storage!, compute!].map(({ at_least_us, at_most_us }) =>
      [at_least_us, at_most_us].map(us => (us / 1000).toFixed(1)).join('-'),
    );
    say(
      `${kind.padEnd(11)} ${String(compute!.connections).padStart(11)} ${mb.toFixed(1).padStart(17)}   ${longest.join(', ')}`,
    );
  }
}

async function soak(site: Site): Promise<boolean> {
  const told: Told[] = [];
  const stops = site.hosts.map(host => listen(host, told));
  const { processes, network } = site.lab;
  for (let i = 0; i < BURNERS; i++)
    await processes.start(`burner-${i}`, ['sh', '-c', 'while :; do :; done']);
  const flows = await Flows.start(processes, network, COUNTS);
  const began = nowUs();
  const end = performance.now() + minutes * 60_000;
  for (let left = end - performance.now(); left > 0; left = end - performance.now()) {
    await sleep(Math.min(REPORT_EACH_MS, left));
    flows.check();
    const stalls = told.filter(({ reason }) => reason !== 'unanswered').length;
    const passed = ((nowUs() - began) / 60e6).toFixed(1);
    say(`${passed} min: ${stalls} stalls told, ${told.length - stalls} slow answers`);
  }
  const totals = await flows.stop();
  const alarms = site.receiver
    .alarms(began)
    .filter(
      ({ change }) => change.kind === 'raised' && !NOT_OF_TRAFFIC.includes(change.alarm.type),
    );
  for (const stop of stops) stop();

  sayTotals(totals);
  const stalls = told.filter(({ reason }) => reason !== 'unanswered');
  const real = stalls.filter(stall => pauseOf(stall, flows.pauses) !== undefined);
  const unfounded = stalls.filter(stall => !real.includes(stall));
  const longer = (end: 'still_us' | 'to_us') =>
    flows.pauses.filter(pause => pause[end] - pause.from_us >= FLOOR_US).length;
  say(
    `pauses of 50 ms and more, by the connections' own account: ${longer('still_us')} to ${longer('to_us')}`,
  );
  say(`stalls told of a connection that did pause, with no leg touched: ${real.length}`);
  say(`false stalls: ${unfounded.length}`);
  say(`slow answers told: ${told.length - stalls.length}`);
  say(`alarms told: ${alarms.map(({ change }) => change.alarm.type).join(', ') || 'none'}`);
  for (const stall of stalls)
    say(JSON.stringify({ ...stall, pause: pauseOf(stall, flows.pauses) }));
  return unfounded.length === 0 && (alarms.length === 0 || real.length > 0);
}

const site = await Site.open({ rate: null });
try {
  process.exitCode = (await soak(site)) ? 0 : 1;
} finally {
  await site.close();
}
