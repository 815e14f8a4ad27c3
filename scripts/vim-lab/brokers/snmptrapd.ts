/** Net-SNMP's trap receiver: v2c with a community, v3 with authentication and privacy. */

import type { ServiceSpec } from '../../debs/service.ts';
import { ADDRESS } from '../network.ts';

const PORT = 1162;
export const SNMPTRAPD = `${ADDRESS}:${PORT}`;

export const SNMP = {
  community: 'vim-community',
  v3: {
    user: 'pathwarden',
    authProtocol: 'SHA',
    authKey: 'vim-auth-secret',
    privProtocol: 'AES',
    privKey: 'vim-priv-secret',
    /** Hexadecimal; of the sender of traps, since those are authenticated by the engine that sends them. */
    engineId: '8000e58804706174687761726465',
  },
} as const;

export interface Trap {
  /** As Net-SNMP calls them: TRAP2 is a trap, INFORM one that was confirmed. */
  pdu: 'TRAP2' | 'INFORM';
  version: 'v2c' | 'v3';
  /** Community or user. */
  from: string;
  /** By OID, without a dot in front, as `INTEGER: 7` or `STRING: "eth0"`. */
  variables: Record<string, string>;
}

/** What a trap begins and ends with; its variables may hold line feeds and tabs. */
const [BEGIN, END] = ['received\t', '\tend'];

export const snmptrapdFiles = (): Record<string, string> => {
  const { user, authProtocol, authKey, privProtocol, privKey, engineId } = SNMP.v3;
  const keys = `${user} ${authProtocol} ${authKey} ${privProtocol} ${privKey}`;
  return {
    'etc/snmptrapd.conf': [
      `authCommunity log ${SNMP.community}`,
      `createUser -e 0x${engineId} ${keys}`,
      // Informs are authenticated by the engine that takes them.
      `createUser ${keys}`,
      `authUser log ${user} priv`,
      `format2 ${BEGIN}%P\\t%v${END}\\n`,
      '',
    ].join('\n'),
  };
};

export const snmptrapd = (): ServiceSpec => ({
  name: 'snmptrapd',
  argv: [
    'snmptrapd',
    ...['-f', '-Lo', '-On', '-C', '-c', '/run/etc/snmptrapd.conf', '-p', '/run/snmptrapd.pid'],
    `udp:${SNMPTRAPD}`,
  ],
  env: { SNMP_PERSISTENT_DIR: '/run/snmp', MIBS: '' },
  ready: said => said().includes('NET-SNMP version'),
});

/** The traps in what snmptrapd has printed. */
export function parseTraps(said: string): Trap[] {
  return [...said.matchAll(new RegExp(`^${BEGIN}(.*?)${END}$`, 'gms'))].map(([, text = '']) => {
    const [head = '', ...variables] = text.split(/\t(?=(?:\.\d+)+ = )/);
    const [, pdu, version, from = ''] =
      /^(\w+), SNMP (v\w+), (?:community|user) ([^,\t]*)/.exec(head) ?? [];
    if ((pdu !== 'TRAP2' && pdu !== 'INFORM') || (version !== 'v2c' && version !== 'v3'))
      throw new Error(`snmptrapd says of a trap: ${head}`);
    const pairs = variables.map(line => line.slice(1).split(' = '));
    return {
      ...{ pdu, version, from },
      variables: Object.fromEntries(pairs.map(([oid, ...value]) => [oid, value.join(' = ')])),
    };
  });
}
