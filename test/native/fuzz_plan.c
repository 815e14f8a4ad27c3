/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer: the reader of a plan, and all that is done with the records that it lets through: names, texts,
 * normal forms, comparison. Size and checksum are mended first, or nothing behind them would ever be reached.
 */
#define put put_out
#include "guard_out.c"
#undef put
#include "guard_netlink.c"
#include "record.c"
#include "record_name.c"
#include "record_group.c"
#include "guard_scope.c"
#include "guard_state.c"
#include "guard_diff.c"
#include "guard_plan.c"

static struct lines differences, owners;
static union {
	struct nlmsghdr head;
	unsigned char bytes[65536 + 64];
} form, again;

static void check_record(const struct nlmsghdr *msg)
{
	char text[LINE_BYTES];
	size_t size = record_normalise(msg, RECORD_REPLAY, 7, &form, sizeof(form));

	if (!size)
		__builtin_trap();
	/* A normal form is a record itself, and its own normal form. Lifetimes apart: they are made shorter.
	 */
	if (!record_valid(&form.head))
		__builtin_trap();
	if (record_normalise(&form.head, RECORD_REPLAY, 0, &again, sizeof(again)) != size)
		__builtin_trap();
	if (!record_same_name(msg, msg))
		__builtin_trap();
	record_text(msg, text, sizeof(text));
	record_kernel_made(msg);
	record_owned(msg);
	record_is_tentative(msg);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char *bytes = malloc(size + 1), *written;
	struct plan plan, copy;
	struct diff d;
	char why[256];
	size_t length;

	if (!bytes)
		return 0;
	if (size)
		memcpy(bytes, data, size);
	if (size >= sizeof(struct plan_header)) {
		uint32_t value = (uint32_t)size;

		memcpy(bytes + offsetof(struct plan_header, file_size), &value, sizeof(value));
		value = plan_crc(bytes, size);
		memcpy(bytes + offsetof(struct plan_header, crc), &value, sizeof(value));
	}
	if (!plan_parse(bytes, size, &plan, why, sizeof(why))) {
		records_each(msg, &plan.state) check_record(msg);
		/* What was read is written as it was, and equals itself. */
		written = plan_format(&plan, &length);
		if (!written || length != size || memcmp(written, bytes, size))
			__builtin_trap();
		if (plan_parse(written, length, &copy, why, sizeof(why)))
			__builtin_trap();
		if (diff_make(&d, &plan.state, &copy.state))
			__builtin_trap();
		if (d.missing_count || d.extra_count || d.order_changed)
			__builtin_trap();
		diff_free(&d);
		copy.state.used = 0;
		copy.state.count = 0;
		if (!diff_make(&d, &plan.state, &copy.state)) {
			differences.count = owners.count = 0;
			diff_tell(&d, &differences, &owners);
			diff_free(&d);
		}
		free(written);
		plan_free(&copy);
		plan_free(&plan);
	}
	free(bytes);
	return 0;
}
