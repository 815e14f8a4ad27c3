/** JSON Schemas of what is asked and answered: they check requests, write answers, and make the OpenAPI document. */
import type { AlarmResource, FailoverResource } from './data.ts';
import type { ProblemDetails } from './problem.ts';

type Properties<T> = Record<keyof T, object>;

const time = { type: 'string', format: 'date-time' };
const maybeTime = { type: ['string', 'null'], format: 'date-time' };
const text = { type: 'string' };
const maybeText = { type: ['string', 'null'] };
const count = { type: 'integer', minimum: 0 };
const truth = { type: 'boolean' };

const object = <T>(properties: Properties<T>, more: object = {}) => ({
  type: 'object',
  required: Object.keys(properties),
  additionalProperties: false,
  properties,
  ...more,
});

const SEVERITIES = ['CRITICAL', 'MAJOR', 'MINOR', 'WARNING', 'INDETERMINATE', 'CLEARED'];
const severity = `(${SEVERITIES.join('|')})`;
const verdict = { type: 'string', enum: ['PASS', 'FAIL', 'INCONCLUSIVE', 'NOT_MEASURED'] };
const cutSource = {
  type: 'string',
  enum: ['drill', 'carrier', 'last_progress', 'netlink', 'switch'],
};
const ackState = { type: 'string', enum: ['UNACKNOWLEDGED', 'ACKNOWLEDGED'] };

export const problemSchema = {
  $id: 'Problem',
  description: 'RFC 9457',
  ...object<ProblemDetails>({ type: text, title: text, status: { type: 'integer' }, detail: text }),
};

export const alarmSchema = {
  $id: 'Alarm',
  description: 'X.733; names as ETSI GS NFV-SOL 003 uses them',
  ...object<AlarmResource>({
    id: { ...text, description: 'new with each raise' },
    type: { ...text, description: 'of the catalogue, e.g. link-down' },
    managedObjectId: { ...text, description: 'e.g. leg/ens1f0' },
    perceivedSeverity: { type: 'string', enum: SEVERITIES },
    eventType: {
      type: 'string',
      enum: [
        'COMMUNICATIONS_ALARM',
        'PROCESSING_ERROR_ALARM',
        'ENVIRONMENTAL_ALARM',
        'QOS_ALARM',
        'EQUIPMENT_ALARM',
      ],
    },
    probableCause: text,
    alarmRaisedTime: time,
    alarmChangedTime: maybeTime,
    alarmClearedTime: maybeTime,
    ackState,
    alarmAcknowledgedTime: maybeTime,
    ackUser: maybeText,
    eventTime: { ...time, description: 'when the thing itself happened' },
    isRootCause: truth,
    correlatedAlarmIds: { type: 'array', items: text },
    faultDetails: { type: 'array', items: text },
    clearCause: {
      type: ['string', 'null'],
      enum: ['condition-ended', 'subject-gone', 'superseded', null],
    },
    drill: { ...maybeText, description: 'the drill that caused it' },
    failover: { ...maybeText, description: 'the failover record that it belongs to' },
    maintenance: { ...maybeText, description: 'the reason of the maintenance it came in' },
    revision: { ...count, description: "counts the alarm's changes; its ETag" },
    held: { ...truth, description: 'maintenance holds its notices back' },
  }),
};

export const failoverSchema = {
  $id: 'Failover',
  description: 'One failover of a path group; figures in µs',
  ...object<FailoverResource>({
    id: text,
    group: text,
    kind: { type: 'string', enum: ['ecmp', 'nexthop_group', 'bond', 'team'] },
    opened: time,
    state: { type: 'string', enum: ['open', 'closed', 'incomplete'] },
    budget_ms: count,
    strategy: text,
    nudge: text,
    drill: maybeText,
    legs: {
      type: 'array',
      items: object({ leg: text, lost: time, healed: maybeTime, source: cutSource }),
    },
    cut: object({ time, source: cutSource, uncertainty_us: { type: 'number' } }),
    seen: maybeTime,
    switched: maybeTime,
    announced: maybeTime,
    flowing: maybeTime,
    told: maybeTime,
    gap_us: { type: ['number', 'null'] },
    phases: object(
      {
        detection_us: { type: ['number', 'null'] },
        switch_us: { type: ['number', 'null'] },
        announcement_us: { type: ['number', 'null'] },
        recovery_us: { type: ['number', 'null'] },
      },
      { type: ['object', 'null'] },
    ),
    gap_below_spacing: truth,
    spacing_us: { type: ['number', 'null'] },
    flows: {
      type: 'array',
      items: object({
        flow: text,
        leg_out_before: maybeText,
        leg_in_before: maybeText,
        leg_out_after: maybeText,
        leg_in_after: maybeText,
        gap_us: { type: ['number', 'null'] },
        spacing_us: { type: ['number', 'null'] },
        switched: maybeTime,
        flowing: maybeTime,
      }),
    },
    verdict,
    reason: text,
    told_verdict: verdict,
    back: object(
      {
        healed: time,
        switched: maybeTime,
        flowing: maybeTime,
        gap_us: { type: ['number', 'null'] },
        verdict,
        reason: text,
      },
      { type: ['object', 'null'] },
    ),
    steered: object(
      {
        time,
        how: { type: 'string', enum: ['active-member', 'route', 'link-down'] },
        from: text,
        to: maybeText,
      },
      { type: ['object', 'null'] },
    ),
    findings: { type: 'array', items: text },
  }),
};

export const alarmList = object({
  alarms: { type: 'array', items: { $ref: 'Alarm#' } },
  next: { ...maybeText, description: 'the next page; null: there is none' },
  position: { ...maybeText, description: '`after` of a stream that goes on from this list' },
});

export const failoverList = object({
  failovers: { type: 'array', items: { $ref: 'Failover#' } },
});

export const health = object({
  status: { type: 'string', enum: ['healthy', 'unhealthy'] },
  reasons: { type: 'array', items: text },
});

const pattern = { type: 'string', minLength: 1, maxLength: 256 };

const filters = {
  severity: {
    type: 'string',
    pattern: `^${severity}(,${severity})*$`,
    description: 'one or several, with commas',
  },
  type: { ...pattern, description: '* stands for anything' },
  object: { ...pattern, description: 'managedObjectId; * stands for anything' },
  root: { ...truth, description: 'root causes, or those that have one' },
  acknowledged: truth,
  drill: { ...truth, description: 'caused by a drill' },
};

const query = (properties: object) => ({
  type: 'object',
  additionalProperties: false,
  properties,
});

export const noQuery = query({});
export const alarmsQuery = query({
  ...filters,
  all: { ...truth, default: false, description: 'also those that were cleared lately' },
  limit: { type: 'integer', minimum: 1, maximum: 500, default: 100 },
  cursor: { type: 'string', minLength: 1, maxLength: 512, description: 'of `next`' },
});
const position = { type: 'string', maxLength: 64, pattern: '^\\d{1,15}(-[0-9a-f]{16})?$' };
export const streamQuery = query({
  ...filters,
  after: { ...position, description: 'a position; Last-Event-ID is heeded before it' },
});
export const streamHeaders = {
  type: 'object',
  properties: { 'last-event-id': { ...position, description: 'the last event that was seen' } },
};
export const failoversQuery = query({
  limit: { type: 'integer', minimum: 1, maximum: 500, default: 20 },
});

export const alarmParams = {
  type: 'object',
  required: ['id'],
  properties: { id: { type: 'string', minLength: 1, maxLength: 128 } },
};

/** RFC 7396 over an alarm, of which only this can be changed. */
export const alarmPatch = {
  type: 'object',
  required: ['ackState'],
  additionalProperties: false,
  properties: {
    ackState,
    ackUser: { type: 'string', minLength: 1, maxLength: 128, description: 'who does it' },
  },
};
export const patchHeaders = {
  type: 'object',
  properties: { 'if-match': { type: 'string', maxLength: 64, description: "the alarm's ETag" } },
};
