/**
 * Local sockets in node-ipc's framing: UTF-8 JSON `{"type":…,"data":{…}}` ended by a form feed (0x0C).
 * The only file that imports node-ipc, always with its `guarded` parser. A peer that sends what is no message
 * (no JSON, no object, a reserved type, too long, bad UTF-8, unfinished for 30 s) loses its connection, and the
 * log says why. Nothing that a peer sends or fails to read makes these functions throw.
 */
import type { Server as NetServer, Socket } from 'node:net';
import { IPCModule } from 'node-ipc';
import { type Log, silentLog } from './log.ts';
import { openSocketFile, prepareSocketFile, SocketFileError } from './socket-file.ts';

/** Largest message either way unless an option says otherwise. */
const MESSAGE_MAX = 1024 * 1024;
/** Unsent bytes at which a slow reader is dropped. */
const PENDING_MAX = 4 * 1024 * 1024;
/** An unfinished message may not take longer. */
const MESSAGE_TIMEOUT_MS = 30_000;
/** A connection that lived this long was a good one: the next attempt comes at once again. */
const GOOD_AFTER_MS = 1000;

/** Events of node-ipc itself; the guarded parser refuses them from the wire, so they never mean a message. */
const LIFECYCLE = new Set([
  'start',
  'connect',
  'disconnect',
  'destroy',
  'close',
  'socket.disconnected',
  'error',
  'data',
]);

export interface Limits {
  /** Bytes of one message, either way. Default 1 MiB. */
  maxMessage?: number;
  /** Bytes of one received message, if it shall be less than `maxMessage`. */
  maxReceived?: number;
  /** Bytes waiting to be sent at which the peer is dropped. Default 4 MiB. */
  maxPending?: number;
}

export interface Disconnect {
  reason: string;
  /** errno name (ENOENT, ECONNREFUSED, EACCES…) or ERR_IPC_*, null when the peer just closed. */
  code: string | null;
  /** False: the attempt to connect failed. */
  wasConnected: boolean;
}

export interface ConnectOptions extends Limits {
  onConnect?(link: Link): void;
  onMessage(type: string, data: unknown, link: Link): void;
  onDisconnect?(why: Disconnect, link: Link): void;
  /** Try again after a loss or a failed attempt, after a random time that doubles up to `retryMaxMs`. Default true. */
  retry?: boolean;
  retryMinMs?: number;
  retryMaxMs?: number;
  log?: Log;
}

export interface Link {
  readonly path: string;
  readonly connected: boolean;
  /** False: not connected, too large, or the peer does not read; it is not sent later. */
  send(type: string, data: unknown): boolean;
  /** Whether nothing more is read until further notice; a new connection is read. */
  hold(on: boolean): void;
  /** Ends this connection with a reason for the log; `retry` then makes the next one. */
  drop(reason: string): void;
  /** Ends it for good. No callback comes afterwards. */
  close(): void;
}

interface Cause {
  reason: string;
  code: string | null;
}

/** Connects to the unix socket at an absolute path, and (by default) again whenever the connection is lost. */
export function connect(path: string, options: ConnectOptions): Link {
  const log = options.log ?? silentLog;
  const retry = options.retry ?? true;
  const retryMinMs = options.retryMinMs ?? 50;
  const retryMaxMs = options.retryMaxMs ?? 500;
  const ipc = quietIpc(options);
  let backoffMs = retryMinMs;
  let timer: NodeJS.Timeout | null = null;
  let closed = false;
  let connectedAt: number | null = null;
  let cause: Cause | null = null;

  const link: Link = {
    path,
    get connected() {
      return connectedAt !== null && cause === null;
    },
    send(type, data) {
      const client = ipc.of.peer;
      if (!link.connected || client === undefined) return false;
      return attempt(log, path, () => client.emit(type, data));
    },
    hold(on) {
      const socket = ipc.of.peer?.socket;
      if (on) socket?.pause();
      else socket?.resume();
    },
    drop(reason) {
      fail({ reason, code: null });
    },
    close() {
      closed = true;
      connectedAt = null;
      if (timer) clearTimeout(timer);
      ipc.disconnect('peer');
    },
  };

  /** The first reason counts; the socket's `close` event reports it. */
  function fail(why: Cause): void {
    cause ??= why;
    ipc.of.peer?.socket.destroy();
  }

  function open(): void {
    timer = null;
    cause = null;
    ipc.disconnect('peer');
    ipc.connectTo('peer', path);
    const client = ipc.of.peer;
    if (client === undefined) return;
    watchBytes(client.socket, options.maxReceived ?? options.maxMessage ?? MESSAGE_MAX, fail);
    client.on('connect', () => {
      connectedAt = performance.now();
      guarded(log, path, fail, () => options.onConnect?.(link));
    });
    client.on('*', (type: string, data: unknown) => {
      if (LIFECYCLE.has(type) || !link.connected) return;
      guarded(log, path, fail, () => options.onMessage(type, data, link));
    });
    client.on('error', (error: NodeJS.ErrnoException) => {
      cause ??= { reason: error.message, code: error.code ?? null };
    });
    client.on('disconnect', lost);
  }

  function lost(): void {
    if (closed) return;
    const wasConnected = connectedAt !== null;
    const why = cause ?? {
      reason: 'the peer closed the connection',
      code: null,
    };
    if (wasConnected && performance.now() - (connectedAt ?? 0) >= GOOD_AFTER_MS) {
      backoffMs = retryMinMs;
    }
    connectedAt = null;
    if (wasConnected) log.warn({ socket: path, ...why }, 'connection lost');
    else log.debug({ socket: path, ...why }, 'cannot connect');
    guarded(
      log,
      path,
      () => {},
      () => options.onDisconnect?.({ ...why, wasConnected }, link),
    );
    if (closed || !retry) return;
    timer = setTimeout(open, backoffMs * (0.5 + Math.random() / 2));
    backoffMs = Math.min(backoffMs * 2, retryMaxMs);
  }

  open();
  return link;
}

export interface Peer {
  /** Counts the connections that this process accepted, from 1. */
  readonly id: number;
  readonly connected: boolean;
  /** Bytes that it has not read yet. */
  readonly pendingBytes: number;
  /** False: it is gone, the message is too large, or it was dropped now because it does not read. */
  send(type: string, data: unknown): boolean;
  /** Ends the connection with a reason for the log. */
  close(reason: string): void;
}

export interface ServeOptions extends Limits {
  /** 0o600: root and our own uid; 0o660: also the group. */
  mode: 0o600 | 0o660;
  /** Name in /etc/group, null: our own. If it does not exist the socket stays 0600. */
  group?: string | null;
  /** Further connections are closed at once. Default 16. */
  maxClients?: number;
  onConnect?(peer: Peer): void;
  onMessage(peer: Peer, type: string, data: unknown): void;
  onDisconnect?(peer: Peer, reason: string): void;
  log?: Log;
}

export interface Served {
  readonly path: string;
  readonly peers: ReadonlySet<Peer>;
  /** Drops everybody and removes the socket. */
  close(): Promise<void>;
}

/**
 * Serves a unix socket at an absolute path. A stale socket is replaced, a served one refused.
 * @throws SocketFileError with what to do about it
 */
export async function serve(path: string, options: ServeOptions): Promise<Served> {
  const log = options.log ?? silentLog;
  await prepareSocketFile(path);
  const ipc = quietIpc(options);
  ipc.serve(path);
  const server = ipc.server;
  const peers = new Map<Socket, ServerPeer>();
  const handles = new Set<Peer>();

  server.on('connect', (socket: Socket) => {
    const peer = new ServerPeer(socket, (type, data) =>
      attempt(log, path, () => {
        if (socket.writableLength > (options.maxPending ?? PENDING_MAX)) {
          peer.fail({
            reason: 'it does not read what it is sent',
            code: 'ERR_IPC_BACKPRESSURE',
          });
          return false;
        }
        server.emit(socket, type, data);
        return !socket.destroyed;
      }),
    );
    peers.set(socket, peer);
    handles.add(peer);
    watchBytes(socket, options.maxReceived ?? options.maxMessage ?? MESSAGE_MAX, why =>
      peer.fail(why),
    );
    guarded(
      log,
      path,
      why => peer.fail(why),
      () => options.onConnect?.(peer),
    );
  });
  server.on('*', (type: string, data: unknown, socket: Socket) => {
    if (LIFECYCLE.has(type)) return;
    const peer = peers.get(socket);
    if (peer?.connected) {
      guarded(
        log,
        path,
        why => peer.fail(why),
        () => options.onMessage(peer, type, data),
      );
    }
  });
  // node-ipc does not say whose error it is; the socket that it has just destroyed tells.
  server.on('error', (error: NodeJS.ErrnoException) => {
    const why = { reason: error.message, code: error.code ?? null };
    for (const peer of peers.values()) if (!peer.connected) peer.fail(why);
  });
  server.on('close', (socket: Socket) => {
    const peer = peers.get(socket);
    if (!peer) return;
    peers.delete(socket);
    handles.delete(peer);
    const why = peer.cause;
    if (why) log.warn({ socket: path, client: peer.id, ...why }, 'client dropped');
    guarded(
      log,
      path,
      () => {},
      () => options.onDisconnect?.(peer, why?.reason ?? 'it left'),
    );
  });

  await listen(path, server, () => openSocketFile(path, options.mode, options.group ?? null, log));
  server.server.maxConnections = options.maxClients ?? 16;
  server.server.on('drop', () => log.warn({ socket: path }, 'client refused: too many'));

  return {
    path,
    peers: handles,
    close: () =>
      new Promise(resolve => {
        server.server.once('close', () => resolve());
        server.stop();
      }),
  };
}

function listen(path: string, server: IPCModule['server'], restrict: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    server.on('start', () => resolve());
    server.on('error', (error: NodeJS.ErrnoException) =>
      reject(new SocketFileError('listen-failed', `${path}: cannot listen: ${error.message}`)),
    );
    // bind() happens inside start(), so the socket never exists with more rights than 0600.
    const umask = process.umask(0o177);
    try {
      server.start();
    } finally {
      process.umask(umask);
    }
    if ((server.server as NetServer).listening) restrict();
  });
}

let peerCount = 0;

class ServerPeer implements Peer {
  readonly id = ++peerCount;
  readonly send: Peer['send'];
  cause: Cause | null = null;
  readonly #socket: Socket;

  constructor(socket: Socket, send: Peer['send']) {
    this.#socket = socket;
    this.send = (type, data) => this.connected && send(type, data);
  }

  get connected(): boolean {
    return this.cause === null && !this.#socket.destroyed;
  }

  get pendingBytes(): number {
    return this.#socket.writableLength;
  }

  close(reason: string): void {
    this.fail({ reason, code: null });
  }

  /** The first reason counts. */
  fail(why: Cause): void {
    this.cause ??= why;
    this.#socket.destroy();
  }
}

function quietIpc(limits: Limits): IPCModule {
  const ipc = new IPCModule();
  Object.assign(ipc.config, {
    silent: true,
    parser: 'guarded',
    // Its own reconnecting has no jitter and gives up after a bad message; ours does neither.
    maxRetries: 0,
    stopRetrying: true,
    maxMessageSize: limits.maxMessage ?? MESSAGE_MAX,
    // Above our own limit, so that ours names the client.
    maxPendingBytes: (limits.maxPending ?? PENDING_MAX) + (limits.maxMessage ?? MESSAGE_MAX) + 64,
    messageTimeout: MESSAGE_TIMEOUT_MS,
    // It would remove a socket that is being served; prepareSocketFile asks first.
    unlink: false,
    secureSocketRoot: false,
  } satisfies Partial<IPCModule['config']>);
  return ipc;
}

/**
 * What the guarded parser does not see: the decoder has put U+FFFD where bytes were no UTF-8 (none of our messages
 * contains that character), and a limit for received messages alone.
 */
function watchBytes(socket: Socket, maxReceived: number, fail: (why: Cause) => void): void {
  let unfinished = 0;
  // Before the parser's listener: what it then still reads of this chunk, the caller ignores.
  socket.prependListener('data', (chunk: Buffer | string) => {
    const text = String(chunk);
    if (text.includes('\ufffd')) fail({ reason: 'bytes that are no UTF-8', code: 'ERR_IPC_UTF8' });
    const end = text.lastIndexOf('\f');
    unfinished = end === -1 ? unfinished + text.length : text.length - end - 1;
    if (unfinished > maxReceived) {
      fail({ reason: 'message too long', code: 'ERR_IPC_FRAME_TOO_LARGE' });
    }
  });
}

/** Runs a callback of ours on a peer's data; if it throws (data nested too deep, our own mistake) the peer goes. */
function guarded(log: Log, socket: string, fail: (why: Cause) => void, run: () => void): void {
  try {
    run();
  } catch (error) {
    log.error({ socket, err: error }, 'a message could not be handled');
    fail({ reason: 'a message could not be handled', code: null });
  }
}

/** Sends; data that cannot be encoded or is too large is our mistake and logged. */
function attempt(log: Log, socket: string, send: () => boolean): boolean {
  try {
    return send();
  } catch (error) {
    log.error({ socket, err: error }, 'a message could not be sent');
    return false;
  }
}
