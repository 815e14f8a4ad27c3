/**
 * Law 4: levels, not edges. A snapshot twice changes nothing; `unknown` never clears; what a complete snapshot does not
 * name is absent, and clears as gone.
 */
import t from 'tap';
import { FLOW, GROUP, Host, ms, s, TARGET } from '../main/host.ts';
import { Mind } from '../main/mind.ts';

const beliefs = (mind: Mind) =>
  JSON.stringify([mind.middle.faults.active, mind.middle.alarms, mind.middle.topology.memory]);

const stories: Record<string, (host: Host) => Host> = {
  'all is well': host => host.wait(5 * s),
  'a leg is down': host => host.wait(s).lose('c-a').tellCarrier('c-a').tellLinks().tellRoute(),
  'a flow stands still': host => host.wait(s).stall(),
  'a next hop was dropped': host => {
    host.wait(s).dropped.add('c-a');
    return host.tellRoute();
  },
};

for (const [name, tell] of Object.entries(stories)) {
  t.test(`a snapshot, and again, changes nothing: ${name}`, async t => {
    const host = tell(new Host().attach());
    const mind = new Mind().take(host.frames);
    const [before, said] = [beliefs(mind), mind.said().length];
    const records = mind.thoughts.records.length;
    for (let i = 0; i < 3; i++) {
      host.frames.length = 0;
      host.snapshot();
      mind.take(host.frames);
      t.equal(beliefs(mind), before, `snapshot ${i + 1}`);
    }
    t.same(mind.said(), []);
    t.equal(mind.thoughts.records.length, records, 'no record changed');
    t.ok(name === 'all is well' ? said === 0 : said > 0, 'there is something to keep');
  });
}

t.test('unknown clears nothing: not a loss, not a helper that is gone for an hour', async t => {
  const host = new Host().attach().wait(s);
  host.lose('c-a').tellCarrier('c-a').tellLinks().tellRoute().stall();
  const mind = new Mind().take(host.frames);
  const active = mind.active();
  t.same(active, [
    'link-down leg/c-a',
    `redundancy-lost group/${GROUP}`,
    `storage-path-stalled ${TARGET}`,
  ]);
  mind.said();
  host.frames.length = 0;
  for (const source of ['rtnl', 'carrier', 'tcp', 'prober']) {
    host.say('lost', { source, count: 0, reason: 'test' });
  }
  mind.take(host.frames);
  mind.until(mind.now + 3600 * s);
  t.same(
    mind.said().filter(line => line.startsWith('cleared')),
    [],
  );
  for (const key of active) t.ok(mind.active().includes(key), key);
});

t.test('what a complete snapshot does not name is gone, and clears as that', async t => {
  const host = new Host().attach().wait(s);
  host.lose('c-a').tellCarrier('c-a').tellLinks().tellRoute().stall();
  const mind = new Mind().take(host.frames);
  mind.said();
  host.frames.length = 0;
  host.wait(100 * ms);
  for (const source of ['rtnl', 'carrier', 'tcp', 'prober']) {
    host.say('snapshot', { source, phase: 'begin', complete: false });
    host.say('snapshot', { source, phase: 'end', complete: true });
  }
  mind.take(host.wait(30 * s).frames);
  const cleared = mind.said().filter(line => line.startsWith('cleared'));
  t.match(cleared.join('\n'), 'cleared link-down leg/c-a subject-gone');
  t.match(cleared.join('\n'), `cleared storage-path-stalled ${TARGET} subject-gone`);
  t.notOk(mind.active().some(key => /^(link-down|storage-path)/.test(key)));
});

t.test('an incomplete snapshot proves nothing', async t => {
  const host = new Host().attach().wait(s);
  host.lose('c-a').tellCarrier('c-a').tellLinks().tellRoute().stall();
  const mind = new Mind().take(host.frames);
  const active = mind.active();
  host.frames.length = 0;
  for (const source of ['rtnl', 'carrier', 'tcp', 'prober']) {
    host.say('snapshot', { source, phase: 'begin', complete: false });
    host.say('snapshot', { source, phase: 'end', complete: false });
  }
  mind.take(host.frames).until(mind.now + 500 * ms);
  for (const key of active) t.ok(mind.active().includes(key), key);
});

t.test('after a restart of the agent, what went away meanwhile clears as gone', async t => {
  const host = new Host().attach().wait(s);
  host.lose('c-a').tellCarrier('c-a').tellLinks().tellRoute().stall();
  const before = new Mind().take(host.frames);
  const { faults, alarms, topology, boot_id } = before.middle;
  const saved = JSON.parse(
    JSON.stringify({
      version: 2,
      boot_id,
      faults,
      alarms,
      memory: topology.memory,
      cleared: [],
      records: [],
    }),
  );
  for (const boot of ['same', 'another']) {
    const after = new Mind(host.t, saved, boot === 'same' ? undefined : 'another-boot');
    t.same(after.active(), before.active(), 'nothing is forgotten');
    const later = new Host();
    later.t = host.t + 10 * s;
    later.flow = null;
    later
      .heal('c-a')
      .attach()
      .wait(20 * s);
    after.take(later.frames);
    t.same(
      after.active().filter(key => !key.startsWith('monitor')),
      [],
      `${boot} boot`,
    );
    const cleared = after.said().filter(line => line.startsWith('cleared'));
    t.same(
      cleared.map(line => line.split(' ')[1]).sort(),
      ['link-down', 'redundancy-lost', 'storage-path-stalled'],
      'each once',
    );
  }
  t.ok(FLOW);
});
