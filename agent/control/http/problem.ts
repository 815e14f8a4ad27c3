/** Errors as everybody gets them: RFC 9457 (problem details), with no word about what is inside the agent. */
import { STATUS_CODES } from './node-http.ts';

export const PROBLEM_TYPE = 'application/problem+json';

export interface ProblemDetails {
  type: 'about:blank';
  title: string;
  status: number;
  detail: string;
}

/** A request that is refused; `detail` goes to the client. */
export class Problem extends Error {
  override name = 'Problem';
  readonly status: number;

  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }
}

export const problemDetails = (status: number, detail: string): ProblemDetails => ({
  type: 'about:blank',
  title: STATUS_CODES[status] ?? 'Error',
  status,
  detail,
});

/** The whole answer, for a connection on which no request could be read. */
export function rawProblem(status: number, detail: string): string {
  const body = JSON.stringify(problemDetails(status, detail));
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    '',
    body,
  ].join('\r\n');
}
