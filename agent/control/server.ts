/**
 * The agent's two control sockets: `view.sock` for the group pathwarden, which may change nothing, and `admin.sock`
 * for root. Requests are checked against protocol.ts; whoever sends something else is told or dropped.
 */
import path from 'node:path';
import type { z } from 'zod';
import { type Peer, type Served, serve } from '../ipc.ts';
import { type Log, silentLog } from '../log.ts';
import {
  type AdminRequest,
  adminRequest,
  type Replies,
  type Reply,
  type StreamEvent,
  type ViewRequest,
  viewRequest,
} from './protocol.ts';

export const VIEW_SOCKET = 'view.sock';
export const ADMIN_SOCKET = 'admin.sock';

/** Of a request; they are small. */
const REQUEST_MAX = 64 * 1024;
/** Of a reply: a thousand failover records with all their flows. */
const REPLY_MAX = 16 * 1024 * 1024;
/** Unread bytes at which a client that follows, or asks without reading, is dropped. */
const PENDING_MAX = 1024 * 1024;
/** Requests of one client that wait for their answer. */
const OPEN_MAX = 32;
const CLIENTS_MAX = 32;

type AnyRequest = ViewRequest | AdminRequest;
export type Verb = AnyRequest['verb'];
export type RequestOf<V extends Verb> = Extract<AnyRequest, { verb: V }>;

/**
 * What main.ts answers with: a function for each verb but `follow`, which this room does itself. One that throws or
 * rejects refuses the request; the message of its Error goes to the client. `client` is the same number for all
 * requests of one connection.
 */
export type ControlModel = {
  [V in Exclude<Verb, 'follow'>]: (
    request: RequestOf<V>,
    client: number,
  ) => Replies[V] | Promise<Replies[V]>;
};

export interface ControlOptions {
  /** Folder of both sockets. */
  run_dir: string;
  model: ControlModel;
  /** A client has left, so a drill that it ran has lost its owner. */
  onLeave?(client: number): void;
  /** Group of view.sock, default pathwarden; if it does not exist only root and the agent may connect. */
  group?: string;
  log?: Log;
}

export interface Control {
  /** To all who follow the event's topic. */
  publish(event: StreamEvent): void;
  /** Does anybody? If not, an event need not be made. */
  followed(topic: StreamEvent['topic']): boolean;
  close(): Promise<void>;
}

/** Serves both sockets. @throws SocketFileError when a folder is unsafe or another agent serves them */
export async function serveControl(options: ControlOptions): Promise<Control> {
  const log = options.log ?? silentLog;
  const followers = new Map<Peer, ReadonlySet<string>>();
  const open = new Map<Peer, number>();

  const served = async (name: string, mode: 0o600 | 0o660, schema: z.ZodType<AnyRequest>) =>
    serve(path.join(options.run_dir, name), {
      mode,
      group: options.group ?? 'pathwarden',
      maxClients: CLIENTS_MAX,
      maxMessage: REPLY_MAX,
      maxReceived: REQUEST_MAX,
      maxPending: PENDING_MAX,
      log,
      onMessage: (peer, type, data) => receive(peer, type, data, schema),
      onDisconnect(peer) {
        followers.delete(peer);
        open.delete(peer);
        options.onLeave?.(peer.id);
      },
    });

  function receive(peer: Peer, type: string, data: unknown, schema: z.ZodType<AnyRequest>): void {
    if (type !== 'request') {
      peer.close(`no request but ${JSON.stringify(type.slice(0, 32))}`);
      return;
    }
    const id = (data as { id?: unknown } | null | undefined)?.id;
    if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0) {
      peer.close('a request without an id');
      return;
    }
    const parsed = schema.safeParse(data);
    if (!parsed.success) {
      refuse(peer, id, complaint(data, parsed.error, schema));
      return;
    }
    const waiting = open.get(peer) ?? 0;
    if (waiting >= OPEN_MAX) {
      refuse(peer, id, `${OPEN_MAX} requests of this client are waiting already`);
      return;
    }
    open.set(peer, waiting + 1);
    answer(peer, parsed.data)
      .then(
        result => {
          const reply: Reply = { id, ok: true, result };
          if (!peer.send('reply', reply) && peer.connected) {
            refuse(peer, id, 'the answer is too large; ask for less');
          }
        },
        (error: unknown) =>
          refuse(peer, id, error instanceof Error ? error.message : String(error)),
      )
      .finally(() => {
        const left = open.get(peer);
        if (left !== undefined) open.set(peer, left - 1);
      });
  }

  async function answer(peer: Peer, request: AnyRequest): Promise<unknown> {
    if (request.verb === 'follow') {
      followers.set(peer, new Set(request.topics));
      return { following: true } satisfies Replies['follow'];
    }
    const handler = options.model[request.verb] as (request: AnyRequest, client: number) => unknown;
    return handler(request, peer.id);
  }

  function refuse(peer: Peer, id: number, error: string): void {
    peer.send('reply', { id, ok: false, error } satisfies Reply);
  }

  const sockets: Served[] = [];
  const close = async () => {
    await Promise.all(sockets.map(socket => socket.close()));
  };
  try {
    sockets.push(await served(VIEW_SOCKET, 0o660, viewRequest));
    sockets.push(await served(ADMIN_SOCKET, 0o600, viewRequest.or(adminRequest)));
  } catch (error) {
    await close();
    throw error;
  }

  return {
    publish(event) {
      for (const [peer, topics] of followers) {
        if (topics.has(event.topic)) peer.send('event', event);
      }
    },
    followed: topic => [...followers.values()].some(topics => topics.has(topic)),
    close,
  };
}

/** Why a request was not taken, in the words of its sender. */
function complaint(data: unknown, error: z.ZodError, schema: z.ZodType): string {
  const verb = (data as { verb?: unknown }).verb;
  if (typeof verb !== 'string') return 'a request needs a verb';
  const verbs = (union: typeof viewRequest | typeof adminRequest) =>
    union.options.some(option => option.shape.verb.value === verb);
  if (!verbs(viewRequest)) {
    if (!verbs(adminRequest)) return `unknown verb ${JSON.stringify(verb.slice(0, 64))}`;
    if (schema === viewRequest) return `${verb}: only the admin socket takes it; run it as root`;
  }
  const issue = deepest(error.issues);
  return `${verb}: ${issue.path.join('.')}: ${issue.message}`;
}

/** Of a union's branches, the one that knew the verb. */
function deepest(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue {
  const issue = issues[0]!;
  if (issue.code !== 'invalid_union') return issue;
  const branches = issue.errors.filter(errors => errors[0] && !errors[0].path.includes('verb'));
  return branches[0] ? deepest(branches[0] as z.core.$ZodIssue[]) : issue;
}
