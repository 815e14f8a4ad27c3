// guest: --nics 1 --timeout 300
/**
 * Micro-BFD (RFC 7130): a session on each member of an 802.3ad bond, which the IP layer does not tell apart. One member that
 * drops in silence is seen at both ends, and it alone.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { createBond } from '../../scripts/lab/bond.ts';
import { COMPUTE_ADDRESS, STORAGE_ADDRESS } from '../../scripts/lab/network.ts';
import { Processes } from '../../scripts/lab/processes.ts';
import { nowUs } from '../../scripts/lab/wait.ts';
import { Helper } from '../vm/helper.ts';

t.setTimeout(280_000);

/** A guest's processors are away for a hundred ms now and then. */
const INTERVAL_MS = 200;
const DETECT_MULT = 5;
const DETECT_US = INTERVAL_MS * DETECT_MULT * 1000;

const ip = (...args: string[]) => execFileSync('ip', args, { encoding: 'utf8' });

interface End {
  helper: Helper;
  members: readonly [number, number];
}

async function startEnd(
  test: Test,
  netns: string,
  names: readonly [string, string],
  local: string,
  remote: string,
): Promise<End> {
  const index = (name: string): number =>
    JSON.parse(ip('-n', netns, '-j', 'link', 'show', 'dev', name))[0].ifindex;
  const members = [index(names[0]), index(names[1])] as const;
  const helper = await Helper.startIn(test, netns);
  const terms = { local, remote, micro: true, interval_ms: INTERVAL_MS, detect_mult: DETECT_MULT };
  helper.configure({ bfd: members.map(ifindex => ({ ifindex, ...terms })) });
  return { helper, members };
}

const becomes = ({ helper, members }: End, member: 0 | 1, state: 'up' | 'down', from_us: number) =>
  helper.next('bfd', f => f.ifindex === members[member] && f.state === state, from_us);

t.test('a session for each member', async t => {
  const [near, far] = ['near', 'far'];
  for (const netns of [near, far]) {
    ip('netns', 'add', netns);
    ip('-n', netns, 'link', 'set', 'lo', 'up');
  }
  const processes = new Processes(mkdtempSync(join(tmpdir(), 'bfd-')));
  await createBond(near, far, { kind: 'lacp' }, processes);
  const ends = [
    await startEnd(t, near, ['c-a', 'c-b'], COMPUTE_ADDRESS, STORAGE_ADDRESS),
    await startEnd(t, far, ['s-0', 's-1'], STORAGE_ADDRESS, COMPUTE_ADDRESS),
  ] as const;
  for (const end of ends) {
    t.match(end.helper.hello.sources, [{ name: 'rtnl', state: 'ok' }]);
    for (const member of [0, 1] as const) {
      const up = await becomes(end, member, 'up', 0);
      t.match(up, { micro: true, diagnostic: 0 });
    }
    await end.helper.next('bfd', f => f.remote_state === 'up' && f.detect_us === DETECT_US);
  }

  const cut = nowUs();
  // In one process: the end that is deaf first would tell the other.
  const drops = ['ingress', 'egress'].map(
    way => `filter add dev c-a ${way} matchall action drop\n`,
  );
  execFileSync('tc', ['-n', near, '-batch', '-'], {
    input: `qdisc add dev c-a clsact\n${drops.join('')}`,
  });
  for (const end of ends) {
    const down = await becomes(end, 0, 'down', cut);
    t.equal(down.diagnostic, 1, 'control detection time expired');
    t.comment(`${(down.t_us - cut) / 1000} ms after the cut`);
    t.strictSame(
      end.helper.all('bfd', cut).filter(f => f.ifindex === end.members[1] && f.state !== 'up'),
      [],
      'the other member is up',
    );
  }
  const healed = nowUs();
  execFileSync('tc', ['-n', near, 'qdisc', 'del', 'dev', 'c-a', 'clsact']);
  for (const end of ends) await becomes(end, 0, 'up', healed);
  t.pass('up again at both ends');
});
