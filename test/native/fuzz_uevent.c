/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a uevent: what is found lies within them. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include "../../native/sources/uevent_parse.c"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const char *const keys[] = {"ACTION", "DEVPATH", "SUBSYSTEM", "DM_PATH", "MAJOR"};
	char *copy = malloc(size + 1);
	struct uevent e;

	memcpy(copy, bytes, size);
	copy[size] = '\0';
	if (uevent_parse(copy, size, &e))
		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
			const char *value = uevent_get(&e, keys[i]);

			assert(!value || (value > copy && value + strlen(value) <= copy + size));
		}
	free(copy);
	return 0;
}
