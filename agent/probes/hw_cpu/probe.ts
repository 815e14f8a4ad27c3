/** Processors: machine checks that are not memory's, what firmware tells of them, and what only the kernel's log says. */
import { cpuFru, describeFru } from '../../topology/fru.ts';
import type { Topology } from '../../topology/state.ts';
import type { Observation } from '../../types.ts';
import type { FrameOf } from '../../wire.ts';
import { matchKmsg } from '../kmsg_patterns.ts';
import type { Probe } from '../probe.ts';
import { patterns } from './kmsg.ts';
import { decodeMce } from './mce/decode.ts';
import { meaning } from './mce/severity.ts';

type Of<A extends string> = Extract<Observation, { probe: 'hw_cpu'; aspect: A }>;

export const probe: Probe = {
  name: 'hw_cpu',
  observe(frame, topology) {
    switch (frame.type) {
      case 'mce':
        return machineCheck(frame.data, topology);
      case 'firmware_error':
        return frame.data.kind === 'memory' ? [] : firmware(frame.data);
      case 'kmsg':
        return warning(frame.data);
      default:
        return [];
    }
  },
};

function machineCheck(data: FrameOf<'mce'>['data'], topology: Topology): Of<'error'>[] {
  const mce = decodeMce(data);
  if (mce === null || mce.memory) return [];
  return [
    {
      probe: 'hw_cpu',
      aspect: 'error',
      subject: `cpu/${data.socket}`,
      t: data.t_us,
      value: {
        severity: meaning[mce.class].severity,
        count: Math.max(data.count, mce.corrected_count),
        first_us: data.first_us,
        details: [...mce.details, `processor ${data.cpu}`],
        fru: describeFru(cpuFru(topology, data.socket)),
        by: 'mce',
      },
    },
  ];
}

/** CPER's words (UEFI N.2.1): recoverable is uncorrected, and it may go on. */
const SEVERITY = {
  corrected: 'corrected',
  recoverable: 'uncorrected',
  fatal: 'fatal',
  info: null,
} as const;

function firmware(data: FrameOf<'firmware_error'>['data']): Of<'error'>[] {
  const severity = SEVERITY[data.severity];
  if (severity === null) return [];
  const { kind, section, fru_text, fru_id, address, count, first_us, t_us: t } = data;
  const details = [
    kind === 'processor' ? 'processor error' : 'error of a kind that its vendor defines',
    ...(section === null ? [] : [`section ${section}`]),
    ...(address === null ? [] : [`address ${address}`]),
  ];
  const fru = [fru_text, fru_id].filter(text => text !== null && text !== '').join(', ');
  const value = { severity, count, first_us, details, fru: fru || null, by: 'firmware' as const };
  return [{ probe: 'hw_cpu', aspect: 'error', subject: 'host', t, value }];
}

function warning({ text, t_us: t }: FrameOf<'kmsg'>['data']): Of<'warning'>[] {
  const found = matchKmsg(patterns, text);
  if (found === null) return [];
  const { told_by } = patterns.find(({ what }) => what === found.what)!;
  const value = { what: found.what, told_by, text };
  return [{ probe: 'hw_cpu', aspect: 'warning', subject: 'host', t, value }];
}
