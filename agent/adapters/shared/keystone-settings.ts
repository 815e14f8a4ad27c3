/** How an adapter signs in to an OpenStack: the keys of clouds.yaml (openstacksdk), its secrets in files. */
import * as z from 'zod';
import { secretFile } from '../../secret.ts';
import { httpKeys, tlsKeys, tlsTogether } from './http-settings.ts';

const text = (what: string) =>
  z
    .string()
    .regex(/^[^\p{Cc}]{1,255}$/u)
    .optional()
    .describe(`${what} of 1 to 255 characters`);

const keys = z.strictObject({
  /** With or without the `/v3` at its end. */
  auth_url: httpKeys.url.describe('an http or https URL such as https://vim.example:5000/v3'),
  username: text('a name'),
  user_id: text('an id'),
  user_domain_name: text('a name'),
  /** `default` where neither this nor the name is given. */
  user_domain_id: text('an id'),
  password_file: secretFile.optional(),
  project_name: text('a name'),
  project_id: text('an id'),
  project_domain_name: text('a name'),
  /** `default` where neither this nor the name is given. */
  project_domain_id: text('an id'),
  application_credential_id: text('an id'),
  /** Its user is named by username or user_id. */
  application_credential_name: text('a name'),
  application_credential_secret_file: secretFile.optional(),
  /** Needed where the catalogue has several. */
  region_name: text('a name'),
  interface: z
    .enum(['public', 'internal', 'admin'])
    .default('public')
    .describe('one of public, internal, admin'),
  ...tlsKeys,
});

export type KeystoneAuth = z.output<typeof keys>;

export const keystoneAuth = keys
  .superRefine(tlsTogether)
  .superRefine(complete)
  .describe(
    'a map with auth_url and either username, password_file and project_name, or application_credential_id and application_credential_secret_file',
  );

/** One way to sign in, and all that it needs. */
function complete(auth: KeystoneAuth, context: z.RefinementCtx): void {
  const wrong = (key: keyof KeystoneAuth, remedy: string) =>
    context.addIssue({ code: 'custom', path: [key], message: remedy });
  const user = auth.username ?? auth.user_id;
  if (auth.application_credential_secret_file !== undefined) {
    if (auth.password_file !== undefined)
      wrong('password_file', 'leave it out, or application_credential_secret_file');
    if (auth.application_credential_id !== undefined) return;
    if (auth.application_credential_name === undefined)
      wrong('application_credential_id', 'name it, or application_credential_name with username');
    else if (user === undefined) wrong('username', 'name the user that has the credential');
    return;
  }
  if (auth.password_file === undefined)
    wrong('password_file', 'name it, or application_credential_secret_file');
  if (user === undefined) wrong('username', 'name it, or user_id');
  if ((auth.project_name ?? auth.project_id) === undefined)
    wrong('project_name', 'name it, or project_id');
}

/** The file with the secret; the schema sees to it that there is one. */
export function secretOf(auth: KeystoneAuth): string {
  return auth.application_credential_secret_file ?? auth.password_file ?? '';
}

/** Body of POST /v3/auth/tokens. Pure. */
export function tokenRequest(auth: KeystoneAuth, secret: string): object {
  const user = named(
    auth.user_id,
    auth.username,
    domain(auth.user_domain_id, auth.user_domain_name),
  );
  if (auth.application_credential_secret_file !== undefined) {
    // Its scope is its own: asking for one is an error.
    const { application_credential_id: id, application_credential_name: name } = auth;
    const credential = id === undefined ? { name, user } : { id };
    return {
      auth: {
        identity: {
          methods: ['application_credential'],
          application_credential: { ...credential, secret },
        },
      },
    };
  }
  const within = domain(auth.project_domain_id, auth.project_domain_name);
  return {
    auth: {
      identity: { methods: ['password'], password: { user: { ...user, password: secret } } },
      scope: { project: named(auth.project_id, auth.project_name, within) },
    },
  };
}

/** An id is unique by itself, a name in its domain. */
const named = (id: string | undefined, name: string | undefined, within: object): object =>
  id === undefined ? { name, domain: within } : { id };

const domain = (id: string | undefined, name: string | undefined): object =>
  id === undefined && name !== undefined ? { name } : { id: id ?? 'default' };
