/** A verb of the CLI: one file each, listed in main.ts. */
import type { Command } from 'commander';
import type { Context } from './context.ts';
import type { ExitCode } from './exit.ts';

export interface Verb {
  /** Adds the verb's command; its action ends in `run`, which gives it the context and takes the exit code. */
  define(program: Command, run: Run): void;
}

export type Run = (action: (context: Context) => Promise<ExitCode>) => Promise<void>;
