/** BFD with BIRD at the other end of a leg: a second implementation, which is stricter about what it accepts. */
import t from 'tap';
import { nowUs, until } from '../../scripts/lab/wait.ts';
import { Bird } from '../../scripts/storage-lab/bird.ts';
import { askFor, forward, LEG, openBfdLab, SESSION } from './bfd.ts';

t.setTimeout(600_000);

const PATIENCE_MS = 60_000;

const terms = (rx_ms: number, tx_ms: number, multiplier: number) =>
  `interface "s-a" { min rx interval ${rx_ms} ms; min tx interval ${tx_ms} ms; idle tx interval 1 s; multiplier ${multiplier}; };
neighbor ${LEG.local} dev "s-a" local ${LEG.remote};`;

t.test('up, down at a blackhole, up again; other terms; gone', async t => {
  const { lab, host, root } = await openBfdLab(t);
  const bird = await Bird.start(lab, root, {
    netns: lab.network.storage,
    bfd: terms(50, 50, 3),
  });
  const theirs = (state: string) =>
    until(
      `BIRD to say ${state}`,
      async () => (await bird.state(LEG.local)) === state,
      PATIENCE_MS,
      50,
    );
  const helper = await askFor(t, host, SESSION);
  const up = await helper.up(150_000);
  t.match(up, { tx_us: 50_000, diagnostic: 0, local: LEG.local, remote: LEG.remote });
  await theirs('Up');

  await t.test('a blackhole', async t => {
    const from = helper.bfd.length;
    const cut = nowUs();
    await forward(lab, false);
    const down = await helper.told('down', from, f => f.state === 'down');
    t.equal(down.diagnostic, 1, 'control detection time expired');
    t.ok(down.t_us - down.since_us >= 150_000, 'not before the detection time has passed');
    t.ok(down.since_us > cut - 150_000, 'counted from the last packet');
    t.comment(`${down.t_us - cut} us after the cut, ${down.t_us - down.since_us} us of silence`);
    t.notOk(helper.carrierLost.includes(LEG.ifindex), 'the link is up');
    await theirs('Down');
    const healed = helper.bfd.length;
    await forward(lab, true);
    await helper.up(150_000, healed);
    await theirs('Up');
  });

  await t.test('other terms at its end and at ours, without going down', async t => {
    const from = helper.bfd.length;
    await bird.configure(terms(300, 200, 4));
    await helper.told('its terms', from, f => f.detect_us === 800_000 && f.tx_us === 300_000);
    helper.configure({ ...SESSION, interval_ms: 400, detect_mult: 5 });
    await helper.told('ours', from, f => f.detect_us === 1_600_000 && f.tx_us === 400_000);
    await bird.configure(terms(50, 50, 3));
    helper.configure(SESSION);
    await helper.up(150_000, from);
    t.ok(
      helper.bfd.slice(from).every(f => f.state === 'up'),
      'it was up all the while',
    );
    await theirs('Up');
  });

  await t.test('a session that is asked for no more', async t => {
    const from = helper.bfd.length;
    helper.configure();
    await theirs('Down');
    t.ok(helper.bfd.slice(from).some(f => f.gone));
  });
  helper.close();
});
