/** Law 6, second part: verdicts come from the times of the events, never from when JavaScript got round to them. */
import t from 'tap';
import type { FailoverRecord } from '../../../agent/types.ts';
import { Host, ms, s } from '../main/host.ts';
import { Mind } from '../main/mind.ts';

function incident(): Host {
  const host = new Host().attach().wait(5 * s);
  host
    .lose('c-a')
    .tellCarrier('c-a')
    .wait(60 * ms)
    .stall()
    .wait(1300 * ms);
  host
    .move('c-b')
    .resume()
    .tellLinks()
    .tellRoute()
    .wait(2 * s);
  host
    .heal('c-a')
    .tellCarrier('c-a')
    .tellLinks()
    .tellRoute()
    .wait(10 * s);
  return host
    .stall()
    .wait(1950 * ms)
    .resume()
    .wait(20 * s);
}

/** What a record says of times, as it was closed. */
const times = ({
  cut,
  seen_us,
  switched_us,
  flowing_us,
  gap_us,
  verdict,
  legs,
}: FailoverRecord) => ({
  cut,
  seen_us,
  switched_us,
  flowing_us,
  gap_us,
  verdict,
  legs,
});

const closed = (mind: Mind) => mind.thoughts.records.filter(r => r.state !== 'open').map(times);
const events = (mind: Mind) =>
  mind.thoughts.alarms
    .filter(({ kind }) => kind === 'raised')
    .map(({ alarm }) => `${alarm.type} ${alarm.managedObjectId} ${alarm.eventTime.mono_us}`);

t.test('records and event times are the same however late the frames are heard', async t => {
  const { frames } = incident();
  const inTime = new Mind().take(frames).until(200 * s);
  t.equal(closed(inTime).length, 2, 'two failovers');
  t.ok(events(inTime).length >= 4);
  for (const late of [3 * ms, 40 * ms, 400 * ms]) {
    const delayed = new Mind().take(frames, late).until(200 * s);
    t.same(closed(delayed), closed(inTime), `${late / ms} ms late`);
    t.same(events(delayed), events(inTime), `${late / ms} ms late`);
  }
});

t.test('a whole incident heard at once, after it, has the same verdicts', async t => {
  const { frames, t: end } = incident();
  const inTime = new Mind().take(frames).until(200 * s);
  const mind = new Mind(end).burst(frames).until(end + 60 * s);
  const verdicts = (m: Mind) => closed(m).map(({ verdict, cut }) => `${verdict} ${cut.t_us}`);
  t.same(verdicts(mind), verdicts(inTime));
});
