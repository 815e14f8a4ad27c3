/** Law 3: the middle is pure. No I/O, no clock, no timer of its own, no chance: what it says depends on what it is told. */
import t from 'tap';
import { codeOf, importsOf, sources } from './sources.ts';

const MIDDLE = ['topology', 'probes', 'faults', 'failovers', 'alarms'];
const IMPURE =
  /\b(Date|performance|setTimeout|setInterval|setImmediate|queueMicrotask|process|fetch|crypto|console|Math\.random|async|await|Promise|globalThis|Worker)\b/;

t.test('the middle imports nothing from outside the agent', async t => {
  const against = MIDDLE.flatMap(room => sources(`agent/${room}`, '.ts')).flatMap(source =>
    importsOf(source)
      .filter(({ target }) => !target.startsWith('agent/'))
      .map(({ target }) => `${source.file} -> ${target}`),
  );
  t.same(against, []);
});

t.test('the middle has no clock, no timer, no I/O', async t => {
  const against: string[] = [];
  for (const { file, text } of MIDDLE.flatMap(room => sources(`agent/${room}`, '.ts'))) {
    for (const [number, line] of codeOf(text).split('\n').entries()) {
      const found = IMPURE.exec(line);
      if (found) against.push(`${file}:${number + 1}: ${found[0]}`);
    }
  }
  t.same(against, []);
});

t.test('the test sees what is impure', async t => {
  t.match(codeOf('const a = Date.now(); // Date'), IMPURE);
  t.notMatch(codeOf("/* Date */ const a = 'Date'; // Date"), IMPURE);
  t.match(codeOf(`const a = \`\${Math.random()}\``), IMPURE);
});
