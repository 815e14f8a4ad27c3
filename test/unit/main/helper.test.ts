import path from 'node:path';
import t from 'tap';
import { type Peer, type Served, serve } from '../../../agent/ipc.ts';
import { silentLog } from '../../../agent/log.ts';
import { Helper } from '../../../agent/main/helper.ts';
import { monotonicUs } from '../../../agent/time.ts';
import type { Frame } from '../../../agent/wire.ts';
import { Queue } from '../support/events.ts';
import { temporaryFolder } from '../support/temporary.ts';

const boot_id = '11111111-2222-4333-8444-555555555555';
const head = (seq: number, epoch = 7) => ({ boot_id, epoch, seq, t_us: 1000 + seq });
const lost = (seq: number, epoch = 7) => ({
  ...head(seq, epoch),
  source: 'tcp',
  count: 1,
  reason: 'x',
});

async function stage(t: { teardown(end: () => unknown): void }) {
  const socket = path.join(temporaryFolder(t), 'helper.sock');
  const requests = new Queue<string>();
  const heard = new Queue<string>();
  const peers = new Queue<Peer>();
  let judge = () => {};
  const open = (): Promise<Served> =>
    serve(socket, {
      mode: 0o600,
      onConnect: peer => peers.push(peer),
      onMessage: (_, type, data) => requests.push(`${type} ${JSON.stringify(data)}`),
    });
  const served = await open();
  const helper = new Helper({
    socket,
    log: silentLog,
    onFrame: (frame: Frame) => {
      judge();
      heard.push(`${frame.type} ${frame.data.seq}`);
    },
    onMisfit: type => heard.push(`misfit ${type}`),
    onLost: () => heard.push('lost connection'),
  });
  t.teardown(async () => {
    helper.close();
    await served.close().catch(() => {});
  });
  const judging = (work: () => void) => {
    judge = work;
  };
  return { helper, requests, heard, peers, open, served, judging };
}

t.test('attaches, takes frames, and goes on from where it was', async t => {
  const { helper, requests, heard, peers } = await stage(t);
  t.equal(await requests.next(), 'attach {"cursor":null}');
  const peer = await peers.next();
  peer.send('lost', lost(0));
  peer.send('lost', lost(4));
  peer.send('lost', lost(5));
  t.same(
    [await heard.next(), await heard.next(), await heard.next()],
    ['lost 0', 'lost 4', 'lost 5'],
  );
  t.same(helper.cursor, { epoch: 7, seq: 5 });
  peer.close('test');
  t.equal(await heard.next(), 'lost connection');
  t.equal(await requests.next(), 'attach {"cursor":{"epoch":7,"seq":5}}');
  const again = await peers.next();
  again.send('lost', lost(5));
  again.send('lost', lost(6));
  t.equal(await heard.next(), 'lost 6', 'what was judged is not judged again');
  again.send('lost', lost(1, 8));
  t.equal(await heard.next(), 'lost 1', 'another epoch has its own numbers');
});

t.test('a frame that does not fit is counted, and the next one is taken', async t => {
  const { helper, heard, peers, requests } = await stage(t);
  await requests.next();
  const peer = await peers.next();
  peer.send('lost', { ...lost(1), count: -1 });
  peer.send('nonsense', lost(2));
  peer.send('lost', null);
  peer.send('lost', lost(3));
  t.same(
    [await heard.next(), await heard.next(), await heard.next(), await heard.next()],
    ['misfit lost', 'misfit nonsense', 'misfit lost', 'lost 3'],
  );
  t.same(
    [...helper.misfits],
    [
      ['lost', 2],
      ['nonsense', 1],
    ],
  );
});

t.test('a hole in the numbers asks for a snapshot', async t => {
  const { peers, requests, heard } = await stage(t);
  await requests.next();
  const peer = await peers.next();
  peer.send('lost', lost(1));
  peer.send('lost', lost(3));
  t.equal(await requests.next(), 'snapshot {}');
  t.same([await heard.next(), await heard.next()], ['lost 1', 'lost 3']);
});

t.test('what comes in one read is judged a slice at a time, all of it before the loss', async t => {
  const { requests, heard, peers, judging } = await stage(t);
  await requests.next();
  const peer = await peers.next();
  const sent = Array.from({ length: 12 }, (_, i) => i + 1);
  let turns = 0;
  judging(() => {
    if (turns === 0) setImmediate(() => heard.push('a turn of the loop'));
    turns++;
    for (const end = performance.now() + 3; performance.now() < end; );
  });
  for (const seq of sent) peer.send('lost', lost(seq));
  const order = await heard.take(sent.length + 1);
  const at = order.indexOf('a turn of the loop');
  t.ok(at > 0 && at < sent.length, `a turn after ${at} frames`);
  const frames = order.filter(one => one !== 'a turn of the loop');
  t.same(
    frames,
    sent.map(seq => `lost ${seq}`),
  );
  for (const seq of sent) peer.send('lost', lost(100 + seq));
  peer.close('test');
  t.same(await heard.take(sent.length + 1), [
    ...sent.map(seq => `lost ${100 + seq}`),
    'lost connection',
  ]);
});

t.test('our own news waits for the frames of what happened before, and no longer', async t => {
  const { helper, requests, heard, peers, judging } = await stage(t);
  await requests.next();
  const peer = await peers.next();
  judging(() => {
    for (const end = performance.now() + 3; performance.now() < end; );
  });
  const frames = 12;
  const order = async (t_us: (seq: number) => number) => {
    const seqs = Array.from({ length: frames }, (_, i) => helper.cursor!.seq + 1 + i);
    for (const seq of seqs) peer.send('lost', { ...lost(seq), t_us: t_us(seq - seqs[0]!) });
    await heard.next();
    helper.after(() => heard.push('own'));
    t.ok(helper.behind);
    const told = await heard.take(frames);
    return told.indexOf('own');
  };
  peer.send('lost', lost(1));
  await heard.next();
  t.equal(await order(() => 1), frames - 1, 'all of them are older');
  const soon = monotonicUs() + 60_000_000;
  t.equal(await order(n => (n < 8 ? 1 : soon)), 8, 'the ninth is younger');
});

t.test('a request to configure is sent when it is new, and to each new helper', async t => {
  const { helper, requests, peers } = await stage(t);
  await requests.next();
  const request = {
    type: 'configure' as const,
    data: {
      ports: [[3260, 3260] as [number, number]],
      unacked_ms: 50,
      unanswered_ms: 200,
      probes: [],
      bfd: [],
      io_stalled_ms: 1000,
    },
  };
  helper.configure(request);
  helper.configure(structuredClone(request));
  helper.trace(5000);
  t.match(await requests.next(), /^configure /);
  t.equal(await requests.next(), 'trace {"for_ms":5000}');
  (await peers.next()).close('test');
  t.match(await requests.next(), /^attach /);
  helper.configure(request);
  t.match(await requests.next(), /^configure /);
});
