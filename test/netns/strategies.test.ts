/** Each carrier strategy in turn on tun NICs; one that the kernel refuses gives way to the next with its reason. */
import { release } from 'node:os';
import t from 'tap';
import { Lab } from '../../scripts/lab/lab.ts';
import { run } from '../../scripts/lab/run.ts';
import { TunNics } from '../../scripts/lab/tun.ts';
import { carrierStory, type Strategy } from '../vm/carrier-story.ts';
import { Helper } from '../vm/helper.ts';
import { closeAfter } from './support.ts';

t.setTimeout(120_000);

t.test('carrier strategies', async t => {
  const lab = await Lab.open();
  closeAfter(t, lab);
  const netns = lab.network.compute;
  const nics = await TunNics.open(lab, netns, ['t0', 't1']);

  for (const strategy of ['fentry', 'timer', 'getlink', 'rtnl'] satisfies Strategy[])
    await t.test(strategy, async t => {
      const helper = await Helper.startIn(t, netns, '--nudge', 'off', '--carrier', strategy);
      const used = helper.hello.carrier.strategy;
      const source = helper.hello.sources.find(({ name }) => name === 'carrier');
      if (strategy === 'fentry' && used !== strategy) {
        t.equal(used, 'timer');
        t.match(source, { state: 'degraded', reason: /^timer only, no fentry: \w/ });
        t.pass('seen as it happens', { skip: `kernel ${release()}: ${source?.reason}` });
        return;
      }
      t.equal(used, strategy);
      t.equal(source?.state, strategy === 'rtnl' ? 'degraded' : 'ok');
      await carrierStory(t, helper, strategy, {
        leg: 't0',
        other: 't1',
        setCarrier: (nic, on) => nics.setCarrier(nic, on),
        setAdmin: (nic, up) => run(['ip', '-n', netns, 'link', 'set', nic, up ? 'up' : 'down']),
      });
    });
});
