/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include "options.h"
#include "reader.h"
#include "user.h"

static const char usage[] = "Usage: pathwarden-reader [option…]\n"
			    "Reads what is slow or needs root (smartctl, nvme, ipmitool, SMBIOS, "
			    "hwmon, EDAC) and serves it as frames\n"
			    "on a unix socket. A tool that is not installed is no error: it is named "
			    "to whoever attaches.\n"
			    "\n"
			    "  --socket PATH              default /run/pathwarden/reader.sock\n"
			    "  --agent-user NAME|UID      who may connect besides root (default "
			    "pathwarden-agent, else nobody)\n"
			    "  --root FOLDER              tools and /sys lie below this folder, which "
			    "root alone may write\n"
			    "\n"
			    "  --help, --version\n"
			    "\n"
			    "Exit codes: 0 ended by SIGTERM or SIGINT; 1 no memory or a kernel "
			    "interface that nothing works without;\n"
			    "2 usage; 3 the socket cannot be made; 4 another reader serves there "
			    "already; 5 privilege could not be "
			    "given\n"
			    "up.\n";

enum { OPTION_SOCKET = 1, OPTION_AGENT_USER, OPTION_ROOT, OPTION_HELP, OPTION_VERSION };

static const struct option long_options[] = {
    {"socket", required_argument, NULL, OPTION_SOCKET},
    {"agent-user", required_argument, NULL, OPTION_AGENT_USER},
    {"root", required_argument, NULL, OPTION_ROOT},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {0},
};

static int refuse(const char *why)
{
	fprintf(stderr, "pathwarden-reader: %s\n", why);
	return EXIT_USAGE;
}

static int set_socket(struct reader_options *o, const char *value)
{
	if (value[0] != '/' || strlen(value) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return refuse("--socket: expected an absolute path of at most 107 bytes");
	o->socket_path = value;
	return OPTIONS_RUN;
}

static int set_agent_user(struct reader_options *o, const char *value)
{
	struct user user;

	if (user_parse(value, &user))
		return refuse("--agent-user: expected the name of a user in /etc/passwd, "
			      "or a number");
	o->agent_uid = user.uid;
	return OPTIONS_RUN;
}

/* What lies there is run as root. */
static int set_root(struct reader_options *o, const char *value)
{
	struct stat st;

	if (value[0] != '/' || strlen(value) > READER_PATH_MAX / 2 || stat(value, &st) ||
	    !S_ISDIR(st.st_mode))
		return refuse("--root: expected the absolute path of a folder");
	if (st.st_uid != 0 || st.st_mode & (S_IWGRP | S_IWOTH))
		return refuse("--root: others than root may write that folder");
	o->root = value;
	return OPTIONS_RUN;
}

int reader_options_parse(int argc, char **argv, struct reader_options *out)
{
	struct user user;
	int option, r = OPTIONS_RUN;

	*out = (struct reader_options){.socket_path = "/run/pathwarden/reader.sock", .root = ""};
	out->agent_uid = user_find("pathwarden-agent", &user) ? 0 : user.uid;
	while (r == OPTIONS_RUN && (option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (option) {
		case OPTION_SOCKET:
			r = set_socket(out, optarg);
			break;
		case OPTION_AGENT_USER:
			r = set_agent_user(out, optarg);
			break;
		case OPTION_ROOT:
			r = set_root(out, optarg);
			break;
		case OPTION_HELP:
			fputs(usage, stdout);
			return 0;
		case OPTION_VERSION:
			puts("pathwarden-reader " PATHWARDEN_VERSION);
			return 0;
		default:
			return refuse("try --help");
		}
	}
	if (r == OPTIONS_RUN && optind < argc)
		return refuse("takes options only; try --help");
	return r;
}
