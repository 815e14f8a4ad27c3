/** Every rule. */
import type { Rule, SubjectKind } from '../rule.ts';
import { bondingRules } from './bonding.ts';
import { cephRules } from './ceph.ts';
import { iscsiRules } from './iscsi.ts';
import { multipathRules } from './multipath.ts';
import { nfsRules } from './nfs.ts';
import { nvmeRules } from './nvme.ts';
import { pathRules, serviceRules } from './paths.ts';
import { routingRules } from './routing.ts';
import { tcpRules } from './tcp.ts';
import { teamRules } from './team.ts';

/** By what they are about. Of several that say never, the first one's reason is told. */
export const rules: { readonly [K in SubjectKind]: readonly Rule<K>[] } = {
  legs: pathRules,
  service: serviceRules,
  bond: bondingRules,
  team: teamRules,
  route: routingRules,
  connection: tcpRules,
  iscsi: iscsiRules,
  nvme: nvmeRules,
  multipath: multipathRules,
  nfs: nfsRules,
  ceph: cephRules,
};
