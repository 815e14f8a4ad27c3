/** `pathwarden outbox` and its verbs. */
import t, { type Test } from 'tap';
import { renderLag, renderLetters } from '../../../agent/cli/outbox-text.ts';
import type { Replies } from '../../../agent/control/protocol.ts';
import { fakeAgent, makeLetter, makePending, makeStatus } from './fake-agent.ts';
import { cli } from './process.ts';
import { paper, text } from './terminals.ts';

process.env.TZ = 'UTC';
t.setTimeout(240_000);

const failing = makePending({
  adapter: 'masakari',
  kind: 'masakari',
  primary: false,
  state: 'failing',
  pending: 12,
  oldest_ms: 65_000,
  last_error: 'connect ECONNREFUSED 10.0.0.5:15868',
  delivered: 3,
  dead: 2,
  given_up: 1,
  latency: null,
});

t.test('the lag of each adapter', async t => {
  t.equal(renderLag(paper(), []), 'No adapter: alarms are told to nobody.\n');
  t.equal(
    renderLag(paper(), [makePending(), failing]),
    text`
      ADAPTER   KIND      STATE    WAITING     OLDEST  P50 ms  P99 ms  TOLD  DEAD  GIVEN UP
      vim *     webhook   ok             0               12.3    45.6  1204     0         0
      masakari  masakari  failing       12  1 min 5 s       -       -     3     2         1
      * primary; P50, P99: event to acknowledgement, over 5 minutes

      Last errors
        masakari: connect ECONNREFUSED 10.0.0.5:15868
    `,
  );
});

t.test('a table of notices; one that is full says so', async t => {
  const letters = [
    makeLetter(),
    makeLetter({ n: 8, state: 'waiting', kind: 'cleared', tries: 0, error: null }),
  ];
  t.equal(renderLetters(paper(), [], false), 'No notices.\n');
  t.equal(
    renderLetters(paper(), letters, true),
    text`
      N  PUT             ADAPTER  STATE    NOTICE   ALARM      OBJECT   TRIED
      7  03-01 12:01:01  vim      dead     raised   link-down  leg/c-a  once: HTTP 400
      8  03-01 12:01:01  vim      waiting  cleared  link-down  leg/c-a  not yet
      2 notices, the oldest; --limit shows more
    `,
  );
});

t.test('tables stay within the terminal', async t => {
  const letters = [
    makeLetter({
      n: 123_456,
      adapter: 'alertmanager-east',
      type: 'storage-path-stalled',
      object: 'target/ecmp:10.77.9.2/32/10.77.9.2',
      error: 'HTTP 400 Bad Request: the body is not what was expected',
      tries: 3,
    }),
  ];
  t.equal(
    renderLetters(paper({ columns: 80 }), letters, false),
    text`
           N  PUT       ADAPTER          STATE  NOTICE  ALARM                 OBJECT
      123456  12:01:01  alertmanager-..  dead   raised  storage-path-stalled  target..
              3 times: HTTP 400 Bad Request: the body is not what was expected
    `,
  );
  for (const columns of [80, 110]) {
    const shown =
      renderLetters(paper({ columns }), letters, true) + renderLag(paper({ columns }), [failing]);
    for (const line of shown.split('\n')) t.ok(line.length <= columns, `${columns}: ${line}`);
  }
});

type Model = NonNullable<Parameters<typeof fakeAgent>[0]>;

async function agent(t: Test, model: Model = {}) {
  const { folder, close } = await fakeAgent(model);
  t.teardown(close);
  return (...words: string[]) => cli('outbox', ...words, '--socket-dir', folder);
}

t.test('outbox and outbox list', async t => {
  const asked: object[] = [];
  const outbox = await agent(t, {
    outbox(request) {
      asked.push(request);
      if (request.adapter === 'none') throw new Error('no adapter none; there are: vim');
      return [makeLetter()];
    },
  });
  t.match(await outbox(), { code: 0, stdout: /^ADAPTER .*\nvim \*/ });
  t.same(JSON.parse((await outbox('--json')).stdout), makeStatus().outbox);
  t.match(await outbox('list'), { code: 0, stdout: /\n7 / });
  t.same(JSON.parse((await outbox('list', '--json')).stdout), [makeLetter()]);
  await outbox('list', '--dead', '--adapter', 'vim', '-n', '5');
  t.match(asked.at(-1), { state: 'dead', adapter: 'vim', limit: 5 });
  t.match(await outbox('list', '--adapter', 'none'), { code: 1, stderr: /there are: vim/ });
  t.match(await outbox('list', '--dead', '--waiting'), { code: 2, stderr: /not both/ });
  t.match(await outbox('list', '-n', '1001'), { code: 2, stderr: /from 1 to 1000/ });
});

t.test('retry and drop by number', async t => {
  const asked: { verb: string; letters: number[] }[] = [];
  const act: Model['outbox-retry'] = request => {
    asked.push(request);
    return { count: request.letters.filter(n => n < 9).length };
  };
  const outbox = await agent(t, { 'outbox-retry': act, 'outbox-drop': act as never });
  t.match(await outbox('retry', '7', '7', '8'), {
    code: 0,
    stdout: '2 notices will be sent once more.\n',
  });
  t.match(asked.at(-1), { verb: 'outbox-retry', letters: [7, 8] });
  t.match(await outbox('drop', '7', '9'), {
    code: 1,
    stdout: '1 notice dropped.\n',
    stderr: /not there: 1 of 2 notices\n.*outbox list/,
  });
  t.match(asked.at(-1), { verb: 'outbox-drop', letters: [7, 9] });
  t.same(JSON.parse((await outbox('drop', '7', '--json')).stdout), { count: 1 });
  for (const [words, message] of [
    [['retry'], /name numbers, or --all\n.*outbox list/],
    [['retry', '1', '--all'], /not both/],
    [['drop', 'x'], /'x' is not a whole number/],
    [['drop', '1', '--adapter', 'vim'], /--adapter is for --all/],
  ] as const)
    t.match(await outbox(...words), { code: 2, stdout: '', stderr: message }, words.join(' '));
});

t.test(
  'retry --all takes all dead ones once, also those that are refused again at once',
  async t => {
    const dead = Array.from({ length: 2500 }, (_, i) => makeLetter({ n: i + 1 }));
    let from = 0;
    const outbox = await agent(t, {
      outbox: ({ state, limit }): Replies['outbox'] =>
        // The last one comes back each time.
        state === 'dead' ? [...dead.slice(from, from + limit - 1), dead.at(-1)!] : [],
      'outbox-retry'({ letters }) {
        from += letters.filter(n => n < 2500).length;
        return { count: letters.length };
      },
    });
    t.match(await outbox('retry', '--all'), {
      code: 0,
      stdout: '2500 notices will be sent once more.\n',
    });
  },
);
