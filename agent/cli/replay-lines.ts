/** The lines of a recording, however long the file is. */
import { createReadStream } from 'node:fs';

/** The longest frame has 128 KiB of a tool's output, of which JSON may make six bytes of one. */
export const LINE_MAX = 1024 * 1024;

export interface NumberedLine {
  number: number;
  /** Null: it is longer than LINE_MAX. */
  text: string | null;
}

/** Ended by a line end, or by the wire's form feed. Empty ones are left out. @throws what reading the file throws */
export async function* linesOf(file: string): AsyncGenerator<NumberedLine> {
  let number = 0;
  let rest = '';
  let tooLong = false;
  const end = (): NumberedLine[] => {
    number++;
    const line = { number, text: tooLong ? null : rest };
    const empty = !tooLong && rest.trim() === '';
    rest = '';
    tooLong = false;
    return empty ? [] : [line];
  };
  for await (const chunk of createReadStream(file, { encoding: 'utf8' })) {
    const parts = (chunk as string).split(/[\n\f]/);
    for (const [i, part] of parts.entries()) {
      if (i > 0) yield* end();
      tooLong ||= rest.length + part.length > LINE_MAX;
      rest = tooLong ? '' : rest + part;
    }
  }
  if (rest !== '' || tooLong) yield* end();
}
