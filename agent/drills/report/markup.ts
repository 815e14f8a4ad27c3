/**
 * Text that becomes XML or HTML. Whatever a template takes in is escaped unless it is Markup itself, so that a hostile
 * name can neither break out of its place nor make a document that no parser takes.
 */

export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Content = Markup | string | number | null | undefined | false | readonly Content[];

/** Template tag. Null, undefined and false are nothing, lists are joined. */
export function markup(parts: TemplateStringsArray, ...values: Content[]): Markup {
  let text = parts[0] ?? '';
  values.forEach((value, i) => {
    text += textOf(value) + (parts[i + 1] ?? '');
  });
  return new Markup(text);
}

export const join = (all: readonly Content[], separator: string): Markup =>
  new Markup(all.map(textOf).join(separator));

function textOf(value: Content): string {
  if (value instanceof Markup) return value.text;
  if (value === null || value === undefined || value === false) return '';
  return typeof value === 'object' ? value.map(textOf).join('') : escapeText(String(value));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * What XML 1.0 forbids even as a reference (2.2: most control characters, lone surrogates, noncharacters), and what
 * would make a line read otherwise than it is written (bidirectional controls).
 */
const FORBIDDEN =
  /(?![\t\n\r])[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** For text and for attributes in quotes of either kind, in XML and in HTML; also makes `]]>` harmless. */
export const escapeText = (text: string): string =>
  text.replace(FORBIDDEN, '\ufffd').replace(/[&<>"']/g, c => ENTITIES[c] ?? c);
