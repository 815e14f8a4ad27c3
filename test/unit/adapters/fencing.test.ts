/** Only what nobody else can have written, about this host and this alarm, is a proof of fencing. */
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { fencingProof } from '../../../agent/adapters/shared/fencing.ts';
import { TestContext } from '../support/adapter.ts';

t.test('what is no proof', async t => {
  const folder = new TestContext(t).state_dir;
  const file = path.join(folder, 'fenced.json');
  const now = Date.now();
  const good = { host: 'h', fenced: true, at: new Date(now).toISOString(), by: 'stonith' };
  const write = (text: string, mode = 0o600) => {
    rmSync(file, { recursive: true, force: true });
    writeFileSync(file, text, { mode: 0o600 });
    // Past the umask.
    chmodSync(file, mode);
  };
  const asked = (since_ms = now) => fencingProof(file, 'h', [since_ms * 1000], now);
  write(JSON.stringify(good));
  t.same(await asked(), { by: 'stonith' });
  t.same(await asked(now + 9000), { by: 'stonith' }, 'clocks differ a little');
  t.same(await fencingProof(file, 'h', [(now + 60_000) * 1000, now * 1000], now), {
    by: 'stonith',
  });
  t.match(await asked(now + 11_000), { reason: /older than the alarm/ });
  const at = (ms: number) => JSON.stringify({ ...good, at: new Date(now + ms).toISOString() });
  const wrong: [string, RegExp, number?][] = [
    [at(-3_601_000), /older than an hour/],
    [at(11_000), /of the future/],
    ['', /does not say/],
    ['{"host": "h"', /does not say/],
    [JSON.stringify({ ...good, fenced: 'true' }), /does not say/],
    [JSON.stringify({ ...good, at: 'now' }), /does not say/],
    [JSON.stringify({ ...good, host: 'H' }), /another host/],
    [JSON.stringify({ ...good, more: 'x'.repeat(5000) }), /larger than/],
    [JSON.stringify(good), /others may write/, 0o620],
    [JSON.stringify(good), /others may write/, 0o602],
  ];
  for (const [text, reason, mode] of wrong) {
    write(text, mode);
    t.match(await asked(now - 4_000_000), { reason }, String(reason));
  }
  rmSync(file);
  symlinkSync('/etc/hostname', file);
  t.match(await asked(), { reason: /ELOOP/ });
  rmSync(file);
  mkdirSync(file);
  t.match(await asked(), { reason: /not a file/ });
});
