/**
 * multipath.conf(5): sections in braces, an attribute and its value on a line, strings in double quotes, `#` and `!` begin a
 * comment.
 */
export interface Section {
  name: string;
  attributes: Map<string, string>;
  sections: Section[];
}

/** Sections inside of sections: `devices { device { protocol { … } } }`. */
const DEPTH_MAX = 8;

/** The file as one section without a name. What does not fit the syntax is passed over, as multipathd does. */
export function parseMultipath(text: string): Section {
  const top = section('');
  const open = [top];
  for (const line of text.split('\n')) {
    const words = wordsOf(line);
    const here = open.at(-1) ?? top;
    const [first, second] = words;
    if (first === undefined) continue;
    if (first === '}') {
      if (open.length > 1) open.pop();
    } else if (words.at(-1) === '{' && open.length < DEPTH_MAX) {
      const inner = section(first);
      here.sections.push(inner);
      open.push(inner);
    } else if (second !== undefined) here.attributes.set(first, second);
  }
  return top;
}

/** The last value of an attribute in all sections of this name below the top. */
export function attribute(top: Section, name: string, key: string): string | null {
  const values = top.sections.filter(s => s.name === name).map(s => s.attributes.get(key));
  return values.findLast(v => v !== undefined) ?? null;
}

const section = (name: string): Section => ({ name, attributes: new Map(), sections: [] });

function wordsOf(line: string): string[] {
  const words: string[] = [];
  for (const [, quoted, brace, word] of line.matchAll(
    /"((?:[^"]|"")*)"|([{}])|([^\s"{}#!]+)|[#!].*$/g,
  )) {
    if (quoted !== undefined) words.push(quoted.replaceAll('""', '"'));
    else if (brace !== undefined) words.push(brace);
    else if (word !== undefined) words.push(word);
  }
  return words;
}
