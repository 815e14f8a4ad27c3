/* SPDX-License-Identifier: Apache-2.0 */
/* A byte stream in pieces of any size: the messages are those that cutting the whole at form feeds gives. */
#include <assert.h>
#include <stdint.h>
#include "../../native/framing.c"

struct expectation {
	const char *at;
	size_t left;
};

static int compare(void *data, const char *message, size_t size)
{
	struct expectation *e = data;
	const char *end = memchr(e->at, '\f', e->left);

	assert(end && (size_t)(end - e->at) == size && !memcmp(e->at, message, size));
	e->left -= size + 1;
	e->at = end + 1;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct framing f = {0};
	struct expectation e;
	size_t piece, at = 1;
	int r = 0;

	if (size < 1)
		return 0;
	/* The first byte decides on the pieces; up to 64 KiB, so that the limit is met as well. */
	piece = (size_t)bytes[0] * bytes[0] + 1;
	e = (struct expectation){.at = (const char *)bytes + 1, .left = size - 1};
	while (at < size && !r) {
		size_t n = size - at < piece ? size - at : piece;

		r = framing_feed(&f, (const char *)bytes + at, n, compare, &e);
		at += n;
	}
	assert(r == 0 || r == -EMSGSIZE);
	if (!r)
		assert(!memchr(e.at, '\f', e.left) && f.used == e.left);
	framing_free(&f);
	return 0;
}
