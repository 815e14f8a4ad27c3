/** The real outbox with one real adapter, for tests against a real receiver. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { adapterKinds, createAdapter } from '../../agent/adapters/index.ts';
import { openOutbox } from '../../agent/outbox/index.ts';
import type { AlarmChange, Told } from '../../agent/types.ts';
import { until } from '../../scripts/lab/wait.ts';
import { TestContext } from '../unit/support/adapter.ts';

interface Test {
  teardown(end: () => unknown): void;
}

/** Everything here runs on a machine that does much else. */
export const PATIENCE_MS = 60_000;

export type Escalation = Awaited<ReturnType<typeof openEscalation>>;

/** `entry`: the keys of one entry of `adapters` in the configuration, without its name. */
export async function openEscalation(
  t: Test,
  entry: { kind: string } & Record<string, unknown>,
  context = new TestContext(t),
) {
  const kind = adapterKinds[entry.kind];
  if (!kind) throw new Error(`no kind ${entry.kind}`);
  const settings = kind.schema.parse({ name: 'vim', primary: true, ...entry });
  const destination = await createAdapter(settings, context);
  const dir = mkdtempSync(path.join(tmpdir(), 'pw-'));
  const active = new Map<string, AlarmChange>();
  const told: Told[] = [];
  const outbox = await openOutbox({
    dir,
    source: context.source,
    destinations: [destination],
    budget_ms: 1000,
    active: () => [...active.values()],
    onTold: one => told.push(one),
    onState() {},
    onDelivery() {},
    log: context.log,
  });
  let closed: Promise<boolean> | null = null;
  const close = () => {
    closed ??= outbox.close();
    return closed;
  };
  t.teardown(async () => {
    await close();
    rmSync(dir, { recursive: true, force: true });
  });
  const lane = () => outbox.pending()[0]!;
  return {
    context,
    destination,
    outbox,
    told,
    close,
    put(...changes: AlarmChange[]) {
      for (const change of changes) {
        if (change.kind === 'cleared') active.delete(change.alarm.id);
        else active.set(change.alarm.id, change);
      }
      return outbox.put({ changes, state: {}, cursor: {} });
    },
    /** Resolved when all that was put has been acknowledged. */
    settled: () =>
      until(
        'everything to be acknowledged',
        () => {
          const { pending, last_error } = lane();
          if (pending > 0) throw new Error(`${pending} wait: ${last_error}`);
          return true;
        },
        PATIENCE_MS,
      ),
    /** Resolved with the reason when an attempt failed for one that matches. */
    failedFor: (reason: RegExp) =>
      until(
        `an attempt to fail for ${reason}`,
        () => (reason.test(lane().last_error ?? '') ? lane().last_error : null),
        PATIENCE_MS,
      ),
  };
}
