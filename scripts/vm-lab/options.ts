/** The command line of scripts/vm. */
import { KERNELS, type Kernel } from './trees.ts';

export interface Options {
  pair: boolean;
  kernel: Kernel;
  nics: number;
  cables: number;
  links: number;
  share: string | null;
  memoryMib: number;
  cpus: number | null;
  timeoutS: number;
  env: Record<string, string>;
  qemu: string[];
  append: string;
  console: boolean;
  refresh: boolean;
  fetch: boolean;
  /** One guest: the program and its arguments. A pair: the two commands for bash. */
  command: string[];
}

export class UsageError extends Error {}

const MAX_NICS = 16;

function number(option: string, value: string, least: number, most: number): number {
  const parsed = Number(value);
  if (!/^\d+$/.test(value) || parsed < least || parsed > most)
    throw new UsageError(`${option} ${value}: not a whole number from ${least} to ${most}`);
  return parsed;
}

/** What an option does with its value, or without one. */
const VALUED: Record<string, (options: Options, value: string) => void> = {
  '--kernel': (options, value) => {
    const kernel = KERNELS.find(known => known === value);
    if (!kernel) throw new UsageError(`--kernel ${value}: there are ${KERNELS.join(', ')}`);
    options.kernel = kernel;
  },
  '--nics': (options, value) => {
    options.nics = number('--nics', value, 0, MAX_NICS);
  },
  '--cables': (options, value) => {
    options.cables = number('--cables', value, 0, MAX_NICS / 2);
  },
  '--links': (options, value) => {
    options.links = number('--links', value, 0, MAX_NICS);
  },
  '--share': (options, value) => {
    options.share = value;
  },
  '--memory': (options, value) => {
    options.memoryMib = number('--memory', value, 256, 65536);
  },
  '--cpus': (options, value) => {
    options.cpus = number('--cpus', value, 1, 64);
  },
  '--timeout': (options, value) => {
    options.timeoutS = number('--timeout', value, 1, 86400);
  },
  '--env': (options, value) => {
    const [, name, content] = /^([A-Za-z_]\w*)=(.*)$/s.exec(value) ?? [];
    if (name === undefined || content === undefined)
      throw new UsageError(`--env ${value}: not NAME=VALUE`);
    options.env[name] = content;
  },
  '--qemu': (options, value) => {
    options.qemu.push(value);
  },
  '--append': (options, value) => {
    options.append = `${options.append} ${value}`.trim();
  },
};
const FLAGS: Record<string, (options: Options) => void> = {
  '--console': options => {
    options.console = true;
  },
  '--refresh': options => {
    options.refresh = true;
  },
  '--fetch': options => {
    options.fetch = true;
  },
};

/** Throws UsageError. The command begins at the first word that is no option, or after `--`. */
export function parseOptions(argv: readonly string[]): Options {
  const pair = argv[0] === 'pair';
  const options: Options = {
    ...{ pair, kernel: '6.1', nics: 0, cables: 0, links: pair ? 2 : 0, share: null },
    ...{ memoryMib: 1024, cpus: null, timeoutS: 120, env: {}, qemu: [], append: '' },
    ...{ console: false, refresh: false, fetch: false, command: [] },
  };
  const words = argv.slice(pair ? 1 : 0);
  while (words[0]?.startsWith('-')) {
    const option = words.shift() ?? '';
    if (option === '--') break;
    const valued = VALUED[option];
    const value = words[0];
    if (valued && value === undefined) throw new UsageError(`${option} needs a value`);
    if (valued && value !== undefined) valued(options, words.shift() ?? '');
    else if (FLAGS[option]) FLAGS[option](options);
    else throw new UsageError(`no option ${option}`);
  }
  options.command = words;
  if (options.links > 0 && !pair) throw new UsageError('--links is for a pair');
  if (options.links + options.nics + 2 * options.cables > MAX_NICS)
    throw new UsageError(`more than ${MAX_NICS} NICs`);
  if (options.fetch) return options;
  if (pair && words.length !== 2) throw new UsageError('a pair needs two commands');
  if (words.length === 0) throw new UsageError('no command');
  return options;
}
