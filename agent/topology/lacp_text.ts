/** A LACP port's state in a word or two, for people. */
import type { BondMember } from '../types.ts';
import { NO_SYSTEM } from './members.ts';

export function lacpText({
  actor,
  partner,
  partner_system,
  churn,
}: NonNullable<BondMember['lacp']>): string {
  const churned = churn?.actor === 'churned' || churn?.partner === 'churned' ? ', churned' : '';
  if (actor.defaulted || partner_system === NO_SYSTEM) return `no partner${churned}`;
  if (actor.expired) return `partner silent${churned}`;
  if (actor.collecting && actor.distributing) return `distributing${churned}`;
  if (actor.synchronization && partner.synchronization) return `in sync${churned}`;
  return `not in sync${churned}`;
}
