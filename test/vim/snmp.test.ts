/** The adapter `snmp` against Net-SNMP's own receiver of traps. */
import '../../scripts/vim-lab/own-namespace.ts';
import t from 'tap';
import { until } from '../../scripts/lab/wait.ts';
import { openVim } from '../../scripts/vim-lab/vim.ts';
import { TestContext } from '../unit/support/adapter.ts';
import { change } from '../unit/support/alarm.ts';
import { openEscalation, PATIENCE_MS } from './outbox.ts';

t.setTimeout(300_000);

const vim = await openVim({ services: ['snmptrapd'] });
t.teardown(() => vim.closeClean());
const [address = '', port = ''] = vim.endpoints.snmptrapd.split(':');
const { community, v3 } = vim.credentials.snmp;

const MIB = '1.3.6.1.4.1.8072.9999.9999.7727';
const TRAP_OID = '1.3.6.1.6.3.1.1.4.1.0';
const IF_OPER_STATUS = '1.3.6.1.2.1.2.2.1.8';

type Test = Parameters<typeof openEscalation>[0];

const v2c = (context: TestContext) => ({ community_file: context.secret(community) });

const authPriv = (context: TestContext) => ({
  version: '3',
  user: v3.user,
  auth: 'sha',
  auth_file: context.secret(v3.authKey),
  priv: 'aes',
  priv_file: context.secret(v3.privKey),
});

async function open(t: Test, credentials: (context: TestContext) => object, fields: object = {}) {
  const context = new TestContext(t);
  const receiver = { kind: 'snmp', address, port: Number(port), host: 'compute-1' };
  return await openEscalation(t, { ...receiver, ...credentials(context), ...fields }, context);
}

/** Those that arrived about an alarm, as `<pdu> <version> <what> [status or change]`. */
const arrived = (id: string): string[] =>
  vim
    .traps()
    .filter(({ variables }) => variables[`${MIB}.1.1.0`]?.includes(`"${id}/`))
    .map(({ pdu, version, from, variables }) => {
      const what = variables[TRAP_OID]?.replace('OID: .', '');
      const status = Object.entries(variables).find(([oid]) => oid.startsWith(IF_OPER_STATUS));
      return `${pdu} ${version} ${from} ${what} ${status?.[1] ?? variables[`${MIB}.1.7.0`]}`;
    });

const LINK_DOWN = '1.3.6.1.6.3.1.1.5.3 INTEGER: 2';
const LINK_UP = '1.3.6.1.6.3.1.1.5.4 INTEGER: 1';
const RAISED = `${MIB}.0.1 INTEGER: 1`;
const CLEARED = `${MIB}.0.1 INTEGER: 3`;

/** An alarm of a link that is there in every namespace, raised and cleared. */
async function tell(escalation: Awaited<ReturnType<typeof open>>, id: string): Promise<void> {
  const about = { managedObjectId: 'leg/lo' };
  await escalation.put(change(id, 1, 'raised', about), change(id, 2, 'cleared', about));
  await escalation.settled();
  await until('its four notifications', () => arrived(id).length >= 4, PATIENCE_MS);
}

t.test('version 2c: informs, and traps if wanted', async t => {
  await tell(await open(t, v2c), 'informed');
  const head = `INFORM v2c ${community}`;
  t.same(
    arrived('informed'),
    [LINK_DOWN, RAISED, LINK_UP, CLEARED].map(one => `${head} ${one}`),
  );
  await tell(await open(t, v2c, { inform: false }), 'trapped');
  t.same(
    arrived('trapped'),
    [LINK_DOWN, RAISED, LINK_UP, CLEARED].map(one => `TRAP2 v2c ${community} ${one}`),
  );
});

t.test('version 3, authenticated and encrypted: informs, and traps if wanted', async t => {
  await tell(await open(t, authPriv), 'secretly');
  const lines = [LINK_DOWN, RAISED, LINK_UP, CLEARED].map(one => `v3 ${v3.user} ${one}`);
  t.same(
    arrived('secretly'),
    lines.map(line => `INFORM ${line}`),
  );
  await tell(await open(t, authPriv, { inform: false, engine_id: v3.engineId }), 'trapped3');
  t.same(
    arrived('trapped3'),
    lines.map(line => `TRAP2 ${line}`),
  );
});

t.test('what it says of an alarm', async t => {
  const escalation = await open(t, v2c);
  const about = {
    managedObjectId: 'group/ecmp:10.77.9.2/32',
    type: 'redundancy-lost',
    perceivedSeverity: 'CRITICAL' as const,
    faultDetails: ['störung', 'x'.repeat(2000)],
  };
  await escalation.put(change('full', 1, 'raised', about));
  await escalation.settled();
  await until('it', () => arrived('full').length > 0, PATIENCE_MS);
  const trap = vim
    .traps()
    .find(({ variables }) => variables[`${MIB}.1.1.0`] === 'STRING: "full/1"');
  t.match(trap?.variables, {
    [`${MIB}.1.2.0`]: `STRING: "${escalation.context.source}"`,
    [`${MIB}.1.3.0`]: 'STRING: "compute-1"',
    [`${MIB}.1.5.0`]: 'STRING: "full"',
    [`${MIB}.1.6.0`]: 'Gauge32: 1',
    [`${MIB}.1.8.0`]: 'STRING: "redundancy-lost"',
    [`${MIB}.1.9.0`]: 'STRING: "group/ecmp:10.77.9.2/32"',
    [`${MIB}.1.10.0`]: 'INTEGER: 3',
    [`${MIB}.1.13.0`]: /^Hex-STRING: 07 EA 03 04 05 06 07 00 2B 00 00/,
  });
  t.equal(arrived('full').length, 1, 'no linkDown of what is no link');
});

t.test('a manager that is killed gets all of it afterwards', async t => {
  const escalation = await open(t, authPriv);
  await tell(escalation, 'before');
  await vim.stop('snmptrapd');
  await escalation.put(change('away', 1, 'raised', { managedObjectId: 'host' }));
  await escalation.failedFor(/no answer|timed out/i);
  await escalation.put(change('away', 2, 'cleared', { managedObjectId: 'host' }));
  // Its clock and its count of boots have gone on.
  await vim.start('snmptrapd');
  await escalation.settled();
  const both = () => new Set(arrived('away')).size >= 2;
  await until('both', both, PATIENCE_MS);
  t.same(
    [...new Set(arrived('away'))],
    [RAISED, CLEARED].map(one => `INFORM v3 ${v3.user} ${one}`),
  );
});
