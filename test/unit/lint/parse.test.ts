import t from 'tap';
import { parseAssignments } from '../../../agent/lint/parse/assignments.ts';
import { cephKey, parseIni } from '../../../agent/lint/parse/ini.ts';
import { parseMounts } from '../../../agent/lint/parse/mounts.ts';
import { attribute, parseMultipath } from '../../../agent/lint/parse/multipath.ts';
import { parseFrr } from '../../../agent/lint/settings/bfd.ts';
import { mutated } from '../support/hostile.ts';
import { runSeed, seeded } from '../support/random.ts';

const ISCSID = `
# node.session.timeo.replacement_timeout = 1
node.session.timeo.replacement_timeout = 120
node.conn[0].timeo.noop_out_interval=5
node.conn[0].timeo.noop_out_interval = 7
no assignment
= nothing
`;

const MULTIPATH = `
# a comment {
defaults {
	polling_interval 10   # s
	user_friendly_names "yes"
	prio_args "a ""quoted"" # word"   ! another comment
}
devices {
	device {
		vendor "X"
		fast_io_fail_tmo 2
	}
}
overrides {
	checker_timeout 3
}
overrides {
	checker_timeout 4
}
`;

const CEPH = `
; comment
[global]
fsid = x
osd heartbeat grace = 10
osd-heartbeat-interval = 3
mon_host = 10.0.0.1, \\
   10.0.0.2
[osd]
OSD_Heartbeat_Grace = 12
`;

const MOUNTS = `36 35 0:44 / /mnt/a\\040b rw,noatime shared:1 master:2 - nfs4 srv:/x rw,hard,timeo=600
srv:/y /mnt/c nfs rw,soft,timeo=7,addr=10.0.0.1 0 0
37 35 0:45 / /plain rw - tmpfs tmpfs rw
not a mount
`;

const FRR = `
frr version 10.1
interface eth2
 ip ospf bfd 4 50 60
exit
router bgp 65000
 neighbor FABRIC peer-group
 neighbor FABRIC bfd profile fast
 neighbor 10.1.0.2 peer-group FABRIC
 neighbor 10.2.0.2 remote-as 65001
 neighbor 10.2.0.2 bfd
 neighbor 10.3.0.2 remote-as 65001
exit
bfd
 profile fast
  detect-multiplier 3
  transmit-interval 100
  receive-interval 110
 exit
 profile slow
  detect-multiplier 9
 peer 10.2.0.2 interface eth1
  profile slow
  receive-interval 200
 peer 10.9.0.2
exit
ip route 10.7.0.0/16 10.4.0.2 bfd profile fast
ipv6 route fd00::/64 fd01::2 bfd
`;

t.test('assignments: the last of equal keys, no comments', async t => {
  t.same(
    [...parseAssignments(ISCSID)],
    [
      ['node.session.timeo.replacement_timeout', '120'],
      ['node.conn[0].timeo.noop_out_interval', '7'],
    ],
  );
});

t.test('multipath.conf: nested sections, quotes, comments, the last section', async t => {
  const top = parseMultipath(MULTIPATH);
  t.equal(attribute(top, 'defaults', 'polling_interval'), '10');
  t.equal(attribute(top, 'defaults', 'user_friendly_names'), 'yes');
  t.equal(attribute(top, 'defaults', 'prio_args'), 'a "quoted" # word');
  t.equal(attribute(top, 'overrides', 'checker_timeout'), '4');
  t.equal(attribute(top, 'defaults', 'fast_io_fail_tmo'), null, "a device's own is not everyone's");
  t.equal(attribute(top, 'devices', 'fast_io_fail_tmo'), null);
});

t.test('ceph.conf: names in any spelling, lines that go on', async t => {
  const ini = parseIni(CEPH, cephKey);
  t.equal(ini.get('osd')?.get('osd_heartbeat_grace'), '12');
  t.equal(ini.get('global')?.get('osd_heartbeat_grace'), '10');
  t.equal(ini.get('global')?.get('osd_heartbeat_interval'), '3');
  t.match(ini.get('global')?.get('mon_host'), /^10\.0\.0\.1, +10\.0\.0\.2$/);
});

t.test('mounts: mountinfo and mounts', async t => {
  const mounts = parseMounts(MOUNTS);
  t.same(
    mounts.map(m => [m.source, m.mountpoint, m.type, m.options.get('timeo') ?? null]),
    [
      ['srv:/x', '/mnt/a b', 'nfs4', '600'],
      ['srv:/y', '/mnt/c', 'nfs', '7'],
      ['tmpfs', '/plain', 'tmpfs', null],
    ],
  );
  t.ok(mounts[1]?.options.has('soft'));
});

t.test('FRR: what a protocol or a route watches, with its times', async t => {
  const fast = { multiplier: 3, receive: 110, transmit: 100 };
  t.same(Object.fromEntries(parseFrr(FRR)), {
    eth2: { multiplier: 4, receive: 50, transmit: 60 },
    FABRIC: fast,
    '10.1.0.2': fast,
    '10.2.0.2': { multiplier: 9, receive: 200, transmit: 300 },
    '10.4.0.2': fast,
    'fd01::2': { multiplier: 3, receive: 300, transmit: 300 },
  });
});

t.test('whatever bytes come, nothing throws and nothing takes long', async t => {
  const seed = runSeed();
  t.comment(`SEED=${seed}`);
  const random = seeded(seed);
  const noise = () => Buffer.from(Array.from({ length: 400 }, () => Math.floor(random() * 256)));
  const began = performance.now();
  for (let i = 0; i < 400; i++)
    for (const good of [ISCSID, MULTIPATH, CEPH, MOUNTS, FRR]) {
      const text = (i % 4 === 0 ? noise() : mutated(Buffer.from(good), random)).toString('utf8');
      parseAssignments(text);
      parseIni(text, cephKey);
      attribute(parseMultipath(text), 'defaults', 'polling_interval');
      parseMounts(text);
      parseFrr(text);
    }
  for (const long of [
    '{'.repeat(100_000),
    'a {\n'.repeat(50_000),
    '"'.repeat(100_001),
    ' - '.repeat(50_000),
  ]) {
    parseMultipath(long);
    parseMounts(long);
    parseIni(long);
    parseFrr(long);
  }
  t.ok(performance.now() - began < 60_000);
});
