/** A stage for the daemon: a helper made of paper, a real receiver, a configuration that names both. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { adapterSchemas } from '../../../agent/adapters/index.ts';
import { type Config, formatProblems, parseConfig } from '../../../agent/config.ts';
import { type Peer, serve } from '../../../agent/ipc.ts';
import { type Agent, startAgent } from '../../../agent/main.ts';
import { bootId, monotonicUs, wallOffsetUs } from '../../../agent/time.ts';
import type { Alarm } from '../../../agent/types.ts';
import { Queue } from '../support/events.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { Host } from './host.ts';
import { silentSink } from './silent-sink.ts';

type Test = Parameters<typeof temporaryFolder>[0];

/** Frames that tell of this boot and of now. */
export class LiveHost extends Host {
  #peer: Peer | null = null;
  constructor() {
    super();
    this.t = monotonicUs();
    this.epoch = this.t;
  }
  serve(peer: Peer): void {
    this.#peer = peer;
    this.flush();
  }
  flush(): this {
    for (const frame of this.frames.splice(0)) {
      const offset = 'wall_offset_us' in frame.data && { wall_offset_us: wallOffsetUs() };
      this.#peer?.send(frame.type, { ...frame.data, ...offset, boot_id: bootId() });
    }
    return this;
  }
  now(): this {
    this.t = monotonicUs();
    return this;
  }
}

/** Events about alarms, and others, as they come. */
async function receiver(t: Test) {
  const events = new Queue<{ type: string; alarm: Alarm; kind: string }>();
  const others = new Queue<{ type: string; data: { reason?: string } }>();
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', chunk => {
      text += chunk;
    });
    request.on('end', () => {
      const { type, data } = JSON.parse(text);
      if (data?.alarm) events.push({ type, alarm: data.alarm, kind: data.kind });
      else others.push({ type, data });
      response.writeHead(204).end();
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return { events, others, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

export async function stage(t: Test) {
  const folder = temporaryFolder(t);
  const socket = path.join(folder, 'helper.sock');
  const requests = new Queue<{ type: string; data: unknown; peer: Peer }>();
  const served = await serve(socket, {
    mode: 0o600,
    onMessage: (peer, type, data) => requests.push({ type, data, peer }),
  });
  t.teardown(() => served.close());
  const { events, others, url } = await receiver(t);
  const { config, problems } = parseConfig(
    `
source: urn:test:host
helper: { socket: ${socket} }
run_dir: ${path.join(folder, 'run')}
state_dir: ${path.join(folder, 'state')}
adapters: [{ kind: webhook, name: vim, url: '${url}', heartbeat_s: 0 }]
`,
    'test.yaml',
    adapterSchemas,
  );
  if (problems) throw new Error(formatProblems(problems));
  return { folder, config: config as Config, requests, events, others };
}

export async function start(t: Test, config: Config) {
  const stop = new AbortController();
  const agent: Agent = await startAgent(config, {
    signal: stop.signal,
    version: '0.0.0-test',
    logging: silentSink,
  });
  const end = async () => {
    stop.abort();
    await agent.ended;
  };
  t.teardown(end);
  return { end };
}
