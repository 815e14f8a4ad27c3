/** What the tools of Debian 12 have said in a guest of scripts/vm, of QEMU's devices and of scsi_debug. */
import t from 'tap';
import { selEntries } from '../../../../agent/topology/readings/ipmi_sel.ts';
import { ipmiSensors } from '../../../../agent/topology/readings/ipmi_sensors.ts';
import { nvmeLog } from '../../../../agent/topology/readings/nvme_log.ts';
import { smartHealth } from '../../../../agent/topology/readings/smart.ts';
import { said } from './fixture.ts';

t.test('an NVMe controller, by both tools', async t => {
  const health = { warning: 0, passed: true, spare: 0, spare_limit: 0, used: 0, temperature: 50 };
  t.match(nvmeLog(said('recorded-nvme-cli-2.json')), { is: 'value', value: health });
  t.match(smartHealth(said('recorded-smartctl-nvme.json')), { is: 'value', value: health });
});

t.test('a SCSI disk without counters', async t => {
  t.match(smartHealth(said('recorded-smartctl-scsi.json')), {
    value: { protocol: 'scsi', passed: true, temperature: 38, counters: {} },
  });
});

t.test('an event log whose numbers begin at 0, and one sensor', async t => {
  const log = selEntries(said('recorded-ipmi-sel.csv'));
  if (log.is !== 'value') return t.fail('it can be read');
  t.same(
    log.value.map(({ id, sensor, asserted }) => `${id} ${sensor} ${asserted}`),
    [
      '0 Power Supply #0x51 true',
      '1 Power Supply #0x51 false',
      '2 Fan #0x30 true',
      '3 Fan #0x30 false',
      '4 Memory #0x87 true',
    ],
  );
  t.match(ipmiSensors(said('recorded-ipmi-sensors.csv')), {
    value: [{ name: 'Watchdog', kind: 'other', reading: { level: 'ok' } }],
  });
});
