/**
 * A program for kill.test.ts: few notices fit into its memory (argv[4]), its receiver takes two attempts in three, and it
 * puts changes until it is killed. What reaches the receiver, and what is on disk, it tells on stdout before it goes on.
 */
import { openOutbox } from '../../../agent/outbox/index.ts';
import type { AlarmChange } from '../../../agent/types.ts';
import { change } from '../support/alarm.ts';
import { seeded } from '../support/random.ts';
import { quiet } from './open.ts';
import { say } from './say.ts';
import { DELIVERED, RETRY, ScriptedDestination } from './script.ts';

const [, , dir = '', run = '0', inMemory = '6'] = process.argv;
const random = seeded(Number(run) + Number(process.env.SEED ?? 0));

const vim = new ScriptedDestination('vim', ({ key }) => {
  // It reached the receiver, whether or not we learn of it.
  say({ sent: key });
  const luck = random();
  return luck < 0.7 ? DELIVERED : luck < 0.95 ? RETRY : null;
});
const outbox = await openOutbox({
  dir,
  source: 'urn:test',
  destinations: [vim],
  ...quiet,
  limits: { in_memory: Number(inMemory) },
});
say({ journal: (await outbox.journal(0, 1)).last });
outbox.follow(({ n, change: { alarm, revision } }) =>
  say({ number: n, of: `${alarm.id}/${revision}` }),
);

const alive = new Map<string, number>();
for (let n = 0; ; n++) {
  const changes: AlarmChange[] = [];
  for (let i = 0; i < 4; i++) {
    const ids = [...alive.keys()];
    const old = ids[Math.floor(random() * ids.length)];
    if (old === undefined || (ids.length < 10 && random() < 0.5)) {
      const id = `${run}-${n}-${i}`;
      alive.set(id, 1);
      changes.push(change(id, 1));
    } else {
      const revision = (alive.get(old) ?? 0) + 1;
      const ends = random() < 0.4;
      if (ends) alive.delete(old);
      else alive.set(old, revision);
      changes.push(change(old, revision, ends ? 'cleared' : 'changed'));
    }
  }
  if (await outbox.put({ changes, state: { n }, cursor: { n } })) {
    say({ committed: changes.map(({ alarm, revision }) => `${alarm.id}/${revision}`) });
  }
}
