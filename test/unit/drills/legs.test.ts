import t from 'tap';
import { groupsOf } from '../../../agent/drills/groups.ts';
import { lastUsable, legInUse } from '../../../agent/drills/legs.ts';
import { makeStatus } from '../cli/fake-agent.ts';
import { recorded, recordedAggregates } from './recorded.ts';

t.test('the leg in use: what the kernel says before what the agent saw', async t => {
  const [bond, lacp, team] = groupsOf(recordedAggregates());
  const flow = (leg_out: string | null) => [
    { ...makeStatus().flows[0]!, group: lacp!.id, leg_out },
  ];
  t.match(legInUse(bond!, []), { leg: { ifname: 'b-a' }, guessed: false });
  t.match(legInUse({ ...bond!, active: 'b-b' }, flow('b-a')), { leg: { ifname: 'b-b' } });
  t.match(legInUse(team!, []), { leg: { ifname: 't-a' }, guessed: false });
  t.match(legInUse(lacp!, flow('l-b')), { leg: { ifname: 'l-b' }, guessed: false });
  t.match(legInUse(lacp!, flow(null)), { leg: { ifname: 'l-a' }, guessed: true });
  lacp!.legs[0]!.healthy = false;
  t.match(legInUse(lacp!, []), { leg: { ifname: 'l-b' }, guessed: true });
  t.equal(legInUse(groupsOf(recorded('up'))[0]!, []), null, 'a route has none without flows');
  t.match(lastUsable(lacp!, lacp!.legs[1]!), /no second healthy leg in bond:bond1 beside l-b/);
  t.equal(lastUsable(bond!, bond!.legs[0]!), null);
});
