/** /proc/self/mountinfo and /proc/mounts (proc(5)). */
export interface Mount {
  source: string;
  mountpoint: string;
  type: string;
  options: Map<string, string>;
}

/** Lines that are neither are passed over. */
export function parseMounts(text: string): Mount[] {
  return text.split('\n').flatMap(line => {
    const mount = parseMountinfo(line) ?? parseMountsLine(line);
    return mount ? [mount] : [];
  });
}

/** `36 35 98:0 / /mnt rw,noatime master:1 - nfs4 srv:/x rw,timeo=600`: the source's own options come last. */
function parseMountinfo(line: string): Mount | null {
  const [before, after] = line.split(' - ');
  const fields = before?.split(' ') ?? [];
  const [type, source, options] = after?.split(' ') ?? [];
  if (!/^\d+$/.test(fields[0] ?? '') || !fields[4] || !type || !source) return null;
  return {
    source: unescaped(source),
    mountpoint: unescaped(fields[4]),
    type,
    options: optionsOf(options ?? ''),
  };
}

/** `srv:/x /mnt nfs4 rw,timeo=600 0 0` */
function parseMountsLine(line: string): Mount | null {
  const [source, mountpoint, type, options] = line.split(' ');
  if (!source || !mountpoint?.startsWith('/') || !type || options === undefined) return null;
  return {
    source: unescaped(source),
    mountpoint: unescaped(mountpoint),
    type,
    options: optionsOf(options),
  };
}

function optionsOf(text: string): Map<string, string> {
  return new Map(
    text
      .split(',')
      .filter(Boolean)
      .map(one => {
        const at = one.indexOf('=');
        return at < 0 ? [one, ''] : [one.slice(0, at), one.slice(at + 1)];
      }),
  );
}

/** Blank, tab, newline and backslash are written as octal numbers. */
const unescaped = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
