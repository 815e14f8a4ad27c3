/** The archive is what the kernel's unpacker expects (Documentation/driver-api/early-userspace/buffer-format.rst). */
import t from 'tap';
import { archive, directory, file, symlink } from '../../../../scripts/vm-lab/cpio.ts';

interface Read {
  name: string;
  mode: number;
  data: string;
}

function read(bytes: Buffer): Read[] {
  const entries: Read[] = [];
  for (let at = 0; ; ) {
    t.equal(at % 4, 0, 'aligned');
    t.equal(bytes.toString('latin1', at, at + 6), '070701');
    const field = (index: number) =>
      Number.parseInt(bytes.toString('latin1', at + 6 + 8 * index, at + 14 + 8 * index), 16);
    const nameEnd = at + 110 + field(11);
    const dataAt = (nameEnd + 3) & ~3;
    const name = bytes.toString('latin1', at + 110, nameEnd - 1);
    if (name === 'TRAILER!!!') return entries;
    entries.push({
      name,
      mode: field(1),
      data: bytes.toString('latin1', dataAt, dataAt + field(6)),
    });
    at = (dataAt + field(6) + 3) & ~3;
  }
}

t.test('directories, files of every length, links', async t => {
  const entries = [
    directory('bin'),
    ...['', 'a', 'ab', 'abc', 'abcd'].map((text, index) => file(`f${'x'.repeat(index)}`, text)),
    file('init', '#!', 0o755),
    symlink('bin/sh', 'busybox'),
  ];
  t.same(
    read(archive(entries)),
    entries.map(entry => ({ name: entry.path, mode: entry.mode, data: entry.data ?? '' })),
  );
});
