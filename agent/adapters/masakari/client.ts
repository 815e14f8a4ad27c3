/** Sends notifications to Masakari, and follows what becomes of them. */
import type { Attempt } from '../../outbox/destination.ts';
import type { AlarmChange, SendResult } from '../../types.ts';
import type { AdapterClient, AdapterContext } from '../adapter.ts';
import { routes } from '../route.ts';
import { fencingProof } from '../shared/fencing.ts';
import { Service } from '../shared/keystone-service.ts';
import { settled } from '../shared/settle.ts';
import { Follower, resume } from './follow.ts';
import { type MasakariNotice, type Notification, typeOf, withStatus } from './map.ts';
import { Notifications, type Posted } from './notifications.ts';
import type { MasakariSettings } from './settings.ts';

const PROOF_MS = 1000;
/** What still runs of the run before is looked for again after this while Masakari does not say. */
const RESUME_MS = 30_000;

/** Rejects when a file that the settings name cannot be used. */
export async function createMasakari(
  settings: MasakariSettings,
  context: AdapterContext,
): Promise<AdapterClient> {
  const service = await Service.open(settings, ['instance-ha', 'ha'], context);
  return new Masakari(settings, context, service);
}

class Masakari implements AdapterClient {
  readonly #settings: MasakariSettings;
  readonly #host: string;
  readonly #context: AdapterContext;
  readonly #service: Service;
  readonly #notifications: Notifications;
  readonly #follower: Follower;
  #active: (() => readonly AlarmChange[]) | null = null;
  readonly #started = Promise.withResolvers<void>();
  /** Alarms of which Masakari knows already that the host has failed and is perhaps not fenced. */
  readonly #unproven = new Set<string>();
  /** Active alarms of which all has been said until they clear. */
  readonly #told = new Set<string>();
  /** By what they say. */
  readonly #posting = new Map<string, Promise<Posted>>();
  #timer: NodeJS.Timeout | null = null;
  #complaint = '';
  #closed = false;

  constructor(settings: MasakariSettings, context: AdapterContext, service: Service) {
    const { name, host = context.host } = settings;
    this.#settings = settings;
    this.#host = host;
    this.#context = context;
    this.#service = service;
    this.#notifications = new Notifications(service, host);
    const { log, report } = context;
    this.#follower = new Follower({ name, notifications: this.#notifications, log, report });
  }

  start(active: () => readonly AlarmChange[]): void {
    this.#active = active ?? null;
    this.#service.start();
    void this.#resume();
    // What is active is known only when all has been started.
    setImmediate(() => {
      // Told by the run before, or still owed. A host is under maintenance since: there Masakari itself knows it.
      for (const { alarm } of this.#ours()) {
        if (typeOf(alarm) !== 'COMPUTE_HOST') this.#told.add(alarm.id);
      }
      this.#started.resolve();
    });
  }

  async #resume(): Promise<void> {
    const reason = await resume(this.#notifications, this.#follower);
    if (reason === null || this.#closed) return;
    if (reason !== this.#complaint) {
      const { name } = this.#settings;
      this.#context.log.warn(
        { adapter: name, host: this.#host, reason },
        'Masakari cannot be told yet',
      );
    }
    this.#complaint = reason;
    this.#timer = setTimeout(() => void this.#resume(), RESUME_MS);
    this.#timer.unref();
  }

  send: AdapterClient['send'] = (payload, attempt) =>
    settled(this.#say(payload as MasakariNotice, attempt), attempt.deadline_ms);

  async #say(notice: MasakariNotice, attempt: Attempt): Promise<SendResult> {
    // Notices of the run before come earlier.
    await this.#started.promise;
    const { kind, notification } = notice;
    if (kind === 'cleared') this.#over(notice.alarm);
    if (notification === null) return { outcome: 'delivered' };
    // Masakari would carry it out once more.
    if (kind === 'changed' && this.#told.has(notice.alarm)) return { outcome: 'delivered' };
    if (this.#moot(notice)) {
      this.#context.log.info(
        { adapter: this.#settings.name, key: notice.key },
        'Masakari is not told what is not so any more',
      );
      return { outcome: 'delivered' };
    }
    const result =
      notice.type === 'COMPUTE_HOST' && kind !== 'cleared'
        ? await this.#stopped(notice, notification, attempt)
        : await this.#post(withStatus(notification, 'unknown'), notice, attempt);
    if (result.outcome === 'delivered' && kind !== 'cleared') this.#remember(notice.alarm);
    return result;
  }

  #remember(alarm: string): void {
    this.#told.add(alarm);
    // Those whose clear was given up, or came first.
    const active = new Set(this.#active?.().map(change => change.alarm.id));
    for (const set of [this.#told, this.#unproven]) {
      for (const id of set) if (!active.has(id)) set.delete(id);
    }
  }

  /** The host has failed: with a proof of fencing, or else without consequences. */
  async #stopped(
    notice: MasakariNotice,
    notification: Notification,
    attempt: Attempt,
  ): Promise<SendResult> {
    const { fencing_proof } = this.#settings;
    const proof = fencing_proof
      ? await fencingProof(fencing_proof, this.#host, this.#since(notice))
      : { reason: 'none is configured' };
    if ('by' in proof) return await this.#post(withStatus(notification, 'fenced'), notice, attempt);
    if (!this.#unproven.has(notice.alarm)) {
      const told = await this.#post(withStatus(notification, 'unknown'), notice, attempt);
      if (told.outcome !== 'delivered') return told;
      this.#unproven.add(notice.alarm);
    }
    // A later change of the alarm is no news: only for its beginning a proof is waited for.
    if (!fencing_proof || notice.kind !== 'raised') return { outcome: 'delivered' };
    const reason = `told with host_status UNKNOWN, which recovers nothing: no proof of fencing: ${proof.reason}`;
    return { outcome: 'retry', reason, after_ms: PROOF_MS };
  }

  async #post(of: Notification, notice: MasakariNotice, attempt: Attempt): Promise<SendResult> {
    const posted = await this.#once(of, attempt);
    const { name } = this.#settings;
    const fields = { adapter: name, key: notice.key, ...of.payload };
    if (posted.outcome === 'taken') {
      this.#context.log.info({ ...fields, notification: posted.uuid }, 'Masakari was told');
      // It has nothing to do for the others, and ignores them.
      if (recovers(of)) this.#follower.follow(posted.uuid, notice.alarm);
      return { outcome: 'delivered' };
    }
    if (posted.outcome === 'duplicate') return { outcome: 'delivered' };
    if (posted.outcome === 'maintenance') {
      this.#context.log.warn(
        fields,
        'Masakari has the host under maintenance: it is being recovered, or its operator has yet to say that it is well',
      );
      return { outcome: 'delivered' };
    }
    return posted;
  }

  /** Masakari looks for a duplicate before it stores: two of the same at a time are both new to it. */
  async #once(of: Notification, attempt: Attempt): Promise<Posted> {
    const same = JSON.stringify([of.type, of.payload]);
    const running = this.#posting.get(same);
    if (running && !attempt.fresh) {
      const posted = await running;
      return posted.outcome === 'taken' ? { outcome: 'duplicate' } : posted;
    }
    const posting = this.#notifications.post(of, attempt);
    this.#posting.set(same, posting);
    try {
      return await posting;
    } finally {
      if (this.#posting.get(same) === posting) this.#posting.delete(same);
    }
  }

  /** A host that was fenced for one alarm that is active still is fenced for those that came since. */
  #since({ since_us }: MasakariNotice): number[] {
    return [since_us, ...this.#stopping().map(({ alarm }) => alarm.alarmRaisedTime.wall_us)];
  }

  /** What is active now and says that the host cannot serve. */
  #stopping(): AlarmChange[] {
    return this.#ours().filter(change => typeOf(change.alarm) === 'COMPUTE_HOST');
  }

  /** What is active now and for us. */
  #ours(): AlarmChange[] {
    const { route } = this.#settings;
    return (this.#active?.() ?? []).filter(change => !change.held && routes(route, change));
  }

  /**
   * A host is stopped while any alarm says so. What was raised and is over before it could be told would evacuate a host
   * that is well; and it has not started as long as another alarm says that it cannot serve.
   */
  #moot({ type, kind, alarm }: MasakariNotice): boolean {
    if (this.#active === null) return false;
    if (kind === 'cleared') return type === 'COMPUTE_HOST' && this.#stopping().length > 0;
    return !this.#active().some(change => !change.held && change.alarm.id === alarm);
  }

  #over(alarm: string): void {
    this.#told.delete(alarm);
    this.#unproven.delete(alarm);
    this.#follower.over(alarm);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#started.resolve();
    if (this.#timer) clearTimeout(this.#timer);
    this.#follower.close();
    await this.#service.close();
  }
}

const recovers = ({ type, payload }: Notification): boolean =>
  payload.event !== 'STARTED' && (type !== 'COMPUTE_HOST' || payload.host_status === 'NORMAL');
