/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays of md as /sys/block has them. root: "", or the folder that a test has made instead. */
#ifndef PATHWARDEN_MD_READ_H
#define PATHWARDEN_MD_READ_H

#include "frame.h"

/*
 * False: there is no array of that name, or it is not assembled. *all_members: there are no more than the
 * frame has room for.
 */
bool md_read(const char *root, const char *name, struct frame_md *out, bool *all_members);

/* Both say that it runs, and differ by whether somebody writes to it: the kernel changes it back and forth.
 */
bool md_both_run(const char *state, const char *other);

#endif
