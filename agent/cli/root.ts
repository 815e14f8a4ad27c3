import { CliError, EXIT } from './exit.ts';

/** @throws CliError when the process is not root's */
export function requireRoot(what: string): void {
  if (process.getuid?.() !== 0)
    throw new CliError(EXIT.usage, `${what} needs root`, 'Run it with sudo.');
}
