/** The agent's configuration: what it may say (config/schema.ts), its defaults, and what is wrong with a file. */

export {
  type AdapterSchemas,
  DEFAULT_CONFIG_PATH,
  formatProblems,
  type Loaded,
  loadConfig,
  type Problem,
  parseConfig,
} from './config/load.ts';
export {
  type AdapterSettings,
  adapterKeys,
  budgetMs,
  type Config,
  type GroupSelection,
  type Route,
  watchesGroup,
} from './config/schema.ts';
