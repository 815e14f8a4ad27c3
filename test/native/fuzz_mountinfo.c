/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a mountinfo: whatever was read of it can be encoded, and no place or file system is named
 * twice. */
#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include "encoder.h"
#include "../../native/sources/mount_read.c"
#include "../../native/sources/mountinfo.c"
#include "../../native/sources/option_list.c"

static void encode(const struct frame_mount *mount)
{
	static const struct frame_identity who = {.boot_id = "b413452c-bb23-4f74-b2c4-587d2b972cb4",
						  .epoch = 1};
	static char text[FRAME_ENCODED_MAX];
	struct frame f = {.type = FRAME_MOUNT, .mount = *mount};

	assert(frame_encode(&f, &who, 1, text, sizeof(text)) > 0);
}

static bool same(const struct frame_mount *a, const struct frame_mount *b)
{
	return (a->major == b->major && a->minor == b->minor) || !strcmp(a->point, b->point);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct mount_list list;
	static int fd = -1;

	if (fd < 0)
		fd = memfd_create("mountinfo", MFD_CLOEXEC);
	assert(fd >= 0 && !ftruncate(fd, 0) && pwrite(fd, bytes, size, 0) == (ssize_t)size);
	mount_read(fd, &list);
	for (size_t i = 0; i < list.count; i++) {
		encode(&list.found[i].mount);
		for (size_t j = 0; j < i; j++)
			assert(!same(&list.found[i].mount, &list.found[j].mount));
	}
	assert(mountinfo_hash(fd));
	return 0;
}
