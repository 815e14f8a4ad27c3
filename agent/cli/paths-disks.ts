/** Multipath devices and disks, as `pathwarden paths` shows them. */
import type { Paths } from '../control/protocol.ts';
import type { MultipathPath, PathDisk, PathMap, Us } from '../types.ts';
import { elapsed } from './format.ts';
import { clean, type Paint, paint, type Terminal, table } from './terminal.ts';

export function mapsText(out: Terminal, { maps, disks, now_us }: Paths): string {
  if (maps.length === 0) return '';
  const rows = maps.flatMap(map =>
    map.paths.length === 0
      ? [[mapName(map), paint(out, 'red', 'no path')]]
      : map.paths.map((path, i) => [
          i === 0 ? mapName(map) : '',
          clean(path.disk),
          pathState(out, path),
          clean(path.session ?? ''),
          ioText(
            out,
            disks.find(({ name }) => name === path.disk),
            now_us,
          ),
        ]),
  );
  const columns = [
    { title: 'DEVICE', shrink: true },
    ...['PATH', 'STATE', 'SESSION', 'I/O'].map(title => ({ title })),
  ];
  return `\n${paint(out, 'bold', 'multipath')}\n${table(out, columns, rows, '  ')}`;
}

const mapName = ({ device, name }: PathMap): string =>
  clean(name === null ? device : `${device} ${name}`);

function pathState(out: Terminal, { usable, state, access, failures }: MultipathPath): string {
  const said = clean(access === null ? state : `${state}, ${access}`);
  const how: Paint = usable ? 'green' : 'red';
  return (
    paint(out, how, said) + (failures !== null && failures > 0 ? `, failed ${failures} times` : '')
  );
}

function ioText(out: Terminal, disk: PathDisk | undefined, now_us: Us): string {
  if (disk === undefined) return '?';
  const { stalled_since_us: since, errors } = disk;
  const failed = errors > 0 ? `, ${paint(out, 'yellow', `${errors} errors`)}` : '';
  if (since === null) return `moves${failed}`;
  return `${paint(out, 'red', 'stalled')} for ${elapsed(now_us - since)}${failed}`;
}

/** Paths are shown with their device; a local disk is none of ours while it is well. */
export function disksText(out: Terminal, { disks, maps, now_us }: Paths): string {
  const paths = new Set(maps.flatMap(map => map.paths.map(({ disk }) => disk)));
  const shown = disks.filter(
    ({ name, kind, stalled_since_us, errors }) =>
      !paths.has(name) && (kind !== 'local' || stalled_since_us !== null || errors > 0),
  );
  if (shown.length === 0) return '';
  const rows = shown.map(disk => [
    clean(disk.name),
    disk.kind,
    clean(disk.session ?? ''),
    ioText(out, disk, now_us),
  ]);
  const columns = ['DISK', 'KIND', 'SESSION', 'I/O'].map(title => ({ title }));
  return `\n${paint(out, 'bold', 'disks')}\n${table(out, columns, rows, '  ')}`;
}
