/** The other end of a control socket: what the CLI asks the agent with. */
import { connect, type Disconnect, type Link } from '../ipc.ts';
import type { Replies, Reply, StreamEvent } from './protocol.ts';
import type { RequestOf, Verb } from './server.ts';

/** As the server's: a reply may be large. */
const REPLY_MAX = 16 * 1024 * 1024;

/** not-running: no agent there; denied: no right to that socket; refused: the agent said no; timeout; closed: it went away. */
export type ControlErrorCode = 'not-running' | 'denied' | 'refused' | 'timeout' | 'closed';

export class ControlError extends Error {
  override name = 'ControlError';
  readonly code: ControlErrorCode;

  constructor(code: ControlErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

type Arguments<V extends Verb> = Omit<RequestOf<V>, 'id' | 'verb'>;

export interface ControlClient {
  /** @throws ControlError; timeoutMs: default 5 s, Infinity waits for ever. */
  request<V extends Exclude<Verb, 'follow'>>(
    verb: V,
    args: Arguments<V>,
    timeoutMs?: number,
  ): Promise<Replies[V]>;
  /** Calls `onEvent` for each event of the topics from now on; resolved once the agent has agreed. */
  follow(topics: StreamEvent['topic'][], onEvent: (event: StreamEvent) => void): Promise<void>;
  /** Resolved with the reason when the agent goes away; not by `close`. */
  readonly closed: Promise<ControlError>;
  close(): void;
}

interface Waiter {
  resolve(result: unknown): void;
  reject(error: ControlError): void;
  timer: NodeJS.Timeout | null;
}

/** Connects to a control socket. @throws ControlError not-running or denied, with what to do about it */
export function connectControl(path: string): Promise<ControlClient> {
  return new Promise((resolve, reject) => {
    const waiters = new Map<number, Waiter>();
    let lastId = 0;
    let onEvent: ((event: StreamEvent) => void) | null = null;
    let leave: (error: ControlError) => void = () => {};
    const closed = new Promise<ControlError>(left => {
      leave = left;
    });

    const link: Link = connect(path, {
      retry: false,
      maxMessage: REPLY_MAX,
      onConnect: () => resolve(client),
      onMessage(type, data) {
        if (type === 'event') onEvent?.(data as StreamEvent);
        else if (type === 'reply') settle(data as Reply);
      },
      onDisconnect(why) {
        if (!why.wasConnected) {
          reject(cannotConnect(path, why));
          return;
        }
        const error = new ControlError('closed', `the agent closed the connection: ${why.reason}`);
        for (const id of [...waiters.keys()]) take(id)?.reject(error);
        leave(error);
      },
    });

    function take(id: number): Waiter | undefined {
      const waiter = waiters.get(id);
      waiters.delete(id);
      if (waiter?.timer) clearTimeout(waiter.timer);
      return waiter;
    }

    function settle(reply: Reply): void {
      const waiter = take(reply.id);
      if (reply.ok) waiter?.resolve(reply.result);
      else waiter?.reject(new ControlError('refused', reply.error));
    }

    function ask(verb: Verb, args: object, timeoutMs: number): Promise<unknown> {
      return new Promise((resolve, reject) => {
        const id = ++lastId;
        const timer = Number.isFinite(timeoutMs)
          ? setTimeout(() => {
              const text = `${verb}: the agent did not answer within ${timeoutMs} ms`;
              take(id)?.reject(new ControlError('timeout', text));
            }, timeoutMs)
          : null;
        waiters.set(id, { resolve, reject, timer });
        if (!link.send('request', { ...args, id, verb })) {
          take(id)?.reject(new ControlError('closed', 'the connection to the agent is closed'));
        }
      });
    }

    const client: ControlClient = {
      request: (verb, args, timeoutMs = 5000) => ask(verb, args, timeoutMs) as never,
      async follow(topics, listener) {
        onEvent = listener;
        await ask('follow', { topics }, 5000);
      },
      closed,
      close() {
        link.close();
        const error = new ControlError('closed', 'closed by this program');
        for (const id of [...waiters.keys()]) take(id)?.reject(error);
      },
    };
  });
}

function cannotConnect(path: string, why: Disconnect): ControlError {
  if (why.code === 'EACCES' || why.code === 'EPERM') {
    return new ControlError(
      'denied',
      `${path}: no permission; run it as root or join the group pathwarden`,
    );
  }
  if (why.code === 'ENOENT' || why.code === 'ECONNREFUSED') {
    return new ControlError('not-running', `${path}: no agent is running there`);
  }
  return new ControlError('not-running', `${path}: ${why.reason}`);
}
