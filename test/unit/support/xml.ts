/** A strict reader of XML 1.0 documents without DTDs: throws where a parser of a CI system would. */

export class Element {
  readonly name: string;
  readonly attributes: Record<string, string>;
  /** In the order of the document. */
  readonly parts: (Element | string)[] = [];

  constructor(name: string, attributes: Record<string, string>) {
    this.name = name;
    this.attributes = attributes;
  }

  get children(): Element[] {
    return this.parts.filter(part => typeof part !== 'string');
  }

  /** Its own, without that of its children. */
  get text(): string {
    return this.parts.filter(part => typeof part === 'string').join('');
  }
}

const NAME = '[A-Za-z_][\\w.:-]*';
const TAG = new RegExp(`<(/?)(${NAME})((?:\\s+${NAME}="[^"<]*")*)\\s*(/?)>|<`, 'y');
const ATTRIBUTE = new RegExp(`(${NAME})="([^"<]*)"`, 'g');
const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The root element. A declaration, or the doctype of HTML, may stand before it. */
export function parseXml(document: string): Element {
  if (FORBIDDEN.test(document) || !document.isWellFormed()) throw new Error('forbidden character');
  const text = document.replace(/^(<\?xml version="1\.0" encoding="UTF-8"\?>|<!DOCTYPE html>)/, '');
  const top = new Element('', {});
  const open = [top];
  for (let at = 0; at < text.length; ) {
    const begin = text.indexOf('<', at);
    const inside = open.at(-1)!;
    inside.parts.push(decode(text.slice(at, begin < 0 ? undefined : begin)));
    if (begin < 0) break;
    TAG.lastIndex = begin;
    const [whole = '', closing, name, attributes, empty] = TAG.exec(text) ?? [];
    if (name === undefined) throw new Error(`no tag: ${text.slice(begin, begin + 60)}`);
    at = begin + whole.length;
    if (closing) {
      if (inside.name !== name) throw new Error(`</${name}> ends <${inside.name}>`);
      open.pop();
      continue;
    }
    const element = new Element(name, attributesOf(attributes ?? ''));
    inside.parts.push(element);
    if (!empty) open.push(element);
  }
  if (open.length > 1) throw new Error(`<${open.at(-1)?.name}> has no end`);
  const [root] = top.children;
  if (!root || top.children.length > 1 || top.text.trim() !== '') throw new Error('not one root');
  return root;
}

function attributesOf(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [, name = '', value = ''] of text.matchAll(ATTRIBUTE)) {
    if (name in found) throw new Error(`${name} is there twice`);
    found[name] = decode(value);
  }
  return found;
}

function decode(text: string): string {
  if (text.includes(']]>')) throw new Error(']]> in text');
  return text.replace(/&([^;\s&]*);?/g, (whole, name: string) => {
    const code = /^#(\d+)$/.exec(name)?.[1];
    const found = code === undefined ? ENTITIES[name] : String.fromCodePoint(Number(code));
    if (found === undefined || !whole.endsWith(';')) throw new Error(`bad reference ${whole}`);
    return found;
  });
}

/** All elements below (and this one) with that name, in the order of the document. */
export function all(element: Element, name: string): Element[] {
  const below = element.children.flatMap(child => all(child, name));
  return element.name === name ? [element, ...below] : below;
}

/** All text in it; what stands in different elements is parted by a blank. */
export const textOf = (element: Element): string =>
  element.parts.map(part => (typeof part === 'string' ? part : ` ${textOf(part)} `)).join('');
