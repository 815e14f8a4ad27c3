/** To whoever follows on the control sockets: what was seen and what was thought of it. */
import type { Control } from '../control/server.ts';
import type { AlarmChange, FailoverRecord, Maintenance, Observation, Us } from '../types.ts';
import { maintenanceText, observationText } from './text.ts';

export class Publisher {
  #control: Control | null = null;
  #maintenance: Maintenance | null;

  constructor(maintenance: Maintenance | null) {
    this.#maintenance = maintenance;
  }

  /** Until now there was nobody. */
  open(control: Control): void {
    this.#control = control;
  }

  observation(seen: Observation): void {
    if (!this.#control?.followed('observations')) return;
    const text = observationText(seen);
    if (text !== null) this.#control.publish({ topic: 'observations', text, t_us: seen.t });
  }

  record(record: FailoverRecord): void {
    this.#control?.publish({ topic: 'failovers', record });
  }

  change(change: AlarmChange): void {
    this.#control?.publish({ topic: 'alarms', change });
  }

  /** As it is now; told when it is another. */
  maintenance(maintenance: Maintenance | null, now: Us): void {
    if (maintenance === this.#maintenance) return;
    this.#maintenance = maintenance;
    const text = maintenanceText(maintenance);
    this.#control?.publish({ topic: 'observations', text, t_us: now });
  }
}
