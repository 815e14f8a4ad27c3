/** Who a disk says it is, by `smartctl --json -i`. */
import { fieldsOf } from './read.ts';
import { said } from './said.ts';

export interface SmartIdentity {
  vendor: string | null;
  model: string | null;
  serial: string | null;
  firmware: string | null;
}

/** Null: the output is none, or says nothing of it. */
export function smartIdentity(output: string): SmartIdentity | null {
  const all = fieldsOf(output) ?? {};
  const text = (...names: string[]) =>
    names
      .map(name => (typeof all[name] === 'string' ? said(all[name]) : null))
      .find(one => one !== null) ?? null;
  const identity = {
    vendor: text('scsi_vendor', 'vendor'),
    model: text('model_name', 'scsi_product', 'scsi_model_name', 'product'),
    serial: text('serial_number'),
    firmware: text('firmware_version', 'scsi_revision', 'revision'),
  };
  return Object.values(identity).some(one => one !== null) ? identity : null;
}
