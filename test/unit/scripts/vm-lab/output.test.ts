/** The command's output arrives byte for byte, however the chunks fall, and ends at the mark. */
import t from 'tap';
import { Output } from '../../../../scripts/vm-lab/output.ts';

const MARK = '\0pathwarden-vm-end\0';

function read(text: string, size: number): { said: string; ended: boolean } {
  let said = '';
  const output = new Output(chunk => {
    said += chunk.toString('latin1');
  });
  const bytes = Buffer.from(text, 'latin1');
  for (let at = 0; at < bytes.length; at += size) output.write(bytes.subarray(at, at + size));
  const { ended } = output;
  output.flush();
  return { said, ended };
}

t.test('whole and cut in pieces', async t => {
  for (const text of [
    '',
    'ok 1\n',
    'a\0b\0\0',
    '\0pathwarden-vm-',
    'x'.repeat(70),
    `\0${MARK}`.slice(0, 5),
  ])
    for (const size of [1, 2, 7, 19, 1000]) {
      t.same(
        read(text + MARK, size),
        { said: text, ended: true },
        `${JSON.stringify(text)} ${size}`,
      );
      t.same(
        read(text, size),
        { said: text, ended: false },
        `no mark: ${JSON.stringify(text)} ${size}`,
      );
    }
});

t.test('nothing counts after the mark', async t => {
  t.same(read(`a${MARK}b`, 1000), { said: 'a', ended: true });
});
