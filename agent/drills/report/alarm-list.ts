/** Alarms as a table: when each was raised and cleared, and what it said. */

import type { Stamp } from '../../types.ts';
import type { DrillReport, RepeatReport, ReportedAlarm } from '../report.ts';
import { dateText, hostOf, msText } from './figures.ts';
import { type Markup, markup } from './markup.ts';

/** The cut that alarms are counted from, in its boot (null: of the same). */
export interface CutAt {
  t_us: number;
  boot_id: string | null;
}

export const cutOf = ({ began }: DrillReport, { cut_us }: RepeatReport): CutAt | null =>
  cut_us === null ? null : { t_us: cut_us, boot_id: began?.boot_id ?? null };

/** `+2.1 ms`, or by the wall clock if there is no cut to count from. */
function when({ boot_id, mono_us, wall_us }: Stamp, cut: CutAt | null): string {
  if (cut === null || (cut.boot_id !== null && cut.boot_id !== boot_id)) return dateText(wall_us);
  const after = msText((mono_us - cut.t_us) / 1000);
  return after.startsWith('−') ? after : `+${after}`;
}

/** A cleared alarm does not say how severe it was. */
const severityOf = ({ perceivedSeverity: severity }: ReportedAlarm): string =>
  severity === 'CLEARED' ? '' : ` ${severity}`;

export function alarmList(alarms: ReportedAlarm[], cut: CutAt | null): Markup {
  const hosts = alarms.some(({ source }) => source !== undefined);
  const row = (alarm: ReportedAlarm) => {
    const { alarmClearedTime: cleared, source } = alarm;
    return markup`<tr><td class="time">${when(alarm.alarmRaisedTime, cut)}</td><td><b>${alarm.type}</b>${severityOf(alarm)}</td><td>${alarm.managedObjectId}</td>${
      hosts && markup`<td class="by">${source !== undefined && hostOf(source)}</td>`
    }<td class="time">${cleared === null ? markup`<b>still active</b>` : `cleared ${when(cleared, cut)}`}</td><td class="details">${alarm.faultDetails.join('; ')}</td></tr>`;
  };
  return markup`<table class="list alarms"><thead><tr><th scope="col" class="time">raised</th><th scope="col">alarm</th><th scope="col">on</th>${
    hosts && markup`<th scope="col" class="by">by</th>`
  }<th scope="col">then</th><th scope="col" class="details">details</th></tr></thead><tbody>${alarms.map(row)}</tbody></table>`;
}

/** One line. */
export function alarmText(alarm: ReportedAlarm, cut: CutAt | null): string {
  const { alarmClearedTime: cleared, source, faultDetails } = alarm;
  const by = source === undefined ? '' : ` by ${hostOf(source)}`;
  const end = cleared === null ? 'still active' : `cleared ${when(cleared, cut)}`;
  return `${when(alarm.alarmRaisedTime, cut)} ${alarm.type}${severityOf(alarm)} ${alarm.managedObjectId}${by}, ${end}: ${faultDetails.join('; ')}`;
}
