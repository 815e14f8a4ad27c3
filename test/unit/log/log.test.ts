import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';
import { type LogOptions, openLog } from '../../../agent/log.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'pathwarden-log-'));
t.teardown(() => rmSync(dir, { recursive: true }));

let files = 0;

/** What a log that writes to a file wrote: for each line its prefix and its object. */
async function written(options: LogOptions, use: (sink: ReturnType<typeof openLog>) => void) {
  const file = path.join(dir, String(files++));
  const fd = openSync(file, 'w');
  const sink = openLog({ ...options, fd });
  use(sink);
  await sink.flush();
  closeSync(fd);
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map(line => {
      const [, prefix, json] = /^(<\d>)(\{.*\})$/.exec(line) ?? [];
      return { prefix, ...JSON.parse(json ?? '{}') };
    });
}

t.test('one JSON object per line, with journald’s priority', async t => {
  const lines = await written({ level: 'trace' }, ({ log }) => {
    log.trace('t');
    log.debug('d');
    log.info('i');
    log.warn({ a: 1 }, 'w');
    log.error('two\nlines');
    log.fatal('f');
  });
  t.same(
    lines.map(({ prefix, msg }) => `${prefix}${msg}`),
    ['<7>t', '<7>d', '<6>i', '<4>w', '<3>two\nlines', '<2>f'],
  );
  t.match(lines[3], { a: 1, time: /^\d{4}-\d\d-\d\dT/ });
});

t.test('levels, and children', async t => {
  const lines = await written({ level: 'warn' }, ({ log, setLevel }) => {
    log.info('no');
    log.child({ room: 'outbox' }).warn('yes');
    setLevel('info');
    log.info('now');
  });
  t.match(lines, [{ msg: 'yes', room: 'outbox' }, { msg: 'now' }]);
});

t.test('secrets do not get out', async t => {
  const lines = await written({}, ({ log, hide }) => {
    hide('s3cr3t"\\');
    hide('ab');
    log.info({ token: 'x1', headers: { authorization: 'x2' }, a: { password: 'x3' } }, 'keys');
    log.info('GET https://user:x4@host/path failed: s3cr3t"\\ was refused, ab was not');
    log.error({ err: new Error('401 for s3cr3t"\\') }, 'error');
  });
  const text = JSON.stringify(lines);
  t.notMatch(text, /x1|x2|x3|x4|s3cr3t/);
  t.match(lines[1].msg, 'https://[secret]@host/path failed: [secret] was refused, ab was not');
});

t.test('a reader that does not read neither blocks nor fills the memory', async t => {
  // The child's stderr is a pipe that nobody reads; its stdout tells how it fared.
  const source = `
    import { openLog } from ${JSON.stringify(path.resolve('agent/log.ts'))};
    const sink = openLog();
    const text = 'x'.repeat(1000);
    for (let i = 0; i < 2000; i++) sink.log.info(text);
    setTimeout(async () => {
      await sink.flush(50);
      process.stdout.write(JSON.stringify({ dropped: sink.dropped() }));
      process.exit(0);
    }, 20);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  child.stdout.on('data', chunk => {
    out += chunk;
  });
  const code = await new Promise(resolve => child.once('exit', resolve));
  await new Promise<void>(resolve => {
    if (child.stdout.readableEnded) resolve();
    else child.stdout.once('end', resolve);
  });
  child.stderr.destroy();
  t.equal(code, 0, 'the loop went on, and the process could end');
  t.ok(JSON.parse(out).dropped > 1000, 'most lines were dropped, and counted');
});

t.test('what was dropped is told once the reader reads again', async t => {
  const lines = await written({ bufferMax: 4096 }, ({ log }) => {
    for (let i = 0; i < 100; i++) log.info('x'.repeat(500));
  });
  t.ok(lines.length < 100);
  t.match(lines.at(-1), { prefix: '<4>', msg: /^\d+ log lines dropped$/ });
});

t.test('a closed reader is survived', async t => {
  const fd = openSync('/dev/full', 'w');
  const sink = openLog({ fd });
  sink.log.info('nobody');
  await sink.flush(200);
  t.ok(sink.dropped() >= 0);
  closeSync(fd);
});
