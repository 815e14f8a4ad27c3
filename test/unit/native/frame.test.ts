/** What the helper and the reader write is what agent/wire.ts reads: every type of frame, as full and as empty as it can be. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'tap';
import { frameSchema } from '../../../agent/wire.ts';

const native = fileURLToPath(new URL('../../../native/', import.meta.url));
const programs = ['frame_test', 'reader_frame_test'].map(
  name => `../build/native-asan/test/${name}`,
);

const made = spawnSync('make', ['-s', ...programs], { cwd: native, encoding: 'utf8' });
const cannot = made.error ? 'make is not installed' : false;

/** A reading may have 128 KiB, each byte of it as six. */
const maxBuffer = 64 * 2 ** 20;
const printed = (program: string): string =>
  spawnSync(program, ['--print'], { cwd: native, encoding: 'utf8', maxBuffer }).stdout;

test('the samples of the tests in C satisfy the schema', { skip: cannot }, async t => {
  t.equal(made.status, 0, 'they are built', { stderr: made.stderr });
  const messages = programs
    .map(printed)
    .join('')
    .split('\f')
    .filter(message => message !== '');
  const types = new Set<string>();
  for (const message of messages) {
    const result = frameSchema.safeParse(JSON.parse(message));
    t.ok(result.success, message.slice(0, 60), { error: result.error?.message });
    if (!result.success) continue;
    types.add(result.data.type);
    const given = JSON.parse(message) as { data: Record<string, unknown> };
    t.strictSame(
      Object.keys(result.data.data).sort(),
      Object.keys(given.data).sort(),
      'no field that the schema does not know',
    );
  }
  const known = frameSchema.options.map(option => option.shape.type.value);
  const byHand = ['hello', 'refused'];
  t.strictSame(
    [...types, ...byHand].sort(),
    [...known].sort(),
    'every type but those made for one client',
  );
});
