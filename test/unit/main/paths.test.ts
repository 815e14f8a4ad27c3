/** The verb `paths` through the whole agent, with a helper that answers, and then does not. */
import path from 'node:path';
import t from 'tap';
import { connectControl } from '../../../agent/control/client.ts';
import { LiveHost, stage, start } from './stage.ts';

t.test('what the sockets know is asked for when somebody asks us', async t => {
  const { config, requests } = await stage(t);
  await start(t, config);
  const { peer } = await requests.next();
  const host = new LiveHost();
  host.serve(peer);
  host.attach().flush();
  const client = await connectControl(path.join(config.run_dir, 'view.sock'));
  t.teardown(() => client.close());
  while ((await client.request('status', {})).flows.length === 0);

  const asked = client.request('paths', { limit: 10 });
  let request = await requests.next();
  while (request.type !== 'flow_stats') request = await requests.next();
  host.now().say('snapshot', { source: 'flow_stats', phase: 'begin', complete: false });
  host.say('flow_stats', {
    flow: 1,
    srtt_us: 310,
    rttvar_us: 40,
    backoff: 1,
    retransmits: 2,
    unacked_segments: 1,
    progress_us: host.t,
    bytes_acked: 1,
    bytes_received: 1,
    out_ifindex: 31,
    in_ifindex: 31,
    member_ifindex: null,
  });
  host.say('snapshot', { source: 'flow_stats', phase: 'end', complete: true }).flush();
  t.match(await asked, {
    measured: true,
    flow_count: 1,
    groups: [{ id: 'ecmp:10.77.9.2/32' }],
    flows: [{ leg_out: 'c-a', protocol: 'iscsi', figures: { retransmits: 2, backoff: 1 } }],
  });

  // Not within 200 ms of the last answer, and then nobody answers.
  let silent = await client.request('paths', { limit: 10 });
  while (silent.measured) silent = await client.request('paths', { limit: 10 });
  t.match(silent, { measured: false, flows: [{ leg_out: 'c-a', figures: null }] });
});
