/** What the benchmarks share: one host with the product, an observer of its agent, and `ip monitor` as the peer. */
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { type ControlClient, connectControl } from '../../agent/control/client.ts';
import { Lab } from '../lab/lab.ts';
import type { NetworkOptions } from '../lab/network.ts';
import { type AgentOptions, Host, install } from '../lab/product.ts';
import { nowUs, until } from '../lab/wait.ts';

export interface Stage {
  lab: Lab;
  host: Host;
}

/** Runs `play` in a lab of its own, with helper and agent on the compute host once `prepare` has made its network. */
export async function onStage<T>(
  options: { network?: Partial<NetworkOptions>; agent?: Partial<AgentOptions> },
  prepare: (stage: Stage) => Promise<unknown>,
  play: (stage: Stage) => Promise<T>,
): Promise<T> {
  const lab = await Lab.open(options.network);
  try {
    const host = new Host(lab, install(lab), 'compute');
    await prepare({ lab, host });
    await host.startHelper();
    await host.startAgent({ url: null, fifo: true, ...options.agent });
    await until('the agent', async () => (await host.ask('status', {})).helper.connected, 20_000);
    return await play({ lab, host });
  } finally {
    await lab.closeClean();
  }
}

/** Lines with the µs of CLOCK_MONOTONIC at which they reached us. */
export class Lines {
  readonly seen: { t_us: number; text: string }[] = [];

  add(text: string): void {
    this.seen.push({ t_us: nowUs(), text });
  }

  /** The first line after `from_us` that matches; waits for it. */
  async next(pattern: RegExp, from_us: number, timeoutMs = 5000): Promise<number> {
    const line = await until(
      `a line like ${pattern}`,
      () => this.seen.find(({ t_us, text }) => t_us > from_us && pattern.test(text)),
      timeoutMs,
      2,
    );
    return line.t_us;
  }
}

/** What the agent observes, as it reaches a client of its view socket: a little later than the agent itself has it. */
export async function observations(host: Host): Promise<{ lines: Lines; client: ControlClient }> {
  const lines = new Lines();
  const client = await connectControl(host.viewSocket);
  await client.follow(['observations'], event => {
    if (event.topic === 'observations') lines.add(event.text);
  });
  return { lines, client };
}

/** The helper's frames from now on, as it sends them to the agent. Returns how to stop. */
export function helperFrames(
  host: Host,
  onFrame: (frame: { type: string; data: Record<string, unknown> }) => void,
): () => void {
  const peer = connect(host.helperSocket);
  let rest = '';
  peer.write(`${JSON.stringify({ type: 'attach', data: { cursor: null } })}\f`);
  peer.setEncoding('utf8').on('data', text => {
    const messages = `${rest}${text}`.split('\f');
    rest = messages.pop() ?? '';
    for (const message of messages) onFrame(JSON.parse(message));
  });
  return () => peer.destroy();
}

/** `ip -o monitor link`, the peer: the same rtnetlink news that every daemon of the host waits for. */
export async function ipMonitor(lab: Lab, netns: string): Promise<Lines> {
  const lines = new Lines();
  const monitor = await lab.processes.start('ip-monitor', ['ip', '-o', 'monitor', 'link'], {
    netns,
    piped: true,
  });
  createInterface({ input: monitor.child.stdout! }).on('line', line => lines.add(line));
  return lines;
}

/**
 * Stops the product, so that a trial of the peer is the kernel's alone: a GETLINK of ours would flush the peer's event, too.
 * The BPF timer goes on, but it only reads.
 */
export function pause(host: Host): void {
  for (const one of [host.helper, host.agent]) one?.child.kill('SIGSTOP');
}

export function resume(host: Host): void {
  for (const one of [host.helper, host.agent]) one?.child.kill('SIGCONT');
}
