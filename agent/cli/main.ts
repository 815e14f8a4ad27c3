#!/usr/bin/env node
/** The command line: a table of verbs. Exit codes are in exit.ts. */
import { realpathSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { ackVerb } from './ack.ts';
import { agentVerb } from './agent.ts';
import { alarmsVerb } from './alarms.ts';
import { assetVerb } from './asset.ts';
import { configVerb } from './config-check.ts';
import { DEFAULT_RUN_DIR, explainControl, type GlobalOptions, makeContext } from './context.ts';
import { drillVerb } from './drill.ts';
import { CliError, EXIT, type ExitCode, exitHelp } from './exit.ts';
import { failoversVerb } from './failovers.ts';
import { hwVerb } from './hw.ts';
import { lintVerb } from './lint.ts';
import { maintenanceVerb } from './maintenance.ts';
import { outboxVerb } from './outbox.ts';
import { pathsVerb } from './paths.ts';
import { replayVerb } from './replay.ts';
import { statusVerb } from './status.ts';
import { clean, paint, terminalOf } from './terminal.ts';
import type { Run, Verb } from './verb.ts';
import { VERSION } from './version.ts';
import { watchVerb } from './watch.ts';

const verbs: Verb[] = [
  agentVerb,
  statusVerb,
  pathsVerb,
  hwVerb,
  alarmsVerb,
  ackVerb,
  maintenanceVerb,
  outboxVerb,
  failoversVerb,
  watchVerb,
  replayVerb,
  configVerb,
  lintVerb,
  drillVerb,
  assetVerb,
];

/** Asked twice, we do not wait for a good end: a guard that loses its owner heals by itself. */
const interrupt = new AbortController();
for (const [signal, code] of [
  ['SIGINT', EXIT.interrupted],
  ['SIGTERM', EXIT.terminated],
  ['SIGHUP', EXIT.terminated],
] as const)
  process.on(signal, () => {
    if (interrupt.signal.aborted) process.exit(code);
    interrupt.abort(code);
  });

// `pathwarden … | head`: whoever has read enough closes the pipe, which is no error. Nobody to hear our complaints is no
// reason to end either.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  interrupt.abort(EXIT.ok);
});
process.stderr.on('error', () => {});

const program = new Command('pathwarden')
  .description('Watches, times and drills the failover of storage network paths.')
  .version(VERSION)
  .option('--config <file>', 'configuration (default: /etc/pathwarden/config.yaml)')
  .option(
    '--socket-dir <dir>',
    "folder of the agent's sockets (default: run_dir of the configuration)",
  )
  .option('--run-dir <dir>', "root's own folder, for plans of drills", DEFAULT_RUN_DIR)
  .addHelpText('after', `\n${exitHelp()}`)
  .showHelpAfterError('(pathwarden --help tells more)')
  .exitOverride();

const run: Run = async action => {
  const context = makeContext(
    program.opts<GlobalOptions>(),
    realpathSync(process.argv[1] ?? ''),
    interrupt.signal,
  );
  process.exitCode = await action(context);
};
for (const verb of verbs) verb.define(program, run);
for (const command of everyCommand(program)) command.exitOverride();

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = interrupt.signal.reason === EXIT.ok ? EXIT.ok : report(explainControl(error));
}

function everyCommand(of: Command): Command[] {
  return of.commands.flatMap(c => [c, ...everyCommand(c)]);
}

function report(error: unknown): ExitCode {
  // Commander has printed its message itself; asking for help is no error.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const err = terminalOf(process.stderr);
  const say = (text: string) => err.write(`${paint(err, 'red', 'pathwarden')}: ${text}\n`);
  if (!(error instanceof CliError)) {
    const plain = error instanceof Error ? error : new Error(String(error));
    say(clean(plain.message));
    if (process.env.PATHWARDEN_TRACE) err.write(`${plain.stack}\n`);
    return EXIT.no;
  }
  say(error.message);
  if (error.remedy) err.write(`${error.remedy}\n`);
  return error.code;
}
