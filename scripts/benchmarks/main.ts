/** The table of benchmarks behind scripts/bench. */
import { inGuest } from '../vm-lab/monitor.ts';
import { blackholeSeen } from './blackhole-seen.ts';
import { carrierPrimed } from './carrier-primed.ts';
import { carrierToAck } from './carrier-to-ack.ts';
import type { Figures, Result } from './figures.ts';
import { footprint } from './footprint.ts';
import { storm } from './storm.ts';
import { vmBondGap } from './vm-bond-gap.ts';
import { vmCarrier } from './vm-carrier.ts';

const onHost: Record<string, () => Promise<Result[]>> = {
  carrier_primed: carrierPrimed,
  carrier_to_ack: carrierToAck,
  blackhole_seen: blackholeSeen,
  storm,
  footprint,
};
const benchmarks: typeof onHost = inGuest()
  ? { vm_carrier: vmCarrier, vm_bond_gap: vmBondGap }
  : onHost;

const say = (text: string) => process.stderr.write(`${text}\n`);
const text = ({ n, median, p99, max }: Figures) =>
  `median ${median}, p99 ${p99}, max ${max} (n=${n})`;

const asked = process.argv.slice(2);
const unknown = asked.filter(name => !(name in benchmarks));
if (unknown.length > 0) {
  say(
    `bench: no benchmark ${unknown.join(', ')}; there are: ${Object.keys(benchmarks).join(', ')}`,
  );
  process.exit(2);
}
let failed = false;
for (const [name, measure] of Object.entries(benchmarks)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  say(`${name}…`);
  try {
    for (const one of await measure()) {
      process.stdout.write(`${JSON.stringify(one)}\n`);
      say(`  ${one.name}, ${one.unit}`);
      say(`    pathwarden  ${text(one.ours)}`);
      say(
        `    ${one.peer.name}  ${text(one.peer)}${one.ratio === null ? '' : `, ratio ${one.ratio}`}`,
      );
    }
  } catch (error) {
    failed = true;
    say(`  failed: ${(error as Error).message}`);
  }
}
process.exitCode = failed ? 1 : 0;
