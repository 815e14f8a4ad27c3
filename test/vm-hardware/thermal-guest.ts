/** What thermal.test.ts runs in its guest, which has a thermal zone that is hot. */
import { readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { nowUs } from '../../scripts/lab/wait.ts';
import { Helper } from '../vm/helper.ts';

t.setTimeout(80_000);

const ZONE = '/sys/class/thermal/thermal_zone0';
const of = (file: string) => readFileSync(`${ZONE}/${file}`, 'utf8').trim();

t.test('a zone that is hot', async t => {
  const helper = await Helper.start(t, '--nudge', 'off');
  const from_us = nowUs();
  // The kernel looks at it anew.
  writeFileSync(`${ZONE}/mode`, 'disabled');
  writeFileSync(`${ZONE}/mode`, 'enabled');
  const trip = await helper.next('thermal_trip', () => true, from_us);
  t.match(trip, { zone: of('type'), id: 0, kind: 'hot' });
  t.equal(of(`trip_point_${trip.trip}_type`), 'hot', 'the trip is that of the zone');
  t.ok(Number(of('temp')) > Number(of(`trip_point_${trip.trip}_temp`)));
  t.comment(`${trip.t_us - from_us} µs after the kernel was made to look`);
});
