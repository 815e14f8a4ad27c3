/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "config.h"
#include "options.h"

static const char usage[] =
    "Usage: pathwarden-helper [option…]\n"
    "Watches links, routes, storage connections and leg probes of this network namespace and serves what it "
    "sees\n"
    "as frames on a unix socket.\n"
    "\n"
    "  --watch                    print the frames as text on stdout instead; serve nobody\n"
    "  --config FILE              settings (default " CONFIG_PATH ", if it is there)\n"
    "\n"
    "Each of these is also a key of the settings file, written with _ for -; the command line wins:\n"
    "  --socket PATH              default /run/pathwarden/helper.sock\n"
    "  --agent-user NAME|UID      who may connect besides root (default pathwarden-agent, else nobody)\n"
    "  --user NAME|UID:GID        whom to run as once started (default pathwarden, else 65534:65534)\n"
    "  --carrier STRATEGY         auto, fentry, timer, getlink, rtnl: how to see carrier loss (default\n"
    "                             auto)\n"
    "  --carrier-interval-us N    1000..10000: how often strategy timer looks (default 2000)\n"
    "  --housekeeping-cpu N|any   where BPF timers run (default any)\n"
    "  --nudge METHOD             auto, ask, operstate, off: make the kernel act on carrier loss (default "
    "auto)\n"
    "  --nudge-operstate WHO      legs, never: whether the nudge may write operstate (default legs)\n"
    "  --steer GROUP [link-down]  once for each group that may be steered off a leg on request:\n"
    "                             ecmp:ADDRESS/LENGTH[@TABLE], nhg:ID, bond:NAME, team:NAME; link-down: by\n"
    "                             taking our own end of a direct cable down; none: not those named before\n"
    "  --steer-hold-ms N          1000..3600000: how long a leg must be well before it is used again\n"
    "                             (default 10000)\n"
    "  --restore-nexthops nhg:ID  once for each group of next hop objects that is put back as it was, with "
    "its\n"
    "                             routes, when the kernel has deleted it with a link and the link is back;\n"
    "                             none: not those named before\n"
    "\n"
    "  --help, --version\n"
    "\n"
    "Exit codes: 0 ended by SIGTERM, SIGINT or --watch's reader; 1 no memory or a kernel interface that "
    "nothing\n"
    "works without; 2 usage or settings; 3 the socket cannot be made; 4 another helper serves there "
    "already;\n"
    "5 privilege could not be given up. A source that the kernel cannot serve is no error: it is named in "
    "hello.\n";

enum { OPTION_SETTING = 1, OPTION_CONFIG, OPTION_WATCH, OPTION_HELP, OPTION_VERSION };

static const struct option long_options[] = {
    {"socket", required_argument, NULL, OPTION_SETTING},
    {"agent-user", required_argument, NULL, OPTION_SETTING},
    {"agent-uid", required_argument, NULL, OPTION_SETTING},
    {"user", required_argument, NULL, OPTION_SETTING},
    {"carrier", required_argument, NULL, OPTION_SETTING},
    {"carrier-interval-us", required_argument, NULL, OPTION_SETTING},
    {"housekeeping-cpu", required_argument, NULL, OPTION_SETTING},
    {"nudge", required_argument, NULL, OPTION_SETTING},
    {"nudge-operstate", required_argument, NULL, OPTION_SETTING},
    {"steer", required_argument, NULL, OPTION_SETTING},
    {"steer-hold-ms", required_argument, NULL, OPTION_SETTING},
    {"restore-nexthops", required_argument, NULL, OPTION_SETTING},
    {"config", required_argument, NULL, OPTION_CONFIG},
    {"watch", no_argument, NULL, OPTION_WATCH},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {0},
};

static int refuse(const char *why)
{
	fprintf(stderr, "pathwarden-helper: %s\n", why);
	return EXIT_USAGE;
}

static int apply(struct helper_options *o, const char *name, const char *value)
{
	char key[32], why[CONFIG_WHY_MAX], message[CONFIG_WHY_MAX + 48];

	snprintf(key, sizeof(key), "%s", strcmp(name, "agent-uid") ? name : "agent-user");
	for (char *c = key; *c; c++)
		if (*c == '-')
			*c = '_';
	if (!config_set(o, key, value, why))
		return OPTIONS_RUN;
	snprintf(message, sizeof(message), "--%s: %s", name, why);
	return refuse(message);
}

/* getopt_long over all arguments: once for what decides where settings come from, once for the settings. */
static int pass(int argc, char **argv, struct helper_options *o, const char **config, bool settings)
{
	int index = 0, option, r = OPTIONS_RUN;

	optind = 1;
	opterr = !settings;
	while (r == OPTIONS_RUN && (option = getopt_long(argc, argv, "", long_options, &index)) != -1) {
		switch (option) {
		case OPTION_SETTING:
			if (settings)
				r = apply(o, long_options[index].name, optarg);
			break;
		case OPTION_CONFIG:
			*config = optarg;
			break;
		case OPTION_WATCH:
			o->watch = true;
			break;
		case OPTION_HELP:
			fputs(usage, stdout);
			return EXIT_SUCCESS;
		case OPTION_VERSION:
			puts("pathwarden-helper " PATHWARDEN_VERSION);
			return EXIT_SUCCESS;
		default:
			return refuse("try --help");
		}
	}
	if (r == OPTIONS_RUN && optind < argc)
		return refuse("takes options only; try --help");
	return r;
}

int options_parse(int argc, char **argv, struct helper_options *out)
{
	const char *config = NULL;
	char why[CONFIG_WHY_MAX];
	int r;

	config_defaults(out);
	r = pass(argc, argv, out, &config, false);
	if (r != OPTIONS_RUN)
		return r;
	r = config_read(out, config ? config : CONFIG_PATH, why);
	if (r && (r != -ENOENT || config))
		return refuse(why);
	return pass(argc, argv, out, &config, true);
}
