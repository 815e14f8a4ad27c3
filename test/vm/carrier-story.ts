/** What each carrier strategy owes to those who listen, whatever it is that takes the cable away. */
import type { Test } from 'tap';
import type { FrameOf } from '../../agent/wire.ts';
import { nowUs } from '../../scripts/lab/wait.ts';
import type { Helper } from './helper.ts';

export type Strategy = 'fentry' | 'timer' | 'getlink' | 'rtnl';

/** Two NICs that have carrier and are up. */
export interface Cables {
  leg: string;
  /** Its event lets the kernel's limiter hold back the one of the leg. */
  other: string;
  setCarrier(nic: string, on: boolean): Promise<unknown>;
  setAdmin(nic: string, up: boolean): Promise<unknown>;
}

type Carrier = FrameOf<'carrier'>['data'];

export async function carrierStory(
  t: Test,
  helper: Helper,
  strategy: Strategy,
  { leg, other, setCarrier, setAdmin }: Cables,
): Promise<void> {
  const link = helper.all('link').find(({ ifname }) => ifname === leg)!;
  const ofLeg = ({ ifindex }: { ifindex: number }) => ifindex === link.ifindex;
  const began_us = nowUs();
  const seenByUs = strategy !== 'rtnl';
  let ups = link.carrier_up_count;
  let downs = link.carrier_down_count;

  for (const round of ['first', 'second']) {
    await setCarrier(other, false);
    const cut_us = nowUs();
    await setCarrier(leg, false);
    downs++;
    const lost = (data: { carrier: boolean }) => !data.carrier;
    const late = await helper.next('link', data => ofLeg(data) && lost(data), cut_us);
    t.equal(late.carrier_down_count, downs, `${round} loss: netlink has counted it`);
    if (seenByUs) {
      const told = await helper.next('carrier', data => ofLeg(data) && lost(data), cut_us);
      t.match(told, { via: strategy, carrier_down_count: downs, admin_up: true });
      if (strategy !== 'getlink')
        t.ok(told.t_us < late.t_us, `ahead of netlink by ${late.t_us - told.t_us} µs`);
      t.comment(
        `${strategy}: ${told.t_us - cut_us} µs after the cut, netlink ${late.t_us - cut_us} µs`,
      );
    }
    const mended_us = nowUs();
    await setCarrier(leg, true);
    await setCarrier(other, true);
    ups++;
    const back = (data: Pick<Carrier, 'ifindex' | 'carrier' | 'carrier_up_count'>) =>
      ofLeg(data) && data.carrier && data.carrier_up_count === ups;
    await helper.next('link', back, mended_us);
    if (seenByUs) await helper.next('carrier', back, mended_us);
    t.pass(`${round} return: told with its count`);
  }

  for (const up of [false, true]) {
    const asked_us = nowUs();
    await setAdmin(leg, up);
    await helper.next('link', data => ofLeg(data) && data.admin_up === up, asked_us);
    t.pass(`set ${up ? 'up' : 'down'} by hand: netlink has told`);
    if (!seenByUs) continue;
    const told = await helper.next(
      'carrier',
      data => ofLeg(data) && data.admin_up === up,
      asked_us,
    );
    t.equal(told.via, strategy, 'and so has the strategy');
  }

  const told = helper.all('carrier', began_us).filter(ofLeg);
  const changes = (one: Carrier) => one.carrier_up_count + one.carrier_down_count;
  t.same(
    told,
    [...told].sort((a, b) => a.t_us - b.t_us),
    'in the order of their times',
  );
  t.same(
    told,
    [...told].sort((a, b) => changes(a) - changes(b)),
    'which is that of the change counts',
  );
  if (!seenByUs) t.same(told, [], 'nothing but netlink tells');
}
