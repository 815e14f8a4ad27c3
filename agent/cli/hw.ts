/** `pathwarden hw`: what hardware there is, and how it is. */
import type { HardwareReport } from '../control/protocol.ts';
import type { Component } from '../types.ts';
import { type Asset, readAsset } from './asset.ts';
import { ask, type Context, writeJson } from './context.ts';
import { CliError, EXIT } from './exit.ts';
import { HW_KINDS, renderHardware } from './hw-text.ts';
import { clean } from './terminal.ts';
import type { Verb } from './verb.ts';

interface Options {
  all?: boolean;
  kind?: string[];
  asset?: boolean;
  json?: boolean;
}

export const hwVerb: Verb = {
  define(program, run) {
    program
      .command('hw')
      .description('hardware with its health: processors, memory, PCI, disks, sensors, supplies')
      .option('--all', 'also file systems, sensors and watchdogs that are ok')
      .option('-k, --kind <kind...>', `only these: ${HW_KINDS.join(', ')}`)
      .option('--asset', 'the operating system as well, and what the firmware does not tell')
      .option('--json', 'all of it as JSON')
      .action((options: Options) =>
        run(async context => {
          const kinds = kindsOf(options.kind ?? []);
          const report = await ask(context, client => client.request('hardware', {}));
          const components = await withAsset(context, report.components, options.asset === true);
          const chosen: HardwareReport = {
            ...report,
            components: components.filter(one => kinds === null || kinds.includes(one.kind)),
          };
          if (options.json) writeJson(context.out, chosen);
          else {
            const all = options.all === true || kinds !== null;
            context.out.write(renderHardware(context.out, chosen, all));
          }
          return EXIT.ok;
        }),
      );
  },
};

/** Null: all. @throws CliError (usage) */
function kindsOf(names: readonly string[]): Component['kind'][] | null {
  const kinds = names.flatMap(name => name.split(','));
  for (const kind of kinds) {
    if ((HW_KINDS as string[]).includes(kind)) continue;
    throw new CliError(EXIT.usage, `--kind: '${clean(kind)}' is none of ${HW_KINDS.join(', ')}`);
  }
  return kinds.length === 0 ? null : (kinds as Component['kind'][]);
}

/** Nobody has told of the host's maker: the reader is not there, or the firmware is silent. */
const isNameless = (host: Component): boolean => host.fru?.vendor == null;

async function withAsset(
  context: Context,
  components: Component[],
  asked: boolean,
): Promise<Component[]> {
  const [host, ...others] = components;
  if (host?.kind !== 'host' || !(asked || isNameless(host))) return components;
  return [completed(host, await readAsset(context)), ...others];
}

/** What is known better stays. */
export function completed(host: Component, asset: Asset): Component {
  if (asset.error !== null) return host;
  const { vendor, model, serial, processor, system } = asset;
  const fru = isNameless(host) ? { slot: null, vendor, part: model, serial } : host.fru;
  const name = [fru?.vendor, fru?.part].filter(Boolean).join(' ') || host.name;
  const told: [string, string | null][] = [
    ['processor', processor],
    ['system', system],
  ];
  const known = told.flatMap(([title, value]): [string, string][] =>
    value === null ? [] : [[title, value]],
  );
  return { ...host, fru, name, facts: [...host.facts, ...known] };
}
