// guest: --nics 3 --timeout 150
/**
 * A storage connection over a bond: the route's device stays the bond, the trace tells which member its packets are handed
 * to. A switch opens a trace whether a carrier was lost or, with the ARP monitor, none was.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { inNetns, untapped } from '../../scripts/lab/run.ts';
import { nowUs, until } from '../../scripts/lab/wait.ts';
import { setLink } from '../../scripts/vm-lab/monitor.ts';
import { Helper } from './helper.ts';

t.setTimeout(140_000);

const PEER = 'peer';
const PORT = 3260;
const ip = (...args: string[]) => execFileSync('ip', args, { encoding: 'utf8' });
const ECHO = `require('node:net').createServer(s => s.on('error', () => {}).setNoDelay(true).pipe(s)).listen(${PORT}, () => console.log('up'))`;

/** NIC nic2 plays the target: with an address of its own, and one in VLAN 10. */
async function startTarget(): Promise<ChildProcess> {
  ip('netns', 'add', PEER);
  ip('link', 'set', 'nic2', 'netns', PEER);
  const inside = (...args: string[]) => ip('-n', PEER, ...args);
  inside('link', 'set', 'nic2', 'up');
  inside('address', 'add', '10.9.0.2/24', 'dev', 'nic2');
  inside('link', 'add', 'link', 'nic2', 'name', 'nic2.10', 'type', 'vlan', 'id', '10');
  inside('link', 'set', 'nic2.10', 'up');
  inside('address', 'add', '10.9.10.2/24', 'dev', 'nic2.10');
  const [file = '', ...args] = untapped(inNetns(PEER, [process.execPath, '-e', ECHO]));
  const target = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise(resolve => target.stdout?.once('data', resolve));
  return target;
}

function makeBond(mode: string): void {
  ip('link', 'add', 'bond0', 'type', 'bond', 'mode', mode, 'miimon', '100');
  for (const nic of ['nic0', 'nic1']) {
    ip('link', 'set', nic, 'down');
    ip('link', 'set', nic, 'master', 'bond0');
  }
  ip('link', 'set', 'bond0', 'up');
  ip('address', 'add', '10.9.0.1/24', 'dev', 'bond0');
  ip('link', 'add', 'link', 'bond0', 'name', 'bond0.10', 'type', 'vlan', 'id', '10');
  ip('link', 'set', 'bond0.10', 'up');
  ip('address', 'add', '10.9.10.1/24', 'dev', 'bond0.10');
}

/** Its carrier stays, but nothing comes through. */
function swallow(nic: string): void {
  const tc = (...args: string[]) => execFileSync('tc', args);
  tc('qdisc', 'add', 'dev', nic, 'clsact');
  for (const way of ['ingress', 'egress'])
    tc('filter', 'add', 'dev', nic, way, 'matchall', 'action', 'drop');
}

/** 64 bytes there and back, again and again. */
async function exchange(t: Test, address: string): Promise<Socket> {
  const socket = await until(`a connection to ${address}`, () => tryConnect(address));
  socket
    .setNoDelay(true)
    .resume()
    .on('error', () => {});
  const timer = setInterval(() => socket.write(Buffer.alloc(64)), 20);
  t.teardown(() => {
    clearInterval(timer);
    socket.destroy();
  });
  return socket;
}

function tryConnect(address: string): Promise<Socket | null> {
  return new Promise(resolve => {
    const socket = connect(PORT, address);
    const tooLate = setTimeout(() => {
      socket.destroy();
      resolve(null);
    }, 1000);
    socket.once('connect', () => {
      clearTimeout(tooLate);
      resolve(socket);
    });
    socket.once('error', () => {
      clearTimeout(tooLate);
      resolve(null);
    });
  });
}

const indexOf = (device: string): number => JSON.parse(ip('-j', 'link', 'show', device))[0].ifindex;
const activeOf = () =>
  JSON.parse(ip('-j', '-d', 'link', 'show', 'bond0'))[0].linkinfo.info_data.active_slave;

/** The connection, as the helper has it; its device is the route's. */
async function flowTo(t: Test, helper: Helper, address: string, device: string): Promise<number> {
  const flow = await helper.next(
    'flow',
    data => data.remote === address && data.out_ifindex !== null,
  );
  t.match(flow, { remote_port: PORT, role: 'client', out_ifindex: indexOf(device) });
  return flow.flow;
}

async function newFlow(t: Test, helper: Helper): Promise<number> {
  const began_us = nowUs();
  await exchange(t, '10.9.0.2');
  const fits = (data: { closed: boolean; remote: string }) =>
    !data.closed && data.remote === '10.9.0.2';
  return (await helper.next('flow', fits, began_us)).flow;
}

async function traceOver(helper: Helper): Promise<void> {
  const open = () =>
    helper.all('trace').filter(({ phase }) => phase === 'begin').length >
    helper.all('trace').filter(({ phase }) => phase === 'end').length;
  await until('the end of the trace', () => !open(), 15_000);
}

t.test('members of a bond', async t => {
  execFileSync('modprobe', ['bonding', 'max_bonds=0']);
  const target = await startTarget();
  t.teardown(() => target.kill('SIGTERM'));
  makeBond('active-backup');
  const helper = await Helper.start(t, '--nudge', 'off');
  await exchange(t, '10.9.0.2');
  await exchange(t, '10.9.10.2');
  const plain = await flowTo(t, helper, '10.9.0.2', 'bond0');
  const tagged = await flowTo(t, helper, '10.9.10.2', 'bond0.10');
  const [nic0, nic1, bond0] = ['nic0', 'nic1', 'bond0'].map(indexOf);
  const moved = (flow: number, from: number | null, to: number, from_us: number) =>
    helper.next(
      'flow_member',
      data => data.flow === flow && data.from_ifindex === from && data.to_ifindex === to,
      from_us,
    );

  await t.test('a trace that is asked for names the member in use', async t => {
    await traceOver(helper);
    const began_us = nowUs();
    helper.ask({ type: 'trace', data: { for_ms: 1000 } });
    for (const flow of [plain, tagged]) {
      const first = await moved(flow, null, nic0!, began_us);
      t.equal(first.master_ifindex, bond0, 'the VLAN lies on the bond, the member is the bond’s');
    }
    await traceOver(helper);
  });

  await t.test('MII monitor: the member in use loses its carrier', async t => {
    const cut_us = nowUs();
    setLink('nic0', false);
    for (const flow of [plain, tagged]) {
      const switched = await moved(flow, nic0!, nic1!, cut_us);
      t.equal(switched.master_ifindex, bond0);
      const progress = await helper.next(
        'flow_progress',
        data => data.flow === flow,
        switched.t_us,
      );
      t.ok(progress.t_us >= switched.t_us, 'and it goes on');
      t.comment(
        `member after ${switched.t_us - cut_us} µs, progress after ${progress.t_us - cut_us} µs`,
      );
    }
    t.equal(activeOf(), 'nic1');
    const by = helper.all('carrier', cut_us).find(({ carrier }) => !carrier);
    t.equal(by?.ifindex, nic0);
    setLink('nic0', true);
    t.same(helper.all('flow_switch'), [], "the route's device is the same all the time");
  });

  await t.test('ARP monitor: nothing comes through, and no carrier is lost', async t => {
    ip('link', 'set', 'bond0', 'type', 'bond', 'miimon', '0');
    ip('link', 'set', 'bond0', 'type', 'bond', 'arp_interval', '100', 'arp_ip_target', '10.9.0.2');
    await helper.next('link', data => data.ifindex === bond0 && data.bond?.arp_interval_ms === 100);
    const used: string = await until('the bond to use a member', activeOf);
    const other = used === 'nic0' ? 'nic1' : 'nic0';
    await traceOver(helper);
    const cut_us = nowUs();
    swallow(used);
    const trace = await helper.next('trace', data => data.phase === 'begin', cut_us);
    t.equal(trace.reason, 'link', 'the switch opens a trace');
    const used_us = helper.all('active_member', cut_us)[0]?.t_us ?? 0;
    t.comment(`other member in use after ${used_us - cut_us} µs`);
    for (const flow of [plain, tagged]) {
      const first = await helper.next(
        'flow_member',
        data => data.flow === flow && data.to_ifindex === indexOf(other),
        cut_us,
      );
      t.equal(first.master_ifindex, bond0);
      t.comment(
        `member after ${first.t_us - cut_us} µs, the trace after ${trace.t_us - cut_us} µs`,
      );
    }
    t.equal(activeOf(), other);
    const lost = helper.all('carrier', cut_us).filter(({ carrier }) => !carrier);
    t.same(lost, [], 'no carrier was lost');
  });

  await t.test('balance-rr: a member says nothing of a flow, so but the first is told', async t => {
    ip('link', 'del', 'bond0');
    for (const nic of ['nic0', 'nic1']) {
      execFileSync('tc', ['qdisc', 'replace', 'dev', nic, 'clsact']);
      execFileSync('tc', ['qdisc', 'del', 'dev', nic, 'clsact']);
    }
    makeBond('balance-rr');
    const flow = await newFlow(t, helper);
    await traceOver(helper);
    const asked_us = nowUs();
    helper.ask({ type: 'trace', data: { for_ms: 1000 } });
    await helper.next('trace', data => data.phase === 'end', asked_us);
    const told = helper.all('flow_member', asked_us).filter(data => data.flow === flow);
    t.equal(told.length, 1);
  });

  await t.test('a team: the port in use loses its carrier', async t => {
    ip('link', 'del', 'bond0');
    const team = JSON.stringify({
      device: 'team0',
      runner: { name: 'activebackup' },
      link_watch: { name: 'ethtool' },
      ports: { nic0: { prio: 10 }, nic1: {} },
    });
    for (const nic of ['nic0', 'nic1']) ip('link', 'set', nic, 'down');
    execFileSync('teamd', ['-d', '-c', team]);
    ip('link', 'set', 'team0', 'up');
    ip('address', 'add', '10.9.0.1/24', 'dev', 'team0');
    const team0 = indexOf('team0');
    await helper.next('team', data => data.active_ifindex === nic0);
    const flow = await newFlow(t, helper);
    await traceOver(helper);
    const asked_us = nowUs();
    helper.ask({ type: 'trace', data: { for_ms: 1000 } });
    const first = await moved(flow, null, nic0!, asked_us);
    t.equal(first.master_ifindex, team0);
    setLink('nic0', false);
    const switched = await moved(flow, nic0!, nic1!, first.t_us);
    t.equal(switched.master_ifindex, team0);
    execFileSync('teamd', ['-k', '-t', 'team0']);
  });
});
