/**
 * The frames that the helper and the reader send and the requests that they take: the single truth about the wire.
 * native/frame.h mirrors it. Framing: UTF-8 JSON `{"type":…,"data":{…}}` ended by a form feed (0x0C).
 * Times are µs of CLOCK_MONOTONIC on this host unless a name says otherwise.
 */
import * as z from 'zod';
import { bondFrames } from './wire/bond.ts';
import { flowFrames } from './wire/flow.ts';
import { hardwareFrames } from './wire/hardware.ts';
import { helperFrames } from './wire/helper.ts';
import { linkFrames } from './wire/link.ts';
import { nicFrames } from './wire/nic.ts';
import { probingFrames } from './wire/probing.ts';
import { readerFrames } from './wire/reader.ts';
import { routeFrames } from './wire/route.ts';
import { steeringFrames } from './wire/steering.ts';
import { storageFrames } from './wire/storage.ts';
import { traceFrames } from './wire/trace.ts';

export * from './wire/reader.ts';
export * from './wire/request.ts';

export const frameSchema = z.discriminatedUnion('type', [
  ...helperFrames,
  ...linkFrames,
  ...routeFrames,
  ...flowFrames,
  ...traceFrames,
  ...probingFrames,
  ...bondFrames,
  ...nicFrames,
  ...storageFrames,
  ...steeringFrames,
  ...hardwareFrames,
  ...readerFrames,
]);

export type Frame = z.infer<typeof frameSchema>;
export type FrameType = Frame['type'];
export type FrameOf<T extends FrameType> = Extract<Frame, { type: T }>;
