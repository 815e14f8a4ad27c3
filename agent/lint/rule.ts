/** What a rule is: data that says what it reads, how it reckons, what to do about it, and who says so. */
import type { Egress } from './egress.ts';
import type { Bfd } from './settings/bfd.ts';
import type { Bond } from './settings/bonding.ts';
import type { Ceph } from './settings/ceph.ts';
import type { IscsiSession } from './settings/iscsi.ts';
import type { Multipath } from './settings/multipath.ts';
import type { NfsMount } from './settings/nfs.ts';
import type { Nudge } from './settings/nudge.ts';
import type { NvmeController } from './settings/nvme.ts';
import type { Routing } from './settings/routing.ts';
import type { Team } from './settings/team.ts';
import type { Ms, Origin, Value } from './value.ts';

/** carrier: the link goes down. silent: the link stays up and passes nothing. */
export type Loss = 'carrier' | 'silent';
export const LOSSES: readonly Loss[] = ['carrier', 'silent'];

/**
 * detect: until somebody notices. switch: until traffic has another way. announce: until the network sends that way, too.
 * recover: until a connection moves again. keep: whether it still exists then. note: worth knowing, beyond the time of a
 * failover.
 */
export type Stage = 'detect' | 'switch' | 'announce' | 'recover' | 'keep' | 'note';

export type Layer =
  | 'bonding'
  | 'team'
  | 'routing'
  | 'tcp'
  | 'iscsi'
  | 'nvme'
  | 'multipath'
  | 'nfs'
  | 'ceph'
  | 'paths';

/** What the rules of a kind are about. */
export interface Subjects {
  legs: { legs: readonly string[] };
  service: { name: string; egress: Egress };
  bond: Bond;
  team: Team;
  route: {
    kind: 'ecmp' | 'nexthop_group';
    routing: Routing;
    nudge: Value<Nudge>;
    bfd: Value<Bfd>;
    /** Per leg: its gateway and its interface. */
    hops: readonly { ifname: string; gateway: string | null }[];
  };
  /** A connection that has stood still for `elapsed_ms`, and can move again from then on. */
  connection: {
    rto_min: Value<number>;
    retries2: Value<number>;
    elapsed_ms: number;
  };
  iscsi: IscsiSession;
  nvme: { controller: NvmeController; native: Value<boolean> };
  multipath: { multipath: Multipath; disk_timeout: Value<number> };
  nfs: { mount: NfsMount; elapsed_ms: number };
  ceph: Ceph;
}

export type SubjectKind = keyof Subjects;

export interface Judgement {
  ms: Ms;
  /** What it was reckoned from, the decisive one first. */
  settings: Setting[];
  /** This host's case in words, as a sentence without its end. */
  why: string;
  /** Of a note: it needs doing. */
  warns?: boolean;
}

export interface Setting {
  name: string;
  /** Null: unknown. */
  value: string | null;
  file: string;
  origin: Origin | 'unknown';
  /** Of an unknown one. */
  why: string | null;
  needs_root: boolean;
}

/** What the budget leaves for everything before TCP's recovery, ms. */
export interface Limits {
  /** As settings add up, before their timers are late. */
  elapsed_ms: number;
}

export interface Rule<K extends SubjectKind = SubjectKind> {
  id: string;
  layer: Layer;
  subject: K;
  stage: Stage;
  losses: readonly Loss[];
  /** Rules with the same way follow each other; the fastest way counts. Empty: every way goes by here. */
  way: string;
  /** Paths of settings; `<…>` stands for a name. */
  reads: readonly string[];
  /** As an operator would reckon it. */
  formula: string;
  advice(limits: Limits): string;
  /** Document and option. */
  source: readonly string[];
  /** Null: does not apply. Pure. */
  judge(subject: Subjects[K], loss: Loss): Judgement | null;
}

type ValuesOf<T> = { [K in keyof T]: T[K] extends Value<infer V> ? V : never };

export interface Outcome<K> {
  ms: Ms;
  why: string;
  /** Name of the decisive setting; default: the first. */
  by?: K;
  warns?: boolean;
}

/** Judges by settings that are all known; if one is not, nor is the answer. Names are those of the documentation. */
export function judged<T extends Record<string, Value<unknown>>>(
  values: T,
  of: (values: ValuesOf<T>) => Outcome<keyof T>,
): Judgement {
  const settings = Object.entries(values).map(([name, value]) => shown(name, value));
  const hidden = settings.find(s => s.value === null);
  if (hidden) return { ms: 'unknown', settings, why: `${hidden.name} is not known` };
  const plain = Object.fromEntries(
    Object.entries(values).map(([name, v]) => [name, v.state === 'known' ? v.value : null]),
  ) as ValuesOf<T>;
  const { ms, why, by, warns } = of(plain);
  const decisive = settings.findIndex(s => s.name === by);
  if (decisive > 0) settings.unshift(...settings.splice(decisive, 1));
  return { ms, settings, why, ...(warns === undefined ? {} : { warns }) };
}

/** Units of the settings whose names do not tell. */
const UNITS: Record<string, string> = {
  miimon: 'ms',
  updelay: 'ms',
  downdelay: 'ms',
  arp_interval: 'ms',
  peer_notif_delay: 'ms',
  rto_min: 'ms',
  noop_out_interval: 's',
  noop_out_timeout: 's',
  replacement_timeout: 's',
  keep_alive_tmo: 's',
  ctrl_loss_tmo: 's',
  fast_io_fail_tmo: 's',
  reconnect_delay: 's',
  polling_interval: 's',
  max_polling_interval: 's',
  checker_timeout: 's',
  dev_loss_tmo: 's',
  osd_heartbeat_interval: 's',
  osd_heartbeat_grace: 's',
};

export function shown(name: string, value: Value<unknown>): Setting {
  const { file } = value;
  if (value.state !== 'known') {
    const why = value.state === 'unknown' ? value.why : 'is not there';
    const needs_root = value.state === 'unknown' && value.needs_root;
    return { name, value: null, file, origin: 'unknown', why, needs_root };
  }
  const text = textOf(value.value);
  const unit = /\d$/.test(text) ? UNITS[name] : undefined;
  return {
    name,
    value: unit ? `${text} ${unit}` : text,
    file,
    origin: value.origin,
    why: null,
    needs_root: false,
  };
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.length > 0 ? value.join(',') : 'none';
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (value === null) return 'unset';
  return String(value);
}

/** Keeps the kind of subject, which an annotation would widen. */
export const rule = <K extends SubjectKind>(data: Rule<K>): Rule<K> => data;
