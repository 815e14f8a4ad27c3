/** POSTs notifications to the callback of a subscription; its status is the answer. */
export { createPoster as createO2ims } from '../shared/poster.ts';
