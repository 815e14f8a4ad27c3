/** The token file. */
import t from 'tap';
import { parseTokens } from '../../../../agent/control/http/tokens.ts';

const READ = 'reader-token-000000';
const ADMIN = 'admin-token-1111111==';

t.test('a line is a token; admin: before it lets it acknowledge', async t => {
  const hidden: string[] = [];
  const tokens = parseTokens(`# ours\n\n${READ}\r\n admin:${ADMIN}\n`, one => hidden.push(one));
  t.same(tokens.grant(READ), { admin: false });
  t.same(tokens.grant(ADMIN), { admin: true });
  for (const wrong of ['', READ.slice(1), `${READ}x`, `admin:${ADMIN}`, '# ours']) {
    t.equal(tokens.grant(wrong), null, wrong);
  }
  t.same(hidden, [READ, ADMIN], 'no log shows them');
});

t.test('the same token twice may what either may', async t => {
  t.same(parseTokens(`${READ}\nadmin:${READ}`, () => {}).grant(READ), { admin: true });
});

t.test('what is no token file is told by its line, not by its text', async t => {
  for (const [text, says] of [
    ['', 'no token in it'],
    [`${READ}\nshort-secret`, 'line 2: expected a token'],
    ['two words of a secret', 'line 1: expected a token'],
    [Array.from({ length: 65 }, (_, n) => `token-number-${n}-of-many`).join('\n'), 'more than 64'],
  ] as const) {
    t.throws(() => parseTokens(text, () => {}), new RegExp(says));
    try {
      parseTokens(text, () => {});
    } catch (error) {
      t.notMatch((error as Error).message, /secret/);
    }
  }
});
