/** What an adapter of the kind `snmp` is configured with. */
import { isIP } from 'node:net';
import * as z from 'zod';
import { adapterKeys } from '../../config.ts';
import { secretFile } from '../../secret.ts';
import { hostKey } from '../shared/http-settings.ts';

/** Where PATHWARDEN-MIB.txt lies: netSnmpPlaypen of the Net-SNMP project, which is free for anyone's private use. */
const PLAYPEN = '1.3.6.1.4.1.8072.9999.9999.7727';

export const snmpSettings = z
  .strictObject({
    kind: z.literal('snmp').describe('snmp'),
    ...adapterKeys,
    address: z
      .string()
      .refine(
        text => isIP(text) !== 0 || /^[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$/.test(text),
      )
      .describe('an IPv4 or IPv6 address, or a host name (of an IPv4 address)'),
    port: z.int().min(1).max(65535).default(162).describe('a port number from 1 to 65535'),
    version: z.enum(['2c', '3']).default('2c').describe('2c or 3'),
    /** False: traps. Nobody answers a trap, so `delivered` says only that it was sent. */
    inform: z.boolean().default(true).describe('true or false'),
    /** Of version 2c; absent: `public`. */
    community_file: secretFile.optional(),
    /** The user of version 3 (RFC 3414), as the receiver knows it. */
    user: z
      .string()
      .regex(/^[\x21-\x7e]{1,32}$/)
      .optional()
      .describe('a name of 1 to 32 printable characters; with version 3'),
    auth: z
      .enum(['sha', 'sha224', 'sha256', 'sha384', 'sha512'])
      .default('sha256')
      .describe('one of sha, sha224, sha256, sha384, sha512'),
    /** Passwords of at least 8 characters. */
    auth_file: secretFile
      .optional()
      .describe('the absolute path of a readable file, or credential:<name>; with version 3'),
    priv: z
      .enum(['aes', 'aes256b', 'aes256r'])
      .default('aes')
      .describe('one of aes (128 bits), aes256b (Blumenthal), aes256r (Reeder)'),
    /** Absent: authenticated, but for everyone to read. */
    priv_file: secretFile
      .optional()
      .describe('the absolute path of a readable file, or credential:<name>; with version 3'),
    /** Ours, of version 3: receivers of traps must know it. By default made of the source of this host. */
    engine_id: z
      .string()
      .regex(/^([0-9a-fA-F]{2}){5,32}$/)
      .optional()
      .describe('5 to 32 bytes in hexadecimal'),
    /** Where the MIB lies; who has an enterprise number changes this, and the last line of its MODULE-IDENTITY. */
    enterprise: z
      .string()
      .regex(/^1\.3\.6\.1\.4\.1(\.(0|[1-9]\d{0,8})){1,6}$/)
      .default(PLAYPEN)
      .describe('an object identifier of 1 to 6 numbers under 1.3.6.1.4.1'),
    /** Also linkDown and linkUp of IF-MIB, for alarms of a link. */
    link_traps: z.boolean().default(true).describe('true or false'),
    /** What the notifications call this host. */
    host: hostKey,
  })
  .superRefine((settings, context) => {
    const wrong = (key: keyof typeof settings) =>
      context.addIssue({ code: 'custom', path: [key], message: 'does not fit the version' });
    if (settings.version === '3') {
      if (settings.user === undefined) wrong('user');
      if (settings.auth_file === undefined) wrong('auth_file');
      if (settings.community_file !== undefined) wrong('community_file');
      return;
    }
    for (const key of ['user', 'auth_file', 'priv_file', 'engine_id'] as const) {
      if (settings[key] !== undefined) wrong(key);
    }
  });

export type SnmpSettings = z.output<typeof snmpSettings>;
