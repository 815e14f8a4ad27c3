/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PATHWARDEN_BLOCK_STATUS_H
#define PATHWARDEN_BLOCK_STATUS_H

/* The errno's name of a blk_status_t, or of the negative errno that kernels before 5.16 have in its place. */
const char *block_status_name(int status);

#endif
