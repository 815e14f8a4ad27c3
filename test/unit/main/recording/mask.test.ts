/** What looks like a secret on a command line is none of a recording's business. */
import t from 'tap';
import { maskSecrets } from '../../../../agent/main/recording/mask.ts';

t.test('secrets are masked, and the rest is left', async t => {
  for (const [line, masked] of [
    ['mysqld --password=hunter2 --port 3306', 'mysqld --password=*** --port 3306'],
    ['tool --api-key hunter2 -v', 'tool --api-key *** -v'],
    ['env AWS_SECRET_ACCESS_KEY=hunter2 run', 'env AWS_SECRET_ACCESS_KEY=*** run'],
    ['curl https://bob:hunter2@host/x?token=hunter2', 'curl https://bob:***@host/x?token=***'],
    [
      'qemu -name guest=vm1 -object secret,id=masterKey0,format=raw,data=hunter2,iv=1',
      'qemu -name guest=vm1 -object secret,id=masterKey0,format=raw,data=***,iv=1',
    ],
    [
      'qemu -name guest=vm1,debug-threads=on -m 4096',
      'qemu -name guest=vm1,debug-threads=on -m 4096',
    ],
    ['', ''],
  ]) {
    t.equal(maskSecrets(line!), masked);
    t.notMatch(maskSecrets(line!), 'hunter2');
  }
});
