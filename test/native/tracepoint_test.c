/* SPDX-License-Identifier: Apache-2.0 */
/* Tracepoints of kernels that there are, were or may be, and broken ones: BTF made by hand. */
#include <bpf/libbpf.h>
#include "check.h"
#include "../../native/tracepoint.c"

static const struct tracepoint mce = {.name = "mce_record", .parameters = {"mce"}};
static const struct tracepoint aer = {
    .name = "aer_event",
    .parameters = {TRACEPOINT_BYTES, TRACEPOINT_NUMBER, TRACEPOINT_NUMBER, "aer_header_log_regs"}};

static struct btf *btf;
static char why[96];
static int u8_id, u32_id, bool_id, enum_id, text_id, void_pointer_id, mce_id, mce_hw_err_id, header_id,
    guid_id;

static int pointer_to(int id)
{
	return btf__add_ptr(btf, btf__add_const(btf, id));
}

static void begin(void)
{
	btf__free(btf);
	btf = btf__new_empty();
	u8_id = btf__add_typedef(btf, "u8", btf__add_int(btf, "unsigned char", 1, 0));
	u32_id = btf__add_const(btf, btf__add_typedef(btf, "u32", btf__add_int(btf, "unsigned int", 4, 0)));
	bool_id = btf__add_int(btf, "_Bool", 1, BTF_INT_BOOL);
	enum_id = btf__add_enum(btf, "cxl_event_log_type", 4);
	text_id = pointer_to(btf__add_int(btf, "char", 1, BTF_INT_SIGNED));
	void_pointer_id = btf__add_ptr(btf, 0);
	mce_id = btf__add_ptr(btf, btf__add_struct(btf, "mce", 8));
	mce_hw_err_id = btf__add_ptr(btf, btf__add_struct(btf, "mce_hw_err", 8));
	header_id = btf__add_ptr(btf, btf__add_struct(btf, "aer_header_log_regs", 16));
	guid_id = pointer_to(btf__add_typedef(btf, "guid_t", btf__add_struct(btf, NULL, 16)));
}

/* typedef void (*btf_trace_NAME)(void *, …) */
static void add_tracepoint(const char *name, const int *parameters, size_t count)
{
	char full[64];
	int proto = btf__add_func_proto(btf, 0);

	btf__add_func_param(btf, "", void_pointer_id);
	for (size_t i = 0; i < count; i++)
		btf__add_func_param(btf, "", parameters[i]);
	snprintf(full, sizeof(full), "btf_trace_%s", name);
	btf__add_typedef(btf, full, btf__add_ptr(btf, proto));
}

#define ADD(name, ...)                                                                                       \
	add_tracepoint(name, (const int[]){__VA_ARGS__}, sizeof((const int[]){__VA_ARGS__}) / sizeof(int))

static int check(const struct tracepoint *want)
{
	why[0] = '\0';
	return tracepoint_check(btf, want, why, sizeof(why));
}

static void takes_what_fits(void)
{
	static const struct tracepoint guid = {.name = "non_standard_event", .parameters = {"guid_t"}};
	static const struct tracepoint numbers = {
	    .name = "numbers", .parameters = {TRACEPOINT_NUMBER, TRACEPOINT_NUMBER, TRACEPOINT_NUMBER}};

	begin();
	ADD("mce_record", mce_id);
	ADD("aer_event", text_id, u32_id, u8_id, header_id);
	ADD("non_standard_event", guid_id);
	ADD("numbers", bool_id, enum_id, u32_id);
	CHECK(check(&mce) == 0);
	CHECK(check(&aer) == 0);
	CHECK(check(&guid) == 0);
	CHECK(check(&numbers) == 0);
	CHECK_TEXT(why, "");
}

static void does_not_mind_more_behind(void)
{
	begin();
	ADD("aer_event", text_id, u32_id, u8_id, header_id, u32_id, void_pointer_id);
	CHECK(check(&aer) == 0);
}

static void names_one_that_is_missing(void)
{
	begin();
	CHECK(check(&mce) == -ENOENT);
	CHECK_TEXT(why, "no mce_record");
	CHECK(tracepoint_check(NULL, &mce, why, sizeof(why)) == -ENOENT);
	/* A function of that name is none. */
	btf__add_func(btf, "btf_trace_mce_record", BTF_FUNC_STATIC, btf__add_func_proto(btf, 0));
	CHECK(check(&mce) == -ENOENT);
}

static void names_the_parameter_that_differs(void)
{
	begin();
	ADD("mce_record", mce_hw_err_id);
	CHECK(check(&mce) == -EPROTO);
	CHECK_TEXT(why, "mce_record: parameter 1 is a pointer to mce_hw_err, not mce");
	/* Reordered. */
	ADD("aer_event", text_id, u32_id, header_id, u8_id);
	CHECK(check(&aer) == -EPROTO);
	CHECK_TEXT(why, "aer_event: parameter 3 is a pointer to aer_header_log_regs, not a number");
	begin();
	ADD("mce_record", u32_id);
	CHECK(check(&mce) == -EPROTO);
	CHECK_TEXT(why, "mce_record: parameter 1 is no pointer, not mce");
	begin();
	ADD("mce_record", void_pointer_id);
	CHECK(check(&mce) == -EPROTO);
	begin();
	ADD("aer_event", guid_id, u32_id, u8_id, header_id);
	CHECK(check(&aer) == -EPROTO);
}

static void names_one_with_too_few(void)
{
	begin();
	ADD("aer_event", text_id, u32_id, u8_id);
	CHECK(check(&aer) == -EPROTO);
	CHECK_TEXT(why, "aer_event: 3 parameters only");
}

/* A reason that is too long is cut. */
static void bounds_the_reason(void)
{
	char tight[8];

	begin();
	CHECK(tracepoint_check(btf, &mce, tight, sizeof(tight)) == -ENOENT);
	CHECK_TEXT(tight, "no mce_");
}

static void survives_broken_types(void)
{
	int proto, circle;

	begin();
	btf__add_typedef(btf, "btf_trace_mce_record", u32_id);
	CHECK(check(&mce) == -EPROTO);
	CHECK_TEXT(why, "mce_record is no tracepoint");
	begin();
	btf__add_typedef(btf, "btf_trace_mce_record", 9999); /* there is no such type */
	CHECK(check(&mce) == -EPROTO);
	begin();
	btf__add_typedef(btf, "btf_trace_mce_record", 0);
	CHECK(check(&mce) == -EPROTO);
	begin();
	btf__add_typedef(btf, "btf_trace_mce_record", btf__add_ptr(btf, 9999));
	CHECK(check(&mce) == -EPROTO);
	/* Not even the first, which each has. */
	begin();
	proto = btf__add_func_proto(btf, 0);
	btf__add_typedef(btf, "btf_trace_mce_record", btf__add_ptr(btf, proto));
	CHECK(check(&mce) == -EPROTO);
	begin();
	ADD("mce_record", 9999);
	CHECK(check(&mce) == -EPROTO);
	begin();
	ADD("mce_record", btf__add_ptr(btf, 9999));
	CHECK(check(&mce) == -EPROTO);
	begin();
	ADD("aer_event", btf__add_ptr(btf, 9999), u32_id, u8_id, header_id);
	CHECK(check(&aer) == -EPROTO);
	/* A name for itself, and a pointer to it. */
	begin();
	circle = (int)btf__type_cnt(btf);
	btf__add_typedef(btf, "round", circle);
	ADD("mce_record", btf__add_ptr(btf, circle));
	ADD("aer_event", circle, u32_id, u8_id, header_id);
	CHECK(check(&mce) == -EPROTO);
	CHECK(check(&aer) == -EPROTO);
	begin();
	circle = (int)btf__type_cnt(btf);
	btf__add_typedef(btf, "btf_trace_mce_record", circle);
	CHECK(check(&mce) == -EPROTO);
}

/* The running kernel's own, as far as it shows them. */
static void reads_a_real_one(void)
{
	static const struct tracepoint exec = {
	    .name = "sched_process_exec", .parameters = {"task_struct", TRACEPOINT_NUMBER, "linux_binprm"}};
	struct btf *kernel = btf__load_vmlinux_btf();

	if (!kernel)
		return;
	CHECK(tracepoint_check(kernel, &exec, why, sizeof(why)) == 0);
	btf__free(kernel);
}

int main(void)
{
	libbpf_set_print(NULL);
	RUN(takes_what_fits);
	RUN(does_not_mind_more_behind);
	RUN(names_one_that_is_missing);
	RUN(names_the_parameter_that_differs);
	RUN(names_one_with_too_few);
	RUN(bounds_the_reason);
	RUN(survives_broken_types);
	RUN(reads_a_real_one);
	btf__free(btf);
	return check_done();
}
