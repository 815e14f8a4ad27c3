/** Keys that several kinds share, and the files that they name. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { adapterSchemas } from '../../../agent/adapters/index.ts';
import { readCredentials } from '../../../agent/adapters/shared/credentials.ts';
import { webhookSettings } from '../../../agent/adapters/webhook/settings.ts';
import { parseConfig } from '../../../agent/config.ts';
import { authority } from '../support/certificates.ts';
import { temporaryFolder } from '../support/temporary.ts';

const settings = (more: object) =>
  webhookSettings.parse({ kind: 'webhook', name: 'x', url: 'https://vim.example/', ...more });

t.test('keys that only make sense together', async t => {
  for (const wrong of [
    { cert_file: '/c' },
    { key_file: '/k' },
    { user: 'u' },
    { password_file: '/p' },
    { user: 'u', password_file: '/p', token_file: '/t' },
    { user: 'a:b', password_file: '/p' },
    { headers: { Authorization: 'x' } },
    { headers: { 'content-TYPE': 'x' } },
    { headers: { 'x y': 'x' } },
    { headers: { x: 'a\r\nb' } },
    { url: 'https://u:p@vim.example/' },
    { url: 'ftp://vim.example/' },
    { url: 'vim.example' },
    { token_file: 'relative' },
  ]) {
    t.throws(() => settings(wrong), JSON.stringify(wrong));
  }
  t.match(settings({ cert_file: '/c', key_file: '/k', user: 'u', password_file: '/p' }), {
    headers: {},
  });
});

t.test('what is wrong with them is said at the key that is missing', async t => {
  const text = 'adapters:\n  - {kind: ves, name: v, url: "http://v/", user: u}\n';
  const { problems } = parseConfig(text, 'c.yaml', adapterSchemas);
  t.match(problems, [
    { key: 'adapters[0].password_file', message: /missing; expected the absolute/ },
  ]);
});

t.test('what the files may hold', async t => {
  const folder = temporaryFolder(t);
  const file = (name: string, text: string) => {
    const at = path.join(folder, name);
    writeFileSync(at, text);
    return at;
  };
  const hidden: string[] = [];
  const read = (more: object) => readCredentials(settings(more), secret => hidden.push(secret));
  t.same(await read({}), { authorization: null, tls: {} });
  t.match(await read({ token_file: file('t', 'abc.def\n') }), { authorization: 'Bearer abc.def' });
  const password_file = file('p', 'pä ss\n');
  t.match(await read({ user: 'agent', password_file }), {
    authorization: `Basic ${Buffer.from('agent:pä ss').toString('base64')}`,
  });
  t.same(hidden, ['abc.def', 'pä ss', Buffer.from('agent:pä ss').toString('base64')]);

  const [one, other] = [authority(folder, 'one'), authority(folder, 'other')];
  const [mine, yours] = [one.issue('mine', 'DNS:a'), other.issue('yours', 'DNS:b')];
  t.match(await read({ ca_file: one.caFile, cert_file: mine.certFile, key_file: mine.keyFile }), {
    tls: { ca: /BEGIN CERTIFICATE/, cert: mine.cert, key: mine.key },
  });
  const bad: [object, RegExp][] = [
    [{ ca_file: file('ca', 'no certificate') }, /ca: no certificate in PEM/],
    [{ cert_file: mine.certFile, key_file: yours.keyFile }, /yours\.key: .*mismatch/],
    [{ cert_file: mine.certFile, key_file: file('k', 'x') }, /k: /],
    [{ token_file: file('two', 'a b') }, /two: expected one token/],
    [{ token_file: file('lines', 'a\nb\n') }, /lines: expected one line/],
    [{ token_file: file('empty', '') }, /empty: expected one line/],
    [{ user: 'u', password_file: '/nonexistent/p' }, /ENOENT/],
    [{ token_file: 'credential:x' }, /credential:x/],
  ];
  for (const [more, message] of bad) await t.rejects(read(more), message);
});
