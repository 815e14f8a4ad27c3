/** What the lint suite refuses about packages. */
import t from 'tap';
import { pinMistakes } from '../../../scripts/suites/lint.ts';

const lock = (packages: Record<string, { version?: string; integrity?: string }>) => ({
  packages: { '': {}, ...packages },
});

t.test('ranges, unnamed contents and known malware are refused', async t => {
  const good = { 'node_modules/zod': { version: '4.6.7', integrity: 'sha512-x' } };
  t.same(pinMistakes({ dependencies: { zod: '4.6.7' } }, lock(good)), []);
  for (const range of ['^4.6.7', '~4.6.7', '4.x', '*', 'latest', '>=4'])
    t.equal(pinMistakes({ devDependencies: { zod: range } }, lock(good)).length, 1, range);
  t.equal(pinMistakes({}, lock({ 'node_modules/zod': { version: '4.6.7' } })).length, 1);
  const bad = { 'node_modules/a/node_modules/peacenotwar': { version: '9.1.5', integrity: 'x' } };
  t.equal(pinMistakes({}, lock(bad)).length, 1);
});
