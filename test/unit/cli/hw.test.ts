/** `pathwarden hw`. */
import t from 'tap';
import { completed } from '../../../agent/cli/hw.ts';
import { renderHardware } from '../../../agent/cli/hw-text.ts';
import { components } from '../../../agent/topology/inventory/index.ts';
import { Helper } from '../support/frames.ts';
import { serverFrames } from '../support/hardware_host.ts';
import { topologyOf } from '../support/topology.ts';
import { fakeAgent, makeHardware } from './fake-agent.ts';
import { cli } from './process.ts';
import { paper } from './terminals.ts';

const server = () => ({
  ...{ host: 'compute-1', now_us: 1, helper: true, reader: true },
  components: components(topologyOf(serverFrames(new Helper())), [
    {
      ...{ id: 'a', type: 'memory-corrected-errors', managedObjectId: 'dimm/DIMM_A2' },
      perceivedSeverity: 'MAJOR',
    },
  ]),
});

t.test('a table for each kind; what is ok and many is counted', async t => {
  const text = renderHardware(paper(), server(), false);
  t.match(text, /^compute-1 {2}21 components, 1 warning$/m);
  t.match(text, /^ {2}host +Dell Inc\. PowerEdge R740xd, serial 7XKJ9R2$/m);
  t.match(
    text,
    /^ {2}DIMM_A2 +warning +Samsung M393A4K40BB1-CRC +0317A41 +32 GiB +DDR4-2933 +214 corrected$/m,
  );
  t.match(text, /DIMM_A2.*\n {4}memory-corrected-errors\n/);
  t.match(text, 'All ok, shown with --all: 2 file systems, 4 sensors, 1 watchdog.');
  t.notMatch(text, 'coretemp');
  t.match(renderHardware(paper(), server(), true), /coretemp\.0\/Package id 0 +ok/);
});

t.test('a terminal of 80 columns has room for it', async t => {
  const lines = renderHardware(paper({ columns: 80 }), server(), true).split('\n');
  t.same(
    lines.filter(line => line.length > 80),
    [],
  );
});

t.test('nothing that a device says commands the terminal', async t => {
  const [host, disk] = makeHardware().components;
  const evil = {
    ...disk!,
    id: 'disk/\u001b[2J',
    name: '\u001b]0;x\u0007',
    facts: [['\u001b[1m', '\u009b2J']] as [string, string][],
  };
  const text = renderHardware(paper(), makeHardware({ components: [host!, evil] }), true);
  t.notMatch(text.replaceAll('\n', ''), /\p{Cc}/u);
});

t.test('who cannot tell now is named', async t => {
  t.match(renderHardware(paper(), makeHardware({ reader: false }), false), 'pathwarden-reader');
  t.match(
    renderHardware(paper(), makeHardware({ helper: false }), false),
    'helper is not connected',
  );
});

t.test('what the firmware does not tell, systeminformation may', async t => {
  const [host] = makeHardware().components;
  const asset = { vendor: 'Acme', model: 'R1', serial: null, processor: 'Intel', system: 'Debian' };
  const nameless = { ...host!, fru: null, name: 'host' };
  t.match(completed(nameless, { ...asset, error: null }), { name: 'Acme R1', fru: { part: 'R1' } });
  t.match(completed(host!, { ...asset, error: null }), { name: 'Dell PowerEdge R740xd' });
  t.same(completed(host!, { ...asset, error: null }).facts.at(-1), ['system', 'Debian']);
  t.same(completed(host!, { ...asset, error: 'timed out' }), host);
});

t.test('the verb: text, JSON, kinds', async t => {
  const agent = await fakeAgent();
  t.teardown(() => agent.close());
  const hw = (...words: string[]) => cli('hw', ...words, '--socket-dir', agent.folder);
  const { code, stdout } = await hw();
  t.equal(code, 0);
  t.match(stdout, /nvme0n1 +warning +Samsung PM9A3 +S64 +49 °C/);
  const all = JSON.parse((await hw('--json')).stdout);
  t.same(all, makeHardware());
  const disks = JSON.parse((await hw('--json', '--kind', 'disk,sensor')).stdout).components;
  t.same(
    disks.map((one: { id: string }) => one.id),
    ['disk/nvme0n1', 'sensor/acpitz/temp1'],
  );
  const wrong = await hw('--kind', 'toaster');
  t.equal(wrong.code, 2);
  t.match(wrong.stderr, "'toaster' is none of host, processor");
});
