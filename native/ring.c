/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include "ring.h"

/* Records are padded to 8 bytes and never wrap: size 0 says that the rest of this lap is unused. */
struct record {
	uint32_t size; /* of the frame, without this header and the padding */
	uint32_t pad;
};

static size_t padded(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

int ring_init(struct ring *r, size_t size)
{
	void *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (bytes == MAP_FAILED)
		return -ENOMEM;
	*r = (struct ring){.bytes = bytes, .size = size, .next_seq = 1, .oldest_seq = 1};
	return 0;
}

void ring_free(struct ring *r)
{
	if (r->bytes)
		munmap(r->bytes, r->size);
	r->bytes = NULL;
}

static size_t offset_of(const struct ring *r, uint64_t at)
{
	return (size_t)(at & (r->size - 1));
}

/* Moves over the unused rest of a lap. */
static uint64_t normalize(const struct ring *r, uint64_t at)
{
	struct record record;
	size_t offset = offset_of(r, at);

	if (at == r->head)
		return at;
	memcpy(&record, r->bytes + offset, sizeof(record));
	return record.size ? at : at + (r->size - offset);
}

static uint64_t step(const struct ring *r, uint64_t at)
{
	struct record record;

	memcpy(&record, r->bytes + offset_of(r, at), sizeof(record));
	return at + sizeof(record) + padded(record.size);
}

static void make_room(struct ring *r, size_t need)
{
	while (r->head + need - r->tail > r->size) {
		r->tail = normalize(r, r->tail);
		if (r->tail == r->head)
			return;
		r->tail = step(r, r->tail);
		r->oldest_seq++;
	}
}

uint64_t ring_append(struct ring *r, const struct frame *f)
{
	struct record record = {.size = (uint32_t)frame_size(f)};
	size_t need = sizeof(record) + padded(record.size);
	size_t left = r->size - offset_of(r, r->head);

	if (left < need) {
		struct record skip = {0};

		make_room(r, left);
		memcpy(r->bytes + offset_of(r, r->head), &skip, sizeof(skip));
		r->head += left;
	}
	make_room(r, need);
	memcpy(r->bytes + offset_of(r, r->head), &record, sizeof(record));
	memcpy(r->bytes + offset_of(r, r->head) + sizeof(record), f, record.size);
	r->head += need;
	return r->next_seq++;
}

struct ring_cursor ring_end(const struct ring *r)
{
	return (struct ring_cursor){.at = r->head, .seq = r->next_seq};
}

int ring_after(const struct ring *r, uint64_t seq, struct ring_cursor *c)
{
	uint64_t at = r->tail;

	if (seq >= r->next_seq || seq + 1 < r->oldest_seq)
		return -ENOENT;
	for (uint64_t s = r->oldest_seq; s <= seq; s++)
		at = step(r, normalize(r, at));
	*c = (struct ring_cursor){.at = at, .seq = seq + 1};
	return 0;
}

int ring_read(const struct ring *r, struct ring_cursor *c, struct frame *f, uint64_t *seq)
{
	struct record record;
	uint64_t at;

	if (c->seq == r->next_seq)
		return 0;
	if (c->seq < r->oldest_seq)
		return -EOVERFLOW;
	at = normalize(r, c->at);
	memcpy(&record, r->bytes + offset_of(r, at), sizeof(record));
	memset(f, 0, sizeof(*f));
	memcpy(f, r->bytes + offset_of(r, at) + sizeof(record), record.size);
	*seq = c->seq++;
	c->at = step(r, at);
	return 1;
}
