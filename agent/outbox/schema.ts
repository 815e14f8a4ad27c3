/** The tables of the spool, and how those of earlier versions become these. */
import type { DatabaseSync } from 'node:sqlite';

/** PRAGMA user_version of what this program writes. */
export const VERSION = 2;

/**
 * notice.state: 0 waiting, 1 dead. A change is kept while the journal or a notice needs it. No foreign keys: they would
 * look each change up once more with every write.
 */
const TABLES = `
  CREATE TABLE change (n INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
  CREATE TABLE notice (
    n INTEGER PRIMARY KEY,
    adapter TEXT NOT NULL,
    place INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    alarm_id TEXT NOT NULL,
    change INTEGER,
    body TEXT,
    put_wall_us INTEGER NOT NULL,
    state INTEGER NOT NULL,
    near INTEGER NOT NULL,
    opens INTEGER NOT NULL,
    clears INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    error TEXT
  ) STRICT;
  CREATE INDEX notice_turn ON notice (adapter, state, near, place);
  CREATE INDEX notice_alarm ON notice (adapter, alarm_id);
  CREATE INDEX notice_change ON notice (change);
  CREATE TABLE route (
    adapter TEXT NOT NULL,
    alarm_id TEXT NOT NULL,
    PRIMARY KEY (adapter, alarm_id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
`;

/**
 * Version 1 stored a change with each notice, told every adapter of everything, and its changes had no hops. That any of
 * its notices may have been sent is all that is known.
 */
const FROM_1 = `
  CREATE TEMP TABLE first_of AS SELECT key, MIN(n) AS n FROM notice_1 WHERE json_valid(body) GROUP BY key;
  INSERT INTO change (n, body)
    SELECT old.n, json_set(body,
      '$.held', json('false'),
      '$.hops', json_object('event_us', NULL, 'frame_us', NULL, 'observed_us', NULL, 'alarm_us',
        COALESCE(body ->> '$.alarm.alarmClearedTime.mono_us', body ->> '$.alarm.alarmChangedTime.mono_us',
          body ->> '$.alarm.alarmRaisedTime.mono_us', 0)),
      '$.alarm.alarmAcknowledgedTime', NULL, '$.alarm.ackUser', NULL, '$.alarm.maintenance', NULL)
    FROM notice_1 AS old JOIN first_of USING (n);
  INSERT INTO notice
    SELECT old.n, adapter, old.n, sequence, alarm_id, first_of.n, NULL, put_wall_us, 0, 1,
      body ->> '$.kind' = 'raised', body ->> '$.kind' = 'cleared', 0, NULL
    FROM notice_1 AS old JOIN first_of USING (key);
  DROP TABLE first_of;
  DROP TABLE notice_1;
`;

/**
 * Makes the tables, or those of version 1 into these. `told_before` of meta: adapters know every alarm that was raised
 * before, µs since 1970. To be called in a transaction. @throws Error of SQLite; nothing is done then
 */
export function prepare(db: DatabaseSync, from: number, now_wall_us: number): void {
  if (from === VERSION) return;
  if (from === 1) db.exec('ALTER TABLE notice RENAME TO notice_1');
  db.exec(TABLES);
  if (from === 1) {
    db.exec(FROM_1);
    db.prepare("INSERT OR REPLACE INTO meta VALUES ('told_before', ?)").run(String(now_wall_us));
  }
}
