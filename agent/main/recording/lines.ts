/**
 * A recording, line by line: a frame as it is on the wire, `{"observe":…}` for what the agent saw of itself, and of
 * recordings that the agent has written, `{"recording":…}` first and `{"recorded":…}` last.
 */
import * as z from 'zod';
import type { Observation, Us } from '../../types.ts';
import { type Frame, frameSchema } from '../../wire.ts';

/** What a later reader has to know besides the frames. */
const headSchema = z.object({
  version: z.string().max(64),
  host: z.string().max(256),
  boot_id: z.string().max(64),
  wall_offset_us: z.int(),
  /** µs CLOCK_MONOTONIC of the first moment. */
  from_us: z.int().min(0),
  /** The alarm by which it was begun, `link-down leg/c-a`. */
  about: z.string().max(512),
  /** The parts of the agent's configuration that decide what becomes of a frame. */
  config: z.record(z.string(), z.unknown()),
  /** The legs that each path group has had. */
  memory: z.record(z.string(), z.unknown()),
  /** Frames that found no room. */
  dropped: z.int().min(0),
});
export type RecordingHead = z.infer<typeof headSchema>;

const tailSchema = z.object({ until_us: z.int().min(0), dropped: z.int().min(0) });
export type RecordingTail = z.infer<typeof tailSchema>;

export type Line =
  | { is: 'frame'; frame: Frame }
  | { is: 'observation'; seen: Observation }
  | { is: 'head'; head: RecordingHead }
  | { is: 'tail'; tail: RecordingTail }
  /** Of a version that has more. */
  | { is: 'unknown'; type: string }
  | { is: 'bad'; problem: string };

const types: ReadonlySet<string> = new Set(
  frameSchema.options.map(one => one.shape.type.value as string),
);

/** Never throws. */
export function parseLine(text: string): Line {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch (error) {
    return bad((error as Error).message);
  }
  if (typeof line !== 'object' || line === null) return bad('it is no object');
  if ('observe' in line) return observation(line.observe);
  if ('recording' in line) {
    const parsed = headSchema.safeParse(line.recording);
    return parsed.success ? { is: 'head', head: parsed.data } : bad(firstIssue(parsed.error));
  }
  if ('recorded' in line) {
    const parsed = tailSchema.safeParse(line.recorded);
    return parsed.success ? { is: 'tail', tail: parsed.data } : bad(firstIssue(parsed.error));
  }
  if (!('type' in line) || typeof line.type !== 'string') return bad('it has no type');
  if (!types.has(line.type)) return { is: 'unknown', type: line.type.slice(0, 64) };
  const parsed = frameSchema.safeParse(line);
  return parsed.success ? { is: 'frame', frame: parsed.data } : bad(firstIssue(parsed.error));
}

const observedSchema = z.looseObject({
  probe: z.literal('self'),
  aspect: z.enum(['helper', 'sight', 'spool', 'delivery', 'escalation', 'told', 'drill']),
  subject: z.string().max(512),
  value: z.string().max(64),
  t: z.int().min(0),
});

/** Rooms that meet what is none fail, and say so (Thoughts.failures). */
function observation(value: unknown): Line {
  const parsed = observedSchema.safeParse(value);
  if (!parsed.success) return bad(firstIssue(parsed.error));
  return { is: 'observation', seen: value as Observation };
}

const bad = (problem: string): Line => ({ is: 'bad', problem });

const firstIssue = ({ issues }: z.ZodError): string => {
  const [issue] = issues;
  return `${issue?.path.join('.')}: ${issue?.message}`;
};

export const timeOf = (line: Line): Us | null =>
  line.is === 'frame' ? line.frame.data.t_us : line.is === 'observation' ? line.seen.t : null;
