/**
 * filesystem-read-only: the kernel takes no more writes after an error. By an operator's remount it is no fault. Not every
 * kernel shows its own doing in the list of mounts: what its log has said then holds until the file system is mounted anew.
 */
import type { HwHostObservation } from '../types.ts';
import { damp, dropLevel, dropMissing, isBad, type Levels, noLevels, setLevel } from './damped.ts';
import { diskCauses, wholeDisk } from './hw_causes.ts';
import { hardwareLimits } from './hw_limits.ts';
import { type Context, type Family, type FaultInput, type Judgement, makeFault } from './set.ts';

type Level = Extract<HwHostObservation, { aspect: 'filesystem' }>;
type Said = Extract<HwHostObservation, { aspect: 'kernel' }>;

export interface FilesystemState {
  levels: Levels;
  /** Objects of which the log alone has said it. */
  by_log: readonly string[];
  /** By object: the device's name. */
  sources: Readonly<Record<string, string>>;
}
export const noFilesystems: FilesystemState = { levels: noLevels, by_log: [], sources: {} };

const READONLY = 'filesystem-read-only';

export const filesystemFamily: Family<FilesystemState> = (state, input, now, context) => {
  let next = state;
  const [levels, judgements, wakeAt] = damp(
    READONLY,
    state.levels,
    input,
    now,
    context,
    (before, then) => {
      const [after, told] = step({ ...state, levels: before }, input, then);
      next = after;
      return [after.levels, told];
    },
  );
  return [{ ...next, levels }, judgements, wakeAt];
};

function step(
  state: FilesystemState,
  input: FaultInput,
  context: Context,
): [FilesystemState, Judgement[]] {
  if (input.probe === 'census') {
    const mounts = input.hardware?.mount ?? null;
    if (mounts === null) return [state, []];
    const [levels, told] = dropMissing(state.levels, READONLY, mounts, input.t, context);
    const isHere = (object: string) => mounts.includes(object.slice('filesystem/'.length));
    const by_log = state.by_log.filter(isHere);
    const sources = Object.entries(state.sources).filter(([object]) => isHere(object));
    return [{ levels, by_log, sources: Object.fromEntries(sources) }, told];
  }
  if (input.probe !== 'hw_host') return [state, []];
  if (input.aspect === 'filesystem') return observe(state, input);
  if (input.aspect !== 'kernel' || input.value.what !== 'read-only') return [state, []];
  return [said(state, input), []];
}

function observe(state: FilesystemState, seen: Level): [FilesystemState, Judgement[]] {
  const { subject: object, value, t, source, filesystem } = seen;
  if (value === 'unknown') return [state, []];
  if (value === 'absent') {
    const [levels, told] = dropLevel(state.levels, READONLY, object, t);
    const by_log = state.by_log.filter(one => one !== object);
    const { [object]: _gone, ...sources } = state.sources;
    return [{ levels, by_log, sources }, told];
  }
  const sources = { ...state.sources, [object]: source };
  // The log has said it, and this kernel's list of mounts never will.
  if (value === 'writable' && state.by_log.includes(object)) return [{ ...state, sources }, []];
  const bad = value === 'by-error';
  const details = [`${filesystem} on ${source}`];
  const levels = set(state, object, t, bad, details, source);
  return [{ ...state, sources, levels, by_log: state.by_log.filter(one => one !== object) }, []];
}

function said(state: FilesystemState, { subject: object, t, value }: Said): FilesystemState {
  if (isBad(state.levels, object) || object === 'host') return state;
  const source = state.sources[object] ?? '';
  const details = [...(source === '' ? [] : [`on ${source}`]), `the kernel: ${value.text}`];
  const levels = set(state, object, t, true, details, source);
  return { ...state, levels, by_log: [...state.by_log, object] };
}

function set(
  { levels }: FilesystemState,
  object: string,
  t: number,
  bad: boolean,
  details: string[],
  source: string,
): Levels {
  const disk = wholeDisk(source.replace(/^\/dev\//, ''));
  const known = levels[object];
  const fault = makeFault({
    type: READONLY,
    object,
    t,
    details: known?.bad && bad ? known.fault.details : details,
    causes: [...diskCauses(disk), `io-errors disk/${disk}`, `array-degraded array/${disk}`],
  });
  return setLevel(levels, fault, bad, bad ? 0 : hardwareLimits.filesystem.clear_after_us);
}
