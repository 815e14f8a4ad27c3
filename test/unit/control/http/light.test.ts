/** The agent lives long beside its load: an alarm stream that nobody reads is to cost it next to nothing. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import { temporaryFolder } from '../../support/temporary.ts';

t.test(
  'until somebody asks there is neither fastify nor what an import of node:http brings',
  async t => {
    const program = fileURLToPath(new URL('light-server.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [program, temporaryFolder(t)]);
    const { idle, status, asked, imported } = JSON.parse(stdout);
    t.same(idle, { fastify: false, fetch: false });
    t.equal(status, 200);
    t.same(asked, { fastify: true, fetch: false });
    t.equal(imported.fetch, true, 'the test would see it');
  },
);
