/** Which virtual machine a process is, by its command line (QEMU's) and its cgroup (libvirt's, systemd-machined's). */
import type { PageVictim } from '../../types.ts';

/** Null: it is none. `cgroup`: the last names of its path, joined by `/`. */
export function vmOf(command: string | null, cgroup: string | null): PageVictim['vm'] {
  const name = nameInCommand(command ?? '') ?? nameInCgroup(cgroup ?? '');
  const uuid = uuidInCommand(command ?? '');
  return name === null && uuid === null ? null : { name, uuid };
}

/**
 * `-name guest=NAME,debug-threads=on` as libvirt has it, `-name NAME,process=…` as written by hand. A comma of the name
 * itself is doubled. The arguments come joined by blanks: a name with blanks reaches to the next option.
 */
function nameInCommand(command: string): string | null {
  const value = optionValue(command, 'name');
  if (value === null) return null;
  for (const [at, option] of splitOptions(value).entries()) {
    const guest = /^guest=(.*)$/s.exec(option);
    if (guest !== null) return guest[1] || null;
    // The first may leave its key out.
    if (at === 0 && !option.includes('=')) return option || null;
  }
  return null;
}

function uuidInCommand(command: string): string | null {
  const value = optionValue(command, 'uuid');
  const uuid = value === null ? null : /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i.exec(value);
  return uuid === null ? null : uuid[0].toLowerCase();
}

/** What follows `-key` or `--key` up to the next option. */
function optionValue(command: string, key: string): string | null {
  const begin = new RegExp(`(?:^| )--?${key} `).exec(command);
  if (begin === null) return null;
  const rest = command.slice(begin.index + begin[0].length);
  const end = rest.search(/ -/);
  return (end < 0 ? rest : rest.slice(0, end)).trim();
}

/** At single commas; two of them are one that is meant. */
const splitOptions = (value: string): string[] =>
  value
    .replaceAll(',,', '\0')
    .split(',')
    .map(part => part.replaceAll('\0', ','));

/** `machine-qemu\x2d3\x2dNAME.scope` or `qemu-3-NAME.libvirt-qemu`; the rest of the path says nothing. */
function nameInCgroup(cgroup: string): string | null {
  for (const part of cgroup.split('/').reverse()) {
    const scope = /^machine-(.+)\.scope$/s.exec(part);
    const machine = scope === null ? libvirtName(part) : unescapeUnit(scope[1]!);
    const found = machine === null ? null : /^(?:qemu|lxc)-\d+-(.+)$/s.exec(machine);
    if (found !== null) return found[1]!;
  }
  return null;
}

const libvirtName = (part: string): string | null =>
  /^(.+)\.libvirt-(?:qemu|lxc)$/s.exec(part)?.[1] ?? null;

/** systemd.unit(5), "String Escaping for Inclusion in Unit Names": `-` is a slash, bytes are `\xhh`, and UTF-8. */
function unescapeUnit(name: string): string {
  const bytes: number[] = [];
  for (let at = 0; at < name.length; at++) {
    const escaped = /^\\x([0-9a-f]{2})/i.exec(name.slice(at, at + 4));
    if (escaped !== null) {
      bytes.push(Number.parseInt(escaped[1]!, 16));
      at += 3;
    } else if (name[at] === '-') bytes.push(0x2f);
    else bytes.push(...new TextEncoder().encode(name[at]));
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}
