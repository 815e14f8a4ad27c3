/** The structure table of SMBIOS as firmware leaves it, in pieces (DMTF DSP0134 3.7, 6.1). Bounded; nothing in it is trusted. */

import { said } from '../readings/said.ts';

/** More structures than this are not looked at; a server has a few hundred. */
const STRUCTURES_MAX = 4096;
const HEADER = 4;
const END_OF_TABLE = 127;

/** One structure; an offset counts from its begin, as in the standard. */
export interface Structure {
  type: number;
  handle: number;
  /** null: the structure, of an older version, does not reach that far. */
  byte(at: number): number | null;
  word(at: number): number | null;
  dword(at: number): number | null;
  /** The string whose number is at this offset; null: there is none, or it says nothing. */
  text(at: number): string | null;
}

/** In their order, up to the end of the table or the first that cannot be right. */
export function structuresOf(table: Uint8Array): Structure[] {
  const found: Structure[] = [];
  let begin = 0;
  while (found.length < STRUCTURES_MAX && begin + HEADER <= table.length) {
    const type = table[begin]!;
    const length = table[begin + 1]!;
    const texts = begin + length;
    if (length < HEADER || texts + 2 > table.length) break;
    const end = endOfTexts(table, texts);
    if (end === null) break;
    found.push(structure(table.subarray(begin, texts), table.subarray(texts, end)));
    if (type === END_OF_TABLE) break;
    begin = end;
  }
  return found;
}

/** Behind the two zeros that end the strings; null: the table ends first. */
function endOfTexts(table: Uint8Array, begin: number): number | null {
  for (let at = begin; at + 1 < table.length; at++) {
    if (table[at] === 0 && table[at + 1] === 0) return at + 2;
  }
  return null;
}

function structure(formatted: Uint8Array, texts: Uint8Array): Structure {
  const view = new DataView(formatted.buffer, formatted.byteOffset, formatted.byteLength);
  const reaches = (at: number, size: number) => at + size <= formatted.length;
  const byte = (at: number) => (reaches(at, 1) ? view.getUint8(at) : null);
  return {
    type: formatted[0]!,
    handle: view.getUint16(2, true),
    byte,
    word: at => (reaches(at, 2) ? view.getUint16(at, true) : null),
    dword: at => (reaches(at, 4) ? view.getUint32(at, true) : null),
    text: at => said(nth(texts, byte(at) ?? 0)),
  };
}

/** Strings are counted from 1; 0 is none. */
function nth(texts: Uint8Array, number: number): string {
  let begin = 0;
  for (let i = 1; i < number; i++) {
    const end = texts.indexOf(0, begin);
    if (end < 0) return '';
    begin = end + 1;
  }
  if (number === 0) return '';
  const end = texts.indexOf(0, begin);
  return Buffer.from(texts.subarray(begin, end < 0 ? texts.length : end)).toString('latin1');
}
