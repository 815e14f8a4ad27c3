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
    const expected = expectation(nodesAt(root, path), issue);
    const missing = value === undefined;
    explained.push({
      path,
      message: missing
        ? `missing; expected ${expected}`
        : `expected ${expected}, found ${show(value)}`,
      remedy: missing ? null : remedyFor(value, nodesAt(root, path)),
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

function show(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (value !== null && typeof value === 'object') return 'a map';
  if (value === null) return 'nothing';
  // The password of a URL has no business in a log.
  const text = String(JSON.stringify(value)).replace(/(:\/\/)[^\s/"@]+@/, '$1…@');
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

/** `"50ms"` and `"50"` where a number belongs. */
function remedyFor(value: unknown, nodes: Node[]): string | null {
  const number = typeof value === 'string' ? /^(\d+)\s*(ms|s)?$/.exec(value) : null;
  if (!number || !nodes.some(({ type }) => type === 'integer' || type === 'number')) return null;
  const amount = number[2] === 's' ? Number(number[1]) * 1000 : Number(number[1]);
  return `write ${amount}, without quotes or unit`;
}
