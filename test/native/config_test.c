/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/wait.h>
#include "check.h"
#include "encoder.h"
#include "../../native/config.c"
#include "../../native/steer_group.c"
#include "../../native/user.c"

static char folder[] = "/tmp/pathwarden-config-XXXXXX";
static char path[64];
static char why[CONFIG_WHY_MAX];
static struct helper_options options;

static int read_text(const char *text, mode_t mode)
{
	FILE *file = fopen(path, "w");

	fputs(text, file);
	fclose(file);
	chmod(path, mode);
	config_defaults(&options);
	why[0] = '\0';
	return config_read(&options, path, why);
}

static void reads_every_key(void)
{
	CHECK(read_text("# comment\n\n carrier = getlink \nnudge=off\nnudge_operstate = never\n"
			"carrier_interval_us = 5000\nhousekeeping_cpu = 0\nagent_user = 1234\nuser = 55:66\n"
			"socket = /run/x/y.sock",
			0644) == 0);
	CHECK_TEXT(why, "");
	CHECK_TEXT(options.strategy, "getlink");
	CHECK_TEXT(options.nudge, "off");
	CHECK(!options.allow_operstate && options.carrier_interval_us == 5000 &&
	      options.housekeeping_cpu == 0);
	CHECK(options.agent_uid == 1234 && options.run_uid == 55 && options.run_gid == 66);
	CHECK_TEXT(options.socket_path, "/run/x/y.sock");
	free((char *)options.socket_path);
}

static void names_line_key_and_remedy(void)
{
	char expected[CONFIG_WHY_MAX];

	CHECK(read_text("\nnudge = maybe\n", 0644) == -EINVAL);
	snprintf(expected, sizeof(expected),
		 "%s:2: nudge: expected one of auto, ask, operstate, off; got \"maybe\"", path);
	CHECK_TEXT(why, expected);
	CHECK(read_text("carrier_interval_us = 10us\n", 0644) == -EINVAL);
	snprintf(expected, sizeof(expected),
		 "%s:1: carrier_interval_us: expected a number from 1000 to 10000; got \"10us\"", path);
	CHECK_TEXT(why, expected);
	CHECK(read_text("carier = auto\n", 0644) == -EINVAL);
	CHECK(strstr(why, ":1: carier: no such key") != NULL);
	CHECK(read_text("carrier\n", 0644) == -EINVAL);
	CHECK(strstr(why, "expected `key = value`") != NULL);
	CHECK(read_text("socket = relative\n", 0644) == -EINVAL);
	CHECK(read_text("user = no-such-user-anywhere\n", 0644) == -EINVAL);
	CHECK(read_text("user = 1:x\n", 0644) == -EINVAL);
	CHECK(read_text("user = 4294967295\n", 0644) == -EINVAL);
}

static void reads_what_may_be_steered(void)
{
	char many[2048] = "";

	CHECK(read_text("steer = ecmp:10.77.9.2/32 link-down\nsteer = bond:bond0\nsteer = bond:bond0\n"
			"steer_hold_ms = 60000\n",
			0644) == 0);
	CHECK(options.steer_count == 2 && options.steer_hold_ms == 60000);
	CHECK(options.steer[0].link_down && !options.steer[1].link_down);
	CHECK_TEXT(options.steer[0].group.id, "ecmp:10.77.9.2/32");
	CHECK_TEXT(options.steer[1].group.id, "bond:bond0");
	/* Nothing, unless it is said. */
	CHECK(read_text("", 0644) == 0);
	CHECK(options.steer_count == 0 && options.steer_hold_ms == 10000);
	CHECK(read_text("steer = bond:bond0\nsteer = none\nsteer = nhg:3\n", 0644) == 0);
	CHECK(options.steer_count == 1 && options.steer[0].group.nhid == 3);
	CHECK(read_text("steer = bond0\n", 0644) == -EINVAL);
	CHECK(strstr(why, ":1: steer: expected ecmp:ADDRESS/LENGTH") != NULL);
	CHECK(read_text("steer = bond:bond0 link-down\n", 0644) == -EINVAL);
	CHECK(read_text("steer = ecmp:10.77.9.2/32 up\n", 0644) == -EINVAL);
	CHECK(read_text("steer_hold_ms = 999\n", 0644) == -EINVAL);
	CHECK(read_text("steer_hold_ms = 3600001\n", 0644) == -EINVAL);
	for (int i = 0; i <= STEER_GROUPS_MAX; i++)
		snprintf(many + strlen(many), sizeof(many) - strlen(many), "steer = nhg:%d\n", i + 1);
	CHECK(read_text(many, 0644) == -EINVAL);
	CHECK(options.steer_count == STEER_GROUPS_MAX);
}

static void reads_what_may_be_restored(void)
{
	char many[2048] = "";

	CHECK(read_text("", 0644) == 0);
	CHECK(options.restore_count == 0);
	CHECK(read_text("restore_nexthops = nhg:10\nrestore_nexthops = nhg:10\n"
			"restore_nexthops = nhg:11\n",
			0644) == 0);
	CHECK(options.restore_count == 2 && options.restore[1].group.nhid == 11);
	CHECK(read_text("restore_nexthops = nhg:10\nrestore_nexthops = none\n", 0644) == 0);
	CHECK(options.restore_count == 0);
	CHECK(read_text("restore_nexthops = ecmp:10.0.0.0/8\n", 0644) == -EINVAL);
	CHECK(strstr(why, "expected nhg:ID or none") != NULL);
	for (int i = 0; i <= STEER_GROUPS_MAX; i++)
		snprintf(many + strlen(many), sizeof(many) - strlen(many), "restore_nexthops = nhg:%d\n",
			 i + 1);
	CHECK(read_text(many, 0644) == -EINVAL);
	CHECK(options.restore_count == STEER_GROUPS_MAX);
}

static void refuses_a_file_that_others_may_write(void)
{
	CHECK(read_text("nudge = off\n", 0664) == -EPERM);
	CHECK(strstr(why, "only root may be able to write it") != NULL);
	CHECK(read_text("nudge = off\n", 0646) == -EPERM);
	CHECK(read_text("nudge = off\n", 0600) == 0);
	CHECK(chown(path, 1, 1) == 0);
	config_defaults(&options);
	CHECK(config_read(&options, path, why) == -EPERM);
	unlink(path);
	CHECK(config_read(&options, path, why) == -ENOENT);
}

static void refuses_an_endless_line(void)
{
	static char text[2 * CONFIG_LINE_MAX + 1];

	memset(text, 'x', sizeof(text) - 1);
	CHECK(read_text(text, 0644) == -EINVAL);
	CHECK(strstr(why, ":1: line longer than") != NULL);
}

int main(void)
{
	if (geteuid() != 0) {
		puts("1..0 # SKIP needs root: the file must be root's");
		return 0;
	}
	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof(path), "%s/helper.conf", folder);
	RUN(reads_every_key);
	RUN(names_line_key_and_remedy);
	RUN(reads_what_may_be_steered);
	RUN(reads_what_may_be_restored);
	RUN(refuses_a_file_that_others_may_write);
	RUN(refuses_an_endless_line);
	unlink(path);
	rmdir(folder);
	return check_done();
}
