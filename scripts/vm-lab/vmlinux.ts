/**
 * Takes the uncompressed kernel out of a bzImage: QEMU enters an ELF image directly (PVH), which spares the emulated
 * processor the decompression.
 *
 *     node vmlinux.ts <vmlinuz> <output> <unpacked packages with xz>
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';

const ELF = Buffer.from('\x7fELF', 'latin1');

interface Format {
  magic: Buffer;
  unpack: (data: Buffer) => Buffer;
}

function unxz(tools: string, data: Buffer): Buffer {
  // What follows the stream in a bzImage is not part of it.
  const { stdout } = spawnSync(join(tools, 'usr/bin/xz'), ['-dc', '--single-stream'], {
    env: { LD_LIBRARY_PATH: join(tools, 'usr/lib/x86_64-linux-gnu') },
    input: data,
    maxBuffer: 1 << 30,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  return stdout;
}

function extract(image: Buffer, formats: readonly Format[]): Buffer | null {
  for (const { magic, unpack } of formats)
    for (let at = image.indexOf(magic); at >= 0; at = image.indexOf(magic, at + 1)) {
      let kernel: Buffer;
      try {
        kernel = unpack(image.subarray(at));
      } catch {
        continue; // those bytes happened to be there
      }
      if (kernel?.subarray(0, ELF.length).equals(ELF)) return kernel;
    }
  return null;
}

const [input = '', output = '', tools = '/'] = process.argv.slice(2);
const kernel = extract(readFileSync(input), [
  { magic: Buffer.from('fd377a585a00', 'hex'), unpack: data => unxz(tools, data) },
  { magic: Buffer.from('28b52ffd', 'hex'), unpack: zstdDecompressSync },
]);
if (kernel === null) {
  process.stderr.write(`vm: no kernel found inside ${input}\n`);
  process.exit(1);
}
writeFileSync(output, kernel);
