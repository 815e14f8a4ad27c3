/** Turns zod's issues into what an operator can act on: what was expected there, what is there, how to mend it. */
import * as z from 'zod';
import { closest } from './problem.ts';

export interface Explained {
  path: PropertyKey[];
  message: string;
  remedy: string | null;
  /** It is about the key itself, not its value. */
  onKey: boolean;
}

/** As much of JSON Schema as z.toJSONSchema writes for us. */
interface Node {
  type?: string;
  description?: string;
  properties?: Record<string, Node>;
  required?: string[];
  items?: Node;
  additionalProperties?: Node | boolean;
  anyOf?: Node[];
  enum?: string[];
}

type Issue = z.core.$ZodIssue;

/** Every issue, with the best branch of each union opened. */
export function explain(schema: z.ZodType, input: unknown, issues: readonly Issue[]): Explained[] {
  const root = jsonSchema(schema);
  const explained: Explained[] = [];
  for (const { issue, path } of issues.flatMap(issue => flatten(issue, []))) {
    const value = valueAt(input, path);
    if (issue.code === 'unrecognized_keys') {
      const known = knownKeys(nodesAt(root, path), valueAt(input, path));
      for (const key of issue.keys) {
        const near = closest(key, known);
        explained.push({
          path: [...path, key],
          message: 'unknown key',
          remedy: near ? `did you mean ${near}?` : `known here: ${known.join(', ')}`,
          onKey: true,
        });
      }
      continue;
    }
    if (issue.code === 'invalid_key') {
      explained.push({ path, message: 'cannot be set here', remedy: null, onKey: true });
      continue;
    }
    const nodes = nodesAt(root, path);
    const missing = value === undefined;
    const remedy = ownRemedy(issue);
    if (remedy !== null && !nodes.some(({ description }) => description !== undefined)) {
      const message = missing ? 'missing' : `found ${shown(path, value)}`;
      explained.push({ path, message, remedy, onKey: false });
      continue;
    }
    const expected = expectation(nodes, issue);
    explained.push({
      path,
      message: missing
        ? `missing; expected ${expected}`
        : `expected ${expected}, found ${shown(path, value)}`,
      remedy: remedy ?? (missing ? null : remedyFor(value, nodes)),
      onKey: false,
    });
  }
  // A value may break several rules of one key; one sentence names them all.
  return explained.filter(
    (one, index) =>
      explained.findIndex(
        other => String(other.path) === String(one.path) && other.message === one.message,
      ) === index,
  );
}

/** `section:` with nothing under it means its defaults, as when all its keys are commented out. */
export function withoutEmptySections(schema: z.ZodType, input: unknown): unknown {
  const strip = (nodes: Node[], value: unknown): unknown => {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, inner]) => {
        const inside = nodes.flatMap(node => childrenOf(node, key));
        const section = inside.some(({ type }) => type === 'object' || type === 'array');
        return inner === null && section ? [] : [[key, strip(inside, inner)]];
      }),
    );
  };
  return strip([jsonSchema(schema)], input);
}

const jsonSchemas = new WeakMap<z.ZodType, Node>();

function jsonSchema(schema: z.ZodType): Node {
  let node = jsonSchemas.get(schema);
  if (!node) {
    node = z.toJSONSchema(schema, {
      io: 'input',
      unrepresentable: 'any',
    }) as Node;
    jsonSchemas.set(schema, node);
  }
  return node;
}

/** Of a union, the branch that got furthest: one that failed inside rather than at its own type. */
function flatten(issue: Issue, base: PropertyKey[]): { issue: Issue; path: PropertyKey[] }[] {
  const path = [...base, ...issue.path];
  if (issue.code !== 'invalid_union') return [{ issue, path }];
  const branch = issue.errors
    .filter(
      errors =>
        errors.length > 0 &&
        errors.every(error => error.code !== 'invalid_type' || error.path.length > 0),
    )
    .sort((a, b) => a.length - b.length)[0];
  if (
    !branch ||
    branch.every(error => error.path.length === 0 && error.code !== 'unrecognized_keys')
  ) {
    return [{ issue, path }];
  }
  return branch.flatMap(inner => flatten(inner as Issue, path));
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const part of path) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, part))
      return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}

function nodesAt(root: Node, path: readonly PropertyKey[]): Node[] {
  let nodes = [root];
  for (const part of path) nodes = nodes.flatMap(node => childrenOf(node, part));
  return nodes;
}

function childrenOf(node: Node, part: PropertyKey): Node[] {
  const own = node.properties;
  const found: Node[] = [];
  if (typeof part === 'number' && node.items) found.push(node.items);
  else if (own && Object.hasOwn(own, part)) found.push(own[String(part)]!);
  else if (typeof node.additionalProperties === 'object') found.push(node.additionalProperties);
  for (const branch of node.anyOf ?? []) found.push(...childrenOf(branch, part));
  return found;
}

/** Keys not used yet come first: they are what the unknown one was meant to be. */
function knownKeys(nodes: Node[], value: unknown): string[] {
  const keys = new Set<string>();
  const collect = (node: Node) => {
    for (const key of Object.keys(node.properties ?? {})) keys.add(key);
    for (const branch of node.anyOf ?? []) collect(branch);
  };
  for (const node of nodes) collect(node);
  const used = new Set(Object.keys((value as object | null) ?? {}));
  return [...keys].sort((a, b) => Number(used.has(a)) - Number(used.has(b)));
}

function expectation(nodes: Node[], issue: Issue): string {
  const described = nodes.find(node => node.description !== undefined)?.description;
  if (described) return described;
  if (issue.code === 'invalid_type') {
    return issue.expected === 'object' || issue.expected === 'record'
      ? 'a map of keys'
      : `a ${issue.expected}`;
  }
  return issue.message;
}

/** Whoever mistakes a `_file` key may have put the secret itself there, and this is logged. */
const shown = (path: readonly PropertyKey[], value: unknown): string =>
  typeof value === 'string' &&
  String(path.at(-1)).endsWith('_file') &&
  !/^(\/|credential:)/.test(value)
    ? 'another text'
    : show(value);

function show(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (value !== null && typeof value === 'object') return 'a map';
  if (value === null) return 'nothing';
  // The password of a URL has no business in a log.
  const text = String(JSON.stringify(value)).replace(/(:\/\/)[^\s/"@]+@/, '$1…@');
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

/** A check over several keys says what to do about it. */
const ownRemedy = ({ code, message }: Issue): string | null =>
  code === 'custom' && message !== 'Invalid input' ? message : null;

const MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `"50ms"` and `"50"` where a number belongs, `major` for MAJOR. */
function remedyFor(value: unknown, nodes: Node[]): string | null {
  if (typeof value !== 'string') return null;
  const near = closest(
    value,
    nodes.flatMap(node => node.enum ?? []),
  );
  if (near !== null) return `did you mean ${near}?`;
  const [, digits, unit] = /^(\d+)\s*(ms|s|m|h|d)?$/.exec(value) ?? [];
  const numbers = nodes.filter(({ type }) => type === 'integer' || type === 'number');
  if (digits === undefined || numbers.length === 0) return null;
  const amount =
    unit === undefined ? Number(digits) : (Number(digits) * MS[unit]!) / unitOf(numbers);
  return Number.isInteger(amount) ? `write ${amount}, without quotes or unit` : null;
}

/** ms of the unit that a key's description names; NaN: it names none. */
function unitOf(nodes: Node[]): number {
  const [, unit] = /\b(milliseconds|seconds|hours)\b/.exec(nodes[0]?.description ?? '') ?? [];
  return { milliseconds: 1, seconds: 1000, hours: 3_600_000 }[unit ?? ''] ?? Number.NaN;
}
