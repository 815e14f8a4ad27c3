/** Runs frames and messages through topology, probes and failovers, with ticks when they are wished for. */
import {
  createFailovers,
  type FailoverOptions,
  type Failovers,
} from '../../../agent/failovers/state.ts';
import { failoverStep } from '../../../agent/failovers/step.ts';
import { probes } from '../../../agent/probes/all.ts';
import { drill, helperLost, told } from '../../../agent/probes/self/observations.ts';
import { createTopology, type Topology } from '../../../agent/topology/state.ts';
import { topologyStep } from '../../../agent/topology/step.ts';
import type { FailoverRecord, Observation, Us } from '../../../agent/types.ts';
import type { Frame } from '../../../agent/wire.ts';
import { BOOT, Helper, us, WALL_OFFSET_US } from './frames.ts';
import { LAB_GROUP, labSnapshots } from './lab_frames.ts';
import { options } from './topology.ts';

export const failoverOptions: FailoverOptions = {
  instance: 'test',
  budget_ms: 1000,
  group_budget_ms: {},
  primary: true,
};

type Item = Frame | Observation;

export class Story {
  topology: Topology = createTopology(options);
  failovers: Failovers;
  now: Us = 0;
  wakeAt: Us | null = null;
  /** Everything that was told, in order. */
  readonly told: FailoverRecord[] = [];

  constructor(of: Partial<FailoverOptions> = {}) {
    this.failovers = createFailovers({ ...failoverOptions, ...of });
  }

  /** Takes these in, each at its own time or later, never earlier than the ones before. */
  play(...items: (Item | Item[])[]): this {
    for (const item of items.flat()) this.at(timeOf(item), item);
    return this;
  }

  /** Takes it in at this time, µs. */
  at(t: Us, item: Item): void {
    this.until(t);
    this.now = Math.max(this.now, t);
    if (!('type' in item)) this.#take(item);
    else for (const seen of this.#see(item)) this.#take(seen);
  }

  /** Lets the time pass, with the ticks that are wished for. */
  until(t: Us): this {
    while (this.wakeAt !== null && this.wakeAt <= t) {
      this.now = Math.max(this.now, this.wakeAt);
      this.#take({ probe: 'tick' });
    }
    this.now = Math.max(this.now, t);
    return this;
  }

  /** Until nothing more is to come. */
  end(): this {
    for (let i = 0; i < 10_000 && this.wakeAt !== null; i++) this.until(this.wakeAt);
    return this;
  }

  /** The records as last told, in the order of their first telling. */
  get records(): FailoverRecord[] {
    const latest = new Map<string, FailoverRecord>();
    for (const record of this.told) latest.set(record.id, record);
    return [...latest.values()];
  }

  get record(): FailoverRecord {
    const { records } = this;
    if (records.length !== 1) throw new Error(`${records.length} records instead of one`);
    return records[0]!;
  }

  #see(frame: Frame): Observation[] {
    this.topology = topologyStep(this.topology, frame);
    return probes.flatMap(probe => probe.observe(frame, this.topology));
  }

  #take(input: Observation | { probe: 'tick' }): void {
    const [failovers, changes, wakeAt] = failoverStep(this.failovers, input, this.now);
    this.failovers = failovers;
    this.told.push(...changes);
    if (wakeAt !== null && wakeAt <= this.now)
      throw new Error(`wakes at ${wakeAt}, now ${this.now}`);
    this.wakeAt = wakeAt;
  }
}

const timeOf = (item: Item): Us => ('type' in item ? item.data.t_us : item.t);

interface DrillFields {
  drill?: string;
  kind?: string;
  leg?: string;
  uncertaintyMs?: number;
}

const drillFields = ({
  drill = 'd1',
  kind = 'admin-down',
  leg = 'c-a',
  uncertaintyMs = 0.1,
}: DrillFields) => ({
  drill,
  kind,
  group: LAB_GROUP,
  leg,
  uncertainty_us: Math.round(uncertaintyMs * 1000),
  budget_ms: 1000,
});

export const cut = (ms: number, of: DrillFields = {}) => drill(us(ms), 'cut', drillFields(of));
export const healed = (ms: number, of: DrillFields = {}) =>
  drill(us(ms), 'healed', drillFields(of));

export const toldAt = (ms: number, failover: string | null, primary = true) =>
  told(us(ms), { alarm: 'alarm-1', adapter: 'hook', primary, failover });

export const helperGone = (ms: number) =>
  helperLost(us(ms), {
    strategy: 'timer',
    nudge: 'ask',
    boot_id: BOOT,
    wall_offset_us: WALL_OFFSET_US,
  });

/** A time of a record as ms of the test's clock. */
export const ms = (t: Us | null): number | null => (t === null ? null : (t - us(0)) / 1000);

/** A lab whose flow 1 leaves and comes by leg a, long before ms 0. */
export function lab(out = 31, into = 31) {
  const h = new Helper();
  const story = new Story();
  story.play(
    h.hello(-900),
    labSnapshots(h, -890),
    h.snapshot(-880, 'tcp', [h.flow(-880, 1, out, into)]),
    h.snapshot(-880, 'prober', [
      h.probe(-880, 31, true, -900),
      h.probe(-880, 32, true, -900, '10.77.2.2'),
    ]),
  );
  return { h, story };
}
