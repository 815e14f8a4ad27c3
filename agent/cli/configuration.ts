/** The configuration with the adapters' own keys checked, too. Loaded only by the verbs that need it, for a quick start. */
import { adapterSchemas } from '../adapters/index.ts';
import { formatProblems, type Loaded, loadConfig } from '../config.ts';

export { formatProblems };

/** file null: the default one, which may be missing. */
export const readConfig = async (file: string | null): Promise<Loaded> =>
  loadConfig(file, adapterSchemas);
