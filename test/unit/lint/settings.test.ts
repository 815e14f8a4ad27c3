/** Readers: what stands in a tree, what is not to be understood, and what is not there. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t, { type Test } from 'tap';
import { readBfd } from '../../../agent/lint/settings/bfd.ts';
import { readBond } from '../../../agent/lint/settings/bonding.ts';
import { readCeph } from '../../../agent/lint/settings/ceph.ts';
import { readIscsi } from '../../../agent/lint/settings/iscsi.ts';
import { atLeast, readKernel } from '../../../agent/lint/settings/kernel.ts';
import { readMultipath } from '../../../agent/lint/settings/multipath.ts';
import { readNfs } from '../../../agent/lint/settings/nfs.ts';
import { readNudge } from '../../../agent/lint/settings/nudge.ts';
import { readNvme } from '../../../agent/lint/settings/nvme.ts';
import { readRouting } from '../../../agent/lint/settings/routing.ts';
import { readTcp } from '../../../agent/lint/settings/tcp.ts';
import { readTeam } from '../../../agent/lint/settings/team.ts';
import { openTree, type Tree } from '../../../agent/lint/tree.ts';
import { known, plain } from '../../../agent/lint/value.ts';
import { temporaryFolder } from '../support/temporary.ts';

function treeOf(t: Test, files: Record<string, string>, denied: string[] = []): Tree {
  const root = temporaryFolder(t);
  for (const [file, text] of Object.entries(files)) {
    const at = path.join(root, file);
    mkdirSync(path.dirname(at), { recursive: true });
    if (text.startsWith('-> ')) symlinkSync(text.slice(3), at);
    else writeFileSync(at, text);
  }
  return openTree(root, denied);
}

t.test('a bond: effective values, and what older drivers do not have', async t => {
  const at = '/sys/class/net/bond0/bonding';
  const tree = treeOf(t, {
    [`${at}/mode`]: 'active-backup 1\n',
    [`${at}/miimon`]: '100\n',
    [`${at}/downdelay`]: '0\n',
    [`${at}/lacp_rate`]: 'slow 0\n',
    [`${at}/arp_ip_target`]: '10.1.0.2 10.1.0.3\n',
    [`${at}/fail_over_mac`]: 'sometimes 9\n',
    [`${at}/num_grat_arp`]: '300\n',
    '/proc/net/bonding/bond0':
      'ARP Polling Interval (ms): 100\nNS IPv6 target/s (xx::XX form): fd00::2, fd00::3\n',
  });
  const bond = readBond(tree, 'bond0', ['nic0']);
  t.equal(plain(bond.mode), 'active-backup');
  t.match(bond.miimon, { value: 100, origin: 'effective', file: `${at}/miimon` });
  t.match(bond.arp_missed_max, { value: 2, origin: 'default' });
  t.match(bond.peer_notif_delay, { value: 0, origin: 'default' });
  t.same(plain(bond.arp_targets), ['10.1.0.2', '10.1.0.3', 'fd00::2', 'fd00::3']);
  t.match(bond.fail_over_mac, {
    state: 'unknown',
    why: /none, active, follow; found "sometimes 9"/,
  });
  t.match(bond.num_grat_arp, { state: 'unknown' });
  t.match(bond.arp_interval, { state: 'absent' });
  const elsewhere = readBond(tree, 'bond1', []);
  t.match(elsewhere.mode, { state: 'absent' }, 'sysfs of another network namespace');
});

const TEAM = { device: 'team0', runner: { name: 'activebackup' } };

t.test('a team: wherever its configuration lies', async t => {
  const read = (files: Record<string, string>, denied: string[] = []) =>
    readTeam(treeOf(t, files, denied), 'team0', ['a', 'b']).config;
  const ping = { name: 'arp_ping', interval: 100, missed_max: 2 };
  const json = JSON.stringify({
    ...TEAM,
    notify_peers: { count: 3 },
    link_watch: { name: 'ethtool', delay_down: 50 },
    ports: { b: { link_watch: [ping, { name: 'nsna_ping' }] } },
  });
  t.match(plain(read({ '/etc/teamd/storage.conf': json })), {
    runner: 'activebackup',
    notify_peers: 3,
    hwaddr_policy: 'same_all',
    watchers: {
      a: [{ name: 'ethtool', delay_down: 50 }],
      b: [ping, { name: 'nsna_ping', interval: 1000, missed_max: 3 }],
    },
  });
  const file = { '/run/teamd/team0.pid': '77\n', '/srv/t.conf': json };
  t.match(read({ ...file, '/proc/77/cmdline': 'teamd\0-d\0-f\0/srv/t.conf\0' }), {
    file: '/srv/t.conf',
    origin: 'configured',
  });
  t.match(read({ ...file, '/proc/77/cmdline': `teamd\0-c\0${json}\0` }), {
    file: '/proc/77/cmdline',
  });
  const profile = `[connection]\ninterface-name=team0\n[team]\nconfig=${JSON.stringify(TEAM)}\n`;
  const profiles = '/etc/NetworkManager/system-connections';
  t.match(read({ [`${profiles}/x.nmconnection`]: profile }), { state: 'known' });
  t.match(read({ [`${profiles}/x.nmconnection`]: profile }, [profiles]), {
    state: 'unknown',
    needs_root: true,
  });
  t.match(
    read({
      '/etc/sysconfig/network-scripts/ifcfg-team0': 'TEAM_CONFIG=\'{"runner":{"name":"lacp"}}\'\n',
    }),
    { value: { runner: 'lacp', fast_rate: false } },
  );
  t.match(read({ '/etc/teamd/team0.conf': '{"device":' }), { state: 'unknown', why: /no JSON/ });
  t.match(read({ '/etc/teamd/team1.conf': JSON.stringify({ device: 'team1' }) }), {
    state: 'absent',
  });
  for (const odd of ['null', '[]', '7', '{"runner":7,"ports":[],"link_watch":"x"}'])
    t.match(read({ '/etc/teamd/team0.conf': odd }).state, /known|unknown|absent/, odd);
});

t.test('TCP, with and without the sysctl of Linux 6.11', async t => {
  const at = '/proc/sys/net/ipv4';
  const now = readTcp(
    treeOf(t, { [`${at}/tcp_rto_min_us`]: '50000\n', [`${at}/tcp_retries2`]: '8' }),
  );
  t.match(now, { rto_min: { value: 50, origin: 'effective' }, retries2: { value: 8 } });
  t.match(readTcp(treeOf(t, {})).rto_min, { value: 200, origin: 'default' });
});

t.test('ignore_routes_with_linkdown: of the leg, and of all since Linux 5.11', async t => {
  const at = '/proc/sys/net/ipv4/conf';
  const read = (release: string, all: string, own: string) =>
    readRouting(
      treeOf(t, {
        [`${at}/all/ignore_routes_with_linkdown`]: all,
        [`${at}/nic0/ignore_routes_with_linkdown`]: own,
      }),
      4,
      ['nic0'],
      known(release, '/proc/sys/kernel/osrelease'),
    ).legs[0]?.ignores_linkdown;
  t.match(read('6.1.0-56-amd64', '1', '0'), { value: true });
  t.match(read('5.10.0', '1', '0'), { value: false });
  t.match(read('5.10.0', '0', '1'), { value: true });
  t.match(read('6.12.1', '0', '0'), { value: false });
});

t.test('the kernel', async t => {
  const kernel = readKernel(treeOf(t, { '/proc/sys/kernel/osrelease': '6.12.95+bpo-amd64\n' }));
  t.ok(atLeast(kernel, 6, 12) && atLeast(kernel, 5, 20) && !atLeast(kernel, 6, 13));
  const none = readKernel(treeOf(t, {}));
  t.notOk(atLeast(none, 2, 6), 'what is not known is not new');
});

t.test('the nudge, by kernel and configuration', async t => {
  const read = (text: string, release = '6.1.0') =>
    readNudge(treeOf(t, { '/etc/pathwarden/helper.conf': text }), known(release, '/r'));
  t.match(plain(read('')), { kind: 'operstate', nudge: 'auto', carrier: 'auto', seen_ms: 10 });
  t.match(plain(read('', '6.8.0')), { kind: 'ask' });
  t.match(plain(read('nudge = ask\n')), { kind: null }, 'this kernel cannot be asked');
  t.match(plain(read('nudge_operstate = never\n')), { kind: null });
  t.match(plain(read('nudge = off\n', '6.8.0')), { kind: null });
  t.match(plain(read('carrier = rtnl\n', '6.8.0')), { kind: null });
  t.match(plain(read('carrier = timer\ncarrier_interval_us = 4000\n')), { seen_ms: 4 });
  t.match(plain(read('carrier = fentry\n')), { seen_ms: 2 });
  t.match(read('nudge = yes\n'), { state: 'unknown', why: /found "yes"/ });
  t.match(read('carrier_interval_us = soon\n'), { state: 'unknown' });
  t.match(readNudge(treeOf(t, {}), known('6.8', '/r')), { state: 'absent' });
});

t.test('iSCSI: the session, then iscsid.conf, then its default', async t => {
  const session = '/sys/class/iscsi_session/session3';
  const connection = '/sys/class/iscsi_connection/connection3:0';
  const tree = treeOf(t, {
    [`${session}/targetname`]: 'iqn.x\n',
    [`${session}/recovery_tmo`]: 'off\n',
    [`${connection}/persistent_address`]: '10.6.0.2\n',
    [`${connection}/recv_tmo`]: '1\n',
    '/etc/iscsi/iscsid.conf': 'node.conn[0].timeo.noop_out_timeout = 3\n',
  });
  const [first] = plain(readIscsi(tree).sessions) ?? [];
  t.match(first, {
    id: 'session3',
    address: { value: '10.6.0.2' },
    noop_out_interval: { value: 1, origin: 'effective' },
    noop_out_timeout: { value: 3, origin: 'configured', file: '/etc/iscsi/iscsid.conf' },
    replacement_timeout: { value: -1 },
  });
  const bare = treeOf(t, { [`${session}/targetname`]: 'iqn.x\n' });
  t.match(plain(readIscsi(bare).sessions)?.[0]?.noop_out_interval, { value: 5, origin: 'default' });
  const secret = treeOf(t, { [`${session}/targetname`]: 'iqn.x\n' }, ['/etc/iscsi/iscsid.conf']);
  t.match(plain(readIscsi(secret).sessions)?.[0]?.noop_out_interval, {
    state: 'unknown',
    needs_root: true,
  });
  t.match(readIscsi(treeOf(t, {})).sessions, { state: 'absent' });
});

t.test('NVMe: TCP controllers alone', async t => {
  const at = '/sys/class/nvme';
  const tree = treeOf(t, {
    [`${at}/nvme0/transport`]: 'pcie\n',
    [`${at}/nvme1/transport`]: 'tcp\n',
    [`${at}/nvme1/address`]: 'traddr=10.6.0.2,trsvcid=4420,host_iface=nic9,src_addr=10.6.0.1\n',
    [`${at}/nvme1/subsysnqn`]: 'nqn.x\n',
    [`${at}/nvme1/kato`]: '5\n',
    [`${at}/nvme1/fast_io_fail_tmo`]: 'off\n',
    [`${at}/nvme1/ctrl_loss_tmo`]: '600\n',
    [`${at}/nvme1/reconnect_delay`]: 'soon\n',
    '/sys/module/nvme_core/parameters/multipath': 'Y\n',
  });
  const { controllers, native } = readNvme(tree);
  t.match(plain(controllers), [
    {
      id: 'nvme1',
      address: { value: '10.6.0.2' },
      local: '10.6.0.1',
      interface: 'nic9',
      fast_io_fail_tmo: { value: -1 },
      ctrl_loss_tmo: { value: 600 },
      reconnect_delay: { state: 'unknown' },
    },
  ]);
  t.equal(plain(native), true);
  t.match(readNvme(treeOf(t, {})), { controllers: { state: 'absent' }, native: { value: false } });
});

t.test('dm-multipath: maps, their sessions, and what the configuration says last', async t => {
  const tree = treeOf(t, {
    '/sys/block/dm-0/dm/uuid': 'LVM-xyz\n',
    '/sys/block/dm-1/dm/uuid': 'mpath-3600\n',
    '/sys/block/dm-1/dm/name': 'mpatha\n',
    '/sys/block/dm-1/slaves/sda': '-> ../../sda',
    '/sys/block/dm-1/slaves/sdb': '-> ../../sdb',
    '/sys/devices/platform/host3/session7/target3:0:0/3:0:0:1/timeout': '45\n',
    '/sys/block/sda/device': '-> ../../devices/platform/host3/session7/target3:0:0/3:0:0:1',
    '/sys/block/sdb/size': '1\n',
    '/etc/multipath.conf':
      'defaults {\n polling_interval 2\n no_path_retry 12\n dev_loss_tmo infinity\n}\n',
    '/etc/multipath/conf.d/a.conf': 'defaults {\n polling_interval 3\n}\n',
    '/etc/multipath/conf.d/b.conf':
      'overrides {\n no_path_retry queue\n fast_io_fail_tmo maybe\n}\n',
  });
  const found = readMultipath(tree);
  t.match(found.maps, [
    {
      name: 'mpatha',
      paths: [
        { device: 'sda', session: 'session7', timeout: { value: 45 } },
        { device: 'sdb', session: null, timeout: { value: 30 } },
      ],
    },
  ]);
  t.match(found.polling_interval, { value: 3, file: '/etc/multipath/conf.d/a.conf' });
  t.match(found.max_polling_interval, { value: 12, origin: 'default' });
  t.match(found.no_path_retry, { value: 'queue' });
  t.match(found.dev_loss_tmo, { value: Number.POSITIVE_INFINITY });
  t.match(found.checker_timeout, { value: null, origin: 'default' });
  t.match(found.fast_io_fail_tmo, { state: 'unknown', why: /found "maybe"/ });
  const secret = readMultipath(treeOf(t, {}, ['/etc/multipath.conf']));
  t.match(secret.no_path_retry, { state: 'unknown', needs_root: true });
});

t.test('NFS: from mountinfo, or mounts', async t => {
  const line = 'srv:/x /mnt nfs4 rw,soft,proto=tcp6,timeo=70,retrans=x,addr=fd00::2 0 0\n';
  const mounts = readNfs(treeOf(t, { '/proc/mounts': line }));
  t.match(plain(mounts), [
    {
      mountpoint: '/mnt',
      address: 'fd00::2',
      tcp: true,
      soft: true,
      timeo: { value: 70 },
      retrans: { state: 'unknown' },
    },
  ]);
  t.match(readNfs(treeOf(t, {}, ['/proc/self/mountinfo'])), { state: 'unknown', needs_root: true });
});

t.test('Ceph', async t => {
  const read = (text: string) => readCeph(treeOf(t, { '/etc/ceph/ceph.conf': text }));
  const ceph = plain(
    read(`[global]
public network = 10.8.0.0/24, fd00:8::/64
mon_host = [v2:10.8.0.2:3300/0,v1:10.8.0.2:6789/0] [fd00:8::2]:6789 mon.example
osd heartbeat grace = 0
`),
  );
  t.match(ceph, {
    networks: ['10.8.0.0/24', 'fd00:8::/64'],
    monitors: ['10.8.0.2', 'fd00:8::2'],
    heartbeat_grace: { state: 'unknown', why: /1 to 86400 s; found "0"/ },
    heartbeat_interval: { value: 6, origin: 'default' },
  });
  t.match(readCeph(treeOf(t, {})), { state: 'absent' });
  t.match(readCeph(treeOf(t, {}, ['/etc/ceph/ceph.conf'])), { state: 'unknown', needs_root: true });
});

t.test('BFD: no FRR, FRR that is hidden, FRR with sessions', async t => {
  t.match(readBfd(treeOf(t, {})), { state: 'absent' });
  t.match(readBfd(treeOf(t, {}, ['/etc/frr'])), { state: 'unknown', needs_root: true });
  const bfd = readBfd(treeOf(t, { '/etc/frr/frr.conf': 'ip route 10.7.0.0/16 10.4.0.2 bfd\n' }));
  t.same([...(plain(bfd)?.watched.keys() ?? [])], ['10.4.0.2']);
});
