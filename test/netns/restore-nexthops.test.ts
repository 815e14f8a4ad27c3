/** The helper puts nexthop objects back that the kernel deleted with their link, and nothing else. */
import t, { type Test } from 'tap';
import type { FrameOf } from '../../agent/wire.ts';
import { nowUs, until } from '../../scripts/lab/wait.ts';
import { Helper } from '../vm/helper.ts';
import { GuardLab } from './guard-lab.ts';

t.setTimeout(240_000);

type Told = FrameOf<'steering'>['data'];
const ALLOWED = ['--restore-nexthops', 'nhg:10', '--restore-nexthops', 'nhg:20'];

/** Group 10 with weights and two routes, group 20 of IPv6 with one; and what of it is allowed. */
async function open(t: Test, ipv6 = true): Promise<GuardLab> {
  const lab = await GuardLab.open(t, { ipv6 });
  await lab.ip('nexthop add id 1 via 10.77.1.2 dev c-a proto static');
  await lab.ip('nexthop add id 2 via 10.77.2.2 dev c-b');
  await lab.ip('nexthop add id 10 group 1,3/2,5');
  await lab.ip('route add 10.99.0.0/24 src 10.77.9.1 nhid 10');
  await lab.ip('route add 10.98.0.0/24 metric 7 quickack 1 nhid 10');
  if (!ipv6) return lab;
  await lab.ip('nexthop add id 21 via fd77:1::2 dev c-a');
  await lab.ip('nexthop add id 22 via fd77:2::2 dev c-b');
  await lab.ip('nexthop add id 20 group 21/22');
  await lab.ip('-6 route add 2001:db8:9::/48 metric 30 nhid 20');
  return lab;
}

const nexthops = (lab: GuardLab) => lab.ip('nexthop show');
const farEnd = (lab: GuardLab, leg: string, way: 'up' | 'down') =>
  lab.ip(`link set s-${leg} ${way}`, lab.s);

/** Until the kernel has deleted this object, and the helper has seen that. */
async function gone(helper: Helper, from_us: number, ...ids: number[]): Promise<void> {
  for (const one of ids)
    await helper.next('nexthop', ({ id, gone }) => id === one && gone, from_us);
}

const put = (helper: Helper, id: number, from_us: number): Promise<Told> =>
  helper.next(
    'steering',
    ({ group, outcome }) => group === `nhg:${id}` && outcome === 'restored',
    from_us,
  );

t.test('each leg, by its far end and by its own', async t => {
  const lab = await open(t);
  const before = await lab.state();
  const helper = await Helper.startIn(t, lab.c, ...ALLOWED);
  t.same(helper.hello.restores, ['nhg:10', 'nhg:20']);
  for (const [leg, id, other] of [
    ['a', 1, '2,5'],
    ['b', 2, '1,3'],
  ] as const) {
    const from = nowUs();
    await farEnd(lab, leg, 'down');
    await gone(helper, from, id, 20 + id);
    await farEnd(lab, leg, 'up');
    t.match(await put(helper, 10, from), {
      how: 'nexthops',
      asked_us: null,
      from_ifindex: 30 + id,
      before: `nexthop id 10 group ${other}`,
      after: 'nexthop id 10 group 1,3/2,5',
    });
    await put(helper, 20, from);
    await lab.as(before);
  }
  const from = nowUs();
  await lab.ip('link set c-a down');
  await gone(helper, from, 1, 21);
  await lab.ip('link set c-a up');
  await put(helper, 10, from);
  t.notMatch(
    await nexthops(lab),
    /^id 21 /m,
    'its gateway is out of reach: the address went with the link',
  );
  await lab.ip('addr add fd77:1::1/64 dev c-a');
  await put(helper, 20, from);
  await lab.as(before);
});

t.test('both legs: the groups and their routes go, and come back with the first', async t => {
  const lab = await open(t);
  const before = await lab.state();
  const helper = await Helper.startIn(t, lab.c, ...ALLOWED);
  for (const order of ['ab', 'ba']) {
    let from = nowUs();
    await farEnd(lab, 'a', 'down');
    await farEnd(lab, 'b', 'down');
    await gone(helper, from, 1, 2, 10, 20, 21, 22);
    t.equal((await nexthops(lab)).trim(), '');
    const [first, second] = [...order] as [string, string];
    from = nowUs();
    await farEnd(lab, first, 'up');
    t.match(await put(helper, 10, from), { before: 'no nexthop id 10', reason: /2 routes/ });
    t.match(await put(helper, 20, from), { before: 'no nexthop id 20', reason: /1 route / });
    t.match(await lab.ip('route show'), /^10\.98\.0\.0\/24 nhid 10 .*\n10\.99\.0\.0\/24 nhid 10 /m);
    from = nowUs();
    await farEnd(lab, second, 'up');
    await put(helper, 10, from);
    await put(helper, 20, from);
    await lab.as(before);
  }
});

/** These legs lose their carrier, `change` is made, they are back, and the helper has looked at all of it. */
async function meanwhile(
  t: Test,
  legs: string,
  change: (lab: GuardLab) => Promise<unknown>,
): Promise<{ lab: GuardLab; helper: Helper; from: number }> {
  const lab = await open(t, false);
  const helper = await Helper.startIn(t, lab.c, '--restore-nexthops', 'nhg:10');
  const from = nowUs();
  for (const leg of legs) await farEnd(lab, leg, 'down');
  await gone(helper, from, ...[...legs].map(leg => (leg === 'a' ? 1 : 2)));
  await change(lab);
  const back = nowUs();
  for (const leg of legs) await farEnd(lab, leg, 'up');
  for (const leg of legs)
    await helper.next('carrier', c => c.ifindex === (leg === 'a' ? 31 : 32) && c.carrier, back);
  // The helper has dumped everything since, twice, and has had its chance.
  for (const marker of [98, 99]) {
    await lab.ip(`nexthop add id ${marker} blackhole`);
    await helper.next('nexthop', ({ id, gone }) => id === marker && !gone, back);
    await lab.ip(`nexthop del id ${marker}`);
    await helper.next('nexthop', ({ id, gone }) => id === marker && gone, back);
  }
  return { lab, helper, from };
}

const none = (t: Test, helper: Helper, from: number, outcome: Told['outcome']) =>
  t.same(
    helper.all('steering', from).filter(one => one.outcome === outcome),
    [],
    `no ${outcome}`,
  );

t.test(
  'an operator who changed the group, took an id or deleted it meanwhile is left alone',
  async t => {
    const changed = await meanwhile(t, 'a', lab => lab.ip('nexthop replace id 10 group 2,7'));
    t.match(await nexthops(changed.lab), /^id 2 .*\nid 10 group 2,7\s*$/);
    none(t, changed.helper, changed.from, 'restored');

    const taken = await meanwhile(t, 'a', lab => lab.ip('nexthop add id 1 via 10.77.2.2 dev c-b'));
    t.match(
      await nexthops(taken.lab),
      /^id 1 via 10\.77\.2\.2 dev c-b .*\nid 2 .*\nid 10 group 2,5\s*$/,
    );
    none(t, taken.helper, taken.from, 'restored');

    const deleted = await meanwhile(t, 'a', lab => lab.ip('nexthop del id 10'));
    t.match(await nexthops(deleted.lab), /^id 2 [^\n]*\s*$/);
    none(t, deleted.helper, deleted.from, 'restored');
  },
);

t.test('a route that somebody put in place of one that is gone stays', async t => {
  const { lab } = await meanwhile(t, 'ab', lab => lab.ip('route add blackhole 10.99.0.0/24'));
  t.match(await nexthops(lab), /^id 10 group 1,3\/2,5/m);
  t.match(await lab.ip('route show'), /^blackhole 10\.99\.0\.0\/24/m);
  t.match(await lab.ip('route show'), /^10\.98\.0\.0\/24 nhid 10 /m);
});

t.test("a routing daemon's are its own, and so is a group that nobody named", async t => {
  const lab = await open(t, false);
  await lab.ip('nexthop replace id 2 via 10.77.2.2 dev c-b proto zebra');
  await lab.ip('nexthop add id 31 via 10.77.1.2 dev c-a');
  await lab.ip('nexthop add id 32 via 10.77.2.2 dev c-b');
  await lab.ip('nexthop add id 30 group 31/32');
  const helper = await Helper.startIn(t, lab.c, '--restore-nexthops', 'nhg:10');
  const from = nowUs();
  await farEnd(lab, 'a', 'down');
  await gone(helper, from, 1, 31);
  await farEnd(lab, 'a', 'up');
  const refused = await helper.next('steering', ({ outcome }) => outcome === 'refused', from);
  t.match(refused, { group: 'nhg:10', how: 'nexthops', reason: /object 2 \(protocol 11\).*zebra/ });
  t.match(await nexthops(lab), /^id 2 .*\nid 10 group 2,5 \nid 30 group 32 \nid 32 /);
  none(t, helper, from, 'restored');
});

t.test(
  'a helper that was killed has forgotten, and puts nothing back that it has not seen',
  async t => {
    const lab = await open(t, false);
    const before = await lab.state();
    const first = await Helper.startIn(t, lab.c, '--restore-nexthops', 'nhg:10');
    let from = nowUs();
    await farEnd(lab, 'a', 'down');
    await gone(first, from, 1);
    await first.end('SIGKILL');
    const second = await Helper.startIn(t, lab.c, '--restore-nexthops', 'nhg:10');
    await farEnd(lab, 'a', 'up');
    await second.next('carrier', c => c.ifindex === 31 && c.carrier);
    const short = await nexthops(lab);
    t.match(short, /^id 2 .*\nid 10 group 2,5\s*$/);
    await lab.ip('nexthop add id 1 via 10.77.1.2 dev c-a proto static');
    await lab.ip('nexthop replace id 10 group 1,3/2,5');
    await lab.as(before);
    await until('the helper to have seen it', () =>
      second.all('nexthop').some(n => n.id === 10 && n.group?.length === 2),
    );
    none(t, second, 0, 'restored');
    from = nowUs();
    await farEnd(lab, 'b', 'down');
    await gone(second, from, 2);
    await farEnd(lab, 'b', 'up');
    await put(second, 10, from);
    await lab.as(before);
  },
);
