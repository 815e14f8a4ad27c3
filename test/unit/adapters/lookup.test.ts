import type { LookupAddress } from 'node:dns';
import t from 'tap';
import { rememberingLookup } from '../../../agent/adapters/shared/lookup.ts';

type Answer = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void;

t.test('a known address is used at once, also when the name server is gone', async t => {
  const asked: { host: string; answer: Answer }[] = [];
  const resolver = (host: string, _: object, answer: Answer) => asked.push({ host, answer });
  const lookup = rememberingLookup(resolver as never);
  const ask = (all: boolean) =>
    new Promise((resolve, reject) =>
      lookup('vim.example', { all }, (error, address) =>
        error ? reject(error) : resolve(address),
      ),
    );
  const failing = ask(false);
  asked[0]?.answer(Object.assign(new Error('EAI_AGAIN'), { code: 'EAI_AGAIN' }), []);
  await t.rejects(failing, { code: 'EAI_AGAIN' });
  const first = ask(false);
  t.equal(asked[1]?.host, 'vim.example');
  asked[1]?.answer(null, [
    { address: '192.0.2.1', family: 4 },
    { address: '2001:db8::1', family: 6 },
  ]);
  t.equal(await first, '192.0.2.1');
  t.equal(await ask(false), '192.0.2.1');
  t.same(await ask(true), [
    { address: '192.0.2.1', family: 4 },
    { address: '2001:db8::1', family: 6 },
  ]);
  t.equal(asked.length, 2, 'without asking anybody');
});
