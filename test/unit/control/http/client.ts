/** Clients of the alarm stream, and the proof that each answer is as the document says. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { SecureContextOptions } from 'node:tls';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { default as formats } from 'ajv-formats';
import { until } from '../../../../scripts/lab/wait.ts';

export interface Where {
  socketPath?: string;
  port?: number;
  tls?: SecureContextOptions & { session?: Buffer; rejectUnauthorized?: boolean };
  token?: string;
  agent?: false;
}

export interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: what it is, the tests say
  json: any;
}

export interface Sent {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

function open(where: Where, { method = 'GET', path, headers = {}, body }: Sent) {
  return new Promise<IncomingMessage>((resolve, reject) => {
    const { socketPath, port, tls, token } = where;
    const options = {
      method,
      path,
      headers: { ...(token && { authorization: `Bearer ${token}` }), ...headers },
      agent: false as const,
      ...(socketPath ? { socketPath } : { host: '127.0.0.1', port, servername: 'pathwarden.test' }),
      ...tls,
    };
    const request = (socketPath ? httpRequest : httpsRequest)(options, resolve);
    request.on('error', reject);
    request.end(body);
  });
}

export async function ask(where: Where, sent: Sent | string): Promise<Answer> {
  const response = await open(where, typeof sent === 'string' ? { path: sent } : sent);
  let text = '';
  for await (const part of response.setEncoding('utf8')) text += part;
  const { statusCode: status = 0, headers } = response;
  const isJson = text !== '' && /json/.test(headers['content-type'] ?? '');
  const json = isJson ? JSON.parse(text) : undefined;
  return { status, headers, text, json };
}

/** One block of a stream, as a browser's EventSource would take it (WHATWG HTML, 9.2.6). */
export interface StreamEvent {
  event: string;
  id: string;
  // biome-ignore lint/suspicious/noExplicitAny: what it is, the tests say
  data: any;
}

export class Listener {
  readonly events: StreamEvent[] = [];
  beats = 0;
  lastId = '';
  ended = false;
  readonly response: IncomingMessage;
  #rest = '';

  private constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding('utf8').on('data', part => this.#take(part));
    response.on('close', () => {
      this.ended = true;
    });
    response.on('error', () => {});
  }

  static async open(where: Where, sent: Sent): Promise<Listener> {
    const response = await open(where, sent);
    if (response.statusCode !== 200) throw new Error(`HTTP ${response.statusCode}`);
    return new Listener(response);
  }

  #take(part: string): void {
    const blocks = (this.#rest + part).split('\n\n');
    this.#rest = blocks.pop() ?? '';
    for (const block of blocks) this.#block(block.split('\n'));
  }

  #block(lines: string[]): void {
    let event = 'message';
    let data: string | null = null;
    for (const line of lines) {
      if (line.startsWith(': beat')) this.beats += 1;
      if (line.startsWith('id: ')) this.lastId = line.slice(4);
      if (line.startsWith('event: ')) event = line.slice(7);
      if (line.startsWith('data: ')) data = line.slice(6);
    }
    if (data !== null) this.events.push({ event, id: this.lastId, data: JSON.parse(data) });
  }

  /** Waits until so many have come; `ids` of their alarms. */
  async got(count: number): Promise<string[]> {
    await until(`${count} events`, () => this.events.length >= count, 60_000);
    return this.ids;
  }

  get ids(): string[] {
    return this.events.map(({ data }) => data.alarm?.id);
  }

  end(): Promise<unknown> {
    this.response.destroy();
    return until('the end', () => this.ended);
  }
}

/** Throws when an answer is not one that the document knows for this operation. */
export class Document {
  readonly json: Record<string, Record<string, Record<string, never>>>;
  readonly #ajv: Ajv2020;
  /** `<method> <path> <status>` of what was checked. */
  readonly seen = new Set<string>();

  constructor(json: Document['json']) {
    this.json = json;
    this.#ajv = new Ajv2020({ strict: false });
    formats.default(this.#ajv);
    this.#ajv.addSchema({ $id: 'http://document/', ...json });
  }

  check(method: string, template: string, answer: Answer): void {
    const token = (text: string) => text.replaceAll('~', '~0').replaceAll('/', '~1');
    const type = answer.headers['content-type']?.split(';', 1)[0] ?? '';
    const place = ['paths', template, method.toLowerCase(), 'responses', String(answer.status)];
    const at = [...place, 'content', type, 'schema'].map(token).join('/');
    const validate = this.#ajv.compile({ $ref: `http://document/#/${at}` });
    const value = answer.json ?? answer.text;
    if (!validate(value)) throw new Error(`${at}: ${JSON.stringify(validate.errors)}`);
    this.seen.add(`${method} ${template} ${answer.status}`);
  }
}
