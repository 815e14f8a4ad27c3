/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a request of the reader: refused with a reason, or names that may stand in a path. */
#include <assert.h>
#include "../../native/json.c"
#include "../../native/reader_request.c"
#include "../../native/reader_subjects.c"
#include "../../native/reader_sysfs.c"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct reader_request request;
	char why[READER_REASON_MAX];
	int r = reader_request_parse((const char *)bytes, size, &request, why);

	if (r) {
		assert(r == -EINVAL || r == -EBADMSG);
		assert(memchr(why, '\0', sizeof(why)));
		return 0;
	}
	assert(request.type == READER_ATTACH || request.type == READER_READ);
	if (request.type == READER_READ)
		assert(reader_name_is_plain(request.tool) && reader_name_is_plain(request.subject));
	return 0;
}
