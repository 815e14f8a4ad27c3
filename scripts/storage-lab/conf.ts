/** Ceph's configuration: of the cluster's daemons, and of those who use it. */
import { STORAGE_ADDRESS } from '../lab/network.ts';

export const OSDS = 3;
export const POOL = 'rbd';
/** Of the monitor, in the two versions of the protocol. */
export const MON_ADDRESS = `[v2:${STORAGE_ADDRESS}:3300,v1:${STORAGE_ADDRESS}:6789]`;

const common = (fsid: string) => `[global]
fsid = ${fsid}
mon_host = ${MON_ADDRESS}
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
`;

/** For the daemons, which see Ceph's folder as /run and one in memory as /run/memory. */
export const clusterConf = (fsid: string): string => `${common(fsid)}
public_addr = ${STORAGE_ADDRESS}
cluster_addr = ${STORAGE_ADDRESS}
run_dir = /run
admin_socket = /run/$name.asok
pid_file =
crash_dir = /run/memory/crash
log_file = /run/$name.log
mon_cluster_log_file = /run/cluster.log
osd_pool_default_size = 2
osd_pool_default_min_size = 1
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_data_avail_warn = 2
mon_data_avail_crit = 1
[client]
admin_socket =
log_file = /dev/null
[mon]
mon_data = /run/memory/mon.$id
auth_allow_insecure_global_id_reclaim = false
mon_warn_on_pool_no_redundancy = false
mgr_initial_modules =
[mgr]
mgr_data = /run/memory/mgr.$id
[osd]
osd_objectstore = memstore
osd_data = /run/memory/osd.$id
osd_journal = /run/memory/osd.$id/journal
osd_crush_initial_weight = 1.0
osd_max_object_name_len = 256
osd_max_object_namespace_len = 64
memstore_device_bytes = 1073741824
`;

/** For a client outside of the root. Without a cache every request is one to an OSD. */
export const clientConf = (fsid: string): string => `${common(fsid)}[client]
admin_socket =
log_file = /dev/null
rbd_cache = false
`;

/** Of `ceph status`: what tells whether the cluster is whole. */
export interface CephStatus {
  health: { status: string; checks: Record<string, unknown> };
  osdmap: { num_osds: number; num_up_osds: number; num_in_osds: number };
  pgmap: { num_pgs: number; pgs_by_state: { state_name: string; count: number }[] };
  mgrmap: { available: boolean };
}

/** What is not as it should be, in words; empty: all is well. */
export function unwell({ health, osdmap, pgmap, mgrmap }: CephStatus, osds = OSDS): string[] {
  const { num_osds, num_up_osds, num_in_osds } = osdmap;
  const unclean = pgmap.pgs_by_state.filter(
    ({ state_name }) => !state_name.startsWith('active+clean'),
  );
  return [
    ...(mgrmap.available ? [] : ['no manager']),
    ...([num_osds, num_up_osds, num_in_osds].every(n => n === osds)
      ? []
      : [`${num_osds} OSDs, ${num_up_osds} up, ${num_in_osds} in`]),
    ...(pgmap.num_pgs > 0 ? [] : ['no placement group']),
    ...unclean.map(({ state_name, count }) => `${count} placement groups ${state_name}`),
    ...Object.keys(health.checks),
  ];
}
