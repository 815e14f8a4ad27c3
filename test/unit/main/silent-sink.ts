import { type LogSink, silentLog } from '../../../agent/log.ts';

/** Where an agent under test logs to; with LOG_TESTS=1, the terminal. */
const shown = process.env.LOG_TESTS === '1';
const say = (fields: unknown, text?: string) => {
  if (shown) process.stderr.write(`${JSON.stringify(fields)} ${text ?? ''}\n`);
};

export const silentSink: LogSink = {
  log: { ...silentLog, error: say, warn: say, fatal: say, child: () => silentSink.log },
  setLevel: () => {},
  hide: () => {},
  dropped: () => 0,
  flush: async () => {},
};
