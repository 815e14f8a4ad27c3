/**
 * What the configuration may say. Every key has a default: no file at all is a good configuration.
 * A `describe` completes the sentence "expected …" of an error, so it names the unit and the range.
 */
import { isIP } from 'node:net';
import path from 'node:path';
import * as z from 'zod';
import { LOG_LEVELS } from '../log.ts';
import { secretFile } from '../secret.ts';
import { SOCKET_PATH_MAX } from '../socket-file.ts';
import { globMatches } from './glob.ts';

/** Names that run_dir gets sockets of; the longest bounds run_dir. */
const RUN_DIR_MAX = SOCKET_PATH_MAX - '/admin.sock'.length;

const ms = (low: number, high: number) =>
  z.int().min(low).max(high).describe(`a whole number of milliseconds from ${low} to ${high}`);

const absolutePath = (maxBytes: number) =>
  z
    .string()
    .refine(text => path.isAbsolute(text) && Buffer.byteLength(text) <= maxBytes)
    .describe(`an absolute path of at most ${maxBytes} bytes`);

const port = z.int().min(1).max(65535).describe('a port number from 1 to 65535');

const range = z
  .string()
  .regex(/^\d{1,5}-\d{1,5}$/)
  .transform(text => text.split('-').map(Number) as [number, number])
  .refine(([low, high]) => low >= 1 && low <= high && high <= 65535)
  .describe('a range of ports such as 6800-7568');

const portName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,31}$/)
  .describe('a name of 1 to 32 of a-z, 0-9, - and _');

const portEntry = z
  .union([
    port.transform(low => ({ name: `port-${low}`, low, high: low })),
    range.transform(([low, high]) => ({
      name: `ports-${low}-${high}`,
      low,
      high,
    })),
    z.strictObject({ name: portName, port }).transform(entry => ({
      name: entry.name,
      low: entry.port,
      high: entry.port,
    })),
    z
      .strictObject({ name: portName, range })
      .transform(({ name, range: [low, high] }) => ({ name, low, high })),
  ])
  .describe('a port, a range such as 6800-7568, or {name, port} or {name, range}');

/**
 * Well-known storage services. IANA's registry, except Ceph's OSD range (ms_bind_port_min and _max), Gluster's bricks
 * (its base-port, and the hundred that follow) and DRBD's (the range of its guide). The bricks lie within the ephemeral
 * range: who opened a connection tells which end serves.
 */
export const STORAGE_PORTS = [
  { name: 'iscsi', low: 3260, high: 3260 },
  { name: 'nvme-tcp', low: 4420, high: 4420 },
  { name: 'nvme-discovery', low: 8009, high: 8009 },
  { name: 'nfs', low: 2049, high: 2049 },
  { name: 'ceph-mon', low: 3300, high: 3300 },
  { name: 'ceph-mon-v1', low: 6789, high: 6789 },
  { name: 'ceph-osd', low: 6800, high: 7568 },
  { name: 'gluster', low: 24007, high: 24008 },
  { name: 'gluster-brick', low: 49152, high: 49251 },
  { name: 'drbd', low: 7788, high: 7799 },
  { name: 'nbd', low: 10809, high: 10809 },
];

const pattern = z
  .string()
  .min(1)
  .max(128)
  .describe("a group's id such as ecmp:10.0.0.9/32, in which * stands for anything");

const ipAddress = z.string().refine(text => isIP(text) !== 0);

const legTarget = z
  .string()
  .refine(text => text === 'off' || isIP(text) !== 0)
  .describe('an IPv4 or IPv6 address, or off');

const patterns = (of: string, least: 0 | 1 = 1) =>
  z
    .array(z.string().min(1).max(256).describe('a pattern of 1 to 256 characters'))
    .min(least)
    .max(64)
    .describe(`a list of ${least} to 64 patterns of alarms' ${of}`);

const severity = z
  .enum(['CRITICAL', 'MAJOR', 'MINOR', 'WARNING', 'INDETERMINATE'])
  .describe('one of CRITICAL, MAJOR, MINOR, WARNING, INDETERMINATE');

const alarmTypes = 'types such as link-*';
const alarmObjects = 'objects such as leg/*';

const routeSchema = z
  .strictObject({
    /** Alarms that are less severe are not told. */
    min_severity: severity.default('WARNING'),
    types: patterns(alarmTypes).default(['*']),
    exclude_types: patterns(alarmTypes, 0).default([]),
    objects: patterns(alarmObjects).default(['*']),
    exclude_objects: patterns(alarmObjects, 0).default([]),
    /** Alarms that a drill has caused. */
    drills: z
      .enum(['include', 'exclude', 'only'])
      .default('include')
      .describe('include, exclude or only'),
  })
  .prefault({});

export type Route = z.output<typeof routeSchema>;

/** The keys that every kind of adapter has; its own schema spreads them. */
export const adapterKeys = {
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/)
    .describe('a name of 1 to 64 letters, digits, ., - and _'),
  /** Its acknowledgement is the `told` of a failover record. */
  primary: z.boolean().default(false).describe('true or false'),
  timeout_ms: ms(50, 10_000).default(300),
  route: routeSchema,
};

export interface AdapterSettings {
  kind: string;
  name: string;
  primary: boolean;
  timeout_ms: number;
  route: Route;
}

function isAddressAndPort(text: string): boolean {
  const [, v6, v4, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const isAddress = v6 === undefined ? isIP(v4 ?? '') === 4 : isIP(v6) === 6;
  return isAddress && Number(port) <= 65535;
}

export const configSchema = z.strictObject({
  helper: z
    .strictObject({
      socket: absolutePath(SOCKET_PATH_MAX).default('/run/pathwarden/helper.sock'),
    })
    .prefault({}),
  /** pathwarden-reader, which may be missing. */
  reader: z
    .strictObject({
      socket: absolutePath(SOCKET_PATH_MAX).default('/run/pathwarden/reader.sock'),
      /** auto: when it is there, and missed once it was; on: missed from the start. */
      use: z.enum(['auto', 'on', 'off']).default('auto').describe('auto, on or off'),
    })
    .prefault({}),
  /** Folder of the agent's own sockets, view.sock, admin.sock and api.sock. */
  run_dir: absolutePath(RUN_DIR_MAX).default('/run/pathwarden-agent'),
  /** Folder of the spool. */
  state_dir: absolutePath(1024).default('/var/lib/pathwarden'),
  /** CloudEvents `source`; by default made of the machine's id. */
  source: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"{}|\\^`]{1,255}$/)
    .optional()
    .describe('a URI such as urn:example:host:compute-1'),
  budget_ms: ms(1, 60_000).default(1000),
  storage: z
    .strictObject({
      ports: z
        .array(portEntry)
        .min(1)
        .max(32)
        .default(STORAGE_PORTS)
        .describe('a list of 1 to 32 ports or ranges'),
    })
    .prefault({}),
  thresholds: z
    .strictObject({
      /** Floor of the stall threshold max(unacked_ms, 4 × srtt). */
      unacked_ms: ms(10, 10_000).default(50),
      /**
       * An acknowledged request is borne with for twice as long as the connection's answers take of late: no less than
       * unacked_ms, no more than this, but always for 4 × srtt.
       */
      unanswered_ms: ms(50, 60_000).default(200),
    })
    .prefault({}),
  groups: z
    .strictObject({
      include: z.array(pattern).max(256).default(['*']).describe('a list of patterns'),
      exclude: z.array(pattern).max(256).default([]).describe('a list of patterns'),
      /** Group id → its own budget. */
      budget_ms: z
        .record(z.string().min(1).max(128), ms(1, 60_000))
        .default({})
        .describe('a map from a group to its budget in milliseconds'),
    })
    .prefault({}),
  /** Bond → what its members are to reach. */
  bonds: z
    .record(
      z.string().min(1).max(15),
      z
        .strictObject({
          /** So many different LACP partner systems: switches that are no single system. */
          partner_systems: z.int().min(1).max(8).describe('a number of systems from 1 to 8'),
        })
        .describe('a map with partner_systems'),
    )
    .default({})
    .describe('a map from a bond to what its members are to reach'),
  leg_probes: z
    .strictObject({
      interval_ms: ms(20, 10_000).default(100),
      /** The interval for 2 s after a flow has stalled. */
      burst_ms: ms(20, 10_000).default(20),
      lost_after: z.int().min(1).max(20).default(3).describe('a number of echoes from 1 to 20'),
      /** Interface name → address that answers on that leg alone; default: its gateway, of a bond's member that of the storage traffic. */
      targets: z
        .record(z.string().min(1).max(15), legTarget)
        .default({})
        .describe('a map from an interface to the address to probe, or off'),
    })
    .prefault({}),
  /** BFD sessions (RFC 5880, 5881, 7130), each on one leg. */
  bfd: z
    .array(
      z.strictObject({
        leg: z.string().min(1).max(15).describe('an interface name'),
        remote: ipAddress.describe('an IPv4 or IPv6 address'),
        /** Own address; by default the leg's (of a member: the bond's) in the network of the other end. */
        local: ipAddress.optional().describe('an IPv4 or IPv6 address'),
        /** On a member of an 802.3ad bond (RFC 7130). */
        micro: z.boolean().default(false).describe('true or false'),
        interval_ms: ms(10, 10_000).default(50),
        detect_mult: z.int().min(1).max(50).default(3).describe('a number of packets from 1 to 50'),
      }),
    )
    .max(32)
    .default([])
    .describe('a list of at most 32 BFD sessions'),
  block: z
    .strictObject({
      /** A device whose oldest request is older has stalled: io-stalled. */
      io_stalled_ms: ms(50, 60_000).default(1000),
    })
    .prefault({}),
  adapters: z
    .array(
      z
        .looseObject({ kind: z.string().describe('the kind of the adapter') })
        .describe('an adapter'),
    )
    .max(16)
    .default([])
    .describe('a list of at most 16 adapters'),
  alarms: z
    .strictObject({
      /** The first that matches says how severe an alarm is; else the catalogue does. */
      severities: z
        .array(
          z.strictObject({
            types: patterns(alarmTypes).default(['*']),
            objects: patterns(alarmObjects).default(['*']),
            severity,
          }),
        )
        .max(256)
        .default([])
        .describe('a list of at most 256 rules'),
      /** An alarm that was cleared `cycles` times within `window_s` stays raised until it was well for `hold_s`. */
      damping: z
        .strictObject({
          cycles: z.int().min(2).max(100).default(3).describe('a number of clears from 2 to 100'),
          window_s: z
            .int()
            .min(1)
            .max(3600)
            .default(60)
            .describe('a number of seconds from 1 to 3600'),
          hold_s: z
            .int()
            .min(1)
            .max(3600)
            .default(30)
            .describe('a number of seconds from 1 to 3600'),
        })
        .prefault({}),
    })
    .prefault({}),
  outbox: z
    .strictObject({
      /** Size of the spool. */
      max_mib: z
        .int()
        .min(16)
        .max(65_536)
        .default(256)
        .describe('a number of MiB from 16 to 65536'),
      max_age_h: z.int().min(1).max(8760).default(168).describe('a number of hours from 1 to 8760'),
      /** Per adapter. */
      max_notices: z
        .int()
        .min(1000)
        .max(10_000_000)
        .default(200_000)
        .describe('a number of notices from 1000 to 10000000'),
    })
    .prefault({}),
  /** What came in around an alarm, in `recordings` below state_dir, for `pathwarden replay`. */
  recording: z
    .strictObject({
      enabled: z.boolean().default(true).describe('true or false'),
      /** Of all recordings; the oldest go first. */
      max_mib: z
        .int()
        .min(64)
        .max(65_536)
        .default(256)
        .describe('a number of MiB from 64 to 65536'),
      keep: z.int().min(1).max(1000).default(50).describe('a number of recordings from 1 to 1000'),
    })
    .prefault({}),
  /** The alarm stream. On a unix socket it is always served. */
  api: z
    .strictObject({
      /** `10.0.0.5:8443`, `[::]:8443`; absent: not on the network. */
      listen: z
        .string()
        .refine(isAddressAndPort)
        .optional()
        .describe('an address and a port such as 10.0.0.5:8443 or [::]:8443'),
      cert_file: secretFile.optional(),
      key_file: secretFile.optional(),
      /** Clients need a certificate of these authorities, or (token_file) a token. */
      client_ca_file: secretFile.optional(),
      /** Each line is a bearer token; one with `admin:` before it may also acknowledge. */
      token_file: secretFile.optional(),
    })
    .superRefine((api, context) => {
      if (api.listen === undefined) return;
      const wants = (key: keyof typeof api, message: string) =>
        context.addIssue({ code: 'custom', path: [key], message });
      for (const key of ['cert_file', 'key_file'] as const) {
        if (api[key] === undefined) wants(key, 'name it: with listen, TLS is a must');
      }
      if (api.client_ca_file === undefined && api.token_file === undefined) {
        wants('token_file', 'name it or client_ca_file: clients must show who they are');
      }
    })
    .prefault({}),
  log: z
    .strictObject({
      level: z
        .enum(LOG_LEVELS)
        .default('info')
        .describe(`one of ${LOG_LEVELS.join(', ')}`),
    })
    .prefault({}),
});

export type Config = Omit<z.output<typeof configSchema>, 'adapters' | 'source'> & {
  source: string;
  /** At most one is primary, and if there are any, one is. Kinds add keys of their own. */
  adapters: AdapterSettings[];
};

export type GroupSelection = Config['groups'];

/** Is the group watched? exclude wins. */
export function watchesGroup(groups: GroupSelection, group: string): boolean {
  const matches = (patterns: string[]) => patterns.some(one => globMatches(one, group));
  return matches(groups.include) && !matches(groups.exclude);
}

/** The budget of a group's failovers, ms. */
export function budgetMs(config: Pick<Config, 'budget_ms' | 'groups'>, group: string): number {
  const own = config.groups.budget_ms;
  return (Object.hasOwn(own, group) ? own[group] : undefined) ?? config.budget_ms;
}
