/**
 * A storm of corrected errors as the helper joins it, ten frames a second for each component, through
 * the daemon with its real spool and receiver: one alarm each, and a link's alarm in the midst of it. The figures that are
 * printed are of this process, which plays helper and receiver as well.
 */
import { setInterval } from 'node:timers/promises';
import t from 'tap';
import { hwFields } from '../support/hardware_frames.ts';
import { LiveHost, stage, start } from './stage.ts';

const SOCKETS = 2;
const DIMMS = 6;
const FUNCTIONS = 2;
const COMPONENTS = SOCKETS + DIMMS + FUNCTIONS;
const ROUND_MS = 100;
/** Of one component in a round: ten thousand a second of all. */
const ERRORS = 100;
const ROUNDS = 40;
/** The link goes down, and up, every few rounds. */
const LINK_EVERY = 5;

function storm(host: LiveHost): void {
  const errors = { count: ERRORS, first_us: host.t - 100_000 };
  for (let socket = 0; socket < SOCKETS; socket++) {
    host.say('mce', hwFields('mce', { ...errors, socket, status: '0x9c00000000010151' }));
  }
  for (let i = 0; i < DIMMS; i++) {
    host.say('memory_error', hwFields('memory_error', { ...errors, label: `DIMM_${i}` }));
  }
  for (let i = 0; i < FUNCTIONS; i++) {
    host.say('aer', hwFields('aer', { ...errors, device: `0000:${i + 10}:00.0`, status: '0x40' }));
  }
}

t.test('one alarm for each component, and nothing waits for them', async t => {
  const { config, requests, events } = await stage(t);
  await start(t, config);
  const { peer } = await requests.next();
  const host = new LiveHost();
  host.attach().serve(peer);
  const lost: number[] = [];
  const told: number[] = [];
  const seen = new Map<string, string[]>();
  const read = (async () => {
    for (;;) {
      const { kind, alarm } = await events.next();
      const key = `${alarm.type} ${alarm.managedObjectId}`;
      seen.set(key, [...(seen.get(key) ?? []), kind]);
      if (alarm.type === 'link-down' && kind === 'raised') told.push(performance.now());
    }
  })();
  void read;
  const before = process.cpuUsage();
  const began = performance.now();
  let round = 0;
  for await (const _ of setInterval(ROUND_MS)) {
    storm(host.now());
    if (round % LINK_EVERY === 1) {
      lost.push(performance.now());
      host.lose('c-a').tellCarrier('c-a');
    }
    if (round % LINK_EVERY === 3) host.heal('c-a').tellCarrier('c-a');
    host.flush();
    if (round % 10 === 0) host.heartbeat().flush();
    if (++round === ROUNDS) break;
  }
  const { user, system } = process.cpuUsage(before);
  const ran_us = (performance.now() - began) * 1000;
  const settled = () => told.length >= 1 && seen.size >= COMPONENTS + 1;
  for await (const _ of setInterval(10)) if (settled()) break;
  const errors = [...seen].filter(([key]) => key.includes('corrected-errors'));
  t.equal(errors.length, COMPONENTS);
  // Raised, and once more when the worst of its rates is exceeded.
  for (const [key, kinds] of errors) t.match(kinds.join(), /^raised(,changed)?$/, key);
  const waits = told.map((at, i) => at - lost[i]!).sort((a, b) => a - b);
  const rate = (ROUNDS * COMPONENTS * ERRORS) / (ran_us / 1e6);
  t.comment(
    `${Math.round(rate)} errors a second of ${COMPONENTS} components: ` +
      `${((100 * (user + system)) / ran_us).toFixed(1)} % of a processor; ${waits.length} alarms ` +
      `of a link: median ${waits[waits.length >> 1]?.toFixed(1)}, worst ${waits.at(-1)?.toFixed(1)} ms`,
  );
});
