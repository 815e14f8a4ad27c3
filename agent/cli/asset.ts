/**
 * Vendor, model and serial number of the host, by systeminformation: in a process of its own, because that package
 * runs commands and blocks while it does; and only when asked for, never on the way of an alarm.
 */
import { execFile } from 'node:child_process';
import type { Context } from './context.ts';
import { clean } from './terminal.ts';
import type { Verb } from './verb.ts';

/** dmidecode and what else it runs; 85 ms on an idle machine. */
const TIMEOUT_MS = 10_000;
const VERB = 'read-asset';

/** Hidden: the child's side. Prints `{"vendor","model","serial","processor","system"}`. */
export const assetVerb: Verb = {
  define(program, run) {
    program.command(VERB, { hidden: true }).action(() =>
      run(async ({ out }) => {
        const { default: si } = await import('systeminformation');
        const [{ manufacturer: vendor, model, serial }, cpu, os] = await Promise.all([
          si.system(),
          si.cpu(),
          si.osInfo(),
        ]);
        const processor = [cpu.manufacturer, cpu.brand].filter(Boolean).join(' ');
        const system = [os.distro, os.release, os.kernel].filter(Boolean).join(' ');
        out.write(`${JSON.stringify({ vendor, model, serial, processor, system })}\n`);
        return 0;
      }),
    );
  },
};

export interface Asset {
  vendor: string | null;
  model: string | null;
  /** Only root may read it. */
  serial: string | null;
  processor: string | null;
  /** The operating system and its kernel. */
  system: string | null;
  error: string | null;
}

/** Null for what the firmware does not tell. Never throws. */
export function readAsset({ entry }: Context): Promise<Asset> {
  return new Promise(resolve => {
    execFile(process.execPath, [entry, VERB], { timeout: TIMEOUT_MS }, (error, stdout) => {
      try {
        if (error) throw error;
        const told = JSON.parse(stdout) as Record<string, string>;
        const known = (text: string | undefined) => (!text || text === '-' ? null : text);
        resolve({
          vendor: known(told.vendor),
          model: known(told.model),
          serial: known(told.serial),
          processor: known(told.processor),
          system: known(told.system),
          error: null,
        });
      } catch (cause) {
        const why = (cause as Error).message.split('\n')[0] ?? '';
        const nothing = { vendor: null, model: null, serial: null, processor: null, system: null };
        resolve({ ...nothing, error: why });
      }
    });
  });
}

export function assetLine(asset: Asset): string {
  if (asset.error !== null) return clean(`cannot be read: ${asset.error}`);
  const [vendor, model, serial] = [asset.vendor, asset.model, asset.serial].map(
    x => x ?? 'unknown',
  );
  const root = asset.serial === null && process.getuid?.() !== 0 ? ' (only root may read it)' : '';
  return clean(`vendor ${vendor}, model ${model}, serial number ${serial}${root}`);
}
