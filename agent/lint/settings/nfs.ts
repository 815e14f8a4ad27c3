/** NFS mounts with the options that the kernel uses. */
import { parseMounts } from '../parse/mounts.ts';
import { failed, type Tree, wholeNumber } from '../tree.ts';
import { known, unknown, type Value } from '../value.ts';

export interface NfsMount {
  mountpoint: string;
  /** Of the server; null: not told. */
  address: string | null;
  tcp: boolean;
  soft: boolean;
  /** Tenths of a second. */
  timeo: Value<number>;
  retrans: Value<number>;
}

const FILES = ['/proc/self/mountinfo', '/proc/mounts'];
const MOUNTS_MAX = 1024;

export function readNfs(tree: Tree): Value<NfsMount[]> {
  let last: Value<NfsMount[]> | null = null;
  for (const file of FILES) {
    const read = tree.read(file);
    if (read.state === 'text') {
      const mounts = parseMounts(read.text)
        .filter(m => /^nfs4?$/.test(m.type))
        .slice(0, MOUNTS_MAX)
        .map(({ mountpoint, options }) => {
          const number = (name: string, fallback: number): Value<number> => {
            const text = options.get(name);
            if (text === undefined) return known(fallback, file, 'default');
            const value = wholeNumber(text, 0);
            return value === null
              ? unknown(file, `${mountpoint}: ${name} is no number`)
              : known(value, file);
          };
          return {
            mountpoint,
            address: options.get('addr') ?? null,
            tcp: /^tcp6?$/.test(options.get('proto') ?? 'tcp'),
            soft: options.has('soft') || options.has('softerr'),
            timeo: number('timeo', 600),
            retrans: number('retrans', 2),
          };
        });
      return known(mounts, file);
    }
    last ??= failed(read, file);
  }
  return last as Value<NfsMount[]>;
}
