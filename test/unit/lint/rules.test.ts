/** The contract of every rule: data that can be checked, and a formula that says what its vectors say. */
import t from 'tap';
import type { Rule } from '../../../agent/lint/rule.ts';
import { allRules, ruleFacts } from '../../../agent/lint/rules/facts.ts';
import { importsOf, sources } from '../laws/sources.ts';
import { vectors } from './vectors.ts';

t.test('every rule has a name of its own, and vectors', async t => {
  const ids = allRules.map(r => r.id);
  t.equal(new Set(ids).size, ids.length);
  t.same(Object.keys(vectors).sort(), ids.toSorted());
});

for (const rule of allRules) {
  t.test(rule.id, async t => {
    t.match(rule.id, /^[a-z0-9]+(-[a-z0-9]+)*$/);
    t.ok(rule.formula.length > 0 && rule.losses.length > 0);
    t.match(rule.advice({ elapsed_ms: 533 }), /\S{3}/, 'it says what to do');
    for (const source of rule.source)
      t.match(
        source,
        /\.(rst|c|h|html|conf)\b|\(\d\)|RFC \d+|IEEE|OPNFV|Ceph, |FRR, |ARCHITECTURE/,
        `a document: ${source}`,
      );
    t.ok(rule.source.length > 0, 'it cites a source');
    t.ok(rule.reads.length > 0 || rule.stage === 'note', 'it says what it reads');
    const tried = vectors[rule.id] ?? [];
    t.ok(
      tried.some(v => v.ms !== null),
      'some vector applies',
    );
    for (const [i, { of, ms, loss, warns }] of tried.entries()) {
      const judgement = (rule as Rule).judge(of as never, loss ?? rule.losses[0] ?? 'carrier');
      const name = `vector ${i + 1}`;
      if (typeof ms === 'number')
        t.ok(Math.abs(Number(judgement?.ms) - ms) < 0.001, `${name}: ${judgement?.ms} is ${ms}`);
      else t.equal(judgement?.ms ?? null, ms, name);
      if (judgement === null) continue;
      t.ok(judgement.why.length > 5, `${name} is explained`);
      if (warns !== undefined) t.equal(judgement.warns, warns, `${name} warns`);
      if (ms === 'unknown' && rule.id !== 'multipath-dev-loss')
        t.ok(
          judgement.settings.some(s => s.value === null),
          `${name} names what is not known`,
        );
    }
  });
}

t.test('the facts are the rules, readable', async t => {
  const facts = ruleFacts();
  t.equal(facts.length, allRules.length);
  t.match(
    facts.find(f => f.id === 'bond-mii'),
    { layer: 'bonding', stage: 'detect', losses: ['carrier'], advice: /533 ms/ },
  );
});

t.test('rules and their evaluation read nothing themselves', async t => {
  const pure = sources('agent/lint', '.ts').filter(
    ({ file }) =>
      /\/(rules|parse)\//.test(file) || /\/(evaluate|explain|judge|paths|egress)\.ts$/.test(file),
  );
  t.ok(pure.length > 15);
  for (const source of pure) {
    const modules = importsOf(source)
      .filter(i => !i.typeOnly)
      .map(i => i.target);
    t.same(
      modules.filter(m => !m.startsWith('agent/') || /\/(tree|bundle|host)\.ts$/.test(m)),
      [],
      source.file,
    );
  }
});
