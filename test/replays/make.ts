/** Writes the generated replays anew: node test/replays/make.ts */
import { writeFileSync } from 'node:fs';
import type { Observation } from '../../agent/types.ts';
import { GROUP, Host, ms, s } from '../unit/main/host.ts';
import { bonds } from './bonds.ts';
import { disks } from './disks.ts';
import { ras } from './ras.ts';
import { steered } from './steering.ts';
import { storage } from './storage.ts';

type Line = Host['frames'][number] | { observe: Observation };

function drill(host: Host, value: 'ready' | 'cut' | 'healed' | 'ended', t = host.t): Line {
  return {
    observe: {
      probe: 'self',
      aspect: 'drill',
      subject: 'drill/d-1',
      value,
      t,
      kind: 'blackhole',
      group: GROUP,
      leg: 'c-a',
      uncertainty_us: 20,
      budget_ms: 1000,
    },
  };
}

const made: Record<string, () => Line[]> = {
  /** The kernel switches within milliseconds; the leg comes back after two seconds. */
  'made-link-cut-passes'() {
    const host = new Host().attach().wait(5 * s);
    host.lose('c-a').tellCarrier('c-a').say('trace', { trace: 1, phase: 'begin', reason: 'carrier', for_ms: 5000 });
    host.wait(3 * ms).move('c-b').say('flow_progress', { flow: 1, after: 'switch', since_us: host.t - 4 * ms });
    host.wait(10 * ms).tellLinks().tellRoute().wait(2 * s);
    host.heal('c-a').tellCarrier('c-a').tellLinks().tellRoute().wait(2987 * ms);
    host.say('trace_flow', {
      flow: 1,
      trace: 1,
      pause_from_us: 105 * s - ms,
      pause_to_us: 105 * s + 3 * ms,
      pause_open: false,
      progress_count: 500,
      spacing_us: 10 * ms,
    });
    host.say('trace', { trace: 1, phase: 'end', reason: 'carrier', for_ms: 5000 });
    return host.wait(20 * s).frames;
  },
  /** The limiter of linkwatch holds the kernel's switch back for 1.3 s. */
  'made-link-cut-slow'() {
    const host = new Host().attach().wait(5 * s);
    host.lose('c-a').tellCarrier('c-a').wait(55 * ms).stall().wait(1275 * ms);
    host.move('c-b').resume().tellLinks().tellRoute().wait(2 * s);
    host.heal('c-a').tellCarrier('c-a').tellLinks().tellRoute();
    return host.wait(30 * s).frames;
  },
  /** A drill: carrier stays, nothing passes, nothing switches. */
  'made-blackhole-drill'() {
    const host = new Host().attach().wait(5 * s);
    const before: Line[] = [...host.frames.splice(0), drill(host, 'ready'), drill(host, 'cut')];
    host.wait(53 * ms).stall().wait(247 * ms).tellProbe('c-a', false).wait(1700 * ms);
    const during: Line[] = [...host.frames.splice(0), drill(host, 'healed')];
    host.wait(80 * ms).tellProbe('c-a', true).wait(1070 * ms).resume().wait(10 * s);
    const after: Line[] = [...host.frames.splice(0), drill(host, 'ended')];
    return [...before, ...during, ...after, ...host.wait(20 * s).frames];
  },
  /** A flapping leg, a helper that starts anew in the middle of it, and losses that nobody saw. */
  'made-flapping-and-restart'() {
    const host = new Host().attach().wait(5 * s);
    for (let i = 0; i < 6; i++) {
      host.lose('c-a').tellCarrier('c-a').tellRoute().wait(150 * ms);
      host.heal('c-a').tellCarrier('c-a').tellRoute().wait(350 * ms);
    }
    host.wait(30 * s).lose('c-b').heal('c-b').wait(200 * ms);
    Object.assign(host, { epoch: host.t, seq: 0 });
    return host.attach().wait(20 * s).frames;
  },
};

for (const [name, make] of Object.entries({ ...made, ...bonds, ...steered, ...storage, ...ras, ...disks })) {
  const lines = make().map(line => `${JSON.stringify(line)}\n`);
  writeFileSync(new URL(`${name}.jsonl`, import.meta.url), lines.join(''));
}
