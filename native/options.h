/* SPDX-License-Identifier: Apache-2.0 */
/* The command line over the configuration file over the defaults. */
#ifndef PATHWARDEN_OPTIONS_H
#define PATHWARDEN_OPTIONS_H

#include "source.h"

/* Exit codes; options_parse() prints them in --help. 0 and 1 are EXIT_SUCCESS and EXIT_FAILURE. */
enum {
	EXIT_USAGE = 2,
	EXIT_SOCKET = 3,
	EXIT_ALREADY_RUNNING = 4,
	EXIT_PRIVILEGE = 5,
};

#define OPTIONS_RUN (-1)

/* OPTIONS_RUN, or the code to exit with: --help and --version were served, or the mistake has been told. */
int options_parse(int argc, char **argv, struct helper_options *out);

#endif
