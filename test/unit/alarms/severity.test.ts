import t from 'tap';
import type { Fault, FaultChange, Us } from '../../../agent/types.ts';
import { Alarms, active, changed, cleared, linkDown } from './alarms.ts';

t.test('severity follows the fault where the fault has one', async t => {
  const alarms = new Alarms();
  const faint = (severity: Fault['severity']) =>
    active({ type: 'optics-degraded', object: 'leg/a', t: 100, severity });
  const severityOf = (change: FaultChange, now: Us) =>
    alarms.take(change, now)[0]?.alarm.perceivedSeverity;
  const first = faint(null);
  t.equal(severityOf(first, 101), 'WARNING', "else it is the catalogue's");
  t.equal(severityOf(changed(first, { severity: 'MAJOR' }), 102), 'MAJOR');
  t.equal(severityOf(changed(first, { severity: 'MAJOR', details: ['x'] }), 103), 'MAJOR');
  t.equal(severityOf(changed(first, { severity: null }), 104), 'WARNING', "again the catalogue's");
  t.equal(severityOf(cleared(first, 105), 106), 'CLEARED');
});

t.test('the first rule that matches wins, over catalogue and fault', async t => {
  const alarms = new Alarms({
    severities: [
      { types: ['link-down'], objects: ['leg/eno*'], severity: 'WARNING' },
      { types: ['link-*', 'optics-*'], objects: ['*'], severity: 'CRITICAL' },
      { types: ['link-down'], objects: ['*'], severity: 'MINOR' },
    ],
  });
  const severityOf = (change: FaultChange) => alarms.take(change, 10)[0]?.alarm.perceivedSeverity;
  t.equal(severityOf(linkDown('eno1', 1)), 'WARNING');
  t.equal(severityOf(linkDown('ens1', 1)), 'CRITICAL');
  t.equal(severityOf(active({ type: 'path-lost', object: 'group/g', t: 1 })), 'CRITICAL');
  t.equal(severityOf(active({ type: 'redundancy-lost', object: 'group/g', t: 1 })), 'MAJOR');
  const optics = active({ type: 'optics-degraded', object: 'leg/a', t: 1, severity: 'MAJOR' });
  t.equal(severityOf(optics), 'CRITICAL');
  t.equal(severityOf(changed(optics, { severity: 'WARNING' })), undefined, 'whatever it becomes');
});

t.test('a rule that was taken away counts no more at the next change', async t => {
  const alarms = new Alarms({
    severities: [{ types: ['link-down'], objects: ['*'], severity: 'WARNING' }],
  });
  const down = linkDown('a', 1);
  t.match(alarms.take(down, 10), [{ alarm: { perceivedSeverity: 'WARNING' } }]);
  const later = new Alarms();
  later.state = alarms.state;
  t.match(later.take(changed(down, { details: ['x'] }), 20), [
    { alarm: { perceivedSeverity: 'MAJOR' } },
  ]);
});
