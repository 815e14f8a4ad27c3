/** What smartctl and nvme-cli say of a disk's health. */
import t from 'tap';
import { nvmeLog } from '../../../../agent/topology/readings/nvme_log.ts';
import { smartHealth } from '../../../../agent/topology/readings/smart.ts';
import { ataWith, nvmeWith, said, saidWith } from './fixture.ts';

t.test('an ATA disk', async t => {
  t.same(smartHealth(said('smartctl-ata.json')), {
    is: 'value',
    value: {
      protocol: 'ata',
      passed: true,
      warning: null,
      spare: null,
      spare_limit: null,
      used: null,
      temperature: 34,
      below: [],
      counters: {
        reallocated: 8,
        reported: 0,
        // Seagate packs three counts of 16 bits into it.
        timeouts: 3,
        pending: 0,
        uncorrectable: 0,
        interface: 0,
      },
    },
  });
  t.match(smartHealth(saidWith('smartctl-ata.json', { 'smart_status.passed': false })), {
    value: { passed: false },
  });
  const at = 'ata_smart_attributes.table.1';
  for (const change of [{ [`${at}.value`]: 10 }, { [`${at}.when_failed`]: 'now' }]) {
    const below = ['5 Reallocated_Sector_Ct'];
    t.match(smartHealth(saidWith('smartctl-ata.json', change)), { value: { below } });
  }
  t.match(smartHealth(saidWith('smartctl-ata.json', { [`${at}.when_failed`]: 'past' })), {
    value: { below: [] },
  });
  const worn = { 'ata_smart_attributes.table.2': { id: 231, name: 'SSD_Life_Left', value: 3 } };
  t.match(smartHealth(ataWith({}, worn)), { value: { used: 97 } });
  const hot = { 'ata_smart_attributes.table.2': { id: 231, name: 'Temperature', value: 3 } };
  t.match(smartHealth(ataWith({}, hot)), { value: { used: null } }, 'whose 231 is something else');
});

t.test('a SAS disk', async t => {
  t.match(smartHealth(said('smartctl-sas.json')), {
    is: 'value',
    value: {
      protocol: 'scsi',
      passed: true,
      temperature: 41,
      counters: { defects: 3, media: 1 },
    },
  });
});

t.test('an NVMe disk, by smartctl and by both lines of nvme-cli', async t => {
  const health = {
    protocol: 'nvme',
    passed: true,
    warning: 0,
    spare: 100,
    spare_limit: 10,
    used: 2,
    temperature: 38,
    below: [],
    counters: { media: 0 },
  };
  t.same(smartHealth(said('smartctl-nvme.json')), { is: 'value', value: health });
  t.same(nvmeLog(said('nvme-cli-1.json')), { is: 'value', value: health });
  t.match(nvmeLog(said('nvme-cli-2.json')), {
    value: { passed: false, warning: 8, spare: 4, used: 101 },
  });
  t.match(nvmeLog(nvmeWith({ critical_warning: { value: 4, available_spare: 0 } })), {
    value: { warning: 4, passed: false },
  });
  t.match(nvmeLog(nvmeWith({ critical_warning: 2 })), { value: { passed: true, warning: 2 } });
  t.match(nvmeLog(nvmeWith({ media_errors: '17' })), { value: { counters: { media: 17 } } });
});

t.test('a disk that sleeps, and one that has no SMART, have nothing to say', async t => {
  t.match(smartHealth(said('smartctl-standby.json')), { is: 'nothing', reason: 'STANDBY' });
  t.match(smartHealth(said('smartctl-virtio.json')), {
    is: 'nothing',
    reason: 'Unable to detect device type',
  });
  const none = { smartctl: { exit_status: 4 }, smart_support: { available: false } };
  t.match(smartHealth(JSON.stringify(none)), { is: 'nothing', reason: 'no SMART' });
  t.match(smartHealth('{"smartctl":{}}'), { is: 'nothing' });
  const reason = 'Smartctl open device: /dev/sda failed: Input/output error';
  const shut = { smartctl: { exit_status: 2, messages: [{ string: reason, severity: 'error' }] } };
  t.same(smartHealth(JSON.stringify(shut)), { is: 'garbage', reason }, 'that is no sleep');
});

t.test('what is none of theirs', async t => {
  for (const output of [
    '',
    ' \n',
    'null',
    '[]',
    '7',
    '"a"',
    '{"a":1}',
    'smartctl 7.3 2022-02-28',
  ]) {
    t.equal(smartHealth(output).is, 'garbage', `smartctl: ${output}`);
    t.equal(nvmeLog(output).is, 'garbage', `nvme: ${output}`);
  }
  t.equal(
    smartHealth(`{"a":"${'x'.repeat(200_000)}"}`).is,
    'garbage',
    'longer than a reader hands on',
  );
});
