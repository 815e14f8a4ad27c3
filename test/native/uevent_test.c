/* SPDX-License-Identifier: Apache-2.0 */
/* Messages as lib/kobject_uevent.c and drivers/md/dm-uevent.c write them. */
#include "check.h"
#include "../../native/sources/uevent_parse.c"

/* A string literal ends with a NUL of its own, as each of the kernel's does. */
#define PARSE(text, e) uevent_parse(text, sizeof(text), e)

static void failed_path(void)
{
	struct uevent e;

	CHECK(PARSE("change@/devices/virtual/block/dm-0\0ACTION=change\0DEVPATH=/devices/virtual/block/dm-0\0"
		    "SUBSYSTEM=block\0DM_TARGET=multipath\0DM_ACTION=PATH_FAILED\0DM_SEQNUM=3\0DM_PATH=8:16\0"
		    "DM_NR_VALID_PATHS=1\0DM_NAME=mpatha\0DM_UUID=mpath-36001405\0MAJOR=253\0MINOR=0\0"
		    "DEVNAME=dm-0\0DEVTYPE=disk\0SEQNUM=1740",
		    &e));
	CHECK_TEXT(e.action, "change");
	CHECK_TEXT(e.devpath, "/devices/virtual/block/dm-0");
	CHECK_TEXT(e.subsystem, "block");
	CHECK_TEXT(uevent_get(&e, "DM_ACTION"), "PATH_FAILED");
	CHECK_TEXT(uevent_get(&e, "DM_PATH"), "8:16");
	CHECK_TEXT(uevent_get(&e, "SEQNUM"), "1740");
	CHECK(!uevent_get(&e, "NUM"));
	CHECK(!uevent_get(&e, "DM_PAT"));
}

static void value_with_an_equals_sign(void)
{
	struct uevent e;

	CHECK(PARSE("add@/d\0ACTION=add\0DEVPATH=/d\0SUBSYSTEM=nvme\0NVME_TRADDR=a=b\0EMPTY=", &e));
	CHECK_TEXT(uevent_get(&e, "NVME_TRADDR"), "a=b");
	CHECK_TEXT(uevent_get(&e, "EMPTY"), "");
}

static void not_the_kernels(void)
{
	struct uevent e;

	CHECK(!PARSE("libudev\0\xfe\xed\xca\xfe", &e));
	CHECK(!PARSE("add@/d", &e));
	CHECK(!PARSE("add@/d\0ACTION=add\0DEVPATH=/d", &e));
	CHECK(!PARSE("add@/d\0ACTION=add\0DEVPATH=relative\0SUBSYSTEM=block", &e));
	CHECK(!uevent_parse("", 0, &e));
}

static void cut_off(void)
{
	static const char whole[] = "add@/d\0ACTION=add\0DEVPATH=/d\0SUBSYSTEM=block";
	struct uevent e;

	/* The caller ends the bytes with a NUL wherever they end. */
	for (size_t size = 0; size < sizeof(whole) - sizeof("block") - 1; size++) {
		char part[sizeof(whole)] = {0};

		memcpy(part, whole, size);
		CHECK(!uevent_parse(part, size, &e));
	}
}

int main(void)
{
	RUN(failed_path);
	RUN(value_with_an_equals_sign);
	RUN(not_the_kernels);
	RUN(cut_off);
	return check_done();
}
