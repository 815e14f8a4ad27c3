/** What the adapter `snmp` says, and that its MIB says the same. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { cutText } from '../../../agent/adapters/snmp/cut.ts';
import { engineClock, engineIdOf } from '../../../agent/adapters/snmp/engine.ts';
import { linkVarbinds } from '../../../agent/adapters/snmp/link.ts';
import {
  alarmNotifications,
  type Notification,
  rebuiltNotification,
} from '../../../agent/adapters/snmp/map.ts';
import { snmpSettings } from '../../../agent/adapters/snmp/settings.ts';
import { dateAndTime, isAuthenticated } from '../../../agent/adapters/snmp/wire.ts';
import type { Alarm, AlarmChangeKind } from '../../../agent/types.ts';
import { ROOT } from '../laws/sources.ts';
import { change, notice, stampAt } from '../support/alarm.ts';
import { temporaryFolder } from '../support/temporary.ts';

const BASE = '1.3.6.1.4.1.8072.9999.9999.7727';
const settings = (fields: object = {}) =>
  snmpSettings.parse({ kind: 'snmp', name: 'nms', address: 'nms.example', host: 'c1', ...fields });

const said = (kind: AlarmChangeKind, alarm: Partial<Alarm> = {}, fields: object = {}) =>
  alarmNotifications(notice(change('a', 2, kind, alarm)), 'urn:x', settings(fields));
const oids = (all: Notification[]) => all.map(({ oid }) => oid);
const textOf = (one: Notification | undefined, nr: number) =>
  one?.varbinds.find(({ oid }) => oid === `${BASE}.1.${nr}.0`)?.value;

t.test('which notifications a change is', async t => {
  const [own, down, up] = [`${BASE}.0.1`, '1.3.6.1.6.3.1.1.5.3', '1.3.6.1.6.3.1.1.5.4'];
  t.same(oids(said('raised')), [down, own]);
  t.same(oids(said('changed')), [own]);
  t.same(oids(said('acknowledged')), [own]);
  t.same(oids(said('cleared')), [up, own]);
  t.same(oids(said('cleared', { clearCause: 'subject-gone' })), [own]);
  t.same(oids(said('cleared', { clearCause: 'superseded' })), [own]);
  t.same(oids(said('raised', { type: 'link-flapping' })), [own]);
  t.same(oids(said('cleared', { type: 'link-flapping' })), [up, own]);
  t.same(oids(said('raised', { type: 'path-lost', managedObjectId: 'group/g' })), [own]);
  t.same(oids(said('raised', {}, { link_traps: false })), [own]);
  t.same(oids(said('raised', {}, { enterprise: '1.3.6.1.4.1.4711.1' })), [
    down,
    '1.3.6.1.4.1.4711.1.0.1',
  ]);
  const rebuilt = rebuiltNotification(
    {
      key: 'rebuilt/1',
      adapter: 'nms',
      reason: 'why',
      at: stampAt(1),
      sequence: 2 ** 32 + 7,
      uncommitted: false,
    },
    'urn:x',
    settings(),
  );
  t.same(oids(rebuilt), [`${BASE}.0.2`]);
  t.equal(textOf(rebuilt[0], 4), 7, 'a counter begins anew');
  t.equal(textOf(rebuilt[0], 18), 'why');
});

t.test('what an alarm notification says', async t => {
  const [, own] = said('raised', {
    eventType: 'QOS_ALARM',
    isRootCause: false,
    drill: 'd-1',
    maintenance: 'new cable',
  });
  const values = Object.fromEntries(
    own!.varbinds.map(({ oid, value }) => [oid.slice(BASE.length + 3, -2), value]),
  );
  t.same(values, {
    1: 'a/2',
    2: 'urn:x',
    3: 'c1',
    4: 1,
    5: 'a',
    6: 2,
    7: 1,
    8: 'link-down',
    9: 'leg/c-a',
    10: 4,
    11: 3,
    12: 'Link failure',
    13: '2026-03-04T05:06:07.001790Z',
    14: '2026-03-04T05:06:07.001890Z',
    15: 2,
    16: 'd-1',
    17: 'carrier lost on c-a',
    19: 'new cable',
  });
});

t.test('the MIB has what is sent, in its order', async t => {
  const mib = readFileSync(path.join(ROOT, 'agent/adapters/snmp/PATHWARDEN-MIB.txt'), 'utf8');
  t.match(mib, /::= \{ enterprises 8072 9999 9999 7727 \}/);
  const numbers = new Map<string, number>();
  for (const [, name = '', nr] of mib.matchAll(
    /^(pathwarden\w+) OBJECT-TYPE[\s\S]*?::= \{ pathwardenObjects (\d+) \}/gm,
  )) {
    numbers.set(name, Number(nr));
  }
  const listed = (name: string) => {
    const clause = new RegExp(`^${name} NOTIFICATION-TYPE\\s+OBJECTS \\{([^}]*)\\}`, 'm').exec(mib);
    return (clause?.[1]?.match(/\w+/g) ?? []).map(one => numbers.get(one));
  };
  const sent = (one: Notification | undefined) =>
    one?.varbinds.map(({ oid }) => Number(oid.slice(BASE.length + 3, -2)));
  t.same(sent(said('changed')[0]), listed('pathwardenAlarm'));
  t.equal(numbers.size, 19);
  const enumerated = (name: string) =>
    new RegExp(`^${name} OBJECT-TYPE\\s+SYNTAX INTEGER \\{([^}]*)\\}`, 'm')
      .exec(mib)?.[1]
      ?.match(/\w+\(\d+\)/g);
  t.same(enumerated('pathwardenChange'), [
    'raised(1)',
    'changed(2)',
    'cleared(3)',
    'acknowledged(4)',
  ]);
});

t.test('texts are cut between characters', async t => {
  t.equal(cutText('abc', 3), 'abc');
  t.equal(cutText('abc', 2), 'ab');
  t.equal(cutText('aü€😀', 2), 'a');
  t.equal(cutText('aü€😀', 3), 'aü');
  t.equal(cutText('aü€😀', 9), 'aü€');
  t.equal(cutText('aü€😀', 10), 'aü€😀');
  t.equal(cutText('😀', 0), '');
});

t.test('what a link is called, read when it is told', async t => {
  const folder = temporaryFolder(t);
  mkdirSync(path.join(folder, 'eth7'));
  writeFileSync(path.join(folder, 'eth7', 'ifindex'), '42\n');
  writeFileSync(path.join(folder, 'eth7', 'flags'), '0x1003\n');
  const of = (name: string, up = false) => linkVarbinds({ name, up }, folder);
  const [entry, names] = ['1.3.6.1.2.1.2.2.1', '1.3.6.1.2.1.31.1.1.1.1'];
  t.same(await of('eth7'), [
    { oid: `${entry}.1.42`, type: 'integer', value: 42 },
    { oid: `${entry}.7.42`, type: 'integer', value: 1 },
    { oid: `${entry}.8.42`, type: 'integer', value: 2 },
    { oid: `${names}.42`, type: 'text', value: 'eth7' },
  ]);
  t.match((await of('eth7', true))?.[2], { value: 1 });
  writeFileSync(path.join(folder, 'eth7', 'flags'), '0x1002\n');
  t.match((await of('eth7'))?.[1], { value: 2 }, 'set down');
  for (const name of ['eth8', '..', '.', '', 'eth7/.', '../eth7', 'a name']) {
    t.equal(await of(name), null, name);
  }
});

t.test('our engine', async t => {
  const id = engineIdOf('urn:x', BASE);
  t.equal(id.length, 21);
  t.equal(id.subarray(0, 5).toString('hex'), '80001f8805');
  t.same(engineIdOf('urn:x', BASE), id, 'the same after each start');
  t.notSame(engineIdOf('urn:y', BASE), id);
  t.equal(engineIdOf('urn:x', '1.3.6.1.4.1.4711').readUInt32BE(), 0x80000000 + 4711);
  const start = 1_800_000_000_000;
  t.same(engineClock(start + 2500, start), { boots: 30_000_000, time_s: 2 });
  t.same(engineClock(start - 1, start), { boots: 30_000_000, time_s: 0 });
  t.ok(engineClock(start, start + 60_000).boots > engineClock(start, start).boots);
});

t.test('bytes', async t => {
  t.equal(dateAndTime('2026-03-04T05:06:07.890123Z').toString('hex'), '07ea0304050607082b0000');
  /** Version, then id, size, flags. */
  const v3 = (flags: number) =>
    Buffer.from([0x30, 0x12, 2, 1, 3, 0x30, 0x0d, 2, 1, 9, 2, 2, 5, 5, 4, 1, flags, 2, 1, 3]);
  t.equal(isAuthenticated(v3(0)), false);
  t.equal(isAuthenticated(v3(1)), true);
  t.equal(isAuthenticated(v3(2)), false);
  t.equal(isAuthenticated(v3(3)), true);
  t.equal(isAuthenticated(Buffer.from('302602010104', 'hex')), true, 'version 2c knows of none');
  for (let size = 0; size < 17; size++) {
    const part = v3(3).subarray(0, size);
    if (size > 4) t.equal(isAuthenticated(part), false, `cut after ${size}`);
    else t.type(isAuthenticated(part), 'boolean');
  }
});
