/**
 * Reads TAP as it comes: counts the assertions (a subtest's closing line is none), and prints one line for each subtest
 * down to a given depth, in full what a failed assertion said, and where subtests inside of files are printed the
 * tests' own comments: what they measured.
 */
import { emptyTally, type Tally } from './tally.ts';

const RESULT = /^( *)(not )?ok\b(?: \d+)?(?: - )?(.*)$/;
const SUBTEST = /^( *)# Subtest(?:: (.*))?$/;
/** Not what tap itself has to say. */
const COMMENT = /^ *# (?!time=|\{ |No coverage)(.*)$/;
const DIRECTIVE = / # (?:(SKIP|TODO)\S* ?(.*)|time=(\S+))$/i;

interface Open {
  indent: number;
  name: string;
  passedBefore: number;
  failedBefore: number;
}

export class TapStream {
  readonly tally: Tally = emptyTally();
  readonly #print: (line: string) => void;
  readonly #depth: number;
  readonly #open: Open[] = [];
  #rest = '';
  /** awaited: a failure's YAML block may follow. printing: it is being read. */
  #diagnosis: 'none' | 'awaited' | 'printing' | 'ignored' = 'none';

  /** depth: 1 prints the outermost subtests (tap's test files), 2 also those inside. */
  constructor(print: (line: string) => void, depth = 1) {
    this.#print = print;
    this.#depth = depth;
  }

  write(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#line(line);
  }

  end(): void {
    if (this.#rest !== '') this.#line(this.#rest);
    this.#rest = '';
    this.#abandon(-1);
  }

  /** Subtests further in than this cannot end any more: their process died. The innermost explains the others. */
  #abandon(indent: number): void {
    const cut = this.#open.findIndex(open => open.indent > indent);
    if (cut < 0) return;
    const names = this.#open.map(open => open.name).filter(name => name !== '');
    this.#open.splice(cut);
    this.#fail(`${names.join(' > ')}: ended before it was complete`);
  }

  #line(line: string): void {
    if (this.#diagnosis === 'printing' || this.#diagnosis === 'ignored') {
      if (/^ *\.\.\.$/.test(line)) this.#diagnosis = 'none';
      else if (this.#diagnosis === 'printing') this.#print(`    ${line.trimEnd()}`);
      return;
    }
    if (/^ *---$/.test(line)) {
      this.#diagnosis = this.#diagnosis === 'awaited' ? 'printing' : 'ignored';
      return;
    }
    const begun = SUBTEST.exec(line);
    const result = begun ? null : RESULT.exec(line);
    if (begun)
      this.#open.push({
        indent: begun[1]?.length ?? 0,
        name: begun[2] ?? '',
        passedBefore: this.tally.passed,
        failedBefore: this.tally.failures.length,
      });
    else if (result) this.#result(result[1]?.length ?? 0, result[2] === undefined, result[3] ?? '');
    else if (/^ *Bail out!/.test(line)) this.#fail(line.trim());
    else if (this.#depth > 1) this.#comment(line);
  }

  #comment(line: string): void {
    const [, text] = COMMENT.exec(line) ?? [];
    if (text !== undefined) this.#print(`${'  '.repeat(this.#open.length + 1)}# ${text}`);
  }

  #result(indent: number, ok: boolean, text: string): void {
    this.#diagnosis = 'none';
    const directive = DIRECTIVE.exec(text);
    const name = text.replace(DIRECTIVE, '').replace(/ \{$/, '').trim();
    this.#abandon(indent);
    const path = this.#open.map(open => open.name);
    const open = this.#open.at(-1);
    const closes = open?.indent === indent;
    if (!closes) path.push(name);
    const where = path.filter(part => part !== '').join(' > ');
    const skipReason = directive?.[1] ? directive[2] || 'no reason given' : null;

    if (skipReason !== null) this.tally.skips.push({ name: where, reason: skipReason });
    else if (!ok && (!open || !closes || this.tally.failures.length === open.failedBefore))
      this.#fail(where); // a closing line counts only when nothing inside explains it
    else if (ok && !closes) this.tally.passed++;

    if (!closes || !open) return;
    this.#open.pop();
    const depth = this.#open.length + 1;
    if (depth > this.#depth && ok) return;
    const counted = this.tally.passed - open.passedBefore;
    const time = directive?.[3] ? `, ${directive[3]}` : '';
    this.#print(
      `${'  '.repeat(depth)}${ok ? 'ok    ' : 'FAILED'} ${name} (${counted} passed${time})`,
    );
  }

  #fail(where: string): void {
    this.tally.failures.push(where);
    this.#print(`  FAILED ${where}`);
    this.#diagnosis = 'awaited';
  }
}
