/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <malloc.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include "bpf.h"

/* BPF_F_TIMER_CPU_PIN, since Linux 6.7; Debian 12's header does not have it. */
#define TIMER_CPU_PIN (1ULL << 1)

static char complaint[96];
static struct btf *kernel;

static int keep_first_line(enum libbpf_print_level level, const char *fmt, va_list args)
{
	if (level == LIBBPF_WARN && !complaint[0]) {
		vsnprintf(complaint, sizeof(complaint), strncmp(fmt, "libbpf: ", 8) ? fmt : fmt + 8, args);
		complaint[strcspn(complaint, "\n")] = '\0';
	}
	return 0;
}

void bpf_prepare(void)
{
	/* Set, it does not rise with each large block freed, which would put the next one into the heap for
	 * good. */
	mallopt(M_MMAP_THRESHOLD, 128 * 1024);
	complaint[0] = '\0';
	libbpf_set_memlock_rlim(0); /* memory is accounted to the cgroup since 5.11 */
	libbpf_set_print(keep_first_line);
}

const char *bpf_why(int error)
{
	if (error == -EPERM || error == EPERM)
		return "not permitted: needs CAP_BPF, CAP_PERFMON and CAP_SYS_ADMIN";
	return complaint[0] ? complaint : strerror(error < 0 ? -error : error);
}

const struct btf *bpf_kernel(void)
{
	if (!kernel)
		kernel = btf__load_vmlinux_btf();
	return kernel;
}

static bool has(const char *name, __u32 kind)
{
	return bpf_kernel() && btf__find_by_name_kind(kernel, name, kind) > 0;
}

static bool want(struct bpf_program *program, bool there)
{
	bpf_program__set_autoload(program, there);
	return there;
}

bool bpf_want_tracepoint(struct bpf_program *program, const char *tracepoint)
{
	char name[64];

	snprintf(name, sizeof(name), "btf_trace_%s", tracepoint);
	return want(program, has(name, BTF_KIND_TYPEDEF));
}

bool bpf_want_exactly(struct bpf_program *program, const struct tracepoint *tracepoint, char *why,
		      size_t size)
{
	int error = tracepoint_check(bpf_kernel(), tracepoint, why, size);

	if (error == -ENOENT && tracepoint->module && kernel) {
		struct btf *module = btf__load_module_btf(tracepoint->module, kernel);

		if (module)
			error = tracepoint_check(module, tracepoint, why, size);
		btf__free(module);
	}
	return want(program, !error);
}

bool bpf_has_function(const char *function)
{
	return has(function, BTF_KIND_FUNC);
}

bool bpf_want_function(struct bpf_program *program, const char *function)
{
	return want(program, bpf_has_function(function));
}

void bpf_forget_kernel(void)
{
	btf__free(kernel);
	kernel = NULL;
}

int bpf_netns(__u32 *inode)
{
	struct stat st;

	if (stat("/proc/self/ns/net", &st))
		return -errno;
	*inode = (__u32)st.st_ino;
	return 0;
}

int bpf_run(const struct bpf_program *program, int cpu)
{
	struct bpf_test_run_opts run = {.sz = sizeof(run)};
	cpu_set_t before, one;
	bool moved = false;
	int error;

	CPU_ZERO(&one);
	if (cpu >= 0 && cpu < CPU_SETSIZE && !sched_getaffinity(0, sizeof(before), &before)) {
		CPU_SET(cpu, &one);
		moved = !sched_setaffinity(0, sizeof(one), &one);
	}
	error = bpf_prog_test_run_opts(bpf_program__fd(program), &run);
	if (moved)
		sched_setaffinity(0, sizeof(before), &before);
	return error ? error : (int)run.retval;
}

int bpf_start_timer(const struct bpf_program *arm, __u64 *timer_flags, int cpu)
{
	int error;

	*timer_flags = cpu >= 0 ? TIMER_CPU_PIN : 0;
	error = bpf_run(arm, cpu);
	if (error == -EINVAL && *timer_flags) {
		/* Before 6.7: it begins on that CPU and mostly stays there. */
		*timer_flags = 0;
		error = bpf_run(arm, cpu);
	}
	return error;
}

uint64_t bpf_missed(const struct bpf_program *program)
{
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info);

	return bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) ? 0 : info.recursion_misses;
}
