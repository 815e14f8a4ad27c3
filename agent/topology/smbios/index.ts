/** The host's SMBIOS as the reader has told of it. */
import { readingKey } from '../hardware.ts';
import type { Topology } from '../state.ts';
import { tableGet } from '../table.ts';
import type { HardwareEntry } from '../told.ts';
import { decodeSmbios, type Smbios } from './decode.ts';

export type { Smbios, SmbiosDimm, SmbiosProcessor, SmbiosSlot, SmbiosSupply } from './decode.ts';

const nothing: Smbios = decodeSmbios(new Uint8Array());

/** Empty while nothing is known. Decoded once for each reading. */
export function smbiosOf({ hardware }: Topology): Smbios {
  const reading = tableGet(hardware.reading, readingKey('dmi', 'host'));
  if (reading === undefined || reading.outcome === 'failed') return nothing;
  const known = decoded.get(reading);
  if (known !== undefined) return known;
  const made = decodeSmbios(Buffer.from(reading.output, 'base64'));
  decoded.set(reading, made);
  return made;
}
const decoded = new WeakMap<HardwareEntry<'reading'>, Smbios>();
