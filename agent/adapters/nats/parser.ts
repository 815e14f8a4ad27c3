/** What a NATS server says to a publisher, out of the bytes in which it comes (docs.nats.io, "Client Protocol"). */

/** Bytes of one line; INFO of a large cluster is the longest. */
const LINE_MAX = 64 * 1024;
/** Bytes of one message; answers of JetStream are short. */
const MESSAGE_MAX = 256 * 1024;

export type Said =
  | { verb: 'INFO'; json: string }
  | { verb: 'PING' }
  | { verb: 'PONG' }
  | { verb: 'OK' }
  | { verb: 'ERR'; text: string }
  | {
      verb: 'MSG';
      subject: string;
      /** Of the headers' first line, `NATS/1.0 503`; null: it has none. */
      status: number | null;
      body: string;
    };

export class Parser {
  #rest: Buffer = Buffer.alloc(0);
  /** The message whose bytes come next. */
  #message: { subject: string; headers: number; size: number } | null = null;

  /** Bytes that were taken, but not understood yet. */
  get pending(): number {
    return this.#rest.length;
  }

  /** @throws Error when it is no NATS server, or says too much */
  take(bytes: Buffer): Said[] {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const all: Said[] = [];
    for (let said = this.#next(); said; said = this.#next()) all.push(said);
    return all;
  }

  #next(): Said | null {
    if (!this.#message) {
      const line = this.#line();
      if (line === null) return null;
      const said = this.#parse(line);
      if (said) return said;
    }
    return this.#body();
  }

  #line(): string | null {
    const end = this.#rest.indexOf('\r\n');
    if (end > LINE_MAX || (end < 0 && this.#rest.length > LINE_MAX)) {
      throw new Error('it says more in one line than a NATS server does');
    }
    if (end < 0) return null;
    const line = this.#rest.toString('utf8', 0, end);
    this.#rest = this.#rest.subarray(end + 2);
    return line;
  }

  /** Null: it announces a message. */
  #parse(line: string): Said | null {
    const [, word = '', rest = ''] = /^(\S+)[ \t]*(.*)$/s.exec(line) ?? [];
    switch (word.toUpperCase()) {
      case 'INFO':
        return { verb: 'INFO', json: rest };
      case 'PING':
        return { verb: 'PING' };
      case 'PONG':
        return { verb: 'PONG' };
      case '+OK':
        return { verb: 'OK' };
      case '-ERR':
        return { verb: 'ERR', text: rest.replaceAll("'", '').slice(0, 300) };
      case 'MSG':
      case 'HMSG':
        this.#announce(word.toUpperCase() === 'HMSG', rest.split(/[ \t]+/));
        return null;
      default:
        throw new Error('it does not speak as a NATS server does');
    }
  }

  /** `<subject> <sid> [reply-to] [header bytes] <bytes>` */
  #announce(withHeaders: boolean, words: string[]): void {
    const numbers = words.slice(withHeaders ? -2 : -1);
    const [headers = 0, size = 0] = [...(withHeaders ? [] : [0]), ...numbers.map(Number)];
    const whole = words.length >= 3 && numbers.every(number => /^\d{1,9}$/.test(number));
    if (!whole || headers > size || size > MESSAGE_MAX) {
      throw new Error('it sends a message that is none, or too large');
    }
    this.#message = { subject: words[0] ?? '', headers, size };
  }

  #body(): Said | null {
    const message = this.#message;
    if (!message || this.#rest.length < message.size + 2) return null;
    const { subject, headers, size } = message;
    const head = this.#rest.toString('latin1', 0, Math.min(headers, 64));
    const [, status] = /^NATS\/1\.0[ \t]+(\d{3})/.exec(head) ?? [];
    const body = this.#rest.toString('utf8', headers, size);
    this.#rest = this.#rest.subarray(size + 2);
    this.#message = null;
    return { verb: 'MSG', subject, status: status ? Number(status) : null, body };
  }
}
