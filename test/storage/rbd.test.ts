/** Ceph's block device: connections to the monitor and to each OSD, each on a leg of its own choice. */
import { Ceph } from '../../scripts/storage-lab/ceph.ts';
import { fetchRoot } from '../../scripts/storage-lab/root.ts';
import { failovers } from './failovers.ts';

const root = await fetchRoot();
failovers(async lab => (await Ceph.start(lab, root)).disk);
