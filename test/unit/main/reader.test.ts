/** The link to the reader against one made of paper, and what the whole agent makes of losing it. */
import path from 'node:path';
import t, { type Test } from 'tap';
import { parseConfig } from '../../../agent/config.ts';
import { type Peer, serve } from '../../../agent/ipc.ts';
import { Reader } from '../../../agent/main/reader.ts';
import { OUTPUT_MAX } from '../../../agent/wire.ts';
import { Queue } from '../support/events.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { silentSink } from './silent-sink.ts';

const boot_id = '11111111-2222-4333-8444-555555555555';
const head = (seq: number) => ({ boot_id, epoch: 7, seq, t_us: 1000 + seq });
const tools = [{ tool: 'smartctl', state: 'ok', reason: null, interval_ms: 60_000 }];
const hello = { ...head(0), version: '1', pid: 9, tools };
const reading = (seq: number, output: string) => ({
  ...head(seq),
  ...{ tool: 'smartctl', subject: 'sda', outcome: 'ok', exit_code: 0, output },
  ...{ complaint: '', took_us: 5, interval_ms: 60_000 },
});

async function stage(t: Test, use: 'auto' | 'on' | 'off') {
  const socket = path.join(temporaryFolder(t), 'reader.sock');
  const requests = new Queue<string>();
  const heard = new Queue<string>();
  const peers = new Queue<Peer>();
  const open = async () => {
    const served = await serve(socket, {
      mode: 0o600,
      onConnect: peer => peers.push(peer),
      onMessage: (_, type, data) => requests.push(`${type} ${JSON.stringify(data)}`),
    });
    t.teardown(() => served.close().catch(() => {}));
    return served;
  };
  const { config } = parseConfig(
    `{ source: 'urn:test:host', reader: { socket: ${socket}, use: '${use}' } }`,
    'test',
    {},
  );
  const reader = new Reader({
    config: config!.reader,
    log: silentSink.log,
    onFrame: ({ type, data }) => {
      const more = type === 'lost' ? ` of ${data.source}` : '';
      heard.push(`${type} ${data.seq}${more}`);
    },
    onMisfit: (type, problem) => heard.push(`misfit ${type}: ${problem}`),
    onSight: seen => heard.push(`${seen.subject} ${seen.value}`),
  });
  t.teardown(() => reader.close());
  return { reader, requests, heard, peers, open };
}

t.test('it attaches, hands on frames, and a lost connection is a loss of its source', async t => {
  const { reader, requests, heard, peers, open } = await stage(t, 'auto');
  await open();
  reader.start();
  t.equal(await requests.next(), 'attach {}');
  t.match(reader.state, { connected: false, tools: [] }, 'not before it has said who it is');
  const peer = await peers.next();
  peer.send('reader_hello', hello);
  peer.send('snapshot', { ...head(0), source: 'reader', phase: 'begin', complete: true });
  peer.send('reading', reading(0, '{}'));
  // The longest that the reader may send: every byte takes six.
  peer.send('reading', reading(1, '\u0001'.repeat(OUTPUT_MAX)));
  t.same(
    [await heard.next(), await heard.next(), await heard.next(), await heard.next()],
    ['reader_hello 0', 'snapshot 0', 'reading 0', 'reading 1'],
  );
  t.same(reader.state, { use: 'auto', connected: true, version: '1', tools });
  reader.read({ tool: 'smartctl', subject: 'sda' });
  t.equal(await requests.next(), 'read {"tool":"smartctl","subject":"sda"}');
  peer.close('test');
  t.equal(await heard.next(), 'lost 1 of reader');
  t.match(reader.state, { connected: false, version: null });
  t.equal(await requests.next(), 'attach {}', 'it comes back by itself');
});

t.test('what is no frame of the reader is not believed', async t => {
  const { reader, heard, peers, open } = await stage(t, 'auto');
  await open();
  reader.start();
  const peer = await peers.next();
  peer.send('lost', { ...head(1), source: 'rtnl', count: 1, reason: 'x' });
  peer.send('snapshot', { ...head(2), source: 'rtnl', phase: 'begin', complete: true });
  peer.send('reading', { ...reading(3, ''), outcome: 'fine' });
  peer.send('reading', reading(4, 'x'.repeat(OUTPUT_MAX + 1)));
  peer.send('reading', reading(5, ''));
  t.match(await heard.next(), /^misfit lost: not of this sender/);
  t.match(await heard.next(), /^misfit snapshot: not of this sender/);
  t.match(await heard.next(), /^misfit reading: outcome/);
  t.match(await heard.next(), /^misfit reading: output/);
  t.equal(await heard.next(), 'reading 5');
});

t.test('auto misses none that was never there, on does, off asks for none', async t => {
  const auto = await stage(t, 'auto');
  auto.reader.start();
  const on = await stage(t, 'on');
  on.reader.start();
  t.equal(await on.heard.next(), 'source/reader blind');
  await on.open();
  t.equal(await on.requests.next(), 'attach {}');
  const off = await stage(t, 'off');
  await off.open();
  off.reader.start();
  t.equal(await off.heard.next(), 'source/reader degraded');
  t.match(off.reader.state, { use: 'off', connected: false });
  t.equal(off.peers.waitingItems.length, 0, 'nobody came');
  t.equal(auto.heard.waitingItems.length, 0, 'nothing was said of it');
});
