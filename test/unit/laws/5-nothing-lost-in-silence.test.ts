/** Law 5: nothing is lost in silence. What was missed is counted, seen again, and if it goes on it is an alarm of its own. */
import t from 'tap';
import { Sights } from '../../../agent/main/sights.ts';
import { Host, ms, s } from '../main/host.ts';
import { Mind } from '../main/mind.ts';

t.test('a loss that was lost is found by the counts of the snapshot that follows', async t => {
  const host = new Host().attach().wait(s);
  const mind = new Mind().take(host.frames);
  host.frames.length = 0;
  host
    .wait(10 * ms)
    .lose('c-a')
    .wait(10 * ms)
    .heal('c-a');
  host.say('lost', { source: 'carrier', count: 2, reason: 'ring buffer full' });
  host.snapshot('carrier').wait(5 * s);
  mind.take(host.frames);
  t.match(
    mind.thoughts.alarms.filter(({ alarm }) => alarm.type === 'link-down'),
    [
      {
        kind: 'raised',
        alarm: { faultDetails: [/^one loss not seen/, 'seen by timer', /unseen between/] },
      },
      { kind: 'cleared', alarm: { clearCause: 'condition-ended' } },
    ],
  );
  t.same(mind.active(), [], 'the final belief is right');
});

t.test(
  'many losses over many events lost: the belief is right and each raise has one clear',
  async t => {
    const host = new Host().attach().wait(s);
    for (let i = 0; i < 200; i++) {
      host.wait(5 * ms);
      if (host.legs['c-a'].carrier) host.lose('c-a');
      else host.heal('c-a');
      if (i % 7 === 3) host.tellCarrier('c-a');
      if (i % 50 === 49) {
        host.say('lost', { source: 'carrier', count: 40, reason: 'ring buffer full' });
        host.snapshot('carrier');
      }
    }
    host.snapshot('carrier').wait(30 * s);
    const mind = new Mind().take(host.frames);
    const open = new Set<string>();
    for (const { kind, alarm } of mind.thoughts.alarms) {
      if (kind === 'raised') {
        t.notOk(open.has(alarm.id));
        open.add(alarm.id);
      }
      if (kind === 'cleared') t.ok(open.delete(alarm.id), `${alarm.id} cleared once`);
    }
    const down = host.legs['c-a'].carrier ? [] : ['link-down leg/c-a'];
    t.same(
      mind.active().filter(key => key.startsWith('link')),
      down,
    );
    t.equal(mind.middle.faults.link['c-a']!.downs, host.legs['c-a'].downs, 'every loss is counted');
  },
);

t.test('drops that go on are an alarm, and its end is told', async t => {
  const host = new Host().attach();
  const mind = new Mind().take(host.frames);
  const sights = new Sights();
  let dropped = 0;
  const second = (more: number) => {
    host.frames.length = 0;
    host.t += s;
    dropped += more;
    host.heartbeat({ bpf: dropped, netlink: 0, ring: 0 });
    mind.take(host.frames);
    const [beat] = host.frames;
    if (beat?.type === 'heartbeat') for (const seen of sights.beat(beat.data)) mind.observe(seen);
  };
  second(0);
  for (let i = 0; i < 3; i++) second(10);
  t.same(mind.said(), [], 'not at once');
  for (let i = 0; i < 4; i++) second(10);
  t.same(mind.said(), ['raised monitor-blind source/drops.bpf']);
  for (let i = 0; i < 8; i++) second(0);
  t.same(mind.said(), ['cleared monitor-blind source/drops.bpf condition-ended']);
});

t.test('a helper that is gone, or silent, is an alarm', async t => {
  const host = new Host().attach().wait(5 * s);
  const mind = new Mind().take(host.frames).until(host.t + 10 * s);
  t.same(mind.said(), ['raised monitor-blind host']);
  host.frames.length = 0;
  host.t += 10 * s;
  mind.take(host.attach().frames);
  t.same(mind.said(), ['cleared monitor-blind host condition-ended']);
});
