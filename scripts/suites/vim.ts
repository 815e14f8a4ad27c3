/** The suite `vim`: each file of test/vim against a VIM of its own, real OpenStack and brokers from Debian's packages. */
import { preparedSuite } from './prepared.ts';

/** A file may start OpenStack more than once. */
export const vim = preparedSuite('vim', 600);
