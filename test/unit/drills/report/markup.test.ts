import t from 'tap';
import { escapeText, join, Markup, markup } from '../../../../agent/drills/report/markup.ts';
import { parseXml } from '../../support/xml.ts';
import { HOSTILE } from './reports.ts';

t.test('what a template takes in is text, unless it is markup', async t => {
  const list = ['<1>', '<2>'].map(text => markup`<li>${text}</li>`);
  t.equal(
    markup`<ul title="${'"&"'}">${list}${null}${undefined}${false}${0}</ul>`.text,
    '<ul title="&quot;&amp;&quot;"><li>&lt;1&gt;</li><li>&lt;2&gt;</li>0</ul>',
  );
  t.equal(join(['<', new Markup('<b/>')], ', ').text, '&lt;, <b/>');
});

t.test('hostile text stays text, and comes out as it was but for what may not be', async t => {
  const root = parseXml(markup`<a b="${HOSTILE}">${HOSTILE}</a>`.text);
  t.equal(root.text, root.attributes.b);
  const kept = [...HOSTILE].filter(
    c => !'\0\u0008\u001b\u009b\u202e\u2066\ud800\uffff'.includes(c),
  );
  t.equal(root.text.replaceAll('\ufffd', ''), kept.join(''));
});

t.test('lines and tabs are kept', async t => {
  t.equal(escapeText('a\n\tb\r'), 'a\n\tb\r');
});
