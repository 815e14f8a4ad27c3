/** What a JetStream has stored, read by the NATS project's own client. */
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';

export interface Stored {
  source: string;
  /** `<alarm>/<revision>`. */
  key: string;
}

/** All of it, in its order. */
export async function readStream(server: string, stream: string): Promise<Stored[]> {
  const connection = await connect({ servers: [server] });
  try {
    const { state } = await (await jetstreamManager(connection)).streams.info(stream);
    const all: Stored[] = [];
    if (state.messages === 0) return all;
    const consumer = await jetstream(connection).consumers.get(stream);
    for await (const message of await consumer.consume({ max_messages: 1000 })) {
      const { source, id } = message.json() as { source: string; id: string };
      all.push({ source, key: id });
      if (message.info.pending === 0) break;
    }
    return all;
  } finally {
    await connection.close();
  }
}

/** Keys that should be there once: how many are not there, come again, or come before what was before them. */
export function compare(stored: readonly Stored[], expected: Iterable<Stored>) {
  const seen = new Map<string, number>();
  const text = ({ source, key }: Stored) => `${source} ${key}`;
  let [again, unordered, missing] = [0, 0, 0];
  for (const [at, one] of stored.entries()) {
    if (seen.has(text(one))) again += 1;
    else seen.set(text(one), at);
    if (one.key.endsWith('/2') && !seen.has(text(one).replace(/2$/, '1'))) unordered += 1;
  }
  let count = 0;
  for (const one of expected) {
    count += 1;
    if (!seen.has(text(one))) missing += 1;
  }
  return { missing, again, unordered, strangers: seen.size - (count - missing) };
}
