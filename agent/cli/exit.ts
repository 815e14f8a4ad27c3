/** Exit codes of `pathwarden`: the one place; --help prints them from here. */

export const exitCodes = {
  0: 'success; a drill: PASS',
  1: 'the answer is no: a drill did not pass, status --check is not healthy, lint is not OK, or something in the world failed',
  2: 'wrong usage or configuration; nothing was done',
  3: 'drill refused: it would not be sensible or safe now; nothing was cut',
  4: 'the agent cannot be reached, or does not answer',
  5: 'drill INVALID: it proves nothing, because the cut met no packet or was not held',
  6: 'the host is not as it was before the drill: what differs is named',
  130: 'interrupted (SIGINT); a running drill was healed first',
  143: 'terminated (SIGTERM); a running drill was healed first',
} as const;

export type ExitCode = keyof typeof exitCodes;

export const EXIT = {
  ok: 0,
  no: 1,
  usage: 2,
  refused: 3,
  unreachable: 4,
  invalid: 5,
  notRestored: 6,
  interrupted: 130,
  terminated: 143,
} as const satisfies Record<string, ExitCode>;

/** Ends the CLI with a message on stderr; no stack trace, as it is no mistake of ours. */
export class CliError extends Error {
  readonly code: ExitCode;
  /** What to do about it, on a line of its own. */
  readonly remedy: string | null;

  constructor(code: ExitCode, message: string, remedy: string | null = null) {
    super(message);
    this.name = 'CliError';
    this.code = code;
    this.remedy = remedy;
  }
}

export const exitHelp = (): string =>
  [
    'Exit codes:',
    ...Object.entries(exitCodes).map(([code, text]) => `  ${code.padStart(3)}  ${text}`),
  ].join('\n');
