/** What tools have said. */
import { readFileSync } from 'node:fs';

const folder = new URL('../../../fixtures/readings/', import.meta.url);

export const said = (name: string): string => readFileSync(new URL(name, folder), 'utf8');

/** smartctl's words on the disk with these fields set, by their path: `smart_status.passed`. */
export function saidWith(name: string, changes: Record<string, unknown>): string {
  const all = JSON.parse(said(name));
  for (const [path, value] of Object.entries(changes)) {
    const steps = path.split('.');
    const last = steps.pop()!;
    const at = steps.reduce((one, step) => one[step], all);
    at[last] = value;
  }
  return JSON.stringify(all);
}

/** smartctl's words on an ATA disk with these raw values, by attribute. */
export function ataWith(raw: Record<number, number>, more: Record<string, unknown> = {}): string {
  const all = JSON.parse(saidWith('smartctl-ata.json', more));
  for (const attribute of all.ata_smart_attributes.table) {
    const value = raw[attribute.id];
    if (value !== undefined) attribute.raw = { value, string: String(value) };
  }
  return JSON.stringify(all);
}

/** nvme-cli's words with these fields. */
export const nvmeWith = (fields: Record<string, unknown>): string =>
  JSON.stringify({ ...JSON.parse(said('nvme-cli-1.json')), ...fields });
