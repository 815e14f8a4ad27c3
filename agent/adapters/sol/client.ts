/** POSTs notifications to the callback of a subscription; its status is the answer. */
export { createPoster as createSol } from '../shared/poster.ts';
