/** Name resolution that does not hold up an alarm: once an address is known it is used at once, and refreshed behind. */
import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';

/** An address this old is looked up again, but still used until the answer is there. */
const FRESH_MS = 30_000;

type Callback = (
  error: NodeJS.ErrnoException | null,
  address: string | LookupAddress[],
  family?: number,
) => void;

/** A `lookup` for net.connect with a memory of its own, for the one host of an adapter. */
export function rememberingLookup(
  resolve: typeof lookup = lookup,
): (host: string, options: LookupOptions, callback: Callback) => void {
  let known: LookupAddress[] = [];
  let at = Number.NEGATIVE_INFINITY;
  let asking = false;

  const ask = (
    host: string,
    options: LookupOptions,
    done: (error: NodeJS.ErrnoException | null) => void,
  ) => {
    asking = true;
    resolve(host, { ...options, all: true }, (error, addresses) => {
      asking = false;
      if (!error && addresses.length > 0) {
        known = addresses;
        at = performance.now();
      }
      done(error);
    });
  };

  return (host, options, callback) => {
    const answer = (error: NodeJS.ErrnoException | null) => {
      const first = known[0];
      if (!first) callback(error ?? new Error(`${host}: no address`), []);
      else if (options.all) callback(null, known);
      else callback(null, first.address, first.family);
    };
    if (known.length === 0) {
      ask(host, options, answer);
      return;
    }
    if (performance.now() - at > FRESH_MS && !asking) ask(host, options, () => {});
    // Never inside the call: net.connect expects it later.
    process.nextTick(answer, null);
  };
}
