/** Makes the stream that is to keep the events, if the operator wants that of us (JetStream API, STREAM.CREATE). */
import { errorOf, noStream } from './answer.ts';
import type { NatsConnection } from './connection.ts';
import type { NatsSettings } from './settings.ts';

const NS_PER_S = 1_000_000_000;

/** Resolved with null when it is there now, else with why not. One that is there as it is wanted is no error. */
export async function createRequest(
  connection: NatsConnection,
  wanted: NonNullable<NatsSettings['create_stream']>,
): Promise<string | null> {
  const { name, subjects, replicas, max_age_h, max_mib, duplicate_window_s } = wanted;
  const config = {
    name,
    subjects,
    description: 'alarms of pathwarden',
    retention: 'limits',
    discard: 'old',
    storage: 'file',
    num_replicas: replicas,
    max_age: max_age_h * 3600 * NS_PER_S,
    max_bytes: max_mib * 1024 * 1024,
    max_consumers: -1,
    max_msgs: -1,
    max_msg_size: -1,
    // The server refuses a window that is longer than what it keeps.
    duplicate_window: Math.min(duplicate_window_s, max_age_h * 3600) * NS_PER_S,
  };
  const subject = `$JS.API.STREAM.CREATE.${name}`;
  const answer = await connection.request(subject, {}, JSON.stringify(config));
  if (noStream(answer)) return 'the server has no JetStream';
  const error = errorOf(answer);
  return error && `the stream ${name} cannot be made: ${error.description}`;
}
