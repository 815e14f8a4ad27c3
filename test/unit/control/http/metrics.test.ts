/** /metrics, read by a strict parser. */
import t from 'tap';
import { ask, Document } from './client.ts';
import { parseExposition } from './exposition.ts';
import { serve } from './serve.ts';

t.test('figures: names, labels, base units', async t => {
  const { agent, local } = await serve(t);
  agent.put('a');
  const document = new Document((await ask(local, '/v1/openapi.json')).json);
  const answer = await ask(local, '/metrics');
  document.check('GET', '/metrics', answer);
  t.equal(answer.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  const families = parseExposition(answer.text);
  for (const name of families.keys()) t.match(name, /^pathwarden_/);
  const value = (name: string, labels: Record<string, string> = {}) =>
    families
      .get(name.replace(/(?<=delivery_seconds)_(bucket|sum|count)$/, ''))
      ?.samples.find(
        one =>
          one.name === name &&
          Object.entries(labels).every(([key, text]) => one.labels[key] === text),
      )?.value;
  t.equal(value('pathwarden_alarms', { severity: 'MAJOR' }), 1);
  t.equal(value('pathwarden_alarms', { severity: 'CRITICAL' }), 0);
  t.equal(value('pathwarden_outbox_pending', { adapter: 'vim', kind: 'webhook' }), 3);
  t.equal(value('pathwarden_outbox_oldest_seconds', { adapter: 'vim' }), 1.5);
  t.equal(value('pathwarden_outbox_oldest_seconds', { adapter: 'a "b" \\ c' }), 0);
  t.equal(value('pathwarden_outbox_delivered_total', { adapter: 'vim' }), 40);
  t.equal(value('pathwarden_outbox_refused_total', { adapter: 'vim' }), 2);
  t.equal(value('pathwarden_outbox_given_up_total', { adapter: 'vim' }), 1);
  t.equal(value('pathwarden_outbox_dead', { adapter: 'vim' }), 2);
  t.equal(value('pathwarden_outbox_state', { adapter: 'vim', state: 'slow' }), 1);
  t.equal(value('pathwarden_outbox_state', { adapter: 'vim', state: 'ok' }), 0);
  t.equal(value('pathwarden_failovers_total', { verdict: 'PASS' }), 5);
  t.equal(value('pathwarden_helper_dropped_total', { at: 'ring' }), 3);
  t.equal(value('pathwarden_helper_connected'), 1);
  t.equal(value('pathwarden_agent_resident_memory_bytes'), 81_000_000);
  t.equal(value('pathwarden_agent_uptime_seconds'), 12.5);
  const event = { adapter: 'vim', part: 'event' };
  t.equal(value('pathwarden_delivery_seconds_bucket', { ...event, le: '0.001' }), 1);
  t.equal(value('pathwarden_delivery_seconds_bucket', { ...event, le: '1' }), 3);
  t.equal(value('pathwarden_delivery_seconds_bucket', { ...event, le: '+Inf' }), 4);
  t.equal(value('pathwarden_delivery_seconds_sum', event), 4.5);
  t.equal(value('pathwarden_delivery_seconds_count', event), 4);
  t.equal(families.get('pathwarden_failover_last_gap_seconds'), undefined, 'there was none yet');
});

t.test('the parser is strict', async t => {
  const head = '# HELP a_total Text.\n# TYPE a_total counter\n';
  t.doesNotThrow(() => parseExposition(`${head}a_total{x="1"} 1\na_total{x="2"} 2\n`));
  for (const text of [
    `${head}a_total 1`,
    `${head}a_total 1\na_total 2\n`,
    `${head}b_total 1\n`,
    `${head}a_total{x=1} 1\n`,
    `${head}a_total{x="1" y="2"} 1\n`,
    `${head}a_total one\n`,
    '# TYPE a_total counter\na_total 1\n',
    '# HELP a Text.\n# TYPE a counter\na 1\n',
    `${head}`,
    '# HELP h x\n# TYPE h histogram\nh_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n',
    '# HELP h x\n# TYPE h histogram\nh_bucket{le="1"} 1\nh_sum 1\nh_count 1\n',
  ]) {
    t.throws(() => parseExposition(text), text);
  }
});
