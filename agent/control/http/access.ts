/**
 * Who may do what. Over the unix socket whoever can connect may read, and nobody may change anything: Node does not tell
 * who the peer is, and `pathwarden ack` is there for root. Over the network a certificate of the configured authorities or
 * a token lets read; to acknowledge takes an `admin:` token, whatever the certificate.
 */
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { Problem } from './problem.ts';
import type { Tokens } from './tokens.ts';

export interface Access {
  /** Over the unix socket. */
  local: boolean;
  admin: boolean;
  /** As the alarm's ackUser, unless the client names somebody. */
  user: string;
  /** Does it still hold? A token may have been taken out of its file. */
  holds(): boolean;
}

const LOCAL: Access = { local: true, admin: false, user: 'local', holds: () => true };

/** `tokens`: those of now. @throws Problem 401 */
export function accessOf(
  request: IncomingMessage,
  { local, tokens }: { local: boolean; tokens(): Tokens },
): Access {
  if (local) return LOCAL;
  const user = clientName(request.socket as TLSSocket);
  const [, token] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (token !== undefined) {
    const grant = tokens().grant(token);
    if (grant) {
      const holds = () => tokens().grant(token) !== null;
      return { local, admin: grant.admin, user: user ?? 'api', holds };
    }
    throw new Problem(401, 'the token is not known');
  }
  if (user !== null) return { local, admin: false, user, holds: () => true };
  throw new Problem(401, 'a certificate or a bearer token is needed');
}

/** Common name of a client's certificate that the authorities have signed; null: there is none. */
function clientName(socket: TLSSocket): string | null {
  if (socket.authorized !== true) return null;
  const name = socket.getPeerCertificate().subject?.CN;
  const text = Array.isArray(name) ? name[0] : name;
  return text === undefined || text === '' ? 'api' : text.slice(0, 128);
}
