/** What Keystone answers to those who sign in (Identity API v3, POST /v3/auth/tokens). Pure. */
import * as z from 'zod';
import type { Answered } from './http.ts';
import { parseJson } from './parse-json.ts';

/** Where Keystone does not say how long it is good. */
const LIFETIME_MS = 60_000;

const endpoint = z.looseObject({
  interface: z.string(),
  region_id: z.string().nullish(),
  region: z.string().nullish(),
  url: z.string(),
});

const answer = z.looseObject({
  token: z.looseObject({
    expires_at: z.string(),
    issued_at: z.string().optional(),
    catalog: z.array(z.looseObject({ type: z.string(), endpoints: z.array(endpoint) })).default([]),
  }),
});

export type Catalog = z.output<typeof answer>['token']['catalog'];

export interface Token {
  /** Value of the header X-Auth-Token. */
  id: string;
  /** From when it was issued; by Keystone's clock alone, so that ours may be wrong. */
  lifetime_ms: number;
  catalog: Catalog;
}

/** Null: that is not what a Keystone says. */
export function readToken({ status, headers, text }: Answered): Token | null {
  const id = headers['x-subject-token'];
  if (status !== 201 || typeof id !== 'string' || !/^[\x21-\x7e]{1,8192}$/.test(id)) return null;
  const read = answer.safeParse(parseJson(text));
  if (!read.success) return null;
  const { expires_at, issued_at, catalog } = read.data.token;
  const lifetime_ms = Date.parse(expires_at) - (issued_at ? Date.parse(issued_at) : Date.now());
  return { id, lifetime_ms: Number.isNaN(lifetime_ms) ? LIFETIME_MS : lifetime_ms, catalog };
}

export interface Wanted {
  /** Types by which the service is known, the best first. */
  types: readonly string[];
  interface: string;
  region: string | undefined;
}

/** Its URL without a `/` at the end, or why there is none. */
export function findEndpoint(
  catalog: Catalog,
  { types, interface: face, region }: Wanted,
): { url: string } | { failure: string } {
  const regionOf = (one: z.output<typeof endpoint>) => one.region_id ?? one.region ?? '';
  for (const type of types) {
    const all = catalog
      .filter(service => service.type === type)
      .flatMap(({ endpoints }) => endpoints)
      .filter(one => one.interface === face);
    const here = all.filter(one => region === undefined || regionOf(one) === region);
    const regions = [...new Set(all.map(regionOf))];
    if (region === undefined && regions.length > 1) {
      return {
        failure: `the catalogue has ${type} in the regions ${regions.slice(0, 8).join(', ')}: set region_name`,
      };
    }
    const [first] = here;
    if (first) return { url: first.url.replace(/\/+$/, '') };
  }
  const where = region === undefined ? '' : ` in the region ${region}`;
  return {
    failure: `the catalogue has no ${face} endpoint of ${types[0]}${where}: set endpoint, interface or region_name`,
  };
}
