/** What an agent itself has measured of its deliveries, read from /metrics of its alarm stream. */
import { request } from 'node:http';
import { dirname, join } from 'node:path';
import type { Host } from '../lab/product.ts';

export interface Delivered {
  /** Notices since the start of the agent. */
  count: number;
  /** Sum of their times from the event to the acknowledgement, ms. */
  sum_ms: number;
}

const LINE = /^pathwarden_delivery_seconds_(sum|count)\{(.*)\} (\S+)$/;

/** By adapter. */
export async function deliveries(host: Host): Promise<Map<string, Delivered>> {
  const text = await get(join(dirname(host.viewSocket), 'api.sock'), '/metrics');
  const all = new Map<string, Delivered>();
  for (const line of text.split('\n')) {
    const [, what, labels = '', value] = LINE.exec(line) ?? [];
    const [, adapter] = /adapter="([^"]+)"/.exec(labels) ?? [];
    if (adapter === undefined || !labels.includes('part="event"')) continue;
    const one = all.get(adapter) ?? { count: 0, sum_ms: 0 };
    if (what === 'count') one.count = Number(value);
    else one.sum_ms = Number(value) * 1000;
    all.set(adapter, one);
  }
  return all;
}

function get(socketPath: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path }, async answer => {
      try {
        const parts: Buffer[] = [];
        for await (const part of answer) parts.push(part);
        const text = Buffer.concat(parts).toString('utf8');
        if (answer.statusCode === 200) resolve(text);
        else reject(new Error(`${path}: HTTP ${answer.statusCode}: ${text.slice(0, 200)}`));
      } catch (error) {
        reject(error);
      }
    });
    asked.on('error', reject).end();
  });
}
