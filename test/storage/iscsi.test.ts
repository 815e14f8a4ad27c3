/** iSCSI between user-space ends: tgtd and libiscsi. */
import { failovers } from './failovers.ts';

failovers('iscsi');
