/** Serves the alarm stream in a process of its own, and prints what it has loaded: at once, and once somebody has asked. */
import { createRequire } from 'node:module';
import path from 'node:path';
import { API_SOCKET, serveApi } from '../../../../agent/control/http/server.ts';
import { FakeAgent } from './model.ts';

const run_dir = process.argv[2]!;
const { cache } = createRequire(import.meta.url);
const loaded = () => ({
  fastify: Object.keys(cache).some(file => file.includes('/node_modules/fastify/')),
  // Not in the types: the built-in modules that this process has loaded.
  fetch: (process as unknown as { moduleLoadList: string[] }).moduleLoadList.some(name =>
    name.endsWith('internal/deps/undici/undici'),
  ),
});

const api = await serveApi({ run_dir, api: {}, model: new FakeAgent().model });
const idle = loaded();
const { request } = process.getBuiltinModule('node:http');
const status = await new Promise(resolve => {
  request({ socketPath: path.join(run_dir, API_SOCKET), path: '/healthz' }, response => {
    response.resume();
    resolve(response.statusCode);
  }).end();
});
const asked = loaded();
await import('node:http');
console.log(JSON.stringify({ idle, status, asked, imported: loaded() }));
await api.close();
