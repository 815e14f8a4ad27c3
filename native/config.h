/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The root-owned configuration: lines `key = value`, `#` begins a comment line. What the helper may change on
 * the host (nudge_operstate, steer, restore_nexthops) is decided here and on root's command line only, never
 * by a client.
 */
#ifndef PATHWARDEN_CONFIG_H
#define PATHWARDEN_CONFIG_H

#include <stddef.h>
#include "source.h"

#define CONFIG_PATH "/etc/pathwarden/helper.conf"
#define CONFIG_WHY_MAX 256

/* carrier auto, nudge auto, operstate nudge for legs, 2000 µs, any CPU, the default socket, users as
 * installed. */
void config_defaults(struct helper_options *o);

/* One setting, from a file or the command line. 0, or -EINVAL with what was expected in why. */
int config_set(struct helper_options *o, const char *key, const char *value, char why[CONFIG_WHY_MAX]);

/*
 * Reads a file. A file that is not there is -ENOENT; one that somebody other than root may write is -EPERM; a
 * mistake is -EINVAL. why then names file, line, key and remedy.
 */
int config_read(struct helper_options *o, const char *path, char why[CONFIG_WHY_MAX]);

#endif
