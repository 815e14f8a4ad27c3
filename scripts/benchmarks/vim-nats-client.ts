/** The peer of the fleet: the NATS project's own client, which publishes as many events at such times over one connection. */
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { nowUs, sleep } from '../lab/wait.ts';
import { changeOf } from './vim-alarms.ts';

/** For each of `bursts`, events spread evenly over so many ms: ms from when each was due to its PubAck. */
export async function publishAlone(
  server: string,
  events: number,
  bursts: readonly number[],
): Promise<number[][]> {
  const connection = await connect({ servers: [server] });
  try {
    const manager = await jetstreamManager(connection);
    await manager.streams.add({ name: 'PEER', subjects: ['peer.>'] });
    const stream = jetstream(connection);
    const took: number[][] = [];
    for (const over_ms of bursts) {
      const from_us = nowUs() + 100_000;
      const all: Promise<number>[] = [];
      for (let i = 0; i < events; i++) {
        const at_us = from_us + (1000 * over_ms * i) / events;
        const ms = (at_us - nowUs()) / 1000;
        if (ms > 1) await sleep(ms);
        // A timer may be early.
        const begun_us = Math.min(at_us, nowUs());
        const body = JSON.stringify(changeOf('peer', i, 'raised'));
        const acknowledged = stream.publish(`peer.${i}`, body, { msgID: `${over_ms} ${i}` });
        all.push(acknowledged.then(() => (nowUs() - begun_us) / 1000));
      }
      took.push(await Promise.all(all));
    }
    return took;
  } finally {
    await connection.close();
  }
}
