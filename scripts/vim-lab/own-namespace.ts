/**
 * Import this first, for its effect: the program runs again in a network namespace of its own, so that it and the VIM reach
 * each other and nothing is put into the machine's. The first process only waits, and ends as the second did.
 *
 * Everything here is synchronous: the imports that follow are not to be evaluated in the first process.
 */
import { spawnSync } from 'node:child_process';
import { inOwnNamespace, MARK, OWN } from './namespace.ts';

if (!inOwnNamespace()) {
  const prepare = `ip link set lo up && ${MARK}="$(readlink ${OWN}) ${process.pid}" exec "$@"`;
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const { status, signal, error } = spawnSync(
    'setpriv',
    ['--pdeathsig', 'KILL', 'unshare', '--net', 'sh', '-c', prepare, 'sh', ...again],
    { stdio: 'inherit' },
  );
  if (error) process.stderr.write(`${error.message}\n`);
  if (signal) process.kill(process.pid, signal);
  process.exit(status ?? 1);
}
