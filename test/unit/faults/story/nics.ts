/** The health of NICs. */
import type { Observation, OpticsReading, Us } from '../../../../agent/types.ts';
import type { Of } from './base.ts';

export const mode = (
  leg: string,
  t: Us,
  speed_mbps: number | null | 'unknown' | 'absent',
  more: { duplex?: 'half' | 'full'; advertised_mbps?: number | null } = {},
): Observation => ({
  probe: 'nic',
  aspect: 'mode',
  subject: `leg/${leg}`,
  t,
  value:
    typeof speed_mbps === 'string'
      ? speed_mbps
      : { speed_mbps, duplex: 'full', advertised_mbps: null, ...more },
});

export const errors = (
  leg: string,
  t: Us,
  value: Partial<Exclude<Of<'nic', 'errors'>['value'], string>> | 'unknown' | 'absent',
): Observation => ({
  probe: 'nic',
  aspect: 'errors',
  subject: `leg/${leg}`,
  t,
  value:
    typeof value === 'string'
      ? value
      : {
          packets: 0,
          rx_errors: 0,
          tx_errors: 0,
          crc: null,
          frame: null,
          carrier: null,
          symbol: null,
          fec_corrected: null,
          fec_uncorrectable: null,
          ...value,
        },
});

export const optics = (
  leg: string,
  t: Us,
  value: OpticsReading[] | 'unknown' | 'absent',
): Observation => ({
  probe: 'nic',
  aspect: 'optics',
  subject: `leg/${leg}`,
  t,
  value: typeof value === 'string' ? value : { readings: value },
});

export const bark = (leg: string, t: Us, queue = 0): Observation => ({
  probe: 'nic',
  aspect: 'tx-timeout',
  subject: `leg/${leg}`,
  t,
  value: { queue },
});

export const presence = (
  leg: string,
  t: Us,
  value: Of<'nic', 'presence'>['value'],
  more: Partial<Of<'nic', 'presence'>> = {},
): Observation => ({
  probe: 'nic',
  aspect: 'presence',
  subject: `leg/${leg}`,
  t,
  value,
  parent_dev: '0000:3b:00.0',
  had_link: true,
  ...more,
});
