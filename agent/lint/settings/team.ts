/**
 * Teams: teamd alone knows their settings, and its socket answers root only. So its configuration is read: from its own
 * command line, /etc/teamd, NetworkManager's profiles (root only), or ifcfg files.
 */
import { parseIni } from '../parse/ini.ts';
import { failed, quote, type Tree } from '../tree.ts';
import { absent, known, unknown, type Value } from '../value.ts';

export interface Watcher {
  name: 'ethtool' | 'arp_ping' | 'nsna_ping';
  /** ethtool: from the loss to the runner being told, ms. */
  delay_down: number;
  /** The others: between two questions, ms, and how many answers may be missing. */
  interval: number;
  missed_max: number;
}

export interface TeamConfig {
  runner: string;
  /** lacp: ask the partner for a LACPDU each second, not each 30 s. */
  fast_rate: boolean;
  hwaddr_policy: string;
  notify_peers: number;
  /** Per leg: down when all of them say so. */
  watchers: Record<string, Watcher[]>;
}

export interface Team {
  name: string;
  legs: string[];
  config: Value<TeamConfig>;
}

export function readTeam(tree: Tree, name: string, legs: string[]): Team {
  return { name, legs, config: findConfig(tree, name, legs) };
}

function findConfig(tree: Tree, name: string, legs: string[]): Value<TeamConfig> {
  const wanted = (file: string, text: string) => readConfig(file, text, name, legs);
  const hidden: Value<never>[] = [];
  for (const { file, text } of candidates(tree, name, hidden)) {
    const config = wanted(file, text);
    if (config) return config;
  }
  return hidden[0] ?? absent(`/etc/teamd/${name}.conf`);
}

interface Candidate {
  file: string;
  text: string;
}

function* candidates(tree: Tree, name: string, hidden: Value<never>[]): Generator<Candidate> {
  yield* fromCommandLine(tree, name, hidden);
  for (const file of filesOf(tree, '/etc/teamd', '.conf', hidden)) {
    const text = textOf(tree, file, hidden);
    if (text !== null) yield { file, text };
  }
  const profiles = '/etc/NetworkManager/system-connections';
  for (const file of filesOf(tree, profiles, '.nmconnection', hidden)) {
    const profile = parseIni(textOf(tree, file, hidden) ?? '');
    const config = profile.get('team')?.get('config');
    if (config && profile.get('connection')?.get('interface-name') === name)
      yield { file, text: config.replaceAll('\\n', '\n') };
  }
  const file = `/etc/sysconfig/network-scripts/ifcfg-${name}`;
  const ifcfg = /^TEAM_CONFIG=(['"])(.*)\1\s*$/m.exec(textOf(tree, file, hidden) ?? '');
  if (ifcfg?.[2]) yield { file, text: ifcfg[2].replaceAll('\\"', '"') };
}

/** teamd -f FILE, or teamd -c CONFIG. */
function* fromCommandLine(tree: Tree, name: string, hidden: Value<never>[]): Generator<Candidate> {
  const pid = textOf(tree, `/run/teamd/${name}.pid`, [])?.trim() ?? '';
  if (!/^\d{1,10}$/.test(pid)) return;
  const file = `/proc/${pid}/cmdline`;
  const words = (textOf(tree, file, []) ?? '').split('\0');
  const after = (...options: string[]) => words[words.findIndex(w => options.includes(w)) + 1];
  if (words.some(w => w === '-c' || w === '--config')) {
    yield { file, text: after('-c', '--config') ?? '' };
  } else if (words.some(w => w === '-f' || w === '--config-file')) {
    const named = after('-f', '--config-file') ?? '';
    const text = named.startsWith('/') ? textOf(tree, named, hidden) : null;
    if (text !== null) yield { file: named, text };
  }
}

function filesOf(tree: Tree, folder: string, ending: string, hidden: Value<never>[]): string[] {
  const listing = tree.list(folder);
  if (listing.state === 'names')
    return listing.names.filter(n => n.endsWith(ending)).map(n => `${folder}/${n}`);
  if (listing.state !== 'absent') hidden.push(failed(listing, folder));
  return [];
}

function textOf(tree: Tree, file: string, hidden: Value<never>[]): string | null {
  const read = tree.read(file);
  if (read.state === 'text') return read.text;
  if (read.state !== 'absent') hidden.push(failed(read, file));
  return null;
}

/** Null: a configuration of another team. */
function readConfig(
  file: string,
  text: string,
  name: string,
  legs: string[],
): Value<TeamConfig> | null {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return file.endsWith(`/${name}.conf`) ? unknown(file, `no JSON: ${quote(text.trim())}`) : null;
  }
  const device = field(json, 'device');
  if (typeof device === 'string' ? device !== name : !file.includes(name)) return null;
  const runner = field(json, 'runner');
  const kind = text_(field(runner, 'name'), 'roundrobin');
  return known(
    {
      runner: kind,
      fast_rate: field(runner, 'fast_rate') === true,
      hwaddr_policy: text_(field(runner, 'hwaddr_policy'), 'same_all'),
      notify_peers: number(
        field(field(json, 'notify_peers'), 'count'),
        kind === 'activebackup' ? 1 : 0,
      ),
      watchers: Object.fromEntries(
        legs.map(leg => [
          leg,
          watchersOf(
            field(field(field(json, 'ports'), leg), 'link_watch') ?? field(json, 'link_watch'),
          ),
        ]),
      ),
    },
    file,
    'configured',
  );
}

/** One watcher or a list of them; none is ethtool (teamd's default). */
function watchersOf(json: unknown): Watcher[] {
  const list = Array.isArray(json) ? json.slice(0, 16) : [json];
  return list.map(one => {
    const name = field(one, 'name');
    return {
      name: name === 'arp_ping' || name === 'nsna_ping' ? name : 'ethtool',
      delay_down: number(field(one, 'delay_down'), 0),
      interval: number(field(one, 'interval'), 1000),
      missed_max: number(field(one, 'missed_max'), 3),
    };
  });
}

const field = (json: unknown, key: string): unknown =>
  typeof json === 'object' && json !== null && Object.hasOwn(json, key)
    ? (json as Record<string, unknown>)[key]
    : undefined;
const number = (value: unknown, fallback: number): number =>
  typeof value === 'number' && value >= 0 ? value : fallback;
const text_ = (value: unknown, fallback: string): string =>
  typeof value === 'string' ? value : fallback;
