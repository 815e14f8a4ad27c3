/** `pathwarden config check`: is this file a configuration, and if not, what is wrong where? */
import { writeJson } from './context.ts';
import { EXIT } from './exit.ts';
import { count } from './format.ts';
import { paint } from './terminal.ts';
import type { Verb } from './verb.ts';

export const configVerb: Verb = {
  define(program, run) {
    const config = program.command('config').description('the configuration file');
    config
      .command('check')
      .description('check a configuration; exit 2 with file, line, key and remedy if it is wrong')
      .argument('[file]', 'instead of --config or /etc/pathwarden/config.yaml')
      .option('--json', 'the configuration with its defaults, or the problems, as JSON')
      .action((file: string | undefined, options: { json?: boolean }) =>
        run(async ({ out, err, options: { config: named } }) => {
          const { formatProblems, readConfig } = await import('./configuration.ts');
          const loaded = await readConfig(file ?? named ?? null);
          const problems = loaded.problems ?? [];
          if (options.json)
            writeJson(
              out,
              loaded.config
                ? { ok: true, config: withoutSecrets(loaded.config) }
                : { ok: false, problems },
            );
          else if (loaded.config)
            out.write(`${paint(out, 'green', 'ok')}: the configuration is valid\n`);
          else
            err.write(
              `${formatProblems(problems)}\n${paint(err, 'red', count(problems.length, 'problem'))}; the agent would not start\n`,
            );
          return loaded.config ? EXIT.ok : EXIT.usage;
        }),
      );
  },
};

const SECRET = /token|password|secret|authorization|headers/i;

/** What is printed ends up in tickets and logs. */
export function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      SECRET.test(key) && !key.endsWith('_file') && inner !== null && inner !== undefined
        ? '[secret]'
        : withoutSecrets(inner),
    ]),
  );
}
