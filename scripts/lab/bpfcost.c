/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What BPF programs that are loaded now cost for each run. Needs root.
 *
 *   bpfcost MILLISECONDS NAME…
 *
 * Standard output, a line for each program of such a name: name, `run` or `stats`, runs, nanoseconds a run.
 * Programs of tc are run by themselves on a packet of 64 bytes (BPF_PROG_TEST_RUN, 200,000 times); the
 * others, which cannot be, are accounted for by the kernel while they serve for that long (BPF_ENABLE_STATS,
 * which costs some 20 ns a run).
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define REPEAT 200000
#define FOUND_MAX 64

struct found {
	int fd;
	struct bpf_prog_info before;
};

static int bpf(int command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static int info_of(int fd, struct bpf_prog_info *info)
{
	union bpf_attr attr = {
	    .info = {.bpf_fd = (__u32)fd, .info_len = sizeof(*info), .info = (__u64)(unsigned long)info}};

	memset(info, 0, sizeof(*info));
	return bpf(BPF_OBJ_GET_INFO_BY_FD, &attr);
}

static bool wanted(const char *name, int argc, char **argv)
{
	for (int i = 2; i < argc; i++)
		if (!strcmp(name, argv[i]))
			return true;
	return false;
}

static size_t find(struct found *found, int argc, char **argv)
{
	union bpf_attr next = {0};
	size_t count = 0;

	while (count < FOUND_MAX && !bpf(BPF_PROG_GET_NEXT_ID, &next)) {
		union bpf_attr by_id = {.prog_id = next.next_id};
		int fd = bpf(BPF_PROG_GET_FD_BY_ID, &by_id);

		next.start_id = next.next_id;
		if (fd < 0)
			continue;
		if (!info_of(fd, &found[count].before) && wanted(found[count].before.name, argc, argv))
			found[count++].fd = fd;
		else
			close(fd);
	}
	return count;
}

static void run(const struct found *one)
{
	static unsigned char packet[64] = {[12] = 0x08};
	union bpf_attr attr = {.test = {.prog_fd = (__u32)one->fd,
					.data_size_in = sizeof(packet),
					.data_in = (__u64)(unsigned long)packet,
					.repeat = REPEAT}};

	if (!bpf(BPF_PROG_TEST_RUN, &attr))
		printf("%s run %d %u\n", one->before.name, REPEAT, attr.test.duration);
	else
		fprintf(stderr, "bpfcost: %s: %s\n", one->before.name, strerror(errno));
}

int main(int argc, char **argv)
{
	union bpf_attr enable = {.enable_stats = {.type = BPF_STATS_RUN_TIME}};
	long ms = argc > 2 ? atol(argv[1]) : 0;
	struct timespec wait = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
	struct found found[FOUND_MAX];
	struct bpf_prog_info after;
	size_t count;

	if (ms <= 0) {
		fputs("usage: bpfcost MILLISECONDS NAME…\n", stderr);
		return 2;
	}
	if (bpf(BPF_ENABLE_STATS, &enable) < 0) {
		perror("bpfcost: BPF_ENABLE_STATS");
		return 1;
	}
	count = find(found, argc, argv);
	nanosleep(&wait, NULL);
	for (size_t i = 0; i < count; i++) {
		__u64 runs;

		if (found[i].before.type == BPF_PROG_TYPE_SCHED_CLS) {
			run(&found[i]);
			continue;
		}
		if (info_of(found[i].fd, &after))
			continue;
		runs = after.run_cnt - found[i].before.run_cnt;
		if (runs)
			printf("%s stats %llu %llu\n", after.name, runs,
			       (after.run_time_ns - found[i].before.run_time_ns) / runs);
	}
	return 0;
}
