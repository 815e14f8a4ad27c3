/**
 * The MCA error code, MCi_STATUS bits 15:0: Intel SDM volume 3B, 15.9.1 (simple) and 15.9.2 (compound); AMD64 APM volume 2,
 * 9.3.2.2, has the same formats for TLB, memory (the cache hierarchy), bus and internal errors.
 */

/** Whose error it is. */
export type MceUnit = 'memory' | 'cache' | 'tlb' | 'bus' | 'internal' | 'other' | 'unknown';

export interface MceCode {
  unit: MceUnit;
  /** In words. */
  text: string;
  /** Of a memory controller: its channel; null: not told. */
  channel: number | null;
}

/** 15.9.1: the whole code. */
const simple: Readonly<Record<number, [MceUnit, string]>> = {
  0: ['other', 'no error'],
  1: ['other', 'unclassified error'],
  2: ['internal', 'parity error in internal microcode ROM'],
  3: ['bus', 'external error: the BINIT# of another processor'],
  4: ['internal', 'FRC (functional redundancy check) error'],
  5: ['internal', 'internal parity error'],
  6: ['internal', 'SMM handler code access violation'],
  1024: ['internal', 'internal timer error'],
  3595: ['bus', 'I/O error'],
};

/** TT: type of transaction. */
const TRANSACTION = ['instruction', 'data', 'generic', 'reserved transaction'] as const;
/** LL: level of the memory hierarchy. */
const LEVEL = ['level 0', 'level 1', 'level 2', 'generic level'] as const;
/** RRRR: request. */
const REQUEST = [
  ...['error', 'read', 'write', 'data read', 'data write', 'instruction fetch', 'prefetch'],
  ...['eviction', 'snoop'],
] as const;
/** PP: participation. */
const PARTICIPATION = [
  ...['this processor made the request', 'this processor responded to the request'],
  ...['this processor saw the error as a third party', 'generic'],
] as const;
/** II: memory or I/O. */
const WHERE = ['memory access', 'reserved', 'I/O', 'other transaction'] as const;
/** MMM: memory transaction. */
const MEMORY = [
  ...['generic request', 'read', 'write', 'address or command', 'scrubbing'],
  ...['reserved request', 'reserved request', 'reserved request'],
] as const;
/** CCCC: not told, or not one channel. */
const NO_CHANNEL = 15;

interface Format {
  /** Of the code without its filter bit (12), these bits… */
  mask: number;
  /** …are these. */
  is: number;
  read(code: number): Omit<MceCode, 'channel'> & { channel?: number };
}

/** 15.9.2, table 15-9, with the most particular first. `F`, bit 12, says that the corrections are filtered. */
const compound: readonly Format[] = [
  {
    // 000F 0000 0000 11LL
    mask: 0xeffc,
    is: 0x000c,
    read: code => ({ unit: 'cache', text: `cache hierarchy error, ${level(code)}` }),
  },
  {
    // 000F 0000 0001 TTLL
    mask: 0xeff0,
    is: 0x0010,
    read: code => ({ unit: 'tlb', text: `TLB error, ${transaction(code)}, ${level(code)}` }),
  },
  {
    // 000F 0000 1MMM CCCC
    mask: 0xef80,
    is: 0x0080,
    read: code => memory(code, 'memory controller'),
  },
  {
    // 000F 0010 1MMM CCCC: memory that is a cache of other memory
    mask: 0xef80,
    is: 0x0280,
    read: code => memory(code, 'memory controller (memory as a cache)'),
  },
  {
    // 000F 0001 RRRR TTLL
    mask: 0xef00,
    is: 0x0100,
    read: code => ({
      unit: 'cache',
      text: `cache error, ${access(code)}, ${level(code)}`,
    }),
  },
  {
    // 000F 1PPT RRRR IILL
    mask: 0xe800,
    is: 0x0800,
    read: code => ({ unit: 'bus', text: `bus or interconnect error, ${interconnect(code)}` }),
  },
  {
    // 0000 01xx xxxx xxxx; AMD: 0000 01UU 0000 0000
    mask: 0xfc00,
    is: 0x0400,
    read: () => ({ unit: 'internal', text: 'internal unclassified error' }),
  },
];

const part = (code: number, high: number, low: number): number =>
  (code >> low) & ((1 << (high - low + 1)) - 1);
const level = (code: number): string => LEVEL[part(code, 1, 0)]!;
const transaction = (code: number): string => TRANSACTION[part(code, 3, 2)]!;
const request = (code: number): string => REQUEST[part(code, 7, 4)] ?? 'reserved request';

/** Some requests say what they were for. */
function access(code: number): string {
  const what = request(code);
  return /data|instruction/.test(what) ? what : `${transaction(code)} ${what}`;
}

function memory(code: number, who: string): Omit<MceCode, 'channel'> & { channel?: number } {
  const channel = part(code, 3, 0);
  const what = `${who} error, ${MEMORY[part(code, 6, 4)]}`;
  if (channel === NO_CHANNEL) return { unit: 'memory', text: what };
  return { unit: 'memory', text: `${what}, channel ${channel}`, channel };
}

function interconnect(code: number): string {
  const timeout = part(code, 8, 8) === 1 ? ', the request timed out' : '';
  const who = PARTICIPATION[part(code, 10, 9)]!;
  return `${request(code)}, ${WHERE[part(code, 3, 2)]}, ${level(code)}, ${who}${timeout}`;
}

const FILTER = 1 << 12;

/** @param code 16 bits; whatever they are, there is a text */
export function readCode(code: number): MceCode {
  const exact = simple[code & ~FILTER];
  if (exact !== undefined) return { unit: exact[0], text: exact[1], channel: null };
  const format = compound.find(({ mask, is }) => (code & mask) === is);
  if (format === undefined) {
    const text = `error code 0x${code.toString(16).padStart(4, '0')}`;
    return { unit: 'unknown', text, channel: null };
  }
  return { channel: null, ...format.read(code) };
}
