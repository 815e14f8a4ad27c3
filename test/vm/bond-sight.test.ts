// guest: --nics 3 --timeout 150
/**
 * What the helper sees of bonds and teams: the change of the active member as the kernel makes it, or as netlink tells it,
 * and the announcement after it; LACP's ports, which no message tells of; a team's ports and active port.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import type { FrameOf } from '../../agent/wire.ts';
import { nowUs } from '../../scripts/lab/wait.ts';
import { setLink } from '../../scripts/vm-lab/monitor.ts';
import { Helper } from './helper.ts';

t.setTimeout(140_000);

const run = (file: string, ...args: string[]) => execFileSync(file, args, { encoding: 'utf8' });
const ip = (...args: string[]) => run('ip', ...args);
const FAR = 'far';
/** IEEE 802.1AX 6.4.2.3. */
const SYNCHRONIZATION = 8;
const DISTRIBUTING = 32;
const EXPIRED = 128;

const sourceOf = (helper: Helper, name: string) =>
  helper.hello.sources.find(source => source.name === name);

/** So that a veth's carrier counts as urgent its two ends need different numbers. */
function makeCables(near: string): void {
  for (const i of [1, 2])
    ip(
      ...['link', 'add', `${near}${i}`, 'index', `${20 + i}`, 'type', 'veth'],
      ...['peer', 'name', `${near}f${i}`, 'index', `${30 + i}`, 'netns', FAR],
    );
}

function makeBond(): void {
  ip('link', 'add', 'bond0', 'type', 'bond', 'mode', 'active-backup', 'miimon', '100');
  for (const nic of ['nic0', 'nic1']) ip('link', 'set', nic, 'master', 'bond0');
  ip('link', 'set', 'bond0', 'up');
  ip('address', 'add', '10.9.0.1/24', 'dev', 'bond0');
  ip('address', 'add', 'fd00::1/64', 'dev', 'bond0', 'nodad');
  ip('link', 'add', 'link', 'bond0', 'name', 'bond0.10', 'type', 'vlan', 'id', '10');
  ip('link', 'set', 'bond0.10', 'up');
  ip('address', 'add', '10.9.10.1/24', 'dev', 'bond0.10');
}

/** Cuts the active member and returns what is told of it. */
async function switchOver(t: Test, helper: Helper) {
  const links = () => helper.all('link');
  const bond = await helper.next(
    'link',
    one => one.ifname === 'bond0' && one.bond?.active_ifindex != null && one.operstate === 6,
  );
  const from = links().findLast(one => one.ifname === 'bond0')!.bond!.active_ifindex!;
  const name = links().findLast(one => one.ifindex === from)!.ifname;
  const cut_us = nowUs();
  setLink(name, false);
  t.teardown(() => setLink(name, true));
  const moved = await helper.next('active_member', one => one.ifindex === bond.ifindex, cut_us);
  const told = await helper.next(
    'link',
    one => one.ifname === 'bond0' && one.bond?.active_ifindex === moved.to_ifindex,
    cut_us,
  );
  t.equal(moved.from_ifindex, from);
  const positions = [moved.seq, told.seq];
  t.ok(positions[0]! < positions[1]!, 'the switch is told before the link that shows it');
  return { bond, moved, told, cut_us };
}

t.before(() => {
  ip('netns', 'add', FAR);
  ip('link', 'set', 'nic2', 'netns', FAR);
  ip('-n', FAR, 'link', 'set', 'nic2', 'up');
});

t.test('a bond whose module came after the helper: by netlink', async t => {
  const helper = await Helper.start(t, '--nudge', 'off');
  t.match(sourceOf(helper, 'bond'), { state: 'ok', reason: null }, 'no bond, nothing is missing');
  run('modprobe', 'bonding', 'max_bonds=0');
  makeBond();
  const { moved } = await switchOver(t, helper);
  t.equal(moved.via, 'netlink');
  t.match(helper.said, /bond degraded: active member by netlink: bonding came after/);
});

t.test('a bond: the kernel stamps the switch, and the announcements follow', async t => {
  const helper = await Helper.start(t, '--nudge', 'off');
  t.match(sourceOf(helper, 'bond'), { state: 'ok', reason: null });
  const { bond, moved, told, cut_us } = await switchOver(t, helper);
  t.equal(moved.via, 'fentry');
  t.ok(moved.t_us > cut_us && moved.t_us < told.t_us, 'stamped before netlink was read');
  t.match(told.bond, {
    mode: 1,
    miimon_ms: 100,
    arp_interval_ms: 0,
    peer_notify_count: 1,
    lacp: null,
  });
  const vlan = helper.all('link').findLast(one => one.ifname === 'bond0.10')!;
  const announced = (ifindex: number, kind: 'garp' | 'na') =>
    helper.next('announce', one => one.ifindex === ifindex && one.kind === kind, cut_us);
  const garp = await announced(bond.ifindex, 'garp');
  t.equal(garp.address, '10.9.0.1');
  t.ok(garp.t_us > moved.t_us, 'announced after the switch');
  t.equal((await announced(bond.ifindex, 'na')).address, 'fd00::1');
  t.equal((await announced(vlan.ifindex, 'garp')).address, '10.9.10.1');
  t.equal(helper.all('active_member', cut_us).length, 1, 'told once');

  const member = await helper.next('link', one => one.bond_member?.state === 1, cut_us);
  t.ok(member.bond_member?.perm_mac, 'its own address');
  const left_us = nowUs();
  ip('link', 'set', member.ifname, 'netns', FAR);
  const gone = await helper.next(
    'link',
    one => one.ifindex === member.ifindex && one.gone,
    left_us,
  );
  t.equal(gone.moved, true, 'it is in another namespace, not removed');
  ip('link', 'delete', 'bond0');
});

t.test('LACP: ports come, a silent partner shows, a port goes', async t => {
  const makeEnd = (netns: string[], name: string, members: string) => {
    const params = ['mode', '802.3ad', 'miimon', '100', 'lacp_rate', 'fast'];
    ip(...netns, 'link', 'add', name, 'type', 'bond', ...params);
    for (const i of [1, 2]) ip(...netns, 'link', 'set', `${members}${i}`, 'master', name);
    ip(...netns, 'link', 'set', name, 'up');
  };
  makeCables('l');
  makeEnd([], 'bond1', 'l');
  // Not privileged to know the partner: what all may see is enough for the rest.
  const helper = await Helper.start(t, '--nudge', 'off');
  makeEnd(['-n', FAR], 'bond2', 'lf');
  const bond = await helper.next('link', one => one.ifname === 'bond1');
  const inSync = (one: FrameOf<'link'>['data']) =>
    ((one.bond_member?.lacp?.partner_state ?? 0) & DISTRIBUTING) !== 0;
  for (const ifindex of [21, 22]) {
    const port = await helper.next('lacp_port', one => one.ifindex === ifindex);
    t.match(port, { bond_ifindex: bond.ifindex, partner: null, gone: false });
    await helper.next('link', one => one.ifindex === ifindex && inSync(one));
  }
  const joined = await helper.next(
    'link',
    one => one.ifname === 'bond1' && one.bond?.lacp?.port_count === 2,
  );
  t.match(joined.bond?.lacp, { rate_fast: true });
  t.not(joined.bond?.lacp?.partner_mac, '00:00:00:00:00:00');

  const silent_us = nowUs();
  run(
    'ip',
    'netns',
    'exec',
    FAR,
    'tc',
    'qdisc',
    'add',
    'dev',
    'lf1',
    'root',
    'netem',
    'loss',
    '100%',
  );
  const expired = await helper.next(
    'link',
    one => one.ifindex === 21 && ((one.bond_member?.lacp?.actor_state ?? 0) & EXPIRED) !== 0,
    silent_us,
  );
  t.equal((expired.bond_member?.lacp?.partner_state ?? 0) & SYNCHRONIZATION, 0);
  t.equal(expired.carrier, true);

  const left_us = nowUs();
  ip('link', 'set', 'l1', 'nomaster');
  await helper.next('lacp_port', one => one.ifindex === 21 && one.gone, left_us);
  helper.ask({ type: 'snapshot', data: {} });
  await helper.next('snapshot', one => one.source === 'lacp' && one.phase === 'end', left_us);
  ip('link', 'delete', 'bond1');
  await helper.next('lacp_port', one => one.ifindex === 22 && one.gone, left_us);
  for (const end of ['l1', 'l2']) ip('link', 'delete', end);
});

t.test('a team: its ports, its active port, its announcement', async t => {
  makeCables('t');
  for (const i of [1, 2]) ip('-n', FAR, 'link', 'set', `tf${i}`, 'up');
  const config = { runner: { name: 'activebackup' }, link_watch: { name: 'ethtool' } };
  writeFileSync('/run/team0.json', JSON.stringify({ device: 'team0', ...config }));
  run('teamd', '-d', '-f', '/run/team0.json');
  t.teardown(() => run('teamd', '-k', '-t', 'team0'));
  run('teamdctl', 'team0', 'port', 'add', 't1');
  run('teamdctl', 'team0', 'port', 'add', 't2');
  ip('link', 'set', 'team0', 'up');
  ip('address', 'add', '10.7.0.1/24', 'dev', 'team0');
  const helper = await Helper.start(t, '--nudge', 'off');
  t.match(sourceOf(helper, 'team'), { state: 'ok', reason: null });
  const first = await helper.next('team', one => one.active_ifindex !== null);
  t.match(first, { mode: 'activebackup', active_ifindex: 21, gone: false });
  t.strictSame(
    first.ports.map(({ ifindex, linkup, enabled }) => [ifindex, linkup, enabled]),
    [
      [21, true, true],
      [22, true, false],
    ],
  );

  const cut_us = nowUs();
  ip('-n', FAR, 'link', 'set', 'tf1', 'down');
  const moved = await helper.next('active_member', one => one.to_ifindex === 22, cut_us);
  t.match(moved, { ifindex: first.ifindex, from_ifindex: 21, via: 'netlink' });
  const now = await helper.next('team', one => one.active_ifindex === 22, cut_us);
  t.match(now.ports[0], { ifindex: 21, linkup: false, enabled: false });
  const garp = await helper.next('announce', one => one.ifindex === first.ifindex, cut_us);
  t.match(garp, { kind: 'garp', address: '10.7.0.1' });

  helper.ask({ type: 'snapshot', data: {} });
  const end = await helper.next(
    'snapshot',
    one => one.source === 'team' && one.phase === 'end',
    now.t_us,
  );
  t.equal(end.complete, true);
  const port_us = nowUs();
  run('teamdctl', 'team0', 'port', 'remove', 't2');
  await helper.next('team', one => one.ports.length === 1, port_us);
});
