/** A line of a recording, whatever is in it; and the settings that come with it. */
import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { adapterSchemas } from '../../../../agent/adapters/index.ts';
import { parseConfig } from '../../../../agent/config.ts';
import { parseLine, type RecordingHead } from '../../../../agent/main/recording/lines.ts';
import { recordedSettings } from '../../../../agent/main/recording/settings.ts';
import { optionsOf, Replay } from '../../../../agent/main/replay.ts';
import { runSeed, seeded } from '../../support/random.ts';

const folder = new URL('../../../replays/', import.meta.url);
const real = readdirSync(folder)
  .filter(name => name.endsWith('.jsonl'))
  .flatMap(name => readFileSync(new URL(name, folder), 'utf8').split('\n'))
  .filter(line => line !== '');

t.test('cut or bent lines are bad ones, and nothing is thrown', async t => {
  const seed = runSeed();
  t.comment(`SEED=${seed}`);
  const random = seeded(seed);
  const pick = (below: number) => Math.floor(random() * below);
  for (let i = 0; i < 3000; i++) {
    const line = real[pick(real.length)]!;
    const at = pick(line.length);
    if (parseLine(line.slice(0, at)).is !== 'bad') t.fail(line.slice(0, at));
    parseLine(line.slice(0, at) + String.fromCharCode(pick(256)) + line.slice(at + 1));
  }
  t.pass('none was taken for a line');
});

t.test('an observation that no room understands disturbs nobody', async t => {
  const wild = '{"observe":{"probe":"self","aspect":"drill","subject":"x","value":"ready","t":7}}';
  const line = parseLine(wild);
  t.equal(line.is, 'observation');
  const { options } = optionsOf(null, { boot_id: 'b', t_us: 0 }, null);
  const replay = new Replay(options, () => {});
  replay.play(line);
  t.equal(replay.now, 7);
  const told = { probe: 'self', aspect: 'failover', subject: 'x', value: 'open', t: 7 };
  t.equal(
    parseLine(JSON.stringify({ observe: told })).is,
    'bad',
    'the rooms make those themselves',
  );
});

const head = (config: RecordingHead['config']): RecordingHead => ({
  ...{ version: '1', host: 'h', boot_id: 'b', wall_offset_us: 0, from_us: 5, about: '' },
  ...{ config, memory: {}, dropped: 0 },
});
const replayed = (config: RecordingHead['config']) =>
  optionsOf(head(JSON.parse(JSON.stringify(config))), { boot_id: '', t_us: 0 }, null);

t.test('the settings that decide are recorded, and read again as they were', async t => {
  const file = new URL('../../../fixtures/config/full.yaml', import.meta.url);
  const text = readFileSync(file, 'utf8')
    .replace(/^.*_file:.*$/gm, '')
    .replace(/^\s*listen:.*$/gm, '');
  const { config, problems } = parseConfig(text, 'full', adapterSchemas);
  t.same(problems, undefined);
  const recorded = recordedSettings(config!);
  const { options, unread } = replayed(recorded);
  t.same(unread, []);
  for (const key of Object.keys(recorded) as (keyof typeof options.config)[]) {
    t.same(options.config[key], config![key], key);
  }
  t.notMatch(JSON.stringify(recorded), 'vim.example', 'nothing of those who are told');
});

t.test('a setting of another version is named, the others count', async t => {
  const { options, unread } = replayed({ budget_ms: 300, warp: { factor: 9 }, thresholds: 7 });
  t.same(unread.sort(), ['thresholds', 'warp']);
  t.equal(options.config.budget_ms, 300);
});
