/** kill -9 of the agent and of the helper, twenty times, while the legs flap: what is believed in the end is right. */
import t from 'tap';
import { run } from '../../scripts/lab/run.ts';
import { sleep, until } from '../../scripts/lab/wait.ts';
import { brokenLives, openSite } from './support.ts';

t.setTimeout(300_000);

const KILLS = 20;

t.test('twenty kills during a storm of flaps', async t => {
  const site = await openSite(t, { rate: null });
  const set = (leg: string, state: string) =>
    run(['ip', '-n', site.storage.netns, 'link', 'set', `s-${leg}`, state]);
  let storming = true;
  let flaps = 0;
  const storm = (async () => {
    while (storming) {
      const leg = flaps++ % 2 === 0 ? 'a' : 'b';
      await set(leg, 'down');
      await sleep(20 + Math.random() * 150);
      await set(leg, 'up');
      await sleep(20 + Math.random() * 150);
    }
  })();
  for (let i = 0; i < KILLS; i++) {
    await sleep(100 + Math.random() * 900);
    if (i % 2 === 0) {
      await site.compute.stopAgent('SIGKILL');
      await site.compute.startAgent();
    } else {
      await site.compute.stopHelper('SIGKILL');
      await site.compute.startHelper();
    }
  }
  storming = false;
  await storm;
  await set('b', 'down');

  await until(
    'the belief: a up, b down',
    async () => {
      const { groups, helper } = await site.compute.ask('status', {});
      const legs = groups.find(g => g.id === site.group)?.legs ?? [];
      const state = (id: string) => legs.find(l => l.id === id)?.state;
      return helper.connected && state('c-a') === 'up' && state('c-b') === 'down';
    },
    30_000,
    100,
  );
  const aboutLink = async () =>
    (await site.compute.ask('alarms', { all: false })).filter(a => a.type.startsWith('link-'));
  await until(
    'an alarm about the link that is down, and about no other',
    async () => {
      const objects = (await aboutLink()).map(a => a.managedObjectId);
      return objects.includes('leg/c-b') && !objects.includes('leg/c-a');
    },
    60_000,
    200,
  );
  await set('b', 'up');
  await site.settled(90_000);
  await until('everything to be told', async () => {
    const { outbox } = await site.compute.ask('status', {});
    return outbox.every(lane => lane.pending === 0);
  });
  const told = site.receiver.alarms().filter(({ source }) => source === site.compute.source);
  t.ok(told.length > 0, `${told.length} changes told in ${flaps} flaps`);
  t.same(await brokenLives(site, told), [], 'each alarm raised was cleared once, in order');
  const known = await site.compute.ask('alarms', { all: true });
  t.same(
    known.filter(alarm => !told.some(({ change }) => change.alarm.id === alarm.id)),
    [],
    'no alarm that the agent knows of was kept from the receiver',
  );
});
