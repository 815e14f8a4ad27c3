/**
 * Files with `[section]` and `key = value`: ceph.conf, NetworkManager's keyfiles. `#` and `;` begin a comment line, a
 * backslash at its end continues a line, the last of equal keys counts.
 */
export type Ini = Map<string, Map<string, string>>;

export function parseIni(text: string, key: (name: string) => string = name => name): Ini {
  const found: Ini = new Map();
  let section = sectionOf(found, '');
  for (const raw of text.replace(/\\\r?\n/g, '').split('\n')) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    if (line.startsWith('[')) {
      const end = line.indexOf(']');
      if (end > 0) section = sectionOf(found, line.slice(1, end).trim());
      continue;
    }
    const at = line.indexOf('=');
    if (at > 0) section.set(key(line.slice(0, at).trim()), line.slice(at + 1).trim());
  }
  return found;
}

/** Ceph takes `osd heartbeat grace`, `osd-heartbeat-grace` and `osd_heartbeat_grace` for the same. */
export const cephKey = (name: string): string => name.toLowerCase().replace(/[\s-]+/g, '_');

function sectionOf(all: Ini, name: string): Map<string, string> {
  const section = all.get(name) ?? new Map<string, string>();
  all.set(name, section);
  return section;
}
