/**
 * Corrected machine checks of one bank as fast as they can be injected, until its standard input ends. Standard output, a line
 * of JSON each: {"storming": true}, then at the end {"injected": N, "ms": N}.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { STATUS, stormMce } from './guest-mce.ts';

const SLICE_MS = 50;

let over = false;
process.stdin.on('end', () => {
  over = true;
});
process.stdin.resume();
const say = (what: object) => process.stdout.write(`${JSON.stringify(what)}\n`);
say({ storming: true });
const began = performance.now();
let injected = 0;
while (!over) {
  injected += stormMce({ status: STATUS.memoryCorrected, bank: 4 }, SLICE_MS);
  await turn();
}
say({ injected, ms: Math.round(performance.now() - began) });
