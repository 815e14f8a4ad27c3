/** pathwarden-helper's own configuration: whether it makes the kernel look at a lost carrier at once (native/config.h). */
import { parseAssignments } from '../parse/assignments.ts';
import { failed, quote, type Tree, wholeNumber } from '../tree.ts';
import { known, unknown, type Value } from '../value.ts';
import { atLeast } from './kernel.ts';

export interface Nudge {
  /** ask, operstate, or null: the kernel is left alone. */
  kind: 'ask' | 'operstate' | null;
  /** As it is written. */
  nudge: string;
  carrier: string;
  /** Longest time from the loss to the helper seeing it, ms. */
  seen_ms: number;
}

const FILE = '/etc/pathwarden/helper.conf';
/** native/sources/carrier_getlink.c, FAST_US: what `carrier = auto` comes down to in the worst case. */
const GETLINK_MS = 10;
/** Seen in the kernel's own call; the rest is the way through the helper. */
const FENTRY_MS = 2;
/** From this kernel on, asking for a link makes the kernel look at its carrier. */
const ASK_SINCE = [6, 8] as const;

/** absent: no helper is configured on this host. */
export function readNudge(tree: Tree, kernel: Value<string>): Value<Nudge> {
  const read = tree.read(FILE);
  if (read.state !== 'text') return failed(read, FILE);
  const settings = parseAssignments(read.text);
  const nudge = settings.get('nudge') ?? 'auto';
  const carrier = settings.get('carrier') ?? 'auto';
  if (!['auto', 'ask', 'operstate', 'off'].includes(nudge))
    return unknown(FILE, `nudge: expected auto, ask, operstate or off; found ${quote(nudge)}`);
  const interval = wholeNumber(settings.get('carrier_interval_us') ?? '2000', 1000, 10_000);
  if (interval === null) return unknown(FILE, 'carrier_interval_us: expected 1000 to 10000');
  return known(
    {
      kind: kindOf(nudge, carrier, settings.get('nudge_operstate') !== 'never', kernel),
      nudge,
      carrier,
      seen_ms: { timer: interval / 1000, fentry: FENTRY_MS }[carrier] ?? GETLINK_MS,
    },
    FILE,
    'configured',
  );
}

function kindOf(
  nudge: string,
  carrier: string,
  mayWrite: boolean,
  kernel: Value<string>,
): Nudge['kind'] {
  // Without a carrier source of its own the helper learns of the loss as late as the kernel's routes do.
  if (nudge === 'off' || carrier === 'rtnl') return null;
  const canAsk = atLeast(kernel, ...ASK_SINCE);
  if (nudge !== 'operstate' && canAsk) return 'ask';
  return nudge !== 'ask' && mayWrite ? 'operstate' : null;
}
