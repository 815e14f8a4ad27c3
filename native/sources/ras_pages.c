/* SPDX-License-Identifier: Apache-2.0 */
/* Pages that the kernel has given up as broken, and the processes that had them. */
#include <errno.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include "poison.skel.h"
#include "ras.h"
#include "ras_command.h"

#define PAGES_MAX 48
#define PAGE_PREFIX "MF_MSG_"

static struct {
	struct poison_bpf *bpf;
	char pages[PAGES_MAX][40]; /* names of enum mf_action_page_type, by number */
} state;

/* The numbers of its constants differ by kernel. */
static void learn_pages(const struct btf *kernel)
{
	int id = kernel ? btf__find_by_name_kind(kernel, "mf_action_page_type", BTF_KIND_ENUM) : -1;
	const struct btf_type *t = id > 0 ? btf__type_by_id(kernel, (__u32)id) : NULL;

	for (unsigned int i = 0; t && i < btf_vlen(t); i++) {
		const struct btf_enum *e = btf_enum(t) + i;
		const char *name = btf__name_by_offset(kernel, e->name_off);

		if (!name || e->val < 0 || e->val >= PAGES_MAX)
			continue;
		if (!strncmp(name, PAGE_PREFIX, strlen(PAGE_PREFIX)))
			name += strlen(PAGE_PREFIX);
		snprintf(state.pages[e->val], sizeof(state.pages[0]), "%s", name);
		for (char *at = state.pages[e->val]; *at; at++)
			*at = (char)tolower((unsigned char)*at);
	}
}

static void put_page(const struct poison_event *e, struct frame_page_failure *f)
{
	const char *name = e->page >= 0 && e->page < PAGES_MAX ? state.pages[e->page] : "";

	f->pfn = e->pfn;
	snprintf(f->page, sizeof(f->page), "%s", name[0] ? name : "unknown");
	/* A result that there is not yet is no success. */
	f->result = e->result >= PAGE_IGNORED && e->result <= PAGE_RECOVERED ? (enum page_result)e->result
									     : PAGE_FAILED;
}

/* From the root's side. */
static void put_cgroup(const struct poison_event *e, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (int i = POISON_NAMES - 1; i >= 0; i--)
		if (e->cgroup[i][0] && used < size)
			used += (size_t)snprintf(out + used, size - used, "%s%.*s", used ? "/" : "",
						 POISON_NAME_MAX - 1, e->cgroup[i]);
}

static struct ras_arguments arguments(const struct poison_event *e)
{
	size_t size = e->argument_bytes <= POISON_ARGUMENTS_MAX ? e->argument_bytes : POISON_ARGUMENTS_MAX;

	return (struct ras_arguments){e->arguments, size};
}

static void put_victim(const struct poison_event *e, struct frame_page_victim *f)
{
	f->pid = e->pid;
	snprintf(f->comm, sizeof(f->comm), "%.*s", (int)sizeof(e->comm) - 1, e->comm);
	f->required = e->required;
	f->address = e->address;
	put_cgroup(e, f->cgroup, sizeof(f->cgroup));
	ras_command_of("", e->pid, e->start_ns, arguments(e), f->command, sizeof(f->command));
}

static int take(void *ctx, void *data, size_t size)
{
	const struct poison_event *e = data;
	struct frame f = {0};

	if (size < sizeof(*e))
		return 0;
	f.t_us = e->t_ns / 1000;
	switch (e->kind) {
	case POISON_EXEC:
		ras_command_keep(e->pid, e->start_ns, arguments(e));
		return 0;
	case POISON_PAGE:
		f.type = FRAME_PAGE_FAILURE;
		put_page(e, &f.page_failure);
		break;
	case POISON_VICTIM:
		f.type = FRAME_PAGE_VICTIM;
		put_victim(e, &f.page_victim);
		break;
	default:
		return 0;
	}
	helper_emit(ctx, &f);
	return 0;
}

static struct bpf_ring ring = {.source = &source_ras, .take = take};

void ras_pages_stop(void)
{
	bpf_ring_close(&ring);
	poison_bpf__destroy(state.bpf);
	memset(&state, 0, sizeof(state));
	ras_command_forget();
}

static unsigned int choose(struct ras_reasons *why_not)
{
	const struct ras_program programs[] = {
	    {state.bpf->progs.on_memory_failure,
	     {"memory_failure_event", NULL, {TRACEPOINT_NUMBER, TRACEPOINT_NUMBER, TRACEPOINT_NUMBER}},
	     false},
	    {state.bpf->progs.on_signal,
	     {"signal_generate", NULL, {TRACEPOINT_NUMBER, "kernel_siginfo", "task_struct"}},
	     false},
	};
	static const struct tracepoint exec = {"sched_process_exec", NULL, {"task_struct"}};
	unsigned int chosen = ras_choose(programs, sizeof(programs) / sizeof(programs[0]), why_not);
	char why[FRAME_REASON_MAX];

	/* By itself it shows nothing. */
	if (!bpf_want_exactly(state.bpf->progs.on_exec, &exec, why, sizeof(why)) && chosen)
		ras_reasons_add(why_not, why);
	return chosen;
}

static int open_object(struct helper *h, struct ras_reasons *why_not)
{
	int error;

	bpf_prepare();
	state.bpf = poison_bpf__open();
	if (!state.bpf)
		return -ENOMEM;
	if (!choose(why_not))
		return -ENOENT;
	learn_pages(bpf_kernel());
	error = poison_bpf__load(state.bpf);
	if (!error)
		error = bpf_ring_open(&ring, h, state.bpf->maps.events, &state.bpf->bss->dropped);
	if (!error)
		error = poison_bpf__attach(state.bpf);
	if (error)
		ras_reasons_add(why_not, bpf_why(error));
	return error;
}

bool ras_pages_start(struct helper *h, struct ras_reasons *why_not)
{
	if (open_object(h, why_not)) {
		ras_pages_stop();
		return false;
	}
	/* Behind the programs: what is started now they tell of. */
	ras_command_scan("");
	if (ras_command_hidden(""))
		ras_reasons_add(why_not, "hidepid: command lines of hypervisors only");
	return true;
}
