/** The host itself, its processors and its memory. */
import { describeFru, dimmOf } from '../fru.ts';
import { type SmbiosDimm, smbiosOf } from '../smbios/index.ts';
import type { Topology } from '../state.ts';
import { tableGet, tableValues } from '../table.ts';
import type { HardwareEntry } from '../told.ts';
import { bytes, facts, type Part } from './part.ts';

export function hostPart(topology: Topology): Part {
  const { system, board, firmware, ecc } = smbiosOf(topology);
  const { hardware } = topology;
  const processors = tableGet(hardware.processors, 'host');
  const memory = tableGet(hardware.memory, 'host');
  const gone = memory?.corrupted_bytes ?? 0;
  return {
    id: 'host',
    kind: 'host',
    name: [system?.vendor, system?.part].filter(Boolean).join(' ') || 'host',
    fru: system,
    facts: facts(
      ['board', describeFru(board)],
      ['firmware', firmware && [firmware.vendor, firmware.version].filter(Boolean).join(' ')],
      ['processors', processors && onlineText(processors)],
      ['memory', memory && bytes(memory.total_bytes)],
      ['ECC', ecc],
      ['given up', gone > 0 ? bytes(gone) : null],
      ['offline', memory && memory.offline_blocks > 0 ? `${memory.offline_blocks} blocks` : null],
    ),
    t: Math.max(processors?.t ?? 0, memory?.t ?? 0),
    stale: (processors?.stale ?? true) && (memory?.stale ?? true),
  };
}

function onlineText({ present, online }: HardwareEntry<'processors'>): string {
  const [all, on] = [countOf(present), countOf(online)];
  return on === all ? `${all} online` : `${on} of ${all} online`;
}

/** `0-3,8` → 5. */
function countOf(list: string): number {
  let count = 0;
  for (const range of list.split(',')) {
    const [low, high = low] = range.split('-').map(Number);
    if (range !== '' && Number.isFinite(low) && Number.isFinite(high)) count += high! - low! + 1;
  }
  return count;
}

export function processorParts(topology: Topology): Part[] {
  const reading = tableGet(topology.hardware.reading, 'dmi host');
  return smbiosOf(topology).processors.flatMap(({ fru, populated, cores, threads }, socket) =>
    populated
      ? {
          id: `cpu/${socket}`,
          kind: 'processor' as const,
          name: [fru.vendor, fru.part].filter(Boolean).join(' ') || 'processor',
          fru,
          facts: facts(['cores', cores], ['threads', threads]),
          t: reading?.t ?? 0,
          stale: reading?.stale ?? true,
        }
      : [],
  );
}

/** Those of which a driver counts errors, and those that the board alone knows of. */
export function dimmParts(topology: Topology): Part[] {
  const reading = tableGet(topology.hardware.reading, 'dmi host');
  const counted = new Set<SmbiosDimm>();
  const driven = [...tableValues(topology.hardware.edac)].flatMap(controller =>
    controller.dimms.map(({ dimm, label, size_mib, kind, corrected, uncorrected }): Part => {
      const known = label === '' ? null : dimmOf(topology, label);
      if (known !== null) counted.add(known);
      return {
        id: `dimm/${label || `${controller.controller}/${dimm}`}`,
        ...of(known),
        facts: [
          ...facts(
            ['size', bytes((known?.size_mib ?? size_mib) * 2 ** 20)],
            ['kind', kindText(known) ?? kind],
            ['errors', errorsText(corrected, uncorrected)],
          ),
        ],
        t: controller.t,
        stale: controller.stale,
      };
    }),
  );
  const others = smbiosOf(topology).dimms.flatMap((dimm): Part[] =>
    counted.has(dimm) || dimm.fru.slot === null
      ? []
      : [
          {
            id: `dimm/${dimm.fru.slot}`,
            ...of(dimm),
            facts: facts(
              ['size', dimm.size_mib === null ? null : bytes(dimm.size_mib * 2 ** 20)],
              ['kind', kindText(dimm)],
            ),
            t: reading?.t ?? 0,
            stale: reading?.stale ?? true,
          },
        ],
  );
  return [...driven, ...others];
}

/** `DDR4-2933`: with its transfers a second, in millions. */
const kindText = (dimm: SmbiosDimm | null): string | null =>
  dimm?.kind == null ? null : [dimm.kind, dimm.speed].filter(one => one !== null).join('-');

const errorsText = (corrected: number, uncorrected: number): string =>
  [
    ...(corrected > 0 ? [`${corrected} corrected`] : []),
    ...(uncorrected > 0 ? [`${uncorrected} uncorrected`] : []),
  ].join(', ');

const of = (dimm: SmbiosDimm | null) => ({
  kind: 'dimm' as const,
  name: [dimm?.fru.vendor, dimm?.fru.part].filter(Boolean).join(' ') || 'memory module',
  fru: dimm?.fru ?? null,
});
