/** Observations of hardware as a person sees them pass. */
import t from 'tap';
import { observationText } from '../../../agent/main/text.ts';
import { Iron } from './iron.ts';

t.test('news is one line, and what moves with each look is none', async t => {
  const iron = new Iron().tell('processors').tell('hwmon').read('smartctl', 'sda', '{}');
  iron.kmsg('INFO: task dd:4711 blocked for more than 120 seconds.').tell('mount');
  iron.take(iron.h.lost(0, 'processors'));
  const lines = iron.mind.thoughts.observations.map(observationText).filter(Boolean);
  for (const line of [
    'hw_host:host processors present=0-3 online=0-3 smt=null',
    'hw_host:host kernel what=task-hung text=dd:4711 blocked for more than 120 seconds',
    'hw_host:filesystem//var/lib filesystem=writable',
    'hw_host:host processors=unknown',
  ]) {
    t.ok(lines.includes(line), line);
  }
  t.notOk(lines.some(line => line!.includes('sensor')));
  t.ok(lines.every(line => line!.length < 300));
});
