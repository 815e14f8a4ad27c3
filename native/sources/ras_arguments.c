/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "ras_arguments.h"

#define NAME "-name"
#define GUEST "guest="

/* The next argument behind `at`, or the first if NULL; NULL: there is none. Its length into *length. */
static const char *next(struct ras_arguments a, const char *at, size_t *length)
{
	const char *end = a.bytes + a.size;

	at = at ? at + strnlen(at, (size_t)(end - at)) + 1 : a.bytes;
	if (at >= end)
		return NULL;
	*length = strnlen(at, (size_t)(end - at));
	return at;
}

static bool is(const char *argument, size_t length, const char *word)
{
	return length == strlen(word) && !memcmp(argument, word, length);
}

struct argument {
	const char *at; /* NULL: there is none */
	size_t length;
};

/* `-name` that has a value behind it, and that. */
static const char *find_name(struct ras_arguments a, struct argument *value)
{
	size_t length;

	value->at = NULL;
	value->length = 0;
	for (const char *at = next(a, NULL, &length); at; at = next(a, at, &length)) {
		if (!is(at, length, NAME))
			continue;
		value->at = next(a, at, &value->length);
		return value->at ? at : NULL;
	}
	return NULL;
}

struct writer {
	char *out;
	size_t size, used;
};

static void put(struct writer *w, const char *argument, size_t length)
{
	size_t room = w->size - 1 - w->used;

	if (w->used && room) {
		w->out[w->used++] = ' ';
		room--;
	}
	if (length > room)
		length = room;
	memcpy(w->out + w->used, argument, length);
	w->used += length;
	w->out[w->used] = '\0';
}

void ras_command_text(struct ras_arguments a, char *out, size_t size)
{
	struct writer w = {.out = out, .size = size};
	struct argument value;
	const char *name = find_name(a, &value), *at;
	size_t length;

	out[0] = '\0';
	/* Where it stands, it is not cut off. */
	if (name == a.bytes || (name && (size_t)(value.at - a.bytes) + value.length < size))
		name = NULL;
	at = next(a, NULL, &length);
	if (!at)
		return;
	put(&w, at, length);
	if (name) {
		put(&w, name, strlen(NAME));
		put(&w, value.at, value.length);
	}
	while ((at = next(a, at, &length)))
		if (!name || (at != name && at != value.at))
			put(&w, at, length);
}

bool ras_command_is_hypervisor(struct ras_arguments a)
{
	const char *program, *slash;
	struct argument value;
	size_t length;

	if (find_name(a, &value) && value.length >= strlen(GUEST) && !memcmp(value.at, GUEST, strlen(GUEST)))
		return true;
	program = next(a, NULL, &length);
	if (!program)
		return false;
	slash = memrchr(program, '/', length);
	if (slash) {
		length -= (size_t)(slash + 1 - program);
		program = slash + 1;
	}
	return length >= 4 && !memcmp(program, "qemu", 4);
}
