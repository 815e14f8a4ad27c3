/** `pathwarden replay`: a recording once more through the rooms. No socket, no privilege; nothing is kept or told. */

import type { Config } from '../config.ts';
import { type Line, parseLine } from '../main/recording/lines.ts';
import { optionsOf, Replay, type Thoughts } from '../main/replay.ts';
import type { Frame } from '../wire.ts';
import { renderAlarms } from './alarm-text.ts';
import { type Context, writeJsonLine } from './context.ts';
import { CliError, EXIT, type ExitCode } from './exit.ts';
import { clockTime, count } from './format.ts';
import { linesOf } from './replay-lines.ts';
import { clean, paint, type Terminal } from './terminal.ts';
import type { Verb } from './verb.ts';
import { eventLine, newsOnly } from './watch.ts';

/** More lines that cannot be read are counted, not named. */
const NAMED_MAX = 20;

interface Options {
  json?: boolean;
  frames?: boolean;
}

export const replayVerb: Verb = {
  define(program, run) {
    program
      .command('replay')
      .description('recorded frames once more through the rooms: the alarms that come of them')
      .argument('<file>', "a recording of the agent's, or frames, one a line")
      .option('--frames', 'the frames, too, as they come')
      .option('--json', 'one event a line')
      .action((file: string, options: Options) => run(context => replay(context, file, options)));
  },
};

async function replay(context: Context, file: string, options: Options): Promise<ExitCode> {
  const player = new Player(context, options, await ownConfig(context));
  try {
    for await (const { number, text } of linesOf(file)) {
      if (context.interrupt.aborted) return context.interrupt.reason as ExitCode;
      player.play(number, text === null ? tooLong : parseLine(text));
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new CliError(EXIT.usage, `${clean(file)}: cannot be read (${code})`);
  }
  player.end(file);
  return EXIT.ok;
}

const tooLong: Line = { is: 'bad', problem: 'it is longer than 1 MiB' };

/** What `--config` names decides instead of the recording's own. */
async function ownConfig({ options }: Context): Promise<Config | null> {
  if (options.config === undefined) return null;
  const { formatProblems, readConfig } = await import('./configuration.ts');
  const loaded = await readConfig(options.config);
  if (loaded.config) return loaded.config;
  throw new CliError(EXIT.usage, formatProblems(loaded.problems));
}

class Player {
  readonly #out: Terminal;
  readonly #err: Terminal;
  readonly #options: Options;
  readonly #config: Config | null;
  readonly #isNews = newsOnly();
  readonly #unknown = new Map<string, number>();
  readonly #failed = new Set<string>();
  #replay: Replay | null = null;
  #wall_offset_us = 0;
  #frames = 0;
  #bad = 0;
  #dropped = 0;
  #ended: number | null = null;
  #recorded = false;

  constructor({ out, err }: Context, options: Options, config: Config | null) {
    this.#out = out;
    this.#err = err;
    this.#options = options;
    this.#config = config;
  }

  play(number: number, line: Line): void {
    switch (line.is) {
      case 'bad':
        this.#bad++;
        if (this.#bad <= NAMED_MAX) this.#complain(`line ${number}: ${line.problem}`);
        return;
      case 'unknown':
        this.#unknown.set(line.type, (this.#unknown.get(line.type) ?? 0) + 1);
        return;
      case 'head':
        this.#begin(line);
        return;
      case 'tail':
        this.#ended = line.tail.until_us;
        this.#dropped += line.tail.dropped;
        this.#replay?.play(line);
        return;
      case 'frame':
        this.#frames++;
        if (line.frame.type === 'hello' || line.frame.type === 'heartbeat') {
          this.#wall_offset_us = line.frame.data.wall_offset_us;
        }
        this.#begin(line);
        if (this.#options.frames) this.#showFrame(line.frame);
        break;
      case 'observation':
        this.#begin(line);
    }
    this.#replay!.play(line);
  }

  /** With the first line that says when. */
  #begin(line: Extract<Line, { is: 'head' | 'frame' | 'observation' }>): void {
    if (this.#replay !== null) return;
    const head = line.is === 'head' ? line.head : null;
    const first =
      line.is === 'frame'
        ? line.frame.data
        : { boot_id: '', t_us: line.is === 'observation' ? line.seen.t : 0 };
    const { options, unread } = optionsOf(head, first, this.#config);
    for (const key of unread) {
      this.#complain(`the recording's setting ${key} is not understood: the default counts`);
    }
    this.#replay = new Replay(options, thoughts => this.#hear(thoughts));
    if (head === null) return;
    this.#recorded = true;
    this.#wall_offset_us = head.wall_offset_us;
    this.#dropped += head.dropped;
    if (this.#options.json) return;
    const what = `${paint(this.#out, 'bold', clean(head.host))}  ${clean(head.about)}`;
    this.#out.write(`${what}, recorded by pathwarden ${clean(head.version)}\n`);
  }

  #hear({ alarms, records, failures }: Thoughts): void {
    const events = [
      ...records.map(record => ({ topic: 'failovers' as const, record })),
      ...alarms.map(change => ({ topic: 'alarms' as const, change })),
    ];
    for (const event of events) {
      if (this.#options.json) writeJsonLine(this.#out, event);
      else if (this.#isNews(event)) {
        this.#out.write(`${eventLine(this.#out, event, this.#wall_offset_us)}\n`);
      }
    }
    for (const { room, error } of failures) {
      if (!this.#failed.has(room)) this.#complain(`the room ${room} failed: ${error}`);
      this.#failed.add(room);
    }
  }

  #showFrame(frame: Frame): void {
    if (this.#options.json) {
      writeJsonLine(this.#out, { topic: 'frames', frame });
      return;
    }
    const { boot_id: _b, epoch: _e, seq: _s, t_us, ...data } = frame.data;
    const text = clean(`${clockTime(t_us + this.#wall_offset_us)} ${frame.type} ${short(data)}`);
    this.#out.write(`${paint(this.#out, 'dim', text.slice(0, this.#out.columns ?? undefined))}\n`);
  }

  end(file: string): void {
    if (this.#replay === null) throw new CliError(EXIT.no, `${clean(file)}: no frame is in it`);
    const { middle, now } = this.#replay;
    const active = middle.activeAlarms;
    const unknown = Object.fromEntries(this.#unknown);
    const { frames, bad, dropped } = {
      frames: this.#frames,
      bad: this.#bad,
      dropped: this.#dropped,
    };
    if (this.#options.json) {
      writeJsonLine(this.#out, { topic: 'end', t_us: now, active, frames, bad, unknown, dropped });
      return;
    }
    this.#out.write(`\nAt the end, after ${count(frames, 'frame')}:\n`);
    this.#out.write(renderAlarms(this.#out, active));
    if (this.#recorded && this.#ended === null) {
      this.#complain('the recording breaks off: its last line is missing');
    }
    if (dropped > 0) this.#complain(`${count(dropped, 'frame')} found no room in the recording`);
    if (bad > NAMED_MAX) this.#complain(`${bad} lines cannot be read in all`);
    const types = [...this.#unknown].map(([type, times]) => `${type} (${times})`);
    if (types.length > 0) {
      this.#complain(`of another version, and skipped: ${types.join(', ')}`);
    }
  }

  #complain(text: string): void {
    this.#err.write(`${paint(this.#err, 'yellow', clean(text))}\n`);
  }
}

/** Of a tool's output the begin is enough. */
const short = (data: object): string =>
  JSON.stringify(data, (_, value) =>
    typeof value === 'string' && value.length > 120 ? `${value.slice(0, 120)}…` : value,
  );
