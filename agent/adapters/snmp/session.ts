/** One UDP socket to one SNMP manager, with net-snmp's session over it. */
import { createSocket, type SocketType } from 'node:dgram';
import { isIP } from 'node:net';
import snmp from 'net-snmp';
import type { SendResult } from '../../types.ts';
import type { rememberingLookup } from '../shared/lookup.ts';
import { describe, retry } from '../shared/settle.ts';
import type { Connection } from '../shared/warm.ts';
import { engineClock } from './engine.ts';
import type { Notification, Varbind } from './map.ts';
import type { SnmpSettings } from './settings.ts';
import { isAuthenticated, wireVarbind } from './wire.ts';

/** Requests without an answer: the manager does not keep up. */
const WAITING_MAX = 1024;

export interface Access {
  community: string;
  /** Empty: version 2c. */
  auth: string;
  /** Empty: not encrypted. */
  priv: string;
}

/** What the sessions of one adapter have in common. */
export interface Shared {
  settings: SnmpSettings;
  access: Access;
  engineId: Buffer;
  lookup: ReturnType<typeof rememberingLookup>;
}

interface Message {
  version: number;
  pdu: { type: number };
  msgSecurityParameters?: {
    msgAuthoritativeEngineBoots: number;
    msgAuthoritativeEngineTime: number;
  };
}

/** net-snmp's session, whose events must not end the process. */
class QuietSession extends snmp.Session {
  /** Of the message that is being taken: version 3 and not authenticated. */
  unauthenticated = false;

  override onMsg(buffer: Buffer): void {
    this.unauthenticated = !isAuthenticated(buffer);
    try {
      super.onMsg(buffer);
    } catch {
      // Bytes that are no SNMP: whoever waits for an answer has a deadline.
    }
  }

  // Without a listener for an event of that name the library's own would throw.
  override onError(): void {}

  override send(request: Parameters<snmp.Session['send']>[0], noWait: boolean): this {
    const { version, pdu, msgSecurityParameters } = request.message as unknown as Message;
    // The library says 0 for ever, and managers drop what is 150 s behind their idea of our clock (RFC 3414, 3.2, 7b).
    if (version === snmp.Version3 && pdu.type === snmp.PduType.TrapV2 && msgSecurityParameters) {
      const { boots, time_s } = engineClock();
      msgSecurityParameters.msgAuthoritativeEngineBoots = boots;
      msgSecurityParameters.msgAuthoritativeEngineTime = time_s;
    }
    return super.send(request, noWait);
  }
}

export class SnmpSession implements Connection {
  state: Connection['state'] = 'open';
  readonly ready = Promise.resolve();
  readonly #settings: SnmpSettings;
  readonly #session: QuietSession;
  readonly #waiting = new Set<(result: SendResult) => void>();

  constructor({ settings, access, engineId, lookup }: Shared) {
    this.#settings = settings;
    const { address, port, timeout_ms, version, user, auth, priv } = settings;
    const options = {
      transport: (isIP(address) === 6 ? 'udp6' : 'udp4') as 'udp4' | 'udp6',
      // After the discovery of the manager's engine it sends informs to `port`.
      port,
      trapPort: port,
      // The outbox does both.
      retries: 0,
      timeout: 2 * timeout_ms,
      dgramModule: {
        createSocket: (type: SocketType) =>
          createSocket({
            type,
            lookup: ((host: string, family: number, done: (...words: unknown[]) => void) => {
              // Also asked for the address that the socket is bound to.
              if (isIP(host) !== 0) process.nextTick(done, null, host, isIP(host));
              else lookup(host, { family }, done as never);
            }) as never,
          }),
      },
    };
    if (version === '2c') {
      this.#session = new QuietSession(address, access.community, {
        ...options,
        version: snmp.Version2c,
      });
      return;
    }
    const level = snmp.SecurityLevel;
    this.#session = new QuietSession(
      address,
      {
        name: user ?? '',
        level: access.priv === '' ? level.authNoPriv : level.authPriv,
        authProtocol: snmp.AuthProtocols[auth],
        authKey: access.auth,
        ...(access.priv !== '' && {
          privProtocol: snmp.PrivProtocols[priv],
          privKey: access.priv,
        }),
      },
      { ...options, version: snmp.Version3, engineID: engineId },
    );
  }

  /** Informs: settles when the manager has answered, or the session is closed. Traps: when it has left. */
  notify({ oid }: Notification, varbinds: Varbind[]): Promise<SendResult> {
    if (this.state === 'closed') throw new Error('the session was closed');
    if (this.#waiting.size >= WAITING_MAX) throw new Error('the manager does not keep up');
    const { inform, version } = this.#settings;
    return new Promise(resolve => {
      const settle = (result: SendResult) => {
        this.#waiting.delete(settle);
        resolve(result);
      };
      this.#waiting.add(settle);
      const done = (error: unknown) => {
        if (error) settle(retry(describe(error)));
        else if (inform && version === '3' && this.#session.unauthenticated)
          settle(retry('an answer that is not authenticated'));
        else settle({ outcome: 'delivered' });
      };
      const wire = varbinds.map(wireVarbind);
      if (inform) this.#session.inform(oid, wire, {}, done);
      else this.#session.trap(oid, wire, {}, done);
    });
  }

  close(): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    for (const settle of this.#waiting) settle(retry('the agent gave the session up'));
    try {
      this.#session.close();
    } catch {
      // It was never bound.
    }
  }
}
