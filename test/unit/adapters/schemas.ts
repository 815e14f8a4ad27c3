/** Validators of the published schemas, where they lie beside this checkout. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import AjvDraft04 from 'ajv-draft-04';
import formats from 'ajv-formats';

const folder = fileURLToPath(new URL('../../../../shared/schemas', import.meta.url));

/** A reason, or false: they are there. */
export const skip = existsSync(folder)
  ? false
  : 'the published schemas are not beside this checkout';

/** What is wrong with a value; empty: nothing. */
export type Validate = (value: unknown) => string;

function read(file: string): Record<string, unknown> {
  return JSON.parse(readFileSync(`${folder}/${file}`, 'utf8'));
}

function validator(schema: object, draft04 = false): Validate {
  // Not strict: the schemas carry examples and extensions of OpenAPI.
  const options = { strict: false, allErrors: true };
  // Both packages are CommonJS: what their types call the default is its member here.
  const Draft04 = ((AjvDraft04 as { default?: unknown }).default ??
    AjvDraft04) as typeof AjvDraft04.default;
  const addFormats = ((formats as { default?: unknown }).default ??
    formats) as typeof formats.default;
  const ajv = draft04 ? new Draft04(options) : new Ajv(options);
  addFormats(ajv as Ajv);
  const validate = ajv.compile(schema);
  return value => (validate(value) ? '' : ajv.errorsText(validate.errors));
}

export const schemas = {
  cloudEvent: () => validator(read('cloudevents-1.0.json')),
  /** One event, or a batch; draft 04. */
  ves: () => validator(read('CommonEventFormat_30.2.1_ONAP.json'), true),
  postableAlerts: () => validator(read('alertmanager-postableAlerts.extracted.schema.json')),
  o2imsNotification: () => validator(read('o2ims-AlarmEventNotification.extracted.schema.json')),
  /** `vim`: what the VIM of a resource is called; the published schema is that of SOL003. */
  sol: (type: string, vim = 'vimConnectionId') => {
    const name = type[0]!.toLowerCase() + type.slice(1);
    // The one that is published for alarms is an OpenAPI parameter, and as it stands no legal schema.
    const cleaned = name === 'alarmNotification' ? '.cleaned' : '';
    const file = read(`sol003/notification/${name}${cleaned}.schema.json`);
    const text = JSON.stringify(file.schema ?? file).replaceAll('vimConnectionId', vim);
    return validator(JSON.parse(text));
  },
};
