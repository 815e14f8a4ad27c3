/** A program for kill.test.ts: opens the spool in argv[2] and puts changes until it is killed, telling each commit on stdout. */
import { openOutbox } from '../../../agent/outbox/index.ts';
import { change } from '../support/alarm.ts';
import { quiet } from './open.ts';
import { say } from './say.ts';
import { DELIVERED, RETRY, ScriptedDestination } from './script.ts';

const [, , dir = '', run = '0'] = process.argv;

const vim = new ScriptedDestination('vim', notice =>
  notice.change.alarm.id.endsWith('even') ? DELIVERED : RETRY,
);
const outbox = await openOutbox({
  dir,
  source: 'urn:test',
  destinations: [vim],
  ...quiet,
  onTold: ({ key }) => say({ told: key }),
  onState: (state, reason) => say({ state, reason }),
});
say({ recovered: outbox.recovered });

for (let n = 0; ; n++) {
  const id = `${run}-${n >> 1}-${n & 2 ? 'even' : 'odd'}`;
  const cursor = { run, n };
  const one = change(id, (n & 1) + 1, n & 1 ? 'cleared' : 'raised');
  if (await outbox.put({ changes: [one], state: { last: cursor }, cursor }))
    say({ committed: `${id}/${(n & 1) + 1}`, cursor });
}
