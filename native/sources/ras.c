/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors that hardware has told the kernel of: machine checks, memory controllers, firmware, PCIe, CXL; and
 * the pages given up for them. Events only.
 */
#include <errno.h>
#include <string.h>
#include "ras.h"
#include "ras.skel.h"

static struct ras_bpf *ras;

/* There is no state to tell; what it ends is the blindness after a loss. */
static void snapshot(struct helper *h)
{
	struct frame f = {
	    .type = FRAME_SNAPSHOT, .t_us = now_us(), .snapshot = {.source = "ras", .complete = true}};

	helper_emit(h, &f);
	f.snapshot.end = true;
	helper_emit(h, &f);
}

static int take(void *ctx, void *data, size_t size)
{
	const struct ras_event *e = data;
	struct frame f;

	if (size < sizeof(*e))
		return 0;
	if (ras_frame(e, &f))
		helper_emit(ctx, &f);
	else
		helper_lost(ctx, "ras", e->count, "an error of an unknown kind or device");
	return 0;
}

static struct bpf_ring ring = {
    .source = &source_ras, .take = take, .full = "errors of too many components at once"};

static unsigned int choose(struct ras_reasons *why_not)
{
	/* clang-format off */
	const struct ras_program programs[] = {
		{ras->progs.on_mce, {"mce_record", NULL, {"mce"}}, false},
		{ras->progs.on_mce_hw_err, {"mce_record", NULL, {"mce_hw_err"}}, false},
		{ras->progs.on_mc_event, {"mc_event", NULL, {
			TRACEPOINT_NUMBER, TRACEPOINT_BYTES, TRACEPOINT_BYTES, TRACEPOINT_NUMBER, TRACEPOINT_NUMBER,
			TRACEPOINT_NUMBER, TRACEPOINT_NUMBER, TRACEPOINT_NUMBER, TRACEPOINT_NUMBER, TRACEPOINT_NUMBER,
			TRACEPOINT_NUMBER, TRACEPOINT_BYTES}}, false},
		{ras->progs.on_aer, {"aer_event", NULL, {
			TRACEPOINT_BYTES, TRACEPOINT_NUMBER, TRACEPOINT_NUMBER, TRACEPOINT_NUMBER, "pcie_tlp_log"}}, false},
		{ras->progs.on_aer, {"aer_event", NULL, {
			TRACEPOINT_BYTES, TRACEPOINT_NUMBER, TRACEPOINT_NUMBER, TRACEPOINT_NUMBER, "aer_header_log_regs"}}, false},
		{ras->progs.on_extlog, {"extlog_mem_event", NULL, {
			"cper_sec_mem_err", TRACEPOINT_NUMBER, "guid_t", TRACEPOINT_BYTES, TRACEPOINT_NUMBER}}, false},
		{ras->progs.on_arm_severity, {"arm_event", NULL, {
			"cper_sec_proc_arm", TRACEPOINT_BYTES, TRACEPOINT_NUMBER, TRACEPOINT_BYTES, TRACEPOINT_NUMBER,
			TRACEPOINT_BYTES, TRACEPOINT_NUMBER, TRACEPOINT_NUMBER}}, false},
		{ras->progs.on_arm, {"arm_event", NULL, {"cper_sec_proc_arm"}}, false},
		{ras->progs.on_non_standard, {"non_standard_event", NULL, {
			"guid_t", "guid_t", TRACEPOINT_BYTES, TRACEPOINT_NUMBER, TRACEPOINT_BYTES, TRACEPOINT_NUMBER}}, false},
		/* Without such a device its module is not there. */
		{ras->progs.on_cxl_aer_uncorrectable_error, {"cxl_aer_uncorrectable_error", "cxl_core", {"cxl_memdev"}}, true},
		{ras->progs.on_cxl_aer_correctable_error, {"cxl_aer_correctable_error", "cxl_core", {"cxl_memdev"}}, true},
		{ras->progs.on_cxl_overflow, {"cxl_overflow", "cxl_core", {"cxl_memdev", TRACEPOINT_NUMBER}}, true},
		{ras->progs.on_cxl_generic_event, {"cxl_generic_event", "cxl_core", {"cxl_memdev", TRACEPOINT_NUMBER}}, true},
		{ras->progs.on_cxl_general_media, {"cxl_general_media", "cxl_core", {"cxl_memdev", TRACEPOINT_NUMBER}}, true},
		{ras->progs.on_cxl_dram, {"cxl_dram", "cxl_core", {"cxl_memdev", TRACEPOINT_NUMBER}}, true},
		{ras->progs.on_cxl_memory_module, {"cxl_memory_module", "cxl_core", {"cxl_memdev", TRACEPOINT_NUMBER}}, true},
	};
	/* clang-format on */

	return ras_choose(programs, sizeof(programs) / sizeof(programs[0]), why_not);
}

static void stop_errors(void)
{
	bpf_ring_close(&ring);
	if (ras && ras->bss)
		ras->bss->stopped = 1;
	ras_bpf__destroy(ras);
	ras = NULL;
}

static int start_errors(struct helper *h, struct ras_reasons *why_not)
{
	int error;

	bpf_prepare();
	ras = ras_bpf__open();
	if (!ras)
		return -ENOMEM;
	if (!choose(why_not))
		return -ENOENT;
	error = ras_bpf__load(ras);
	if (!error)
		error = bpf_ring_open(&ring, h, ras->maps.events, &ras->bss->dropped);
	if (!error)
		error = ras_bpf__attach(ras);
	if (error)
		ras_reasons_add(why_not, bpf_why(error));
	return error;
}

static void stop(struct helper *h)
{
	(void)h;
	stop_errors();
	ras_pages_stop();
}

static int start(struct helper *h)
{
	struct ras_reasons why_not = {.text = ""};
	bool errors = !start_errors(h, &why_not), pages;

	if (!errors)
		stop_errors();
	pages = ras_pages_start(h, &why_not);
	if (!errors && !pages) {
		helper_degrade(h, "ras", "absent", "%s", why_not.text);
		return -ENOENT;
	}
	if (why_not.text[0])
		helper_degrade(h, "ras", "degraded", "%s", why_not.text);
	return 0;
}

static uint64_t bpf_ns(struct helper *h)
{
	(void)h;
	return ras ? __atomic_load_n(&ras->bss->busy_ns, __ATOMIC_RELAXED) : 0;
}

const struct source source_ras = {
    .name = "ras",
    .start = start,
    .snapshot = snapshot,
    .stop = stop,
    .bpf_ns = bpf_ns,
};
