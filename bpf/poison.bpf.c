// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Pages that the kernel has given up as broken, and the processes that had them. */
#include "ras_kernel.h"
#include "ras_events.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define SIGBUS 7
/* include/uapi/asm-generic/siginfo.h */
#define BUS_MCEERR_AR 4
#define BUS_MCEERR_AO 5
#define PAGE_BITS 12
/* A process that goes on after the signal may have it again at once, and for ever. */
#define AGAIN_NS 1000000000ULL

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 128 * 1024);
} events SEC(".maps");

/* Victims that were told of. */
struct victim {
	__u64 start_ns; /* of the process */
	__u64 page;
	__u32 pid, code;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 256);
	__type(key, struct victim);
	__type(value, __u64);
} victims SEC(".maps");

__u64 dropped; /* events that found the ring buffer full; read by user space */

static __always_inline struct poison_event *reserve(__u32 kind, __u64 now_ns)
{
	struct poison_event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);

	if (!e) {
		__sync_fetch_and_add(&dropped, 1);
		return 0;
	}
	__builtin_memset(e, 0, __builtin_offsetof(struct poison_event, arguments));
	e->t_ns = now_ns;
	e->kind = kind;
	return e;
}

SEC("tp_btf/memory_failure_event")
int BPF_PROG(on_memory_failure, unsigned long pfn, int page, int result)
{
	struct poison_event *e = reserve(POISON_PAGE, bpf_ktime_get_ns());

	if (!e)
		return 0;
	e->pfn = pfn;
	e->page = page;
	e->result = result;
	bpf_ringbuf_submit(e, 0);
	return 0;
}

static __always_inline const struct kernfs_node *parent_of(const struct kernfs_node *node)
{
	const struct kernfs_node___rcu *newer = (const void *)node;

	return bpf_core_field_exists(newer->__parent) ? BPF_CORE_READ(newer, __parent)
						      : BPF_CORE_READ(node, parent);
}

/* In the unified hierarchy. */
static __always_inline void read_cgroup(struct poison_event *e, const struct task_struct *task)
{
	const struct kernfs_node *node = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn);

	for (int i = 0; i < POISON_NAMES && node; i++) {
		const struct kernfs_node *parent = parent_of(node);

		if (!parent) /* the root has no name */
			break;
		bpf_probe_read_kernel_str(e->cgroup[i], POISON_NAME_MAX, BPF_CORE_READ(node, name));
		node = parent;
	}
}

/* Of the process that runs here: only its memory can be read. */
static __always_inline void read_arguments(struct poison_event *e, const struct task_struct *task)
{
	unsigned long start = BPF_CORE_READ(task, mm, arg_start);
	unsigned long bytes = BPF_CORE_READ(task, mm, arg_end) - start;

	if (bytes > sizeof(e->arguments))
		bytes = sizeof(e->arguments);
	if (!bpf_probe_read_user(e->arguments, bytes, (const void *)start))
		e->argument_bytes = bytes;
}

static __always_inline bool is_news(const struct victim *v, __u64 now_ns)
{
	__u64 *told_ns = bpf_map_lookup_elem(&victims, v);

	if (told_ns && now_ns - *told_ns < AGAIN_NS)
		return false;
	bpf_map_update_elem(&victims, v, &now_ns, BPF_ANY);
	return true;
}

SEC("tp_btf/signal_generate")
int BPF_PROG(on_signal, int signal, struct kernel_siginfo *info, struct task_struct *task)
{
	struct poison_event *e;
	struct victim v = {0};
	__u64 now_ns;
	int code;

	/* SEND_SIG_NOINFO and SEND_SIG_PRIV are no addresses. */
	if (signal != SIGBUS || (unsigned long)info < 2)
		return 0;
	code = BPF_CORE_READ(info, si_code);
	if (code != BUS_MCEERR_AR && code != BUS_MCEERR_AO)
		return 0;
	now_ns = bpf_ktime_get_ns();
	v.start_ns = BPF_CORE_READ(task, group_leader, start_boottime);
	v.pid = BPF_CORE_READ(task, tgid);
	v.code = code;
	v.page = (__u64)BPF_CORE_READ(info, _sifields._sigfault._addr) >> PAGE_BITS;
	if (!is_news(&v, now_ns))
		return 0;
	e = reserve(POISON_VICTIM, now_ns);
	if (!e)
		return 0;
	e->pid = v.pid;
	e->start_ns = v.start_ns;
	e->address = (__u64)BPF_CORE_READ(info, _sifields._sigfault._addr);
	e->required = code == BUS_MCEERR_AR;
	/* A thread may have a name of its own. */
	bpf_probe_read_kernel_str(e->comm, sizeof(e->comm), BPF_CORE_READ(task, group_leader, comm));
	read_cgroup(e, task);
	if (bpf_get_current_pid_tgid() >> 32 == v.pid)
		read_arguments(e, task);
	bpf_ringbuf_submit(e, 0);
	return 0;
}

static __always_inline bool begins_with(const char *text, const char *word, int length)
{
	for (int i = 0; i < length; i++)
		if (text[i] != word[i])
			return false;
	return true;
}

/* Is it called qemu…, or are its first arguments those that libvirt gives? */
static __always_inline bool is_hypervisor(const struct task_struct *task)
{
	const char *start = (const char *)BPF_CORE_READ(task, mm, arg_start);
	char text[128] = {0};
	long length;

	bpf_probe_read_kernel(text, sizeof(task->comm), &task->comm);
	if (begins_with(text, "qemu", 4))
		return true;
	length = bpf_probe_read_user_str(text, sizeof(text), start);
	return length > 0 && !bpf_probe_read_user(text, 12, start + length) &&
	       begins_with(text, "-name\0guest=", 12);
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task)
{
	struct poison_event *e;

	if (!is_hypervisor(task))
		return 0;
	e = reserve(POISON_EXEC, bpf_ktime_get_ns());
	if (!e)
		return 0;
	e->pid = BPF_CORE_READ(task, tgid);
	e->start_ns = BPF_CORE_READ(task, group_leader, start_boottime);
	read_arguments(e, task);
	bpf_ringbuf_submit(e, 0);
	return 0;
}
