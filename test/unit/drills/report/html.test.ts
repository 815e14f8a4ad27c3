import { createHash } from 'node:crypto';
import t from 'tap';
import { htmlReport } from '../../../../agent/drills/report/html.ts';
import type { ReportFile } from '../../../../agent/drills/report.ts';
import { stampAt } from '../../cli/fake-agent.ts';
import { all, type Element, parseXml, textOf } from '../../support/xml.ts';
import {
  alarmAfter,
  CUT,
  emptyRepeat,
  HOSTILE,
  hostileFile,
  makeDrill,
  makeFile,
  makeRepeat,
  recorded,
} from './reports.ts';

/** The page is well-formed XML as well, so that one strict reader can look at it. */
const page = (file: ReportFile): Element => parseXml(htmlReport(file));

const withClass = (root: Element, name: string, kind: string): Element[] =>
  all(root, name).filter(({ attributes }) => attributes.class?.split(' ').includes(kind));
const words = (element: Element | undefined): string =>
  element ? textOf(element).replace(/\s+/g, ' ').trim() : '';
const lanes = (repeat: Element): string[] => withClass(repeat, 'div', 'lane').map(words);
const articles = (root: Element): Element[] => withClass(root, 'article', 'repeat');
const drills = (root: Element): Element[] => withClass(root, 'section', 'drill');

const files: [string, () => ReportFile][] = [
  ['of a real run', recorded],
  ['of a bond', () => makeFile([makeDrill([makeRepeat(), makeRepeat()])], [alarmAfter(2)])],
  ['hostile', hostileFile],
  ['without a drill', () => makeFile([])],
];

t.test('it needs nothing but itself, and its policy forbids the rest', async t => {
  for (const [name, file] of files) {
    const text = htmlReport(file());
    const root = parseXml(text);
    for (const tag of [
      'script',
      'link',
      'img',
      'iframe',
      'object',
      'base',
      'form',
      'foreignObject',
    ])
      t.same(all(root, tag), [], `${name}: no ${tag}`);
    t.notMatch(text, /https?:\/\/|url\(|@import/, `${name}: no address`);
    const loading = ['src', 'srcset', 'style', 'action', 'xlink:href'];
    const visit = (element: Element): void => {
      for (const [key, value] of Object.entries(element.attributes)) {
        t.notOk(loading.includes(key) || key.startsWith('on'), `${name}: ${element.name} ${key}`);
        if (key === 'href') t.match(value, /^#[\w-]+$/);
      }
      element.children.forEach(visit);
    };
    visit(root);
    const [style] = all(root, 'style');
    const policy = all(root, 'meta')
      .map(({ attributes }) => attributes)
      .find(attributes => attributes['http-equiv'] === 'Content-Security-Policy');
    const hash = createHash('sha256').update(style!.text).digest('base64');
    t.match(policy?.content, `default-src 'none'; style-src 'sha256-${hash}';`);
  }
});

t.test('each address inside the page is there, once', async t => {
  for (const [name, file] of files) {
    const root = page(file());
    const ids: string[] = [];
    const hrefs: string[] = [];
    const visit = ({ attributes: { id, href }, children }: Element): void => {
      if (id !== undefined) ids.push(id);
      if (href !== undefined) hrefs.push(href.slice(1));
      children.forEach(visit);
    };
    visit(root);
    t.equal(new Set(ids).size, ids.length, name);
    t.same(
      hrefs.filter(href => !ids.includes(href)),
      [],
      name,
    );
  }
});

t.test('the summary over all drills', async t => {
  const root = page(recorded());
  t.equal(words(all(root, 'h1')[0]), 'Failover drills on vm');
  t.match(words(all(root, 'header')[0]), '2026-11-25 23:11:59 to 23:12:23 UTC · pathwarden 0.1.0');
  const summary = all(root, 'section')[0];
  t.match(words(summary), /^FAIL 1 of 3 drills passed drills 3 repeats 3/);
  t.match(words(summary), 'repeats PASS 1 repeats FAIL 2 worst gap 3144.5 ms');
  t.same(
    all(all(summary!, 'tbody')[0]!, 'tr')
      .map(words)
      .map(text => text.replace(/gap, repeat.*ms /, '')),
    [
      'FAIL admin-down of c-b, primed ecmp:10.77.9.2/32 nudge off 1 repeat 1275.9 ms',
      'PASS admin-down of c-b, primed ecmp:10.77.9.2/32 nudge ask 1 repeat ≤ 9.4 ms',
      'FAIL blackhole of c-b ecmp:10.77.9.2/32 nudge ask 1 repeat 3144.5 ms',
    ],
  );
});

t.test('each drill: what was done, the verdict and why', async t => {
  const [first, second, third] = drills(page(recorded()));
  t.match(words(first), /^FAIL admin-down of c-b, primed no progress for 1\.276 s/);
  for (const text of [
    'path group ecmp:10.77.9.2/32',
    'leg c-b',
    'kind admin-down',
    'budget 1000 ms',
    'nudge off',
    'carrier strategy timer',
    'held for 2000 ms',
    'sets the leg administratively down',
  ])
    t.match(words(first), text);
  t.match(words(second), 'within 1000 ms');
  t.match(words(third), 'packets swallowed: 20 coming in, 33 going out');
});

t.test('a time line in words and to scale', async t => {
  const [slow, fast, black] = articles(page(recorded()));
  t.same(lanes(slow!), [
    ...['gap 1275.9 ms', 'seen 0.07 ms', 'switched 12.9 ms', 'flowing 1288.8 ms', 'told 24.1 ms'],
    'healed 2012.7 ms',
    ...['gap 932.6 ms', 'switched 7.6 ms', 'flowing 940.1 ms'],
  ]);
  t.equal(lanes(fast!)[0], 'gap ≤ 9.4 ms');
  t.match(lanes(black!), ['gap 3144.5 ms', 'seen 51.1 ms', 'switched never']);
  const [zoom, whole] = withClass(slow!, 'svg', 'panel');
  const share = (panel: Element, kind: string) =>
    Number.parseFloat(
      all(panel, 'circle').find(({ attributes }) => attributes.class?.includes(kind))?.attributes
        .cx ?? '-1',
    );
  t.ok(share(zoom!, 'switched') > 30, 'the beginning once more, larger: events can be told apart');
  t.ok(share(whole!, 'switched') < 2);
  t.equal(share(whole!, 'flowing'), 95.24);
  const [gap] = withClass(whole!, 'rect', 'gap');
  t.match(gap, { attributes: { x: '0%', class: 'gap fail', width: '94.29%' } });
  t.match(words(gap), 'gap 1275.9 ms');
  t.equal(withClass(fast!, 'rect', 'hollow').length, 2, 'no longer than: not filled');
});

t.test('all repeats of a drill are on one scale', async t => {
  const repeats = [makeRepeat(), makeRepeat({ flowing_us: CUT + 4_000_000, gap_ms: 4000 })];
  const root = page(makeFile([makeDrill(repeats)]));
  const bars = articles(root).map(
    a => withClass(withClass(a, 'svg', 'panel')[1]!, 'rect', 'gap')[0]?.attributes.width,
  );
  t.same(bars, ['0.23%', '95.24%']);
});

t.test('what the gap went into, announcements, and a link that flapped', async t => {
  const edges = [0, 1, 2].flatMap(i => [
    { t_us: CUT + i * 200_000, up: false },
    { t_us: CUT + i * 200_000 + 100_000, up: true },
  ]);
  const repeats = [
    makeRepeat({ edges }),
    makeRepeat({
      leg: 'ens5',
      announced_us: null,
      phases: { detection_us: 4000, switch_us: 200, announcement_us: null, recovery_us: null },
    }),
  ];
  const [drill] = drills(page(makeFile([makeDrill(repeats)])));
  const [first, second] = articles(drill!);
  t.match(lanes(first!), ['gap 9.8 ms', 'phases 9.9 ms', 'link down 3 times']);
  t.match(lanes(first!).join(), 'announced 4.7 ms');
  t.match(lanes(second!), [
    /gap/,
    'phases 4.2 ms',
    'link down –',
    /seen/,
    /switched/,
    'announced –',
  ]);
  t.match(
    words(withClass(first!, 'ul', 'phases')[0]),
    'detection 4.0 ms switch 0.20 ms announcement 0.50 ms recovery 5.2 ms',
  );
  t.match(words(withClass(second!, 'ul', 'phases')[0]), 'recovery not seen');
  const [zoom, whole] = withClass(first!, 'svg', 'panel');
  t.equal(withClass(zoom!, 'rect', 'phase').length, 4);
  t.equal(withClass(whole!, 'rect', 'down').length, 3);
  t.equal(withClass(zoom!, 'rect', 'down').length, 1, 'the others are beyond it');
  t.match(words(drill), 'admin-down of ens4 and ens5');
  t.match(words(second), 'leg ens5');
});

t.test('how the repeats spread', async t => {
  const repeats = [2, 4, 6, 8, 1200].map(gap_ms =>
    makeRepeat({ gap_ms, verdict: gap_ms > 1000 ? 'FAIL' : 'PASS' }),
  );
  const [drill] = drills(page(makeFile([makeDrill(repeats)])));
  const [spread] = withClass(drill!, 'table', 'spread');
  const rows = all(all(spread!, 'tbody')[0]!, 'tr');
  t.match(
    rows.map(row => words(all(row, 'th')[0])),
    ['gap', 'seen', 'switched', 'announced', 'flowing', 'told', 'gap of the way back'],
  );
  t.same(withClass(rows[0]!, 'td', 'number').map(words), [
    '2.0 ms',
    '6.0 ms',
    '1200.0 ms',
    '1200.0 ms',
  ]);
  const dots = withClass(rows[0]!, 'circle', 'value');
  t.equal(dots.length, 5);
  t.equal(withClass(rows[0]!, 'circle', 'late').length, 1);
  const [limit] = withClass(rows[0]!, 'line', 'budget');
  const x = (of: Element | undefined, key: string) => Number.parseFloat(of?.attributes[key] ?? '');
  t.ok(x(dots[3], 'cx') < x(limit, 'x1') && x(limit, 'x1') < x(dots[4], 'cx'));
  t.match(words(drill), 'Did not pass: 5', 'with a way to it');
});

t.test('repeats of which little is known', async t => {
  const unrecorded = makeRepeat({
    ...emptyRepeat('INVALID', 'the cut met no packet'),
    cut_us: CUT,
  });
  const unrestored = makeRepeat({ verdict: 'FAIL', differences: ['missing: route x', 'added: y'] });
  const root = page(
    makeFile([
      makeDrill([emptyRepeat('INVALID', 'not made: refused'), unrecorded, unrestored]),
      makeDrill([], { id: 'another' }),
    ]),
  );
  const [none, no, left] = articles(root);
  t.match(words(none), 'INVALID gap not measured not made: refused No time line: nothing was cut.');
  t.match(words(no), 'No time line: there is no record of it.');
  t.match(words(left), 'Not as it was before the cut: missing: route x added: y');
  t.match(words(drills(root)[1]), 'INVALID admin-down of ens4 no repeat was made');
  const invalid = page(
    makeFile([makeDrill([makeRepeat({ told_us: null, told_verdict: 'FAIL' })])]),
  );
  t.match(words(articles(invalid)[0]), 'FAIL no alarm was acknowledged');
});

t.test('alarms stand with their repeat, counted from its cut; others by the clock', async t => {
  const active = { alarmClearedTime: null, perceivedSeverity: 'MAJOR' as const, source: 'urn:a:b' };
  const root = page(
    makeFile(
      [makeDrill()],
      [
        alarmAfter(2),
        alarmAfter(3, active),
        alarmAfter(0, { drill: 'x', alarmRaisedTime: stampAt(0) }),
      ],
    ),
  );
  const [own, others] = withClass(root, 'table', 'alarms').map(table =>
    all(all(table, 'tbody')[0]!, 'tr').map(words),
  );
  t.same(own, [
    '+2.0 ms link-down leg/c-a cleared +1002.0 ms no carrier',
    '+3.0 ms link-down MAJOR leg/c-a b still active no carrier',
  ]);
  t.match(others, [/^2026-03-01 12:00:00 UTC link-down/]);
  t.match(words(articles(page(makeFile()))[0]), 'No alarm was raised.');
  t.match(words(articles(page(makeFile()))[0]), 'cut at 2026-03-01 12:01:01.000 UTC');
});

t.test('hostile text is shown, and is nothing but text', async t => {
  const root = page(hostileFile());
  const shown = words(root);
  t.match(shown, '<script src=//evil.example>alert(1)</script>');
  for (const c of '\0\u001b\u202e\u2066') t.notOk(shown.includes(c));
  t.ok(words(articles(root)[0]).includes(HOSTILE.slice(0, 40)));
});

t.test('what a picture shows is said in words, too', async t => {
  for (const [, file] of files) {
    const root = page(file());
    for (const svg of withClass(root, 'svg', 'panel'))
      t.ok(
        svg.attributes['aria-hidden'] ||
          (svg.attributes.role === 'img' && svg.attributes['aria-label']),
      );
    for (const name of ['circle', 'path'])
      for (const mark of all(root, name)) t.equal(mark.children[0]?.name, 'title');
    for (const badge of withClass(root, 'span', 'badge')) t.not(words(badge), '');
  }
  t.equal(page(recorded()).attributes.lang, 'en');
});

t.test('a page of a hundred repeats is less than a megabyte', async t => {
  const repeats = Array.from({ length: 100 }, (_, i) => makeRepeat({ failover: `fo-${i}` }));
  const alarms = repeats.flatMap(({ failover }, i) =>
    [1, 2, 3].map(n => alarmAfter(n, { id: `${i}-${n}`, failover })),
  );
  t.ok(htmlReport(makeFile([makeDrill(repeats)], alarms)).length < 1_000_000);
});
