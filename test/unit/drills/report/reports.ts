/** Reports to render: one of a real run, and made ones. */
import { readFileSync } from 'node:fs';
import {
  type DrillReport,
  type DrillVerdict,
  overall,
  type RepeatReport,
  type ReportedAlarm,
  type ReportFile,
  reportFile,
} from '../../../../agent/drills/report.ts';
import { makeAlarm, stampAt } from '../../cli/fake-agent.ts';

/** Three drills of scripts/demo: FAIL, PASS below the traffic's spacing, FAIL without a switch. Older than `began`. */
export const recorded = (): ReportFile =>
  reportFile.parse(
    JSON.parse(readFileSync(new URL('recorded.json', import.meta.url), 'utf8')),
  ) as unknown as ReportFile;

export const CUT = 61_000_000;

/** A bond's: everything is known, and within 10 ms. */
export const makeRepeat = (over: Partial<RepeatReport> = {}): RepeatReport => ({
  leg: 'ens4',
  cut_us: CUT,
  seen_us: CUT + 90,
  switched_us: CUT + 4200,
  announced_us: CUT + 4700,
  flowing_us: CUT + 9900,
  told_us: CUT + 8100,
  gap_ms: 9.8,
  phases: { detection_us: 4000, switch_us: 200, announcement_us: 500, recovery_us: 5200 },
  verdict: 'PASS',
  reason: 'flowing 9.9 ms after the cut, gap 9.8 ms, budget 1 s',
  gap_below_spacing: false,
  told_verdict: 'PASS',
  back: {
    healed_us: CUT + 2_000_000,
    switched_us: CUT + 2_100_000,
    flowing_us: CUT + 2_101_000,
    gap_ms: 3.5,
    verdict: 'PASS',
    reason: 'came back, gap 3.5 ms, budget 1 s',
  },
  hits: null,
  edges: [],
  differences: [],
  failover: 'fo-1',
  ...over,
});

/** Nothing of it is known, and why. */
export const emptyRepeat = (verdict: DrillVerdict, reason: string): RepeatReport =>
  makeRepeat({
    cut_us: null,
    seen_us: null,
    switched_us: null,
    announced_us: null,
    flowing_us: null,
    told_us: null,
    gap_ms: null,
    phases: null,
    verdict,
    reason,
    told_verdict: null,
    back: null,
    failover: null,
  });

export function makeDrill(
  repeats: RepeatReport[] = [makeRepeat()],
  over: Partial<DrillReport> = {},
): DrillReport {
  return {
    id: 'drill-20260301-120100-0001',
    kind: 'admin-down',
    group: 'bond:bond0',
    leg: 'ens4',
    nudge: 'ask',
    strategy: 'fentry',
    budget_ms: 1000,
    ...overall(repeats, 1000),
    repeats,
    hold_ms: 2000,
    primed: false,
    began: stampAt(CUT - 1_000_000),
    ...over,
  };
}

export const makeFile = (
  drills: DrillReport[] = [makeDrill()],
  alarms: ReportedAlarm[] = [],
): ReportFile => ({ version: '0.1.0', host: 'compute-1', drills, alarms });

/** Raised ms after CUT, cleared a second later. */
export const alarmAfter = (ms: number, over: Partial<ReportedAlarm> = {}): ReportedAlarm => ({
  ...makeAlarm({
    id: `a-${ms}`,
    alarmRaisedTime: stampAt(CUT + ms * 1000),
    alarmClearedTime: stampAt(CUT + ms * 1000 + 1_000_000),
    perceivedSeverity: 'CLEARED',
    drill: 'drill-20260301-120100-0001',
    failover: 'fo-1',
  }),
  ...over,
});

/** Breaks out of whatever does not escape: elements, attributes of both quotes, CDATA, terminals, reading direction. */
export const HOSTILE =
  '</style></title></failure><script src=//evil.example>alert(1)</script> ]]> &amp; &#0; " onload="x" \' <!-- ' +
  '\u0000\u0008\u001b[31m\u009b\u202e\u2066\ud800\uffff \u{1f4a5}';

/** The same report with hostile text wherever text can be. */
export function hostileFile(): ReportFile {
  const repeat = makeRepeat({
    leg: HOSTILE,
    reason: HOSTILE,
    differences: [HOSTILE],
    failover: HOSTILE,
    verdict: 'FAIL',
  });
  const back = repeat.back && { ...repeat.back, reason: HOSTILE };
  const words = { id: HOSTILE, kind: HOSTILE, group: HOSTILE, leg: HOSTILE, nudge: HOSTILE };
  const drill = makeDrill([{ ...repeat, back }, emptyRepeat('NOT_MEASURED', HOSTILE)], {
    ...words,
    strategy: HOSTILE,
    reason: HOSTILE,
  });
  const alarm = {
    type: HOSTILE,
    managedObjectId: HOSTILE,
    faultDetails: [HOSTILE],
    source: HOSTILE,
  };
  return {
    version: HOSTILE,
    host: HOSTILE,
    drills: [drill, emptyDrill()],
    alarms: [
      alarmAfter(2, { ...alarm, drill: HOSTILE, failover: HOSTILE }),
      alarmAfter(3, { ...alarm, drill: 'another' }),
    ],
  };
}

const emptyDrill = (): DrillReport => makeDrill([], { id: 'none', reason: HOSTILE, began: null });
