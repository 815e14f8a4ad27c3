/** Where the frequency of the time stamp counter is taken from. */
import t from 'tap';
import { tscKhz } from '../../../../scripts/vm-lab/tsc.ts';

const cpuinfo = (flags: string) =>
  `model name\t: Intel(R) Xeon(R) CPU @ 2.60GHz\ncpu MHz\t\t: 3401.134\nflags\t\t: fpu ${flags} tsc\n`;

t.test('under a hypervisor the clock of the core is that of the counter', async t => {
  t.equal(tscKhz(cpuinfo('hypervisor'), ''), 3401134);
});

t.test('on bare metal it is not: the nominal one counts', async t => {
  t.equal(tscKhz(cpuinfo(''), ''), 2600000);
});

t.test('what the kernel says itself comes first; knowing nothing is no guess', async t => {
  t.equal(tscKhz(cpuinfo('hypervisor'), '2596134\n'), 2596134);
  t.equal(tscKhz('model name\t: some\n', ''), null);
});
