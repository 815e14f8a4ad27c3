/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as device-mapper's answer, and as the text in it: what comes out can be told. */
#include <assert.h>
#include <stdlib.h>
#include "../../native/sources/dm_parse.c"

static void check(const struct dm_status *status)
{
	assert(status->path_count <= DM_PATHS_MAX);
	assert(!status->more || status->path_count == DM_PATHS_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *copy = malloc(size + 1); /* with its end where the sanitizer sees it */
	struct dm_status status;

	memcpy(copy, bytes, size);
	copy[size] = '\0';
	if (!dm_parse(copy, size, &status)) {
		check(&status);
		assert(memchr(status.name, '\0', sizeof(status.name)));
	}
	if (!dm_parse_paths(copy, &status))
		check(&status);
	free(copy);
	return 0;
}
