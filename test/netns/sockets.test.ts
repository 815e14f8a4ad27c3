/** Who may speak to whom, and what bytes from a stranger can do: nothing. */
import { mkdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { AGENT_UID, type Host } from '../../scripts/lab/product.ts';
import { run, untapped } from '../../scripts/lab/run.ts';
import type { Site } from '../../scripts/lab/site.ts';
import { sleep, until } from '../../scripts/lab/wait.ts';
import { openSite } from './support.ts';

t.setTimeout(240_000);

const frame = (type: string, data: unknown) => Buffer.from(`${JSON.stringify({ type, data })}\f`);
const ATTACH = frame('attach', { cursor: null });

/** Talks to a socket as another user. */
async function speakAs(site: Site, uid: number, socket: string, bytes: Buffer) {
  const script = join(site.lab.dir, 'bin', 'raw-client.ts');
  mkdirSync(dirname(script), { recursive: true });
  await run(['cp', join(import.meta.dirname, '../../scripts/lab/raw-client.ts'), script]);
  const { stdout } = await run(
    untapped([
      ...['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--'],
      ...[join(site.lab.dir, 'bin/bundle/node'), script, socket],
    ]),
    { input: bytes.toString('base64'), cwd: '/' },
  );
  const said = JSON.parse(stdout) as { connected: boolean; received: string; closed: boolean };
  return { ...said, text: Buffer.from(said.received, 'base64').toString('utf8') };
}

t.test('who may speak', async t => {
  const site = await openSite(t, { rate: 0 });
  const { compute } = site;
  const STRANGER = AGENT_UID + 100;

  await t.test("the helper's socket serves root and the agent's user alone", async t => {
    for (const uid of [0, AGENT_UID]) {
      const said = await speakAs(site, uid, compute.helperSocket, ATTACH);
      t.match(said.text, /^\{"type":"hello"/, `uid ${uid} is greeted`);
    }
    for (const uid of [STRANGER, 65534, 1]) {
      const said = await speakAs(site, uid, compute.helperSocket, ATTACH);
      t.equal(said.text, '', `uid ${uid} hears nothing`);
      t.ok(!said.connected || said.closed, `uid ${uid} is not kept`);
    }
  });

  await t.test('a stranger reaches neither control socket', async t => {
    const request = frame('request', { id: 1, verb: 'status' });
    for (const socket of [compute.viewSocket, compute.adminSocket]) {
      const said = await speakAs(site, STRANGER, socket, request);
      t.notOk(said.connected, `${socket} refuses`);
    }
  });

  await t.test('the view socket changes nothing', async t => {
    const before = await compute.ask('status', {});
    const where = { drill: 'x', group: site.group, leg: 'c-a' };
    const cut = { kind: 'admin-down', t_us: 1, uncertainty_us: 1, budget_ms: 1, hold_ms: 1 };
    for (const [verb, args] of Object.entries({
      'drill-ready': where,
      'drill-cut': { ...where, ...cut },
      'drill-healed': { drill: 'x', t_us: 1 },
      'drill-outcome': { drill: 'x' },
      'drill-end': { drill: 'x' },
    })) {
      const request = frame('request', { id: 7, verb, ...args });
      const said = await speakAs(site, 0, compute.viewSocket, request);
      t.match(said.text, /"ok":false/, `${verb} is refused`);
    }
    const after = await compute.ask('status', {});
    t.same(after.alarms, before.alarms, 'no alarm');
    t.same(await compute.ask('failovers', { limit: 10 }), [], 'no failover record');
  });
});

/** Byte streams that are no messages, or not ours. */
const HOSTILE: [string, Buffer][] = [
  ['nothing but a form feed', Buffer.from('\f\f\f\f')],
  ['null', Buffer.from('null\f')],
  ['a number', Buffer.from('1e999\f')],
  ['a list', Buffer.from('[]\f')],
  ['no type', Buffer.from('{"data":{}}\f')],
  ['an unknown type', frame('shutdown', { now: true })],
  ['a reserved type', frame('connect', {})],
  ['a prototype', Buffer.from('{"type":"__proto__","data":{"__proto__":{"a":1}}}\f')],
  ['half a message', Buffer.from('{"type":"attach","da')],
  ['a request before attach', frame('trace', { for_ms: 1000 })],
  ['wrong fields', frame('attach', { cursor: { epoch: -1, seq: 'x' } })],
  ['too many ports', frame('configure', { ports: Array(5000).fill([1, 65535]) })],
  ['deep nesting', Buffer.from(`{"type":"attach","data":${'['.repeat(50_000)}\f`)],
  ['bad UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0xc0, 0x80, 0x22, 0x7d, 0x0c])],
  ['zeros', Buffer.alloc(100_000)],
  ['no end', Buffer.alloc(8 * 1024 * 1024, 'a')],
  ['random bytes', Buffer.from(Array.from({ length: 65_536 }, (_, i) => (i * 7919 + 13) % 251))],
];

/** Writes and leaves when the peer closes, at the latest after 400 ms. */
function throwAt(socket: string, bytes: Buffer): Promise<void> {
  return new Promise(resolve => {
    const peer = connect(socket);
    const leave = () => {
      peer.destroy();
      resolve();
    };
    peer.on('error', leave).on('close', leave);
    peer.on('connect', () => {
      peer.write(bytes);
      setTimeout(leave, 400);
    });
    peer.resume();
  });
}

async function alive(t: Test, host: Host, name: string): Promise<void> {
  const { helper, agent } = host;
  t.ok(helper?.exit === null && agent?.exit === null, `both live after: ${name}`);
}

t.test('hostile bytes on every socket, with the sanitizers on', async t => {
  await run(['make', '-s', '-C', 'native', 'asan'], { timeoutMs: 200_000 });
  const site = await openSite(t, { rate: null, native: 'build/native-asan' });
  const { compute } = site;
  for (const [name, bytes] of HOSTILE) {
    await Promise.all(
      [compute.helperSocket, compute.viewSocket, compute.adminSocket].map(socket =>
        throwAt(socket, bytes),
      ),
    );
    await alive(t, compute, name);
  }
  // A message cut at each of its bytes, then the connection is gone.
  for (let i = 0; i < ATTACH.length; i++)
    await new Promise<void>(resolve => {
      const peer = connect(compute.helperSocket);
      peer.on('error', () => resolve()).on('close', () => resolve());
      peer.on('connect', () => peer.end(ATTACH.subarray(0, i), () => peer.destroy()));
    });
  await alive(t, compute, 'messages cut short');
  // A client that attaches and never reads.
  const silent = connect(compute.helperSocket);
  silent.on('error', () => {});
  silent.pause();
  silent.write(ATTACH);
  await sleep(500);
  await until('the agent to be served still', async () => {
    const { helper } = await compute.ask('status', {});
    return helper.connected;
  });
  silent.destroy();
  await alive(t, compute, 'a client that does not read');
  const log = readFileSync(compute.helper?.log ?? '', 'utf8');
  t.notMatch(log, /AddressSanitizer|runtime error/, 'the sanitizers found nothing');
});
