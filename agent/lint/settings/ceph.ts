/** Ceph by ceph.conf, which comes before the monitors' own database; what it does not say may be said there. */
import { cephKey, parseIni } from '../parse/ini.ts';
import { failed, quote, type Tree, wholeNumber } from '../tree.ts';
import { known, unknown, type Value } from '../value.ts';

export interface Ceph {
  /** s */
  heartbeat_interval: Value<number>;
  heartbeat_grace: Value<number>;
  /** Prefixes of the public and the cluster network. */
  networks: string[];
  /** Addresses of the monitors. */
  monitors: string[];
}

const FILE = '/etc/ceph/ceph.conf';
const INTERVAL_S = 6;
const GRACE_S = 20;

export function readCeph(tree: Tree): Value<Ceph> {
  const read = tree.read(FILE);
  if (read.state !== 'text') return failed(read, FILE);
  const ini = parseIni(read.text, cephKey);
  const get = (key: string) => ini.get('osd')?.get(key) ?? ini.get('global')?.get(key);
  const seconds = (key: string, fallback: number): Value<number> => {
    const text = get(key);
    if (text === undefined) return known(fallback, FILE, 'default');
    const value = wholeNumber(text, 1, 86_400);
    return value === null
      ? unknown(FILE, `${key}: expected 1 to 86400 s; found ${quote(text)}`)
      : known(value, FILE, 'configured');
  };
  const list = (key: string) => (get(key) ?? '').split(/[\s,;]+/).filter(Boolean);
  return known(
    {
      heartbeat_interval: seconds('osd_heartbeat_interval', INTERVAL_S),
      heartbeat_grace: seconds('osd_heartbeat_grace', GRACE_S),
      networks: [...list('public_network'), ...list('cluster_network')],
      monitors: addresses(get('mon_host') ?? ''),
    },
    FILE,
    'configured',
  );
}

/** `[v2:10.0.0.1:3300/0,v1:10.0.0.1:6789/0] 10.0.0.2 [fd00::1]:6789`; host names are passed over. */
const addresses = (text: string): string[] => [
  ...new Set(
    [...text.matchAll(/\d{1,3}(?:\.\d{1,3}){3}|\[([0-9a-f]*:[0-9a-f:]+)\]/gi)].map(
      ([all, inner]) => inner ?? all,
    ),
  ),
];
