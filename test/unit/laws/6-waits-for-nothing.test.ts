/**
 * Law 6: the alarm path waits for nothing that it watches. Nothing on the agent's loop blocks on a file, a child or a
 * terminal. (That verdicts do not depend on when they are reached is in 6-late.test.ts.)
 */
import t from 'tap';
import { codeOf, loadedBy } from './sources.ts';

/** Loaded by the agent, and still not on its loop: read once, before anything runs. */
const AT_START: Record<string, string> = {
  'agent/config': 'the configuration',
  'agent/time.ts': 'the boot id',
  'agent/socket-file.ts': 'mode and owner of the sockets',
};

const BLOCKING = /\b(\w+Sync|Atomics\.wait|console)\b(?! = )/;

t.test('nothing on the loop blocks', async t => {
  const against: string[] = [];
  const loaded = loadedBy('agent/main.ts');
  t.ok(loaded.length > 20, 'the agent loads its rooms');
  for (const { file, text } of loaded) {
    if (Object.keys(AT_START).some(prefix => file.startsWith(prefix))) continue;
    for (const [number, line] of codeOf(text).split('\n').entries()) {
      const found = BLOCKING.exec(line);
      if (found) against.push(`${file}:${number + 1}: ${found[0]}`);
    }
  }
  t.same(against, []);
});

t.test('the test sees what blocks', async t => {
  t.match(codeOf("const text = readFileSync('x')"), BLOCKING);
  t.match(codeOf("execFileSync('ip')"), BLOCKING);
  t.notMatch(codeOf('a.sync()'), BLOCKING);
});
