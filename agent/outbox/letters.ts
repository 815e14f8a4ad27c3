/** The notices that wait or were refused, as an operator sees and handles them. */
import type { AlarmChange } from '../types.ts';
import type { Letter } from './api.ts';
import type { Committer } from './committer.ts';
import type { Entry } from './entry.ts';
import type { Post } from './post.ts';
import type { Spool } from './spool.ts';
import type { StoredNotice } from './spool-protocol.ts';

export class Letters {
  readonly #spool: Spool;
  readonly #committer: Committer;
  readonly #posts: readonly Post[];
  /** One act after the other: two at the same letter would both find it on disk. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(spool: Spool, committer: Committer, posts: readonly Post[]) {
    this.#spool = spool;
    this.#committer = committer;
    this.#posts = posts;
  }

  async list(of: { state?: Letter['state']; adapter?: string; limit: number }): Promise<Letter[]> {
    await this.#committer.writer.flush();
    const names = this.#posts.map(({ destination }) => destination.name);
    const rows = await this.#spool.ask('letters', {
      adapters: names.filter(name => of.adapter === undefined || of.adapter === name),
      state: of.state ?? null,
      limit: of.limit,
    });
    return rows.map(letterOf);
  }

  retry(numbers: readonly number[]): Promise<number> {
    return this.#inTurn(() => this.#retry(numbers));
  }

  drop(numbers: readonly number[]): Promise<number> {
    return this.#inTurn(() => this.#drop(numbers));
  }

  #inTurn(act: () => Promise<number>): Promise<number> {
    const done = this.#turn.then(act);
    this.#turn = done.catch(() => {});
    return done;
  }

  async #retry(numbers: readonly number[]): Promise<number> {
    await this.#committer.writer.flush();
    const rows = await this.#spool.ask('dead', [...numbers]);
    const owed: { post: Post; entry: Entry }[] = [];
    const ends = new Set(rows.filter(row => row.clears).map(nameOf));
    for (const row of rows) {
      const post = this.#posts.find(({ destination }) => destination.name === row.adapter);
      // Alone it would be the last word about an alarm that is over.
      const lasting = ends.has(nameOf(row)) || !post?.hasEnded(row);
      const entry = lasting ? post?.again(row) : null;
      if (post && entry) owed.push({ post, entry });
    }
    const entries = owed.map(({ entry }) => entry);
    void this.#committer.commit(entries, () => {
      for (const { post, entry } of owed) post.release([entry]);
    });
    return owed.length;
  }

  async #drop(numbers: readonly number[]): Promise<number> {
    await this.#committer.writer.flush();
    const rows = await this.#spool.ask('drop', [...numbers]);
    for (const { n, adapter, state } of rows) {
      this.#posts.find(({ destination }) => destination.name === adapter)?.dropped(n, state);
    }
    return rows.length;
  }
}

const nameOf = ({ adapter, alarm_id }: StoredNotice) => `${adapter} ${alarm_id}`;

function letterOf(row: StoredNotice): Letter {
  const { n, adapter, state, put_wall_us, tries, error } = row;
  const common = { n, adapter, state, put_wall_us, tries, error };
  const body = JSON.parse(row.text);
  if (row.change === null) {
    return {
      ...common,
      key: body.key,
      type: 'alarm-list-rebuilt',
      object: 'host',
      kind: 'rebuilt',
    };
  }
  const { kind, revision, alarm } = body as AlarmChange;
  const key = `${alarm.id}/${revision}`;
  return { ...common, key, type: alarm.type, object: alarm.managedObjectId, kind };
}
