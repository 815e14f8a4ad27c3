/** Structure tables of SMBIOS in few words. */

export interface Made {
  type: number;
  /** Behind the header, from offset 4; a text becomes the number of a string, a pair a word, a quad a double word. */
  fields: (number | string | { word: number } | { dword: number })[];
}

/** The table's bytes, its end included. */
export function smbiosTable(structures: readonly Made[]): Buffer {
  const all = [...structures, { type: 127, fields: [] }];
  return Buffer.concat(all.map(({ type, fields }, handle) => encode(type, handle, fields)));
}

function encode(type: number, handle: number, fields: Made['fields']): Buffer {
  const texts: string[] = [];
  const body = fields.flatMap(field => {
    if (typeof field === 'number') return [field];
    if (field === '') return [0];
    if (typeof field === 'string') return [texts.push(field)];
    if ('word' in field) return little(field.word, 2);
    return little(field.dword, 4);
  });
  const head = [type, 4 + body.length, ...little(handle, 2)];
  const strings = texts.length === 0 ? '\0\0' : `${texts.join('\0')}\0\0`;
  return Buffer.concat([Buffer.from([...head, ...body]), Buffer.from(strings, 'latin1')]);
}

const little = (value: number, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** i) % 256);

export const word = (value: number) => ({ word: value });

/** A memory device (type 17) of 32 GiB DDR4-2933. */
export const madeDimm = (locator: string, bank: string, serial: string, size = 0x7fff): Made => ({
  type: 17,
  fields: [
    ...[word(0x1000), word(0xfffe), word(72), word(64), word(size), 9, 0],
    ...[locator, bank, 0x1a, word(0x80), word(3200), 'Samsung', serial, 'Not Specified'],
    ...['M393A4K40BB1-CRC    ', 1, { dword: 32768 }, word(2933)],
  ],
});

/** A slot (type 9) of a PCI bus. */
export const madeSlot = (name: string, bus: number, device: number, segment = 0): Made => ({
  type: 9,
  fields: [name, 0xa5, 13, 4, 4, word(1), 0, 0, word(segment), bus, device << 3],
});

/** A power supply (type 39) that is present. */
export const madeSupply = (location: string, name: string, serial: string): Made => ({
  type: 39,
  fields: [1, location, name, 'Delta', serial, '', 'DPS-800', 'A', word(800), word(0x1b2)],
});
