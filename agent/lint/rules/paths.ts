/** What holds for every kind of path group: one leg is none. */
import { judged, LOSSES, type Rule, rule, shown } from '../rule.ts';
import { known, unknown } from '../value.ts';

const oneLeg = rule({
  id: 'one-leg',
  layer: 'paths',
  subject: 'legs',
  stage: 'switch',
  losses: LOSSES,
  way: '',
  reads: ['links, routes and next hops of the kernel (rtnetlink)'],
  formula: 'never with fewer than two legs',
  advice: () =>
    'give it a second leg: a bond, a multipath route, or a second session by another NIC',
  source: ['OPNFV High Availability requirements, section 3: redundant network paths'],
  judge: ({ legs }) =>
    legs.length >= 2
      ? null
      : {
          ms: 'never',
          settings: [shown('legs', known(legs, 'links of the kernel'))],
          why:
            legs.length === 0 ? 'there is no leg' : `there is no other leg than ${legs.join('')}`,
        },
});

const egress = rule({
  id: 'egress',
  layer: 'paths',
  subject: 'service',
  stage: 'switch',
  losses: LOSSES,
  way: '',
  reads: ['links, addresses and routes of the kernel (rtnetlink)'],
  formula: 'unknown when no route tells by which interface a connection leaves',
  advice: () => 'look where it leaves (ip route get <address>); lint follows the main table only',
  source: ['ip-route(8): get'],
  judge: ({ name, egress: { to, ...more } }) =>
    to !== 'unknown'
      ? null
      : judged({ way: unknown('routes', 'why' in more ? more.why : `of ${name}`) }, () => ({
          ms: 'unknown',
          why: '',
        })),
});

export const serviceRules: readonly Rule<'service'>[] = [egress];
export const pathRules: readonly Rule<'legs'>[] = [oneLeg];
