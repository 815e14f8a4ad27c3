/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "framing.h"
#include "request.h"

static int keep(struct framing *f, const char *bytes, size_t n)
{
	size_t size = f->size ? f->size : 1024;
	char *grown;

	if (n == 0)
		return 0;
	while (size < f->used + n)
		size *= 2;
	if (size != f->size) {
		grown = realloc(f->partial, size);
		if (!grown)
			return -ENOMEM;
		f->partial = grown;
		f->size = size;
	}
	memcpy(f->partial + f->used, bytes, n);
	f->used += n;
	return 0;
}

int framing_feed(struct framing *f, const char *bytes, size_t n, framing_fn fn, void *data)
{
	while (n) {
		const char *end = memchr(bytes, '\f', n);
		size_t length = end ? (size_t)(end - bytes) : n;
		int r;

		if (f->used + length > REQUEST_BYTES_MAX)
			return -EMSGSIZE;
		if (!end)
			return keep(f, bytes, n);
		if (f->used) {
			r = keep(f, bytes, length);
			if (!r)
				r = fn(data, f->partial, f->used);
			framing_free(f);
		} else {
			r = fn(data, bytes, length);
		}
		if (r)
			return r;
		bytes += length + 1;
		n -= length + 1;
	}
	return 0;
}

void framing_free(struct framing *f)
{
	free(f->partial);
	*f = (struct framing){0};
}
