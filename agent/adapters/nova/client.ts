/**
 * Keeps the host's nova-compute as the active alarms want it. A notice is only the occasion to look: what is done follows
 * from the alarms that are active then, so a notice that is late, or comes twice, does no harm.
 */
import type { Attempt } from '../../outbox/destination.ts';
import type { AlarmChange, SendResult } from '../../types.ts';
import type { AdapterClient, AdapterContext } from '../adapter.ts';
import { routes } from '../route.ts';
import { fencingProof } from '../shared/fencing.ts';
import { Service } from '../shared/keystone-service.ts';
import { retry, settled } from '../shared/settle.ts';
import { type NovaNotice, type Reason, reasonOf } from './map.ts';
import { Memory } from './memory.ts';
import { type ComputeService, needsProof, type Plan, plan } from './plan.ts';
import { Services } from './services.ts';
import type { NovaSettings } from './settings.ts';

/** The first look has this long; nobody waits for it. */
const FIRST_LOOK_MS = 10_000;
/** A proof that is missing is looked for again after this. */
const PROOF_MS = 1000;

/** Rejects when a file that the settings name cannot be used. */
export async function createNova(
  settings: NovaSettings,
  context: AdapterContext,
): Promise<AdapterClient> {
  const { name, host = context.host } = settings;
  const service = await Service.open(settings, ['compute'], context);
  const memory = await Memory.open(context.state_dir, name, host, context.log);
  return new Nova(settings, host, context, service, memory);
}

class Nova implements AdapterClient {
  readonly #settings: NovaSettings;
  readonly #host: string;
  readonly #context: AdapterContext;
  readonly #service: Service;
  readonly #services: Services;
  readonly #memory: Memory;
  #active: (() => readonly AlarmChange[]) | null = null;
  /** A PUT that is under way, and whether the host is down when it ends. */
  #write: { down: boolean; done: Promise<unknown> } | null = null;

  constructor(
    settings: NovaSettings,
    host: string,
    context: AdapterContext,
    service: Service,
    memory: Memory,
  ) {
    this.#settings = settings;
    this.#host = host;
    this.#context = context;
    this.#service = service;
    this.#services = new Services(service, host);
    this.#memory = memory;
  }

  start(active: () => readonly AlarmChange[]): void {
    this.#active = active ?? null;
    this.#service.start();
    void this.#firstLook();
  }

  /** Opens the connections that alarms find warm, and finds out early that there is no such host. */
  async #firstLook(): Promise<void> {
    const found = await this.#services.find({ deadline_ms: FIRST_LOOK_MS, fresh: false });
    if (!('outcome' in found) || found.outcome === 'delivered') return;
    const { name } = this.#settings;
    this.#context.log.warn({ adapter: name, reason: found.reason }, 'Nova cannot be told yet');
  }

  send: AdapterClient['send'] = (payload, attempt) =>
    settled(this.#bring(payload as NovaNotice, attempt), attempt.deadline_ms);

  async #bring(notice: NovaNotice, attempt: Attempt): Promise<SendResult> {
    // Nova has no word for it.
    if (notice.kind === 'acknowledged') return { outcome: 'delivered' };
    const end = performance.now() + attempt.deadline_ms;
    let gone = false;
    for (;;) {
      const deadline_ms = Math.floor(end - performance.now());
      if (deadline_ms <= 0) return retry(`no answer within ${attempt.deadline_ms} ms`);
      const result = await this.#look(notice, { ...attempt, deadline_ms });
      if (typeof result === 'object') return result;
      if (result === 'gone' && gone) return retry('os-services: HTTP 404 to a change');
      gone ||= result === 'gone';
    }
  }

  /** Looks, and does what is to be done; else it is to be looked at again, perhaps because the service is gone. */
  async #look(notice: NovaNotice, attempt: Attempt): Promise<SendResult | 'again' | 'gone'> {
    const end = performance.now() + attempt.deadline_ms;
    const left = () => Math.max(1, Math.floor(end - performance.now()));
    if (this.#mustWait(notice, attempt)) {
      await Promise.race([this.#write?.done, ended(left())]);
      return 'again';
    }
    const service = await this.#services.find({ ...attempt, deadline_ms: left() });
    if ('outcome' in service) return service;
    const proof = await this.#proof(service, notice);
    // From here to the PUT nothing is waited for: the alarms are those of this moment.
    if (this.#mustWait(notice, attempt)) return 'again';
    const reasons = this.#reasons(notice);
    const now = { service, reasons, mark: this.#memory.mark, fenced: proof === null };
    const to = plan(now, this.#settings);
    if (to.change) {
      const done = this.#change(service, to, { ...attempt, deadline_ms: left() });
      const write = { down: reasons.length > 0, done };
      this.#write = write;
      const result = await done;
      if (this.#write === write) this.#write = null;
      if (result === null) return 'gone';
      if (result.outcome !== 'delivered') return result;
      this.#tell(to, reasons);
    }
    await this.#memory.set(to.mark);
    const waits = to.waits && reasons.some(({ id }) => id === notice.reason.id);
    if (!waits) return { outcome: 'delivered' };
    return { outcome: 'retry', reason: `not forced down: ${proof}`, after_ms: PROOF_MS };
  }

  /**
   * While a PUT is under way: what is read beside it may be what was before it, and another PUT may overtake it. Only a
   * fresh attempt at the same does not wait for one that perhaps hangs.
   */
  #mustWait(notice: NovaNotice, attempt: Attempt): boolean {
    const down = this.#reasons(notice).length > 0;
    return this.#write !== null && !(attempt.fresh && this.#write.down === down);
  }

  async #change(service: ComputeService, { change, mark }: Plan, attempt: Attempt) {
    if (change === null) return null;
    // Before it is done: whoever dies in between must find that it was ours.
    if (change.forced_down) await this.#memory.set({ ...this.#memory.mark, ours: mark.ours });
    return await this.#services.change(service, change, attempt);
  }

  /** Null: it may be forced down; else why not. */
  async #proof(service: ComputeService, notice: NovaNotice): Promise<string | null> {
    const reasons = this.#reasons(notice);
    const { mark } = this.#memory;
    if (!needsProof({ service, reasons, mark }, this.#settings)) return null;
    const since = reasons.map(({ since_us }) => since_us);
    const found = await fencingProof(this.#settings.fencing_proof, this.#host, since);
    return 'by' in found ? null : `no proof of fencing: ${found.reason}`;
  }

  /** Alarms that are active now and that Nova is told of, as they are now. */
  #reasons(notice: NovaNotice): Reason[] {
    if (this.#active === null) return notice.kind === 'cleared' ? [] : [notice.reason];
    return this.#active()
      .filter(change => !change.held && routes(this.#settings.route, change))
      .map(reasonOf);
  }

  #tell({ change }: Plan, reasons: readonly Reason[]): void {
    const { name } = this.#settings;
    const fields = {
      adapter: name,
      host: this.#host,
      ...change,
      alarms: reasons.map(({ text }) => text),
    };
    this.#context.log.info(fields, 'nova-compute changed');
  }

  async close(): Promise<void> {
    await this.#service.close();
  }
}

const ended = (ms: number): Promise<void> =>
  new Promise(resolve => {
    setTimeout(resolve, ms).unref();
  });
