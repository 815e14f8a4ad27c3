/** Where in the file a key path stands. */
import { type Document, isMap, isNode, isScalar, isSeq, type LineCounter, type Node } from 'yaml';

/** Line and column, both from 1, of a key (or its value); of the nearest part of the path that the file has. */
export function positionOf(
  document: Document,
  lines: LineCounter,
  path: readonly PropertyKey[],
  onKey: boolean,
): { line: number; column: number } {
  let node: unknown = document.contents;
  let offset = start(node) ?? 0;
  for (const [index, part] of path.entries()) {
    const last = index === path.length - 1;
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => (isScalar(key) ? key.value : key) === part);
      if (!pair) break;
      node = pair.value;
      const key = start(pair.key);
      // A key without a value has a null node right after it.
      offset = (last && onKey ? key : (start(node) ?? key)) ?? offset;
    } else if (isSeq(node)) {
      node = node.items[Number(part)];
      offset = start(node) ?? offset;
    } else {
      break;
    }
  }
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function start(node: unknown): number | undefined {
  return isNode(node) ? (node as Node).range?.[0] : undefined;
}
