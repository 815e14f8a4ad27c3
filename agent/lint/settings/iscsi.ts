/**
 * iSCSI sessions by what the kernel uses now (/sys/class/iscsi_session, iscsi_connection); what it does not show, by
 * iscsid.conf, which counts from the next discovery on.
 */
import { parseAssignments } from '../parse/assignments.ts';
import { failed, numberSetting, setting, type Tree, wholeNumber } from '../tree.ts';
import { firstOf, known, orDefault, unknown, type Value } from '../value.ts';

export interface IscsiSession {
  /** session1 */
  id: string;
  target: Value<string>;
  /** Address of the target, and ours. */
  address: Value<string>;
  local: Value<string>;
  /** s */
  noop_out_interval: Value<number>;
  noop_out_timeout: Value<number>;
  /** s; negative: forever. */
  replacement_timeout: Value<number>;
}

export interface Iscsi {
  sessions: Value<IscsiSession[]>;
}

/** open-iscsi's etc/iscsid.conf, and iscsid without one. */
const DEFAULTS = { noop_out_interval: 5, noop_out_timeout: 5, replacement_timeout: 120 };
const CONF = '/etc/iscsi/iscsid.conf';
const SESSIONS = '/sys/class/iscsi_session';
const CONNECTIONS = '/sys/class/iscsi_connection';
const SESSIONS_MAX = 1024;

export function readIscsi(tree: Tree): Iscsi {
  const listing = tree.list(SESSIONS);
  if (listing.state !== 'names') return { sessions: failed(listing, SESSIONS) };
  const connections = tree.list(CONNECTIONS);
  const names = connections.state === 'names' ? connections.names : [];
  const configured = readConfigured(tree);
  const sessions = listing.names
    .filter(name => /^session\d+$/.test(name))
    .slice(0, SESSIONS_MAX)
    .map(name => {
      const connection = names.find(n => n.startsWith(`connection${name.slice(7)}:`));
      return readSession(tree, name, connection ?? null, configured);
    });
  return { sessions: known(sessions, SESSIONS) };
}

type Configured = (key: keyof typeof DEFAULTS) => Value<number>;

function readConfigured(tree: Tree): Configured {
  const read = tree.read(CONF);
  const settings = read.state === 'text' ? parseAssignments(read.text) : null;
  return key => {
    if (read.state !== 'text') return orDefault<number>(failed(read, CONF), DEFAULTS[key]);
    const scope = key === 'replacement_timeout' ? 'session' : 'conn[0]';
    const name = `node.${scope}.timeo.${key}`;
    const text = settings?.get(name);
    if (text === undefined) return known(DEFAULTS[key], CONF, 'default');
    const value = wholeNumber(text, -1);
    return value === null
      ? unknown(CONF, `${name}: expected a whole number of seconds`)
      : known(value, CONF, 'configured');
  };
}

function readSession(
  tree: Tree,
  id: string,
  connection: string | null,
  configured: Configured,
): IscsiSession {
  const session = (name: string) => `${SESSIONS}/${id}/${name}`;
  const line = (file: string) => setting(tree, file, 'a name', text => text || null);
  const ofConnection = (name: string) => `${CONNECTIONS}/${connection ?? `${id}-none`}/${name}`;
  const timer = (name: string) => numberSetting(tree, ofConnection(name));
  return {
    id,
    target: line(session('targetname')),
    address: firstOf(line(ofConnection('address')), line(ofConnection('persistent_address'))),
    local: line(ofConnection('local_ipaddr')),
    noop_out_interval: firstOf(timer('recv_tmo'), configured('noop_out_interval')),
    noop_out_timeout: firstOf(timer('ping_tmo'), configured('noop_out_timeout')),
    replacement_timeout: firstOf(
      setting(tree, session('recovery_tmo'), 'seconds, or off', text =>
        text === 'off' ? -1 : wholeNumber(text, -1),
      ),
      configured('replacement_timeout'),
    ),
  };
}
