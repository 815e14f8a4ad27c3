/** Opens a lab with a Ceph, says where it is, and waits to be killed. */
import { Lab } from '../../scripts/lab/lab.ts';
import { Ceph } from '../../scripts/storage-lab/ceph.ts';
import { fetchRoot } from '../../scripts/storage-lab/root.ts';

const lab = await Lab.open();
await Ceph.start(lab, await fetchRoot());
const { dir, memory, network } = lab;
process.stdout.write(`${JSON.stringify({ dir, memory, netns: network.storage })}\n`);
setInterval(() => {}, 1000);
