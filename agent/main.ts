/**
 * The daemon: frames come in from the helper, notices go out to the adapters. This file and main/middle.ts alone import
 * the rooms.
 *
 * What must go left again (records, acknowledgements, drills, our own sight) re-enters as an observation of `self`.
 */
import { hostname } from 'node:os';
import path from 'node:path';
import { createAdapter } from './adapters/index.ts';
import type { Config } from './config.ts';
import { serveApi } from './control/http/server.ts';
import { serveControl } from './control/server.ts';
import { type Log, type LogSink, openLog } from './log.ts';
import { Daemon } from './main/daemon.ts';
import { Middle } from './main/middle.ts';
import { Recorder } from './main/recording/recorder.ts';
import { recordedSettings } from './main/recording/settings.ts';
import { readSaved, type Saved } from './main/store.ts';
import { openOutbox } from './outbox/index.ts';
import { bootId, monotonicUs, wallOffsetUs } from './time.ts';

export interface AgentOptions {
  /** Ends the agent in good order. */
  signal: AbortSignal;
  version: string;
  /** Default: stderr, at the configured level. */
  logging?: LogSink;
}

export interface Agent {
  /** Resolved when everything is closed after the signal. */
  readonly ended: Promise<void>;
}

/** @throws Error when a socket, the spool or an adapter's file cannot be had, with what to do about it */
export async function startAgent(config: Config, options: AgentOptions): Promise<Agent> {
  const { log, hide, flush } = options.logging ?? openLog({ level: config.log.level });
  const { source, state_dir: dir, run_dir, budget_ms } = config;
  const early: ((daemon: Daemon) => void)[] = [];
  let tell = (what: (daemon: Daemon) => void): void => void early.push(what);
  const host = hostname();
  const destinations = await Promise.all(
    config.adapters.map(one => {
      const report = (state: 'ok' | 'failed', reason: string) =>
        tell(daemon => daemon.escalation(one.name, state, reason));
      return createAdapter(one, { source, host, state_dir: dir, log, hide, report }).catch(
        error => {
          throw new Error(`adapter ${one.name}: ${(error as Error).message}`, { cause: error });
        },
      );
    }),
  );
  let middle: Middle | null = null;
  const outbox = await openOutbox({
    dir,
    source,
    destinations,
    budget_ms,
    limits: limitsOf(config.outbox),
    log,
    active: () => middle?.activeChanges ?? [],
    onTold: told => tell(daemon => daemon.told(told)),
    onState: (...state) => tell(daemon => daemon.spool(...state)),
    onDelivery: state => tell(daemon => daemon.delivery(state)),
  });
  const restored = restore(outbox.recovered.state, config, log);
  middle = restored.middle;
  const { version } = options;
  const crash = process.env.PATHWARDEN_CRASH === '1';
  const { saved } = restored;
  const recorder = recorderOf(config, middle, { version, host, log });
  const running = new Daemon({ config, version, log, crash, middle, outbox, saved, recorder });
  tell = what => what(running);
  for (const what of early.splice(0)) tell(what);
  const { model } = running;
  const onLeave = (client: number) => running.leave(client);
  const control = await serveControl({ run_dir, model, onLeave, log }).catch(async error => {
    await outbox.close();
    throw error;
  });
  const api = await serveApi({ run_dir, api: config.api, model: running.api, log, hide }).catch(
    async error => {
      await Promise.all([control.close(), outbox.close()]);
      throw error;
    },
  );
  running.start(control, api);
  const { lost, unclean } = outbox.recovered;
  if (lost) outbox.rebuilt('the spool was lost; alarms are raised anew');
  else if (restored.unusable) {
    outbox.rebuilt('what the agent knew could not be used; alarms are raised anew');
  } else if (unclean) {
    outbox.rebuilt('the agent was ended at once; what came marked uncommitted may be void');
  }
  const ended = new Promise<void>(resolve => {
    const stop = () =>
      running
        .stop()
        .then(() => flush())
        .then(resolve, resolve);
    if (options.signal.aborted) stop();
    else options.signal.addEventListener('abort', stop, { once: true });
  });
  return { ended };
}

const limitsOf = ({ max_mib, max_age_h, max_notices }: Config['outbox']) => ({
  disk_bytes: max_mib * 2 ** 20,
  age_ms: max_age_h * 3_600_000,
  notices: max_notices,
});

function recorderOf(
  config: Config,
  middle: Middle,
  { version, host, log }: { version: string; host: string; log: Log },
): Recorder | null {
  const { enabled, max_mib, keep } = config.recording;
  if (!enabled) return null;
  const settings = recordedSettings(config);
  return new Recorder({
    folder: path.join(config.state_dir, 'recordings'),
    limits: { bytes: max_mib * 2 ** 20, files: keep },
    memory: () => middle.topology.memory,
    log,
    head: () => {
      const now = monotonicUs();
      const { boot_id, wall_us } = middle.stampOf(now);
      return { version, host, boot_id, wall_offset_us: wall_us - now, config: settings };
    },
  });
}

/** A state that cannot be used is as good as none: what is wrong now is seen again, and raised anew. */
function restore(
  state: unknown,
  config: Config,
  log: Log,
): { middle: Middle; saved: Saved | null; unusable: boolean } {
  const now = monotonicUs();
  const here = { config, boot_id: bootId(), wall_offset_us: wallOffsetUs(), now, crash: false };
  try {
    const saved = readSaved(state);
    return { middle: new Middle({ ...here, saved }), saved, unusable: false };
  } catch (error) {
    log.error({ err: error }, 'the stored state cannot be used; the agent begins without it');
    return { middle: new Middle({ ...here, saved: null }), saved: null, unusable: true };
  }
}
