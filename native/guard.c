/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pathwarden-guard: makes the cut of a drill, and undoes it whatever happens to the one who asked for it.
 * It runs as root in the network namespace of its caller, for the time of one drill.
 *
 *   run --kind admin-down|blackhole|carrier-off --ifindex N --hold-ms 1..600000 --plan FILE
 *       [--prime] [--direction both|in|out] [--attach auto|tcx|clsact]
 *   run --kind flap --ifindex N --flaps 1..1000 --period-ms 20..60000 --plan FILE [--prime]
 *   undo --plan FILE      restores what a dead guard left
 *   check --plan FILE     compares only
 *
 * The owner writes lines to stdin: `cut`, then possibly `heal`. The guard answers with one JSON object a
 * line:
 *
 *   {"event":"ready","pid":N,"attach":"tcx"|"clsact"|null,"warnings":[text]}   the plan is on disk
 *   {"event":"cut","t_us":T,"uncertainty_us":U}
 *         T: CLOCK_MONOTONIC just before the link was asked to go down, or when the blackhole was armed;
 *         the cut was complete at T + U
 *   {"event":"edge","t_us":T,"uncertainty_us":U,"up":bool}   flap: each edge between the cut, which is the
 *         first one, and the heal, which is the last one
 *   {"event":"healed","t_us":T,"uncertainty_us":U,"cause":"deadline"|"command"|"owner-died"|"signal",
 *    "hits":{"in":N,"out":N}|null,"differences":[text],"restored":[text],"owners":[text],"failures":[text],
 *    "carrier":bool|null,"plan_kept":bool}
 *         T: just before the link was asked to come up, or when the blackhole ended. Written once the state
 * is as before, or the time for that is over (guard_restore.c). owners: routes of routing daemons that differ
 * still; who made them puts them back, so they count neither as difference nor as restored
 *   {"event":"done"}
 *   {"event":"refused"|"error"|"warning","reason":text}
 *   {"event":"checked","differences":[text],"owners":[text],"carrier":bool}
 *   {"event":"discarded","reason":text}     undo: the plan is of another boot; it was deleted
 * A field or event that is not described here may be added; a reader skips it.
 *
 * The drill ends at its deadline (hold-ms after T of the cut; flap: half a period after the last time down),
 * on `heal`, at the end of stdin, on SIGTERM, SIGINT, SIGHUP or SIGQUIT, or when the parent dies. Before the
 * cut each of these ends it with nothing done.
 * Exit: 0 as before; 1 the system failed; 2 usage; 3 refused, nothing was changed; 4 differences are left
 * (the plan is kept if undo could still mend them); 5 invalid: no packet met the blackhole.
 */
#include "guard.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: pathwarden-guard run --kind admin-down|blackhole|carrier-off --ifindex N --hold-ms MS --plan "
    "FILE\n"
    "                            [--prime] [--direction both|in|out] [--attach auto|tcx|clsact]\n"
    "       pathwarden-guard run --kind flap --ifindex N --flaps N --period-ms MS --plan FILE [--prime]\n"
    "       pathwarden-guard undo --plan FILE\n"
    "       pathwarden-guard check --plan FILE\n"
    "\n"
    "Makes the cut of a drill in this network namespace and undoes it: at the deadline, on the line `heal`,\n"
    "at the end of stdin, on a signal, or when the parent process dies. Lines on stdin: cut, heal. Answers "
    "on\n"
    "stdout, one JSON object a line: ready, cut, edge, healed, done; refused, error, warning; checked,\n"
    "discarded.\n"
    "Times are microseconds of CLOCK_MONOTONIC.\n"
    "\n"
    "  --kind K        admin-down: the link is set down. blackhole: its packets vanish, the link stays up.\n"
    "                  carrier-off: its carrier is taken, where the driver lets us. flap: it is set down "
    "and\n"
    "                  up again and again\n"
    "  --ifindex N     the link\n"
    "  --hold-ms MS    1..600000, from the cut to the heal\n"
    "  --flaps N       1..1000 times down\n"
    "  --period-ms MS  20..60000, from one time down to the next; down for half of it. No more than 600000\n"
    "                  in all\n"
    "  --plan FILE     what is to be restored; a new file in a directory that only root can write.\n"
    "                  Deleted after a full restore\n"
    "  --prime         flap a throw-away tun first, and cut 150 ms later: the kernel's worst case\n"
    "  --direction D   blackhole: which packets (both)\n"
    "  --attach A      blackhole: tcx (from kernel 6.6 on) or clsact (auto)\n"
    "\n"
    "exit: 0 restored, 1 system failure, 2 usage, 3 refused, 4 differences left, 5 no packet met the "
    "blackhole\n";

static unsigned long least(int option)
{
	return option == 'm' ? PERIOD_MS_MIN : 1;
}

static unsigned long most(int option)
{
	switch (option) {
	case 'f':
		return FLAPS_MAX;
	case 'm':
		return PERIOD_MS_MAX;
	case 'h':
		return HOLD_MS_MAX;
	}
	return 0x7fffffff;
}

/* How long it holds is said in the way of its kind, and in no other. */
static bool take_time(struct guard_options *o)
{
	uint64_t flapping_ms = (o->flaps * 2ull - 1) * o->period_ms / 2;

	if (o->kind != CUT_FLAP)
		return o->hold_ms && !o->flaps && !o->period_ms;
	if (o->hold_ms || !o->flaps || !o->period_ms || flapping_ms > HOLD_MS_MAX)
		return false;
	o->hold_ms = (uint32_t)flapping_ms;
	return true;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
	    {"kind", required_argument, NULL, 'k'},	 {"ifindex", required_argument, NULL, 'i'},
	    {"hold-ms", required_argument, NULL, 'h'},	 {"plan", required_argument, NULL, 'p'},
	    {"prime", no_argument, NULL, 'P'},		 {"direction", required_argument, NULL, 'd'},
	    {"attach", required_argument, NULL, 'a'},	 {"flaps", required_argument, NULL, 'f'},
	    {"period-ms", required_argument, NULL, 'm'}, {"help", no_argument, NULL, 'H'},
	    {"version", no_argument, NULL, 'V'},	 {0},
	};
	struct guard_options o = {.direction = CUT_BOTH};
	bool run = false;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		unsigned long number = 0;
		char *end = NULL;
		bool ok = true;

		if (c == 'i' || c == 'h' || c == 'f' || c == 'm') {
			errno = 0;
			number = strtoul(optarg, &end, 10);
			ok = *optarg >= '0' && *optarg <= '9' && !*end && !errno && number >= least(c) &&
			     number <= most(c);
		}
		switch (c) {
		case 'k':
			o.kind = !strcmp(optarg, "admin-down")	  ? CUT_ADMIN_DOWN
				 : !strcmp(optarg, "blackhole")	  ? CUT_BLACKHOLE
				 : !strcmp(optarg, "flap")	  ? CUT_FLAP
				 : !strcmp(optarg, "carrier-off") ? CUT_CARRIER_OFF
								  : 0;
			ok = o.kind;
			break;
		case 'i':
			o.ifindex = (uint32_t)number;
			break;
		case 'h':
			o.hold_ms = (uint32_t)number;
			break;
		case 'f':
			o.flaps = (uint32_t)number;
			break;
		case 'm':
			o.period_ms = (uint32_t)number;
			break;
		case 'p':
			o.plan = optarg;
			break;
		case 'P':
			o.prime = true;
			break;
		case 'd':
			o.direction = !strcmp(optarg, "both")  ? CUT_BOTH
				      : !strcmp(optarg, "in")  ? CUT_IN
				      : !strcmp(optarg, "out") ? CUT_OUT
							       : 0;
			ok = o.direction;
			break;
		case 'a':
			o.attach = !strcmp(optarg, "tcx")      ? ATTACH_TCX
				   : !strcmp(optarg, "clsact") ? ATTACH_CLSACT
							       : 0;
			ok = o.attach || !strcmp(optarg, "auto");
			break;
		case 'H':
			fputs(usage, stdout);
			return EXIT_RESTORED;
		case 'V':
			puts(PATHWARDEN_VERSION);
			return EXIT_RESTORED;
		default:
			fputs("pathwarden-guard --help tells how it is used\n", stderr);
			return EXIT_USAGE;
		}
		if (!ok) {
			fprintf(stderr, "pathwarden-guard: value out of range: %s\n", optarg);
			return EXIT_USAGE;
		}
	}
	run = optind == argc - 1 && !strcmp(argv[optind], "run");
	if (optind != argc - 1 || !o.plan || (run && (!o.kind || !o.ifindex || !take_time(&o)))) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	signal(SIGPIPE, SIG_IGN);
	harden_start(run);
	if (run)
		return guard_run(&o);
	if (!strcmp(argv[optind], "undo"))
		return guard_undo(o.plan);
	if (!strcmp(argv[optind], "check"))
		return guard_check(o.plan);
	fputs(usage, stderr);
	return EXIT_USAGE;
}
