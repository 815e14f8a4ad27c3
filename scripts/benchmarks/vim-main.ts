/** The table of benchmarks behind `scripts/bench vim`: against real receivers, scripts/vim-lab. */
import '../vim-lab/own-namespace.ts';
import { runTable } from './table.ts';
import { vimAcknowledged } from './vim-acknowledged.ts';
import { vimFleet } from './vim-fleet.ts';
import { vimThroughput } from './vim-throughput.ts';

await runTable(
  { vim_acknowledged: vimAcknowledged, vim_throughput: vimThroughput, vim_fleet: vimFleet },
  process.argv.slice(2),
);
