/** The alarm stream on the network: HTTPS, with files that may change while it runs. */
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Log, silentLog } from '../../log.ts';
import { type Files, readFiles, watchFiles } from './files.ts';
import { closeServer, guard, type Handler, serverLimits } from './listen.ts';
import type { ApiOptions } from './model.ts';

const POLL_MS = 1000;
/** A client that does not finish its handshake holds a connection. */
const HANDSHAKE_TIMEOUT_MS = 5000;
/** An address that is not there yet (its interface is down) is tried again so often. */
const LISTEN_RETRY_MS = 5000;

export class Network {
  readonly #options: ApiOptions;
  readonly #log: Log;
  readonly #server: Server;
  readonly #unwatch: () => void;
  #retry: NodeJS.Timeout | null = null;
  #closed = false;

  private constructor(
    options: ApiOptions,
    { tls }: Files,
    handle: Handler,
    use: (files: Files) => void,
  ) {
    const { api, log = silentLog, hide = () => {}, poll_ms = POLL_MS } = options;
    this.#options = options;
    this.#log = log;
    this.#server = createServer(
      {
        ...serverLimits,
        ...tls,
        handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
        requestCert: api.client_ca_file !== undefined,
        // With tokens, those without a certificate are asked for one of them.
        rejectUnauthorized: api.token_file === undefined,
      },
      handle,
    );
    guard(this.#server, log);
    this.#server.on('error', error => this.#failed(error));
    this.#unwatch = watchFiles(api, {
      poll_ms,
      log,
      hide,
      use: files => {
        // Connections that there are go on with what they began with.
        this.#server.setSecureContext(files.tls);
        use(files);
      },
    });
  }

  /**
   * `use` gets the files now and whenever they have changed.
   * @throws Error that names the file that cannot be used
   */
  static async open(
    options: ApiOptions,
    handle: Handler,
    use: (files: Files) => void,
  ): Promise<Network> {
    const files = await readFiles(options.api, options.hide ?? (() => {}));
    use(files);
    const network = new Network(options, files, handle, use);
    await new Promise<void>(resolve => {
      network.#server.once('listening', resolve).once('error', () => resolve());
      network.#listen();
    });
    return network;
  }

  get address(): AddressInfo | null {
    return this.#server.address() as AddressInfo | null;
  }

  #listen(): void {
    const [, host, port] = /^\[?(.*?)\]?:(\d+)$/.exec(this.#options.api.listen ?? '') ?? [];
    this.#server.listen({ host, port: Number(port) });
  }

  #failed(error: Error): void {
    const { listen } = this.#options.api;
    this.#log.error({ listen, reason: error.message }, 'alarm stream: the listener failed');
    if (this.#server.listening || this.#closed) return;
    this.#retry = setTimeout(() => this.#listen(), LISTEN_RETRY_MS);
    this.#retry.unref();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#unwatch();
    if (this.#retry) clearTimeout(this.#retry);
    if (this.#server.listening) await closeServer(this.#server);
  }
}
