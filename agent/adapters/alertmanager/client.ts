/** POSTs alerts, and again before they expire: an Alertmanager resolves what it does not hear of for a while. */
import type { Attempt } from '../../outbox/destination.ts';
import { isoTime, wallUs } from '../../time.ts';
import type { AlarmChange, SendResult } from '../../types.ts';
import type { AdapterClient, AdapterContext } from '../adapter.ts';
import { routes } from '../route.ts';
import { Beat } from '../shared/beat.ts';
import { type Endpoint, openEndpoint } from '../shared/endpoint.ts';
import { alertsOf, type PostableAlert } from './map.ts';
import type { AlertmanagerSettings } from './settings.ts';
import { identity, LastWord, type Said } from './words.ts';

/** Alerts in one POST that sends them again. */
const RESEND_MAX = 100;

/** Alarms whose severity is remembered; of others all severities are resolved. */
const REMEMBERED_MAX = 10_000;

/** Rejects when a file that the settings name cannot be used. */
export async function createAlertmanager(
  settings: AlertmanagerSettings,
  context: AdapterContext,
): Promise<AdapterClient> {
  return new Alertmanager(settings, context, await openEndpoint(settings, context));
}

class Alertmanager implements AdapterClient {
  readonly #settings: AlertmanagerSettings;
  readonly #source: string;
  readonly #endpoint: Endpoint;
  readonly #beat: Beat;
  /** Alarm id → as what it fires there, as far as this run knows. */
  readonly #fires = new Map<string, { severity: string; revision: number }>();
  readonly #words = new LastWord();
  #active: () => readonly AlarmChange[] = () => [];

  constructor(settings: AlertmanagerSettings, context: AdapterContext, endpoint: Endpoint) {
    this.#settings = settings;
    this.#source = context.source;
    this.#endpoint = endpoint;
    this.#beat = new Beat({
      adapter: settings.name,
      every_s: settings.resend_s,
      what: 'alerts that fire still',
      log: context.log,
      send: (_, fresh) => this.#resend(fresh),
    });
  }

  send: AdapterClient['send'] = async (payload, attempt) => {
    const alerts = payload as PostableAlert[];
    if (alerts.some(({ endsAt }) => endsAt)) return await this.#resolve(alerts, attempt);
    return await this.#fire(alerts, attempt);
  };

  async #fire(alerts: PostableAlert[], attempt: Attempt): Promise<SendResult> {
    // Of one that was sent again meanwhile, newer than this notice has it, there is nothing to say.
    const news = alerts.filter(alert => (this.#known(alert)?.revision ?? 0) <= revisionOf(alert));
    if (news.length === 0 && alerts.length > 0) return { outcome: 'delivered' };
    const said = news.flatMap(alert => this.#firing(alert));
    return await this.#say(said, attempt, () => {
      for (const { alert, fires } of said) {
        if (!fires || !this.#words.stands(alert)) continue;
        const { labels, annotations } = alert;
        this.#fires.set(annotations.alarm_id ?? '', {
          severity: labels.severity ?? '',
          revision: revisionOf(alert),
        });
      }
      // Of alarms whose clear was given up.
      for (const id of this.#fires.keys()) {
        if (this.#fires.size <= REMEMBERED_MAX) break;
        this.#fires.delete(id);
      }
    });
  }

  /** That it fires, and that it does so no more with the severity that it had. */
  #firing(alert: PostableAlert): Said[] {
    // A clock that was set back meanwhile: an end before the start is refused.
    const now_us = Math.max(wallUs(), Date.parse(alert.startsAt) * 1000);
    const endsAt = isoTime(now_us + 3e6 * this.#settings.resend_s);
    const firing = { alert: { ...alert, endsAt }, fires: true };
    const before = this.#known(alert)?.severity;
    if (before === undefined || before === alert.labels.severity) return [firing];
    const labels = { ...alert.labels, severity: before };
    return [{ alert: { ...alert, labels, endsAt: isoTime(now_us) }, fires: false }, firing];
  }

  async #resolve(alerts: PostableAlert[], attempt: Attempt): Promise<SendResult> {
    const [first] = alerts;
    const before = first && this.#known(first)?.severity;
    const again = first ? this.#raisedAgain(first) : [];
    // This would resolve the new alert, which has the same labels.
    const ended = alerts.filter(
      alert =>
        (before === undefined || before === alert.labels.severity) &&
        !again.includes(identity(alert)),
    );
    const forget = () => this.#fires.delete(first?.annotations.alarm_id ?? '');
    if (ended.length > 0) {
      const said = ended.map(alert => ({ alert, fires: false }));
      return await this.#say(said, attempt, forget);
    }
    forget();
    return { outcome: 'delivered' };
  }

  /** Alerts that fire for another alarm of the same type and object. */
  #raisedAgain({ labels, annotations }: PostableAlert): string[] {
    return this.#active()
      .filter(
        ({ alarm, held }) =>
          !held &&
          alarm.id !== annotations.alarm_id &&
          alarm.type === labels.alertname &&
          alarm.managedObjectId === labels.object,
      )
      .flatMap(change => alertsOf(change, this.#source, this.#settings))
      .map(identity);
  }

  #known({ annotations }: PostableAlert) {
    return this.#fires.get(annotations.alarm_id ?? '');
  }

  /** What arrives last counts there. So when a request has ended, what was said since about its alerts is said again. */
  async #say(said: Said[], attempt: Attempt, onDelivered?: () => void): Promise<SendResult> {
    this.#words.begin(said);
    const body = JSON.stringify(said.map(({ alert }) => alert));
    const result = await this.#endpoint.post(body, attempt);
    if (result.outcome === 'delivered') onDelivered?.();
    const overtaken = this.#words.end(said);
    const deadline_ms = 2 * this.#settings.timeout_ms;
    if (overtaken.length > 0) void this.#say(overtaken, { deadline_ms, fresh: false });
    return result;
  }

  async #resend(fresh: boolean): Promise<SendResult> {
    const { route, timeout_ms } = this.#settings;
    const due = this.#active().filter(
      change => !change.held && (this.#fires.has(change.alarm.id) || routes(route, change)),
    );
    let worst: SendResult = { outcome: 'delivered' };
    // An empty list is taken, too, and keeps a connection open.
    for (let i = 0; i === 0 || i < due.length; i += RESEND_MAX) {
      const alerts = due
        .slice(i, i + RESEND_MAX)
        .flatMap(change => alertsOf(change, this.#source, this.#settings));
      const result = await this.#fire(alerts, { deadline_ms: 10 * timeout_ms, fresh });
      if (result.outcome === 'retry') return result;
      // One that is refused must not let the others expire.
      if (result.outcome === 'refused') worst = result;
    }
    return worst;
  }

  start(active: () => readonly AlarmChange[]): void {
    this.#active = active;
    this.#endpoint.start();
    // What is active is known only when all has been started.
    setImmediate(() => this.#beat.start());
  }

  async close(): Promise<void> {
    this.#beat.stop();
    await this.#endpoint.close();
  }
}

const revisionOf = ({ annotations }: PostableAlert): number => Number(annotations.revision);
