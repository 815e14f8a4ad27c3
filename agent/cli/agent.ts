/** `pathwarden agent`: the daemon, in the foreground. */
import path from 'node:path';
import { CliError, EXIT } from './exit.ts';
import type { Verb } from './verb.ts';
import { VERSION } from './version.ts';

export const agentVerb: Verb = {
  define(program, run) {
    program
      .command('agent')
      .description('run the agent in the foreground; logs are JSON on stderr')
      .action(() =>
        run(async ({ options, interrupt }) => {
          const { formatProblems, readConfig } = await import('./configuration.ts');
          const { config, problems } = await readConfig(options.config ?? null);
          if (!config)
            throw new CliError(
              EXIT.usage,
              `the configuration is wrong, the agent does not start\n${formatProblems(problems)}`,
            );
          if (options.socketDir) config.run_dir = path.resolve(options.socketDir);
          const { startAgent } = await import('../main.ts');
          const agent = await startAgent(config, { signal: interrupt, version: VERSION });
          await agent.ended;
          // Whoever asked the daemon to end has got what he wanted.
          return EXIT.ok;
        }),
      );
  },
};
