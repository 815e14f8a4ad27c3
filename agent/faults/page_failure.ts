/**
 * memory-page-failed: the kernel has given up a page of memory, or could not; and who had it. How bad it is, is the kernel's
 * result, and at least MAJOR where somebody had it.
 */
import { faultKey, type Observation, type PageVictim, SEVERITY_RANK, type Us } from '../types.ts';
import { limits } from './limits.ts';
import { nothingPassed, type Passing, passed } from './passing.ts';
import { type Context, earliest, type Family, type Judgement, makeFault } from './set.ts';

type Victim = Extract<Observation, { aspect: 'page-victim' }>;
type Failure = Extract<Observation, { aspect: 'page-failure' }>;

export interface PageState {
  last: Passing;
  /** They come just before their page. */
  victims: readonly Victim[];
  /** DIMMs that had an uncorrected error lately, by page; and pages that failed lately. */
  blamed: Readonly<Record<string, string>>;
  failed: readonly string[];
}

export const noPages: PageState = { last: nothingPassed, victims: [], blamed: {}, failed: [] };

const FAILED = 'memory-page-failed';
const host = 'host';

/** More victims are not waited for, more pages not remembered, more lines not told: the kernel's log has them all. */
const VICTIMS_MAX = 32;
const PAGES_MAX = 32;
const DETAILS_MAX = 16;
const AND_MORE = 'and more: see the kernel log';

/** RECOVERED, DELAYED, FAILED, IGNORED of mm/memory-failure.c: what is ignored lies where the kernel cannot do without it. */
const SEVERITY = {
  recovered: 'MINOR',
  delayed: 'MAJOR',
  failed: 'CRITICAL',
  ignored: 'CRITICAL',
} as const;
type PageSeverity = (typeof SEVERITY)[keyof typeof SEVERITY];

const RESULT = {
  recovered: 'the page is out of use',
  delayed: 'the page will be given up later',
  failed: 'the page could not be given up',
  ignored: 'the page is still in use',
} as const;

export const pageFamily: Family<PageState> = (state, input, now, context) => {
  const reached = input.probe === 'tick' ? now : input.t;
  let next = state;
  let told: Judgement[] = [];
  const alone = next.victims.filter(({ t }) => reached >= t + limits.page.victim_us);
  if (alone.length > 0) {
    next = { ...next, victims: next.victims.filter(one => !alone.includes(one)) };
    [next, told] = tell(
      next,
      alone.at(-1)!.t,
      'MAJOR',
      [`a page that was given up earlier`, ...alone.map(victimText)],
      context,
    );
  } else if (input.probe === 'hw_memory') {
    if (input.aspect === 'page-victim') {
      next = { ...next, victims: [...next.victims, input].slice(-VICTIMS_MAX) };
    } else if (input.aspect === 'page-failure') [next, told] = fail(next, input, context);
    else if (input.aspect === 'error') [next, told] = blame(next, input, context);
  }
  const [last, over, wakeAt] = passed(
    FAILED,
    limits.page.clear_after_us,
    next.last,
    reached,
    context,
  );
  const due = next.victims.map(({ t }) => t + limits.page.victim_us);
  return [{ ...next, last }, [...told, ...over], earliest(wakeAt, ...due)];
};

function fail(state: PageState, { t, value }: Failure, context: Context): [PageState, Judgement[]] {
  const { victims } = state;
  const own = SEVERITY[value.result];
  const severity = victims.length > 0 && own === 'MINOR' ? 'MAJOR' : own;
  const lines = [
    `page ${value.page} (${value.kind}): ${RESULT[value.result]}`,
    ...victims.map(victimText),
  ];
  const failed = [...state.failed.filter(page => page !== value.page), value.page].slice(
    -PAGES_MAX,
  );
  return tell({ ...state, victims: [], failed }, t, severity, lines, context);
}

function victimText({ value }: Victim): string {
  const { pid, comm, vm, action } = value;
  const what = action === 'required' ? 'was stopped while it used it' : 'had it, and was told';
  return `${vmText(vm)}${comm} (pid ${pid}) ${what}`;
}

function vmText(vm: PageVictim['vm']): string {
  if (vm === null) return '';
  const { name, uuid } = vm;
  if (name === null) return `virtual machine ${uuid}: `;
  return `virtual machine ${name}${uuid === null ? '' : ` (${uuid})`}: `;
}

/** The first lines stay; the alarm is as bad as the worst of them. */
function tell(
  state: PageState,
  t: Us,
  severity: PageSeverity,
  lines: readonly string[],
  { active }: Context,
): [PageState, Judgement[]] {
  const known = active[faultKey({ type: FAILED, object: host })];
  const all = [...(known?.details ?? []).filter(line => line !== AND_MORE), ...lines];
  const details = all.length <= DETAILS_MAX ? all : [...all.slice(0, DETAILS_MAX), AND_MORE];
  const worse = known?.severity != null && SEVERITY_RANK[known.severity] > SEVERITY_RANK[severity];
  const fault = makeFault({
    type: FAILED,
    object: host,
    t: known?.t ?? t,
    details,
    severity: worse ? known.severity : severity,
    causes: causesOf(state),
  });
  return [{ ...state, last: { [host]: t } }, [{ is: 'active', fault }]];
}

/** The DIMM that the page is in, whichever of the two is told first. */
function blame(
  state: PageState,
  { subject, value }: Extract<Observation, { aspect: 'error'; probe: 'hw_memory' }>,
  { active }: Context,
): [PageState, Judgement[]] {
  const { page, severity } = value;
  if (page === null || severity === 'corrected') return [state, []];
  const { [page]: _known, ...others } = state.blamed;
  const recent = Object.entries(others).slice(1 - PAGES_MAX);
  const next = { ...state, blamed: { ...Object.fromEntries(recent), [page]: subject } };
  const known = active[faultKey({ type: FAILED, object: host })];
  if (known === undefined || !state.failed.includes(page)) return [next, []];
  return [next, [{ is: 'active', fault: { ...known, causes: causesOf(next) } }]];
}

const causesOf = ({ failed, blamed }: PageState): string[] => {
  const dimms = new Set(failed.flatMap(page => blamed[page] ?? []));
  return [...dimms].map(object => faultKey({ type: 'memory-uncorrected-error', object }));
};
