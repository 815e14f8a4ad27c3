/**
 * What is acknowledged but not answered: how long that is borne with goes by what the connection's answers usually take. Here
 * nothing is lost, so no stall but this one may be told.
 */
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import t from 'tap';
import { Lab } from '../../scripts/lab/lab.ts';
import { tail } from '../../scripts/lab/processes.ts';
import { nowUs, until } from '../../scripts/lab/wait.ts';
import { Helper } from '../vm/helper.ts';
import { closeAfter } from './support.ts';

t.setTimeout(120_000);

const ANSWERS = resolve(import.meta.dirname, '../../scripts/lab/answers.ts');
const PORT = 3260;
const UNACKED_MS = 50;
const UNANSWERED_MS = 200;
const SLOW_MS = 90;
const NEVER = -1;
/** Until what is believed of a new connection has given way to what it does. */
const QUICK_REQUESTS = 60;
/** A machine that is busy may take long for an answer, and then so much is borne with. */
const ROUNDS = 10;

t.test('a request without answer', async t => {
  const lab = await Lab.open();
  closeAfter(t, lab);
  const { compute } = lab.network;
  const helper = await Helper.startIn(t, compute, '--nudge', 'off');
  helper.ask({
    type: 'configure',
    data: {
      ports: [[PORT, PORT]],
      unacked_ms: UNACKED_MS,
      unanswered_ms: UNANSWERED_MS,
      probes: [],
      bfd: [],
      io_stalled_ms: 1000,
    },
  });
  const program = await lab.processes.start('answers', [process.execPath, ANSWERS, String(PORT)], {
    netns: compute,
    piped: true,
  });
  const lines: string[] = [];
  createInterface({ input: program.child.stdout! }).on('line', line => lines.push(line));
  const say = (line: string) => program.child.stdin!.write(`${line}\n`);
  const answered = (what: string, count: number) =>
    until(what, () => {
      if (program.exit) throw new Error(tail(program));
      return lines.filter(line => line === what).length >= count;
    });
  await answered('ready', 1);
  const count = (name: string) => lines.filter(line => line === name).length;
  const ask = async (name: string, delay_ms: number, times: number) => {
    for (let i = 0; i < times; i++) {
      say(`ask ${name} ${delay_ms}`);
      await answered(name, count(name) + 1);
    }
  };
  /** The connection that this opens, as its client has it. */
  const opened = async (name: string, delay_ms: number) => {
    const from_us = nowUs();
    await ask(name, delay_ms, 1);
    return (await helper.next('flow', ({ role }) => role === 'client', from_us)).flow;
  };
  /** What is told of a request that is not answered until then. */
  const withheld = async (name: string, flow: number) => {
    const from_us = nowUs();
    say(`ask ${name} ${NEVER}`);
    const stall = await helper.next('flow_stall', one => one.flow === flow, from_us);
    say('release');
    await helper.next('flow_resume', one => one.flow === flow, from_us);
    t.ok(stall.t_us - stall.since_us >= stall.threshold_us, 'not before its time');
    t.ok(stall.since_us > from_us, 'it began with the request');
    return stall.threshold_us / 1000;
  };

  await t.test('where answers are quick it is told soon', async t => {
    const flow = await opened('quick', 0);
    let borne_ms = Number.POSITIVE_INFINITY;
    for (let round = 0; round < ROUNDS && borne_ms >= UNANSWERED_MS; round++) {
      await ask('quick', 0, QUICK_REQUESTS);
      borne_ms = await withheld('quick', flow);
    }
    t.ok(borne_ms >= UNACKED_MS, `${borne_ms} ms`);
    t.ok(borne_ms < UNANSWERED_MS, `${borne_ms} ms`);
  });

  await t.test('where they take long it is borne with', async t => {
    const flow = await opened('slow', SLOW_MS);
    await ask('slow', SLOW_MS, 30);
    const told = helper.all('flow_stall').filter(one => one.flow === flow);
    for (const { threshold_us } of told) t.ok(threshold_us >= SLOW_MS * 2000, `${threshold_us} µs`);
    const borne_ms = await withheld('slow', flow);
    t.ok(borne_ms >= 2 * SLOW_MS && borne_ms <= UNANSWERED_MS, `${borne_ms} ms`);
  });

  const reasons = new Set(helper.all('flow_stall').map(({ reason }) => reason));
  t.strictSame([...reasons], ['unanswered'], 'all was acknowledged');
});
