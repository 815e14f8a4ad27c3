/** A guard that a test plays: it says what the test lets it say, and notes what it is told. */
import type { Guard, GuardEvent, GuardEventOf, GuardExit } from '../../../agent/drills/guard.ts';
import { Queue } from '../../../agent/drills/queue.ts';

export class FakeGuard implements Guard {
  readonly pid = 4242;
  readonly events = new Queue<GuardEvent>();
  readonly exited: Promise<GuardExit>;
  readonly heard: string[] = [];
  #exit: (exit: GuardExit) => void = () => {};
  #on: (word: string, guard: FakeGuard) => void;

  constructor(on: (word: string, guard: FakeGuard) => void) {
    this.#on = on;
    this.exited = new Promise(resolve => {
      this.#exit = resolve;
    });
  }

  say(...events: GuardEvent[]): void {
    for (const event of events) this.events.push(event);
  }

  end(code: number | null, signal: string | null = null): void {
    this.events.end();
    this.#exit({ code, signal, stderr: '' });
  }

  cut(): void {
    this.#hear('cut');
  }

  heal(): void {
    this.#hear('heal');
  }

  kill(): void {
    this.#hear('kill');
  }

  #hear(word: string): void {
    this.heard.push(word);
    this.#on(word, this);
  }
}

export const healed = (more: Partial<GuardEventOf<'healed'>> = {}): GuardEventOf<'healed'> => ({
  event: 'healed',
  t_us: 3_000_000,
  cause: 'deadline',
  hits: null,
  differences: [],
  restored: [],
  owners: [],
  failures: [],
  ...more,
});

export const CUT: GuardEventOf<'cut'> = { event: 'cut', t_us: 1_000_000, uncertainty_us: 50 };

/** Ready, and then what it does when it is told to cut, or to heal. */
export function acting(
  cut: (guard: FakeGuard) => void,
  heal: (guard: FakeGuard) => void = () => {},
): FakeGuard {
  const guard = new FakeGuard((word, self) => {
    if (word === 'cut') cut(self);
    else if (word === 'heal') heal(self);
  });
  guard.say({ event: 'ready', warnings: [] });
  return guard;
}

/** Ready; when told to cut it says this and ends. */
export const saying = (events: GuardEvent[], code = 0): FakeGuard =>
  acting(guard => {
    guard.say(...events, { event: 'done' });
    guard.end(code);
  });

/** Ready, cut when told, healed at once, done. */
export const obedient = (): FakeGuard => saying([CUT, healed()]);

/** Ready, cut when told, then `after`; healed when told, done. */
export const waiting = (after: () => void = () => {}): FakeGuard =>
  acting(
    guard => {
      guard.say(CUT);
      setImmediate(after);
    },
    guard => {
      guard.say(healed({ cause: 'command' }), { event: 'done' });
      guard.end(0);
    },
  );
