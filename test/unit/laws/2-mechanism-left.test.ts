/** Law 2: mechanism left, meaning right. C never says "fault"; TypeScript never parses what the kernel sends. */
import t from 'tap';
import { codeOf, importsOf, sources, withoutComments } from './sources.ts';

t.test('C knows kernel interfaces and no faults', async t => {
  const said: string[] = [];
  for (const { file, text } of [...sources('native', '.c', '.h'), ...sources('bpf', '.c', '.h')]) {
    for (const [name] of codeOf(text).matchAll(/\b[A-Za-z_]\w*\b/g)) {
      const words = name.split(/_|(?<=[a-z])(?=[A-Z])/).map(word => word.toLowerCase());
      if (words.some(word => /^(fault|alarm)s?$/.test(word))) {
        said.push(`${file}: ${name}`);
      }
    }
  }
  t.same(said, []);
});

t.test(
  'the agent reads no kernel interface; only the drills take an inventory, by the netlink package, and the linter reads settings',
  async t => {
    const users: string[] = [];
    const said: string[] = [];
    for (const source of sources('agent', '.ts')) {
      if (importsOf(source).some(i => i.target === 'netlink')) users.push(source.file);
      if (/^agent\/(drills|lint)\//.test(source.file)) continue;
      // What SNMP calls a link by is looked up where it is told.
      if (source.file === 'agent/adapters/snmp/link.ts') continue;
      const text = withoutComments(source.text);
      for (const word of ['/proc/net', '/sys/class', 'RTM_', 'NLM_F', 'addMembership']) {
        if (text.includes(word)) said.push(`${source.file}: ${word}`);
      }
    }
    t.ok(
      users.every(file => file.startsWith('agent/drills/')),
      users.join(),
    );
    t.same(said, []);
  },
);
