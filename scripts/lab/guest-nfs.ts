/**
 * NFS by the kernel at both ends, in a guest: its server in the storage host's namespace, with rpcbind and mountd for what
 * version 3 asks besides, and its client in this one. Version 4 goes by the first path (two-paths.ts), version 3 by the second.
 */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { type Processes, tail } from './processes.ts';
import { inNetns, run } from './run.ts';
import { STORAGE, storageAddress } from './two-paths.ts';
import { until } from './wait.ts';

/** On memory: a file of the guest's root could not be exported. */
const EXPORT = '/run/nfs-store';
const MOUNTD_PORT = 20048;
export const NFS_PORT = 2049;
const PATIENCE_MS = 60_000;

export interface NfsMount {
  version: '4.2' | '3';
  /** What it is of, as the kernel shows it. */
  source: string;
  at: string;
}

export const V4: NfsMount = { version: '4.2', source: `${storageAddress(0)}:/`, at: '/run/nfs4' };
export const V3: NfsMount = {
  version: '3',
  source: `${storageAddress(1)}:${EXPORT}`,
  at: '/run/nfs3',
};

export async function startNfsServer(processes: Processes): Promise<void> {
  await run(['modprobe', '-a', 'nfsd', 'nfsv4', 'nfsv3']);
  mkdirSync(EXPORT);
  writeFileSync(`${EXPORT}/file`, 'x'.repeat(65536));
  // The package's script would have made it.
  appendFileSync('/etc/passwd', '_rpc:x:60750:65534::/run/rpcbind:/usr/sbin/nologin\n');
  // What it shows is of the namespace that mounts it, and so is a server that is started by it.
  await run(inNetns(STORAGE, ['mount', '-t', 'nfsd', 'nfsd', '/proc/fs/nfsd']));
  const rpcbind = await processes.start('rpcbind', ['rpcbind', '-f'], { netns: STORAGE });
  await until(
    'rpcbind',
    async () => {
      if (rpcbind.exit) throw new Error(tail(rpcbind));
      const { code } = await run(inNetns(STORAGE, ['rpcinfo', '-p']), { mayFail: true });
      return code === 0;
    },
    PATIENCE_MS,
  );
  const options = 'rw,fsid=0,insecure,no_root_squash,no_subtree_check';
  writeFileSync('/etc/exports', `${EXPORT} 10.81.0.0/16(${options})\n`);
  await run(inNetns(STORAGE, ['exportfs', '-a']));
  const mountd = ['rpc.mountd', '--foreground', '--port', String(MOUNTD_PORT)];
  await processes.start('mountd', mountd, { netns: STORAGE });
  // Nobody has anything to reclaim of a server that is new.
  const times = ['--grace-time', '10', '--lease-time', '10'];
  await run(inNetns(STORAGE, ['rpc.nfsd', ...times, '2']));
}

export async function mountNfs({ version, source, at }: NfsMount): Promise<void> {
  mkdirSync(at);
  const ports = `nolock,port=${NFS_PORT},mountport=${MOUNTD_PORT},mountproto=tcp`;
  const options = version === '3' ? `vers=3,proto=tcp,${ports}` : `vers=${version}`;
  await run(['mount', '-t', 'nfs', '-o', `${options},noac`, source, at]);
}

/** Asks the server each time: nothing is taken from a cache. */
export const lookAtNfs = ({ at }: NfsMount) => run(['stat', `${at}/file`]);

export const unmountNfs = ({ at }: NfsMount) => run(['umount', at]);
