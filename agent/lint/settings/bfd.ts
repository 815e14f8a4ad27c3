/**
 * BFD by FRR's configuration: which neighbours a routing protocol or a static route watches with it. A peer that only the
 * section `bfd` names changes no route.
 */
import { failed, type Tree } from '../tree.ts';
import { known, type Value } from '../value.ts';

export interface BfdTimes {
  multiplier: number;
  /** ms */
  receive: number;
  transmit: number;
}

export interface Bfd {
  /** Address of the neighbour, or the name of the interface. */
  watched: Map<string, BfdTimes>;
}

/** FRR, doc/user/bfd.rst. */
const DEFAULTS: BfdTimes = { multiplier: 3, receive: 300, transmit: 300 };
const FILES = ['/etc/frr/frr.conf', '/etc/frr/bfdd.conf', '/etc/frr/bgpd.conf'];

export function readBfd(tree: Tree): Value<Bfd> {
  const texts: string[] = [];
  let used = FILES[0] as string;
  for (const file of FILES) {
    const read = tree.read(file);
    if (read.state === 'text') {
      if (texts.length === 0) used = file;
      texts.push(read.text);
    } else if (read.state !== 'absent') return failed(read, file);
  }
  if (texts.length === 0) return failed({ state: 'absent' }, used);
  return known({ watched: parseFrr(texts.join('\n')) }, used, 'configured');
}

export function parseFrr(text: string): Map<string, BfdTimes> {
  const profiles = new Map<string, BfdTimes>();
  const peers = new Map<string, BfdTimes>();
  const groups = new Map<string, string>();
  const uses: { who: string; words: string[] }[] = [];
  let block: BfdTimes | null = null;
  let ifname = '';
  for (const line of text.split('\n')) {
    const words = line.trim().split(/\s+/);
    const [first = '', second = '', third = ''] = words;
    const indent = line.search(/\S/);
    if (indent === 0) [block, ifname] = [null, first === 'interface' ? second : ''];
    else if (indent === 1) block = null;
    if (indent === 1 && first === 'profile') {
      block = { ...DEFAULTS };
      profiles.set(second, block);
    } else if (indent === 1 && first === 'peer') {
      block = { ...DEFAULTS };
      peers.set(second, block);
    } else if (block && first === 'profile') Object.assign(block, profiles.get(second));
    else if (block) setTime(block, first, Number(second));
    if (first === 'neighbor' && third === 'peer-group' && words[3]) groups.set(second, words[3]);
    if (first === 'neighbor' && third === 'bfd') uses.push({ who: second, words: words.slice(3) });
    if (/^ip(v6)?$/.test(first) && second === 'route' && words.includes('bfd'))
      uses.push({ who: words[3] ?? '', words: words.slice(words.indexOf('bfd') + 1) });
    if (ifname && /^(ip ospf|ipv6 ospf6|isis) bfd\b/.test(words.join(' ')))
      uses.push({ who: ifname, words: words.slice(words.indexOf('bfd') + 1) });
  }
  const watched = new Map<string, BfdTimes>();
  for (const { who, words } of uses) {
    const members = [...groups].filter(([, group]) => group === who).map(([member]) => member);
    for (const one of [who, ...members])
      watched.set(one, timesOf(words, profiles) ?? peers.get(one) ?? DEFAULTS);
  }
  return watched;
}

/** `3 100 100` (multiplier, receive, transmit) or `profile fast`. */
function timesOf(words: string[], profiles: Map<string, BfdTimes>): BfdTimes | null {
  const at = words.indexOf('profile');
  if (at >= 0) return profiles.get(words[at + 1] ?? '') ?? null;
  const [multiplier, receive, transmit] = words.slice(0, 3).map(Number);
  return multiplier && receive && transmit ? { multiplier, receive, transmit } : null;
}

function setTime(block: BfdTimes, key: string, value: number): void {
  if (!(value > 0)) return;
  if (key === 'detect-multiplier') block.multiplier = value;
  if (key === 'receive-interval') block.receive = value;
  if (key === 'transmit-interval') block.transmit = value;
}
