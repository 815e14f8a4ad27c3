/** What `ipmitool fru print` says: blocks of `name : value`, a blank line between them (IPMI FRU storage definition 1.3). */
import type { Fru } from '../../types.ts';
import { said } from './said.ts';

/** More blocks than this are not looked at. */
const UNITS_MAX = 64;

export interface IpmiUnit extends Fru {
  /** As the management controller calls it: `PSU1`, `Builtin FRU Device`. */
  name: string;
}

/** In their order. What cannot be read is left out. */
export function ipmiUnits(output: string): IpmiUnit[] {
  const units: IpmiUnit[] = [];
  for (const block of output.split(/\n\s*\n/).slice(0, UNITS_MAX)) {
    const fields = new Map(block.split('\n').flatMap(field));
    const first = (...names: string[]) =>
      names.map(name => said(fields.get(name) ?? '')).find(one => one !== null) ?? null;
    const name = first('FRU Device Description')?.replace(/ \(ID \d+\)$/, '');
    if (name === undefined) continue;
    units.push({
      name,
      slot: name,
      vendor: first('Product Manufacturer', 'Board Mfg'),
      part: first('Product Part Number', 'Product Name', 'Board Part Number', 'Board Product'),
      serial: first('Product Serial', 'Board Serial'),
    });
  }
  return units;
}

/** The first of a name counts. */
function field(line: string): [string, string][] {
  const at = line.indexOf(': ');
  return at < 0 ? [] : [[line.slice(0, at).trim(), line.slice(at + 2)]];
}
