/** Byte streams that no honest peer sends, for whatever reads node-ipc's framing. */

const frame = (text: string) => Buffer.from(`${text}\f`);

/** Each ends the connection of its sender. */
export const HOSTILE: Record<string, Buffer> = {
  null: frame('null'),
  'a number': frame('42'),
  'a list': frame('[]'),
  'no JSON': frame('{"type":"request",'),
  'an empty message': frame(''),
  'no type': frame('{"data":{}}'),
  'a type that is no text': frame('{"type":7,"data":{}}'),
  'an empty type': frame('{"type":"","data":{}}'),
  'a long type': frame(JSON.stringify({ type: 'x'.repeat(300), data: {} })),
  'a type of node-ipc': frame('{"type":"error","data":{}}'),
  'another type of node-ipc': frame('{"type":"disconnect","data":{}}'),
  'a type of Object': frame('{"type":"constructor","data":{}}'),
  'the prototype as type': frame('{"type":"__proto__","data":{}}'),
  'bytes that are no UTF-8': Buffer.from([0x7b, 0xff, 0xfe, 0x80, 0x0c]),
  'bad UTF-8 inside a good message': Buffer.concat([
    Buffer.from('{"type":"request","data":{"id":1,"verb":"'),
    Buffer.from([0xc3, 0x28]),
    frame('"}}'),
  ]),
  'an overlong form of a slash': Buffer.concat([
    Buffer.from('{"type":"'),
    Buffer.from([0xc0, 0xaf]),
    frame('"}'),
  ]),
  'a broken nest': frame(`{"type":"request","data":${'['.repeat(200_000)}`),
  'too long a message': Buffer.alloc(2 * 1024 * 1024, 0x61),
};

/** A good message with a few bytes changed, removed, doubled or inserted. */
export function mutated(good: Buffer, random: () => number): Buffer {
  let bytes = Buffer.from(good);
  const changes = 1 + Math.floor(random() * 4);
  for (let i = 0; i < changes; i++) {
    const at = Math.floor(random() * bytes.length);
    const length = Math.floor(random() * 8);
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(at + length)];
    const kind = Math.floor(random() * 4);
    if (kind === 0) bytes[at] = Math.floor(random() * 256);
    else if (kind === 1) bytes = Buffer.concat([before, after]);
    else if (kind === 2)
      bytes = Buffer.concat([before, bytes.subarray(at, at + length), bytes.subarray(at)]);
    else {
      const inserted = Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
      bytes = Buffer.concat([before, inserted, bytes.subarray(at)]);
    }
    if (bytes.length === 0) bytes = Buffer.from('\f');
  }
  return bytes;
}
