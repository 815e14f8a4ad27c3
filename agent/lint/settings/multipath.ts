/** dm-multipath: maps and their paths from sysfs, timing from multipath.conf. */
import { attribute, parseMultipath, type Section } from '../parse/multipath.ts';
import { failed, quote, setting, type Tree, wholeNumber } from '../tree.ts';
import { known, orDefault, plain, unknown, type Value } from '../value.ts';

export interface MultipathMap {
  /** mpatha */
  name: string;
  paths: MultipathPath[];
}

export interface MultipathPath {
  /** sda */
  device: string;
  /** session1, when it is an iSCSI disk. */
  session: string | null;
  /** SCSI command timeout, s: what the path checker waits for when it has no time of its own. */
  timeout: Value<number>;
}

export interface Multipath {
  maps: MultipathMap[];
  /** s */
  polling_interval: Value<number>;
  max_polling_interval: Value<number>;
  /** s; null: the disk's own timeout. */
  checker_timeout: Value<number | null>;
  /** s; negative: off. */
  fast_io_fail_tmo: Value<number>;
  /** s; null: left as it is; Infinity. */
  dev_loss_tmo: Value<number | null>;
  /** Number of retries, fail or queue. */
  no_path_retry: Value<string>;
}

const CONF = '/etc/multipath.conf';
const DROP_IN = '/etc/multipath/conf.d';
const BLOCK = '/sys/block';
const POLLING_S = 5;
const FAST_IO_FAIL_S = 5;

export function readMultipath(tree: Tree): Multipath {
  const conf = readConf(tree);
  const polling = conf('polling_interval', 'a number of seconds', seconds, POLLING_S);
  const longest = 4 * (plain(polling) ?? POLLING_S);
  return {
    maps: readMaps(tree),
    polling_interval: polling,
    max_polling_interval: conf('max_polling_interval', 'a number of seconds', seconds, longest),
    checker_timeout: conf<number | null>('checker_timeout', 'a number of seconds', seconds, null),
    fast_io_fail_tmo: conf(
      'fast_io_fail_tmo',
      'seconds or off',
      text => (text === 'off' ? -1 : seconds(text)),
      FAST_IO_FAIL_S,
    ),
    dev_loss_tmo: conf<number | null>(
      'dev_loss_tmo',
      'seconds or infinity',
      text => (text === 'infinity' ? Number.POSITIVE_INFINITY : seconds(text)),
      null,
    ),
    no_path_retry: conf(
      'no_path_retry',
      'a number, fail or queue',
      text => (/^(\d+|fail|queue)$/.test(text) ? text : null),
      'fail',
    ),
  };
}

const seconds = (text: string): number | null => wholeNumber(text, 0);

type Conf = <T>(
  key: string,
  expected: string,
  parse: (text: string) => T | null,
  fallback: T,
) => Value<T>;

/** The section `overrides` comes before `defaults`, and a drop-in file before what is read earlier. */
function readConf(tree: Tree): Conf {
  const listing = tree.list(DROP_IN);
  const dropIns = listing.state === 'names' ? listing.names.filter(n => n.endsWith('.conf')) : [];
  const files: { file: string; top: Section }[] = [];
  let hidden: Value<never> | null = null;
  for (const file of [CONF, ...dropIns.map(n => `${DROP_IN}/${n}`)]) {
    const read = tree.read(file);
    if (read.state === 'text') files.unshift({ file, top: parseMultipath(read.text) });
    else if (read.state !== 'absent') hidden ??= failed(read, file);
  }
  return (key, expected, parse, fallback) => {
    if (hidden) return hidden;
    for (const section of ['overrides', 'defaults'])
      for (const { file, top } of files) {
        const text = attribute(top, section, key);
        if (text === null) continue;
        const value = parse(text);
        return value === null
          ? unknown(file, `${key}: expected ${expected}; found ${quote(text)}`)
          : known(value, file, 'configured');
      }
    return known(fallback, CONF, 'default');
  };
}

/** Device mapper devices whose uuid says that multipathd made them. */
function readMaps(tree: Tree): MultipathMap[] {
  const listing = tree.list(BLOCK);
  if (listing.state !== 'names') return [];
  return listing.names
    .filter(name => /^dm-\d+$/.test(name))
    .flatMap(name => {
      const text = (file: string) =>
        plain(setting(tree, `${BLOCK}/${name}/${file}`, 'a name', t => t || null));
      if (!text('dm/uuid')?.startsWith('mpath-')) return [];
      const slaves = tree.list(`${BLOCK}/${name}/slaves`);
      const devices = slaves.state === 'names' ? slaves.names : [];
      return [
        {
          name: text('dm/name') ?? name,
          paths: devices.map(device => ({
            device,
            session: sessionOf(tree, device),
            timeout: diskTimeout(tree, device),
          })),
        },
      ];
    });
}

/** An iSCSI disk hangs below its session: `…/host3/session1/target3:0:0/3:0:0:0`. */
const sessionOf = (tree: Tree, device: string): string | null =>
  /\/(session\d+)\//.exec(tree.resolve(`${BLOCK}/${device}/device`) ?? '')?.[1] ?? null;

const diskTimeout = (tree: Tree, device: string): Value<number> =>
  orDefault(
    setting(tree, `${BLOCK}/${device}/device/timeout`, 'seconds', t => wholeNumber(t, 0)),
    30,
  );
