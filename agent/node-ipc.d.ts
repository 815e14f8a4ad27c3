/** What agent/ipc.ts uses of node-ipc 14.0.0, which ships no declarations. */
declare module 'node-ipc' {
  import type { Server as NetServer, Socket } from 'node:net';

  interface Config {
    silent: boolean;
    parser: 'guarded';
    maxRetries: number;
    stopRetrying: boolean;
    maxConnections: number;
    maxMessageSize: number;
    maxPendingBytes: number;
    messageTimeout: number;
    unlink: boolean;
    secureSocketRoot: boolean;
  }

  /** An event without a listener is dropped, also `error`. */
  interface Subscriber {
    // biome-ignore lint/suspicious/noExplicitAny: the arguments depend on the event
    on(type: string, handler: (...args: any[]) => void): this;
  }

  interface Client extends Subscriber {
    socket: Socket;
    emit(type: string, data: unknown): boolean;
  }

  interface Server extends Subscriber {
    server: NetServer;
    start(): void;
    stop(): void;
    emit(socket: Socket, type: string, data: unknown): boolean;
  }

  class IPCModule {
    config: Config;
    of: Record<string, Client>;
    server: Server;
    connectTo(id: string, path: string): void;
    disconnect(id: string): void;
    serve(path: string): void;
  }

  export { type Client, IPCModule, type Server };
}
