/** Carrier loss to the 200 of a webhook receiver on loopback; the peer is what one writes in a shell: `ip monitor` and a POST per line. */
import { Receiver } from '../lab/receiver.ts';
import { run } from '../lab/run.ts';
import { TunNics } from '../lab/tun.ts';
import { sleep, until } from '../lab/wait.ts';
import { type Result, result } from './figures.ts';
import { onStage, pause, resume } from './stage.ts';

const TRIALS = 25;

/** bash speaks TCP itself: no start of a curl for each line. */
const SHELL_PEER = `ip -o monitor link | while IFS= read -r line; do
  body="{\\"specversion\\":\\"1.0\\",\\"id\\":\\"x\\",\\"source\\":\\"shell\\",\\"type\\":\\"line\\",\\"data\\":\\"\${line%%:*} \${line#*<}\\"}"
  body=\${body//\\\\/ }
  exec 3<>/dev/tcp/127.0.0.1/8080
  printf 'POST / HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\nContent-Length: %d\\r\\n\\r\\n%s' \${#body} "$body" >&3
  read -r _ <&3
  exec 3>&-
done`;

export async function carrierToAck(): Promise<Result[]> {
  let nics: TunNics | null = null;
  let receiver: Receiver | null = null;
  return await onStage(
    { agent: { url: 'http://127.0.0.1:8080/alarms' } },
    async ({ lab, host }) => {
      nics = await TunNics.open(lab, host.netns, ['t0', 't1']);
      await run([
        ...['ip', '-n', host.netns, 'route', 'add', '10.79.0.1/32'],
        ...['nexthop', 'via', '10.78.0.2', 'dev', 't0', 'nexthop', 'via', '10.78.1.2', 'dev', 't1'],
      ]);
      const where = { netns: host.netns, address: '127.0.0.1', dir: lab.dir, name: 'receiver' };
      receiver = new Receiver(lab.processes, where);
      await receiver.start();
    },
    async ({ lab, host }) => {
      await lab.processes.start('shell-peer', ['bash', '-c', SHELL_PEER], { netns: host.netns });
      const index = (await run(['ip', '-n', host.netns, '-o', 'link', 'show', 't0'])).stdout.split(
        ':',
      )[0];
      await sleep(1500);
      const ours: number[] = [];
      const peer: number[] = [];
      const arrival = async (what: string, from: number, is: (text: string) => boolean) => {
        const found = await until(
          what,
          () => receiver!.received.find(r => r.t_us > from && is(JSON.stringify(r.event))),
          8000,
          2,
        );
        return (found.t_us - from) / 1000;
      };
      const settled = () =>
        until(
          'no active alarm',
          async () =>
            (await host.ask('alarms', { all: false })).every(a => a.managedObjectId !== 'leg/t0'),
          30_000,
          100,
        );
      for (let i = 0; i < TRIALS; i++) {
        const t = await nics!.setCarrier('t0', false);
        ours.push(
          await arrival('link-down', t, text =>
            /io\.pathwarden\.alarm\.raised.*leg\/t0/.test(text),
          ),
        );
        await sleep(200);
        await nics!.setCarrier('t0', true);
        await settled();
        await sleep(1100);

        pause(host);
        const p = await nics!.setCarrier('t0', false);
        peer.push(
          await arrival("the shell's POST", p, text =>
            new RegExp(`"data":"${index} NO-CARRIER`).test(text),
          ),
        );
        await nics!.setCarrier('t0', true);
        await sleep(1100);
        resume(host);
        await settled();
      }
      return [
        result('carrier_to_ack', 'ms', ours, { name: 'ip monitor | POST in bash', values: peer }),
      ];
    },
  );
}
