/** BFD with FRR's bfdd at the other end of a leg: RFC 5880 as another implementation understands it. */
import t, { type Test } from 'tap';
import type { Lab } from '../../scripts/lab/lab.ts';
import { inNetns, run, untapped } from '../../scripts/lab/run.ts';
import { nowUs, until } from '../../scripts/lab/wait.ts';
import { Frr } from '../../scripts/storage-lab/frr.ts';
import { askFor, type BfdFrame, forward, LEG, LEG6, openBfdLab, SESSION } from './bfd.ts';

t.setTimeout(600_000);

const PATIENCE_MS = 60_000;
const PEER = `peer ${LEG.local} local-address ${LEG.remote}`;
const PEER6 = `peer ${LEG6.local} local-address ${LEG6.remote}`;
const TERMS = ['receive-interval 50', 'transmit-interval 50', 'detect-multiplier 3'];

/** Both ends silent to each other for the detection time, the leg's link up all the while. */
async function upDownUp(t: Test, session: typeof SESSION, peer: string): Promise<void> {
  const { lab, host, root } = await openBfdLab(t);
  await Frr.start(lab, root, { netns: lab.network.storage, bfd: [peer, ...TERMS] });
  const helper = await askFor(t, host, session);
  const up = await helper.up(150_000);
  t.match(up, { local: session.local, remote: session.remote, micro: false, tx_us: 50_000 });
  t.equal(up.diagnostic, 0, 'nothing is wrong');

  const cut = nowUs();
  const from = helper.bfd.length;
  await forward(lab, false);
  const down = await helper.told('down', from, f => f.state === 'down');
  t.equal(down.diagnostic, 1, 'control detection time expired');
  t.ok(down.since_us < down.t_us - 150_000 + 1, 'not before the detection time has passed');
  t.ok(down.since_us > cut - 150_000, 'counted from the last packet');
  t.comment(`${down.t_us - cut} us after the cut, ${down.t_us - down.since_us} us of silence`);
  t.notOk(helper.carrierLost.includes(LEG.ifindex), 'the link is up');

  const healed = helper.bfd.length;
  await forward(lab, true);
  const back = await helper.up(150_000, healed);
  t.equal(back.diagnostic, 0, 'well again');
  helper.close();
}

t.test('IPv4: up, down at a blackhole, up again', t => upDownUp(t, SESSION, PEER));
t.test('IPv6: up, down at a blackhole, up again', t =>
  upDownUp(t, { ...SESSION, local: LEG6.local, remote: LEG6.remote }, PEER6),
);

t.test('what the other end decides', async t => {
  const { lab, host, root } = await openBfdLab(t);
  const options = { netns: lab.network.storage, bfd: [PEER, ...TERMS] };
  const frr = await Frr.start(lab, root, options);
  const helper = await askFor(t, host, SESSION);
  await helper.up(150_000);

  await t.test('other intervals: agreed by its poll, without going down', async t => {
    const from = helper.bfd.length;
    await frr.configure(PEER, 'transmit-interval 200', 'receive-interval 300');
    const agreed = await helper.told('other terms', from, f => f.detect_us === 600_000);
    t.equal(agreed.state, 'up');
    await helper.told('and the rate that it wants', from, f => f.tx_us === 300_000);
    t.ok(
      helper.bfd.slice(from).every(f => f.state === 'up'),
      'it was up all the while',
    );
  });

  await t.test('ours: told by our poll, without going down', async t => {
    const from = helper.bfd.length;
    helper.configure({ ...SESSION, interval_ms: 400, detect_mult: 5 });
    await helper.told('our slower rate', from, f => f.tx_us === 400_000);
    const theirs = await until(
      'bfdd to know our terms',
      async () => {
        const peer = await frr.peer(LEG.local);
        return peer['remote-transmit-interval'] === 400 ? peer : null;
      },
      PATIENCE_MS,
    );
    t.match(theirs, { status: 'up', 'remote-receive-interval': 400 });
    t.equal(theirs['remote-detect-multiplier'], 5);
    t.equal(await frr.downs(LEG.local), 0, 'it has never been down');
    await frr.configure(PEER, ...TERMS);
    helper.configure(SESSION);
    await helper.up(150_000, from);
    t.ok(
      helper.bfd.slice(from).every(f => f.state === 'up'),
      'nor here',
    );
  });

  await t.test('administratively down', async t => {
    const from = helper.bfd.length;
    await frr.configure(PEER, 'shutdown');
    const down = await helper.told('down', from, f => f.state === 'down');
    // Of its own diagnostic FRR 8.4 says nothing then: 0.
    t.match(down, { diagnostic: 3, remote_state: 'admin-down' }, 'neighbour signalled it');
    // Told a moment later where another change had just been told.
    const passed = down.t_us - down.since_us;
    t.ok(passed < 150_000, `as of its packet, not of the end of a detection time: ${passed} us`);
    const again = helper.bfd.length;
    await frr.configure(PEER, 'no shutdown');
    await helper.up(150_000, again);
  });

  await t.test('a packet that has crossed a router counts for nothing', async t => {
    const from = helper.bfd.length;
    for (let i = 0; i < 5; i++) await forge(lab, 254);
    await forge(lab, 255);
    const down = await helper.told('down', from, f => f.state === 'down');
    t.equal(down.diagnostic, 3, 'the last of them is believed, so the others were well made');
    t.equal(down.remote_diagnostic, 255 & 0x1f);
    await helper.up(150_000, helper.bfd.indexOf(down));
  });

  await t.test('a session that is asked for no more: gone, and the other end is told', async t => {
    const from = helper.bfd.length;
    helper.configure();
    await helper.told('gone', from, f => f.gone);
    const peer = await until(
      'bfdd to see it',
      async () => {
        const said = await frr.peer(LEG.local);
        return said.status === 'down' ? said : null;
      },
      PATIENCE_MS,
    );
    t.match(peer, { 'remote-diagnostic': /administratively down/i });
    const snapshot: BfdFrame[] = helper.bfd.slice(from);
    t.equal(snapshot.filter(f => f.gone).length, 1, 'told once');
  });
  helper.close();
});

/** Sends the helper what bfdd would say that is down; its diagnostic is that of the hop limit. */
async function forge(lab: Lab, hopLimit: number): Promise<void> {
  const packet = Buffer.from('204003180000000900000000000f4240000f424000000000', 'hex');
  packet[0] = 0x20 | (hopLimit & 0x1f);
  const send = `const s = require('node:dgram').createSocket('udp4');
s.bind(50000, '${LEG.remote}', () => { s.setTTL(${hopLimit});
s.send(Buffer.from('${packet.toString('hex')}', 'hex'), 3784, '${LEG.local}', () => s.close()); });`;
  await run(untapped(inNetns(lab.network.storage, [process.execPath, '-e', send])));
}

t.test('another daemon has the port: it keeps it, and the source says so', async t => {
  const { lab, host, root } = await openBfdLab(t);
  const far = await Frr.start(lab, root, { netns: lab.network.storage, bfd: [PEER, ...TERMS] });
  const own = await Frr.start(lab, root, { netns: lab.network.compute, bfd: [] });
  const helper = await askFor(t, host, SESSION);
  await helper.told('that it is down', 0, f => f.state === 'down');
  const said = await until('the source to say so', async () => {
    const client = await askFor(t, host, SESSION);
    client.close();
    const source = client.hello.sources.find(one => one.name === 'bfd');
    return source?.state === 'degraded' ? source : null;
  });
  t.match(said.reason, /10\.77\.1\.2.*UDP port 3784/);
  t.ok(
    helper.bfd.every(f => f.state === 'down' && f.remote_state === 'down'),
    'it has no session',
  );
  await own.stop();
  await helper.up(150_000);

  await t.test('one that comes later has its own sessions, and takes none of ours', async t => {
    await far.configure('peer 10.77.2.1 local-address 10.77.2.2', ...TERMS);
    const from = helper.bfd.length;
    const bfd = ['peer 10.77.2.2 local-address 10.77.2.1', ...TERMS];
    const later = await Frr.start(lab, root, { netns: lab.network.compute, bfd });
    await until(
      'its session over leg b',
      async () => (await later.peer('10.77.2.2')).status === 'up',
      PATIENCE_MS,
    );
    t.strictSame(
      helper.bfd.slice(from).filter(f => f.state !== 'up'),
      [],
      'ours is up',
    );
  });
  helper.close();
});
