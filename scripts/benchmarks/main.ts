/** The table of benchmarks behind scripts/bench. */
import { inGuest } from '../vm-lab/monitor.ts';
import { blackholeSeen } from './blackhole-seen.ts';
import { carrierPrimed } from './carrier-primed.ts';
import { carrierToAck } from './carrier-to-ack.ts';
import { errorStorm } from './error-storm.ts';
import { footprint } from './footprint.ts';
import { programCost } from './program-cost.ts';
import { stallScan } from './stall-scan.ts';
import { storm } from './storm.ts';
import { type Benchmarks, runTable } from './table.ts';
import { vmBondGap } from './vm-bond-gap.ts';
import { vmCarrier } from './vm-carrier.ts';

const onHost: Benchmarks = {
  carrier_primed: carrierPrimed,
  carrier_to_ack: carrierToAck,
  blackhole_seen: blackholeSeen,
  storm,
  stall_scan: stallScan,
  program_cost: programCost,
  footprint,
  error_storm: errorStorm,
};

await runTable(
  inGuest() ? { vm_carrier: vmCarrier, vm_bond_gap: vmBondGap } : onHost,
  process.argv.slice(2),
);
