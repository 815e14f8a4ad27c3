/** A broker of AMQP 0-9-1 that does what a test tells it: what a publisher needs, each answer byte by byte. */
import type { Socket } from 'node:net';

const short = (n: number) => Buffer.from([n >> 8, n & 0xff]);
const long = (n: number) => Buffer.from([n >>> 24, (n >> 16) & 0xff, (n >> 8) & 0xff, n & 0xff]);
const shortText = (text: string) => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);
const longText = (text: string) => Buffer.concat([long(text.length), Buffer.from(text)]);

function frame(type: number, channel: number, ...parts: Buffer[]): Buffer {
  const payload = Buffer.concat(parts);
  return Buffer.concat([
    Buffer.from([type]),
    short(channel),
    long(payload.length),
    payload,
    Buffer.from([0xce]),
  ]);
}

const method = (channel: number, of: readonly [number, number], ...parts: Buffer[]) =>
  frame(1, channel, short(of[0]), short(of[1]), ...parts);

/** Numbers of classes and methods (amqp0-9-1.xml). */
const NAMES: Record<string, string> = {
  '10.11': 'start-ok',
  '10.31': 'tune-ok',
  '10.40': 'open',
  '10.50': 'close',
  '10.51': 'close-ok',
  '20.10': 'channel.open',
  '20.40': 'channel.close',
  '40.10': 'exchange.declare',
  '60.40': 'publish',
  '85.10': 'confirm.select',
};

export const say = {
  start: method(0, [10, 10], Buffer.from([0, 9]), long(0), longText('PLAIN'), longText('en_US')),
  tune: method(0, [10, 30], short(100), long(131_072), short(0)),
  openOk: method(0, [10, 41], shortText('')),
  closeOk: method(0, [10, 51]),
  close: (code: number, text: string) =>
    method(0, [10, 50], short(code), shortText(text), short(0), short(0)),
  blocked: (why: string) => method(0, [10, 60], shortText(why)),
  unblocked: method(0, [10, 61]),
  channelOpenOk: (channel: number) => method(channel, [20, 11], longText('')),
  channelClose: (channel: number, code: number, text: string) =>
    method(channel, [20, 40], short(code), shortText(text), short(0), short(0)),
  channelCloseOk: (channel: number) => method(channel, [20, 41]),
  declareOk: (channel: number) => method(channel, [40, 11]),
  selectOk: (channel: number) => method(channel, [85, 11]),
  ack: (channel: number, tag: number, multiple = false) =>
    method(channel, [60, 80], long(0), long(tag), Buffer.from([multiple ? 1 : 0])),
  nack: (channel: number, tag: number) =>
    method(channel, [60, 120], long(0), long(tag), Buffer.from([0])),
  /** Of a message with this id and no body. */
  returned: (channel: number, id: string) =>
    Buffer.concat([
      method(channel, [60, 50], short(312), shortText('NO_ROUTE'), shortText('x'), shortText('k')),
      // Class, weight, size, and the property message-id.
      frame(2, channel, short(60), short(0), long(0), long(0), short(0x0080), shortText(id)),
    ]),
};

export interface Heard {
  what: string;
  channel: number;
  /** Delivery tag of a publish, which counts those of its channel. */
  tag: number;
  payload: Buffer;
}

/** Answers as a good broker does, but for what `instead` has an answer of its own: null is the good one. */
export function serveAmqp(
  socket: Socket,
  instead: (heard: Heard) => Buffer | null = () => null,
): void {
  let rest = Buffer.alloc(0);
  let greeted = false;
  const tags = new Map<number, number>();
  socket.on('data', data => {
    rest = Buffer.concat([rest, data]);
    if (!greeted) {
      if (rest.length < 8) return;
      rest = rest.subarray(8);
      greeted = true;
      socket.write(instead({ what: 'hello', channel: 0, tag: 0, payload: rest }) ?? say.start);
    }
    while (rest.length >= 7 && rest.length >= 8 + rest.readUInt32BE(3)) {
      const size = rest.readUInt32BE(3);
      const [type, channel] = [rest[0], rest.readUInt16BE(1)];
      const payload = rest.subarray(7, 7 + size);
      rest = rest.subarray(8 + size);
      if (type !== 1) continue;
      const what = NAMES[`${payload.readUInt16BE(0)}.${payload.readUInt16BE(2)}`] ?? '';
      const tag = (tags.get(channel) ?? 0) + 1;
      if (what === 'publish') tags.set(channel, tag);
      const answer = instead({ what, channel, tag, payload }) ?? good(what, channel, tag);
      if (answer.length > 0) socket.write(answer);
    }
  });
}

function good(what: string, channel: number, tag: number): Buffer {
  switch (what) {
    case 'start-ok':
      return say.tune;
    case 'open':
      return say.openOk;
    case 'close':
      return say.closeOk;
    case 'channel.open':
      return say.channelOpenOk(channel);
    case 'channel.close':
      return say.channelCloseOk(channel);
    case 'exchange.declare':
      return say.declareOk(channel);
    case 'confirm.select':
      return say.selectOk(channel);
    case 'publish':
      return say.ack(channel, tag);
    default:
      return Buffer.alloc(0);
  }
}
