/**
 * One connection to a NATS server: what a publisher needs of the client protocol, so that all of it is bounded. (nats.js
 * leaves the socket of a dial that timed out open, keeps whatever comes on it, and writes to standard output.)
 */
import { randomBytes } from 'node:crypto';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { hostOf, isTls } from '../shared/broker-settings.ts';
import type { Tls } from '../shared/http.ts';
import type { rememberingLookup } from '../shared/lookup.ts';
import { parseJson } from '../shared/parse-json.ts';
import { describe } from '../shared/settle.ts';
import type { Connection } from '../shared/warm.ts';
import { Parser, type Said } from './parser.ts';

/** From the first packet to the first PONG. */
const OPEN_TIMEOUT_MS = 10_000;
const PING_INTERVAL_MS = 5000;
/** PINGs without an answer before the connection is given up. */
const PINGS_MAX = 2;
/** Requests without an answer, and bytes that have not left: the server is not keeping up. */
const WAITING_MAX = 4096;
const UNSENT_MAX = 4 * 1024 * 1024;

export interface Answer {
  /** 503: nobody listens to the subject. */
  status: number | null;
  body: string;
}

/** INFO, as far as a publisher cares. */
interface ServerInfo {
  tls_required?: boolean;
  tls_available?: boolean;
  headers?: boolean;
  max_payload?: number;
  nonce?: string;
}

/** What the connections of one adapter have in common. */
export interface Shared {
  urls: string[];
  /** One for each URL. */
  lookups: ReturnType<typeof rememberingLookup>[];
  /** Named to the server, whose operator sees whose connection it is. */
  name: string;
  /** Read anew for each connection: what was changed counts from the next one on. */
  access(): Promise<{ tls: Tls; login(nonce: string | undefined): object }>;
}

interface Waiting {
  subject: string;
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

export class NatsConnection implements Connection {
  state: Connection['state'] = 'opening';
  readonly ready: Promise<void>;
  /** Bytes of one message with its headers. */
  max_payload = 0;
  readonly #shared: Shared;
  readonly #inbox = `_INBOX.${randomBytes(12).toString('hex')}`;
  readonly #waiting = new Map<string, Waiting>();
  readonly #parser = new Parser();
  #login: ((nonce: string | undefined) => object) | null = null;
  #tls: Tls = {};
  #url: URL;
  #socket: Socket | null = null;
  #greeted = false;
  #settle: { resolve(): void; reject(error: Error): void };
  #pings = 0;
  #timer: NodeJS.Timeout;
  #asked = 0;

  /** `n`: which of the URLs is its turn. */
  constructor(shared: Shared, n: number) {
    this.#shared = shared;
    const nr = n % shared.urls.length;
    this.#url = new URL(shared.urls[nr] ?? '');
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.ready = promise;
    this.#settle = { resolve, reject };
    this.#timer = setTimeout(
      () => this.#end(`no connection within ${OPEN_TIMEOUT_MS} ms`),
      OPEN_TIMEOUT_MS,
    );
    this.#open(nr).catch((error: unknown) => this.#end(describe(error)));
  }

  async #open(nr: number): Promise<void> {
    const { tls, login } = await this.#shared.access();
    if (this.state === 'closed') return;
    this.#tls = tls;
    this.#login = login;
    this.#use(
      connectTcp({
        host: hostOf(this.#url),
        port: Number(this.#url.port) || 4222,
        lookup: this.#shared.lookups[nr] as never,
        noDelay: true,
      }),
    );
  }

  #use(socket: Socket): void {
    this.#socket = socket;
    socket.on('error', error => this.#end(describe(error)));
    socket.on('close', () => this.#end('the server closed the connection'));
    socket.on('data', bytes => {
      try {
        for (const said of this.#parser.take(bytes)) {
          if (this.state !== 'closed') this.#heard(said);
        }
      } catch (error) {
        this.#end(describe(error));
      }
    });
  }

  #heard(said: Said): void {
    switch (said.verb) {
      case 'INFO':
        this.#informed((parseJson(said.json) ?? {}) as ServerInfo);
        break;
      case 'PING':
        if ((this.#socket?.writableLength ?? 0) > UNSENT_MAX) {
          throw new Error('it asks, and does not read the answers');
        }
        this.#socket?.write('PONG\r\n');
        break;
      case 'PONG':
        this.#pings = 0;
        if (this.state === 'opening' && this.#greeted) this.#opened();
        break;
      case 'ERR':
        this.#failed(said.text);
        break;
      case 'MSG':
        this.#answered(said);
        break;
      case 'OK':
        break;
    }
  }

  #informed(info: ServerInfo): void {
    if (typeof info.max_payload === 'number') this.max_payload = info.max_payload;
    if (this.#greeted || this.state !== 'opening') return;
    if (info.headers !== true) throw new Error('the server is too old: it knows no headers');
    const offered = info.tls_required === true || info.tls_available === true;
    const wanted = isTls(this.#url);
    if (wanted && !offered) throw new Error('the server has no TLS');
    this.#greeted = true;
    const greet = () => {
      try {
        this.#greet(info);
      } catch (error) {
        this.#end(describe(error));
      }
    };
    if (wanted || info.tls_required === true) this.#secure(greet);
    else greet();
  }

  #secure(then: () => void): void {
    const plain = this.#socket;
    // What came in the clear must not be taken for what comes under TLS.
    if (!plain || this.#parser.pending > 0) throw new Error('the server speaks before TLS begins');
    plain.removeAllListeners('data');
    plain.removeAllListeners('close');
    const host = hostOf(this.#url);
    const secure = connectTls(
      { ...this.#tls, socket: plain, host, ...(isIP(host) ? {} : { servername: host }) },
      then,
    );
    this.#use(secure);
  }

  /** @throws Error when the nonce cannot be signed */
  #greet({ nonce }: ServerInfo): void {
    const hello = {
      verbose: false,
      pedantic: false,
      tls_required: isTls(this.#url),
      name: this.#shared.name,
      lang: 'pathwarden',
      version: '1',
      protocol: 1,
      headers: true,
      no_responders: true,
      echo: false,
      ...this.#login?.(nonce),
    };
    this.#socket?.write(`CONNECT ${JSON.stringify(hello)}\r\nSUB ${this.#inbox}.* 1\r\nPING\r\n`);
  }

  #opened(): void {
    clearTimeout(this.#timer);
    this.state = 'open';
    this.#timer = setInterval(() => {
      if (this.#pings >= PINGS_MAX) this.#end(`no answer to ${PINGS_MAX} pings`);
      this.#pings += 1;
      this.#socket?.write('PING\r\n');
    }, PING_INTERVAL_MS);
    this.#timer.unref();
    this.#settle.resolve();
  }

  /** A subject that is forbidden costs its own messages alone; after all else the server hangs up. */
  #failed(text: string): void {
    const [, subject] = /^Permissions Violation for Publish to "([^"]*)"/i.exec(text) ?? [];
    if (subject === undefined) {
      this.#end(`the server says: ${text}`);
      return;
    }
    for (const [token, waiting] of this.#waiting) {
      if (waiting.subject !== subject) continue;
      this.#waiting.delete(token);
      waiting.reject(new Error(`the server says: ${text}`));
    }
  }

  #answered({ subject, status, body }: Extract<Said, { verb: 'MSG' }>): void {
    const token = subject.slice(this.#inbox.length + 1);
    const waiting = this.#waiting.get(token);
    this.#waiting.delete(token);
    waiting?.resolve({ status, body });
  }

  /** Settles when it was answered, or the connection is closed; its caller has a deadline. */
  request(subject: string, headers: Record<string, string>, body: string): Promise<Answer> {
    const socket = this.#socket;
    if (this.state !== 'open' || !socket) throw new Error('the connection was closed');
    if (this.#waiting.size >= WAITING_MAX || socket.writableLength > UNSENT_MAX) {
      throw new Error('the server does not keep up');
    }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const head = `NATS/1.0\r\n${lines.join('')}\r\n`;
    const headSize = Buffer.byteLength(head);
    const size = headSize + Buffer.byteLength(body);
    const token = (this.#asked++).toString(36);
    return new Promise((resolve, reject) => {
      this.#waiting.set(token, { subject, resolve, reject });
      socket.write(
        `HPUB ${subject} ${this.#inbox}.${token} ${headSize} ${size}\r\n${head}${body}\r\n`,
      );
    });
  }

  close(): void {
    this.#end('the agent gave the connection up');
  }

  #end(reason: string): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    clearTimeout(this.#timer);
    clearInterval(this.#timer);
    this.#settle.reject(new Error(reason));
    for (const { reject } of this.#waiting.values()) reject(new Error(reason));
    this.#waiting.clear();
    this.#socket?.destroy();
  }
}
