/** Every configuration in test/fixtures/config: the good ones are good, the bad ones say what is wrong (UPDATE_EXPECTED=1 writes it anew). */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { adapterSchemas } from '../../../agent/adapters/index.ts';
import { formatProblems, loadConfig, parseConfig } from '../../../agent/config.ts';

const good = fileURLToPath(new URL('../../fixtures/config', import.meta.url));
const bad = path.join(good, 'bad');
const yaml = (folder: string) => readdirSync(folder).filter(name => name.endsWith('.yaml'));

for (const name of yaml(good)) {
  t.test(`${name} is a good configuration`, async t => {
    const loaded = loadConfig(path.join(good, name), adapterSchemas);
    t.same(loaded.problems ?? [], []);
  });
}

for (const name of yaml(bad)) {
  t.test(`${name} is told to be wrong, all of it`, async t => {
    const text = readFileSync(path.join(bad, name), 'utf8');
    const loaded = parseConfig(text, name, adapterSchemas);
    const told = `${formatProblems(loaded.problems ?? [])}\n`;
    const expected = path.join(bad, name.replace('.yaml', '.txt'));
    if (process.env.UPDATE_EXPECTED) writeFileSync(expected, told);
    t.equal(told, readFileSync(expected, 'utf8'));
    t.equal(loaded.config, undefined);
  });
}

t.test('the full example names every key there is, with its default', async t => {
  const full = loadConfig(path.join(good, 'full.yaml'), adapterSchemas).config;
  const none = parseConfig('', 'none', adapterSchemas).config;
  t.ok(full && none);
  if (!full || !none) return;
  t.same(Object.keys(full).sort(), Object.keys(none).sort());
  const { storage, groups, bonds, leg_probes, adapters, source, alarms, api, ...same } = full;
  t.match(none, same, 'what is not an example is the default');
  t.equal(leg_probes.interval_ms, none.leg_probes.interval_ms);
  t.equal(leg_probes.lost_after, none.leg_probes.lost_after);
  t.same(groups.include, none.groups.include);
  t.same(bonds, { bond0: { partner_systems: 2 } });
  t.same(storage.ports, [
    { name: 'port-3260', low: 3260, high: 3260 },
    { name: 'ports-6800-7568', low: 6800, high: 7568 },
    { name: 'nvme-tcp', low: 4420, high: 4420 },
    { name: 'lab', low: 10000, high: 10010 },
  ]);
  t.match(adapters, [{ kind: 'webhook', name: 'vim', primary: true, timeout_ms: 300 }]);
  t.same(adapters[0]?.route, {
    min_severity: 'WARNING',
    types: ['*'],
    exclude_types: [],
    objects: ['*'],
    exclude_objects: [],
    drills: 'include',
  });
  t.same(alarms, {
    severities: [{ types: ['link-down'], objects: ['leg/mgmt*'], severity: 'WARNING' }],
    damping: none.alarms.damping,
  });
  t.same(none.api, {});
  t.same(api, {
    listen: '10.0.0.5:8443',
    cert_file: 'credential:api-cert',
    key_file: 'credential:api-key',
    client_ca_file: 'credential:api-clients',
    token_file: 'credential:api-tokens',
  });
  t.equal(source, 'urn:example:host:compute-1');
});
