/**
 * What a storm of corrected errors costs the agent: 10,000 a second of ten components, as the helper joins them in a storm that
 * lasts (a frame a second for each), and what it costs an alarm of a link meanwhile. The helper is made up; the agent, a process of its own,
 * and its receiver are real. The peer is the same agent without the storm.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Processes } from '../lab/processes.ts';
import { nowUs, sleep, until } from '../lab/wait.ts';
import { type Result, result } from './figures.ts';
import { PaperHelper } from './paper-helper.ts';

const ERRORS_PER_SECOND = 10_000;
const COMPONENTS = 10;
const ROUND_MS = 100;
/** bpf/window.h: in a storm that lasts each component is told of after so many rounds. */
const WINDOW_ROUNDS = 10;
const SAMPLES = 10;
const SAMPLE_MS = 2000;
/** A link goes down in each half of a second: each once, or it would be damped. */
const LOSS_ROUNDS = 5;
const LINKS = Array.from(
  { length: (2 * SAMPLES * SAMPLE_MS) / (ROUND_MS * LOSS_ROUNDS) },
  (_, i) => `n${i}`,
);

export async function errorStorm(): Promise<Result[]> {
  const folder = mkdtempSync(join(tmpdir(), 'pathwarden-storm-'));
  const processes = new Processes(folder);
  const helper = new PaperHelper(LINKS);
  const heard = new Map<string, number>();
  const receiver = createServer((request, response) => {
    let text = '';
    request.on('data', chunk => {
      text += chunk;
    });
    request.on('end', () => {
      const { alarm } = JSON.parse(text).data ?? {};
      if (alarm?.type === 'link-down') heard.set(alarm.managedObjectId, nowUs());
      response.writeHead(204).end();
    });
  });
  try {
    await new Promise<void>(resolve => receiver.listen(0, '127.0.0.1', resolve));
    await helper.start(join(folder, 'helper.sock'));
    const config = writeConfig(folder, (receiver.address() as AddressInfo).port);
    const cli = join(import.meta.dirname, '../../agent/cli/main.ts');
    const agent = await processes.start('agent', [
      process.execPath,
      cli,
      '--config',
      config,
      'agent',
    ]);
    await until('the agent', () => helper.attached, 20_000);
    // What a start leaves to be done is not what is measured.
    await measure(agent.pid, helper, [], heard, false, 2);
    const links = [...LINKS];
    const calm = await measure(agent.pid, helper, links.splice(0, LINKS.length / 2), heard, false);
    // The first frames of a kind are the slowest, and an alarm is raised for each component.
    await measure(agent.pid, helper, [], heard, true, 1);
    const storm = await measure(agent.pid, helper, links, heard, true);
    const name = 'the same agent, no errors';
    return [
      result('error_storm', `% of one processor, ${ERRORS_PER_SECOND} errors a second`, storm.cpu, {
        name,
        values: calm.cpu,
      }),
      result('error_storm_link', 'ms from a loss to its receiver', storm.waits, {
        name,
        values: calm.waits,
      }),
    ];
  } finally {
    await processes.stopAll();
    await helper.stop();
    receiver.closeAllConnections();
    receiver.close();
    rmSync(folder, { recursive: true });
  }
}

function writeConfig(folder: string, port: number): string {
  for (const name of ['run', 'state']) mkdirSync(join(folder, name));
  const config = join(folder, 'agent.yaml');
  writeFileSync(
    config,
    `source: urn:bench:storm
helper: { socket: ${join(folder, 'helper.sock')} }
run_dir: ${join(folder, 'run')}
state_dir: ${join(folder, 'state')}
adapters: [{ kind: webhook, name: vim, url: 'http://127.0.0.1:${port}/', heartbeat_s: 0 }]
`,
  );
  return config;
}

/** Percent of a processor by samples, and ms of each loss. */
async function measure(
  pid: number,
  helper: PaperHelper,
  links: readonly string[],
  heard: Map<string, number>,
  storm: boolean,
  samples = SAMPLES,
): Promise<{ cpu: number[]; waits: number[] }> {
  const lost = new Map<string, number>();
  const cpu: number[] = [];
  let round = 0;
  for (let sample = 0; sample < samples; sample++) {
    const before = { t: nowUs(), cpu: cpuUs(pid) };
    for (const end = before.t + SAMPLE_MS * 1000; nowUs() < end; round++) {
      for (let i = 0; storm && i < COMPONENTS; i++)
        if ((round + i) % WINDOW_ROUNDS === 0) tellErrors(helper, i);
      if (round % 10 === 0) helper.beat();
      const link = round % LOSS_ROUNDS === 0 ? links[round / LOSS_ROUNDS] : undefined;
      if (link !== undefined) {
        lost.set(link, nowUs());
        helper.tellCarrier(link, false);
      }
      await sleep(ROUND_MS);
    }
    cpu.push((100 * (cpuUs(pid) - before.cpu)) / (nowUs() - before.t));
  }
  await until('every loss', () => [...lost.keys()].every(link => heard.has(`leg/${link}`)), 20_000);
  return { cpu, waits: [...lost].map(([link, t]) => (heard.get(`leg/${link}`)! - t) / 1000) };
}

/** Of a socket, a DIMM and a PCI function in turn. */
function tellErrors(helper: PaperHelper, component: number): void {
  const window_ms = ROUND_MS * WINDOW_ROUNDS;
  const count = (ERRORS_PER_SECOND * window_ms) / 1000 / COMPONENTS;
  const errors = { count, first_us: nowUs() - window_ms * 1000 };
  const kind = component % 3;
  if (kind === 0) {
    helper.say('mce', {
      ...{ ...errors, cpu: component, socket: component, bank: 1, status: '0x9c00000000010151' },
      ...{ address: '0x12345000', misc: '0x8c', mcg_status: '0x0', mcg_cap: '0x1000c16' },
      ...{ synd: '0x0', ipid: '0x0', cpuid: 0x50654, vendor: 0, microcode: 1 },
    });
  } else if (kind === 1) {
    helper.say('memory_error', {
      ...{ ...errors, severity: 'corrected', message: 'memory read error', controller: 0 },
      ...{ label: `DIMM_${component}`, layers: [component, 0, null], address: '0x12345000' },
      ...{ grain_bits: 6, syndrome: '0x0', detail: '' },
    });
  } else {
    helper.say('aer', {
      ...{ ...errors, device: `0000:${component + 10}:00.0`, severity: 'corrected' },
      ...{ status: '0x40', tlp_header: null },
    });
  }
}

/** µs of user and system time of all its threads: proc_pid_stat(5), in ticks of 10 ms. */
function cpuUs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}
