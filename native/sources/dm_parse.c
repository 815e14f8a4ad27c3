/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "dm_parse.h"

#define WORD_MAX 32
/* More groups or words than any table has: an end to loops over a count that says anything. */
#define COUNT_MAX 1024

struct words {
	const char *at;
};

/* Copies the next word; one that is longer than any that we read is no error: it may be a path selector's. */
static bool next(struct words *w, char word[WORD_MAX])
{
	size_t length, kept;

	w->at += strspn(w->at, " ");
	length = strcspn(w->at, " ");
	kept = length < WORD_MAX ? length : WORD_MAX - 1;
	memcpy(word, w->at, kept);
	word[kept] = '\0';
	w->at += length;
	return length > 0;
}

static bool number(const char *word, char end, const char **rest, uint32_t *out)
{
	char *stop;
	unsigned long value;

	if (word[0] < '0' || word[0] > '9')
		return false;
	value = strtoul(word, &stop, 10);
	if (*stop != end || value > UINT32_MAX)
		return false;
	*out = (uint32_t)value;
	if (rest)
		*rest = stop + 1;
	return true;
}

static bool next_number(struct words *w, uint32_t *out)
{
	char word[WORD_MAX];

	return next(w, word) && number(word, '\0', NULL, out);
}

static bool next_count(struct words *w, uint32_t *out)
{
	return next_number(w, out) && *out <= COUNT_MAX;
}

static bool skip(struct words *w, uint32_t count)
{
	char word[WORD_MAX];

	while (count--)
		if (!next(w, word))
			return false;
	return true;
}

/* A count, and as many words. */
static bool skip_counted(struct words *w)
{
	uint32_t count;

	return next_count(w, &count) && skip(w, count);
}

/* major:minor, A or F, failures, and what the path selector says of it. */
static bool parse_path(struct words *w, uint32_t selector_words, struct dm_status *out)
{
	char device[WORD_MAX], state[WORD_MAX];
	struct dm_path path;
	const char *minor;

	if (!next(w, device) || !number(device, ':', &minor, &path.major) ||
	    !number(minor, '\0', NULL, &path.minor) || !next(w, state) ||
	    (strcmp(state, "A") && strcmp(state, "F")) || !next_number(w, &path.failures) ||
	    !skip(w, selector_words))
		return false;
	path.active = state[0] == 'A';
	if (out->path_count < DM_PATHS_MAX)
		out->paths[out->path_count++] = path;
	else
		out->more = true;
	return true;
}

/* A, D or E, the selector's own words, the number of paths and of selector words for each of them. */
static bool parse_group(struct words *w, struct dm_status *out)
{
	uint32_t paths, selector_words;

	if (!skip(w, 1) || !skip_counted(w) || !next_count(w, &paths) || !next_count(w, &selector_words))
		return false;
	while (paths--)
		if (!parse_path(w, selector_words, out))
			return false;
	return true;
}

int dm_parse_paths(const char *text, struct dm_status *out)
{
	struct words w = {.at = text};
	uint32_t groups, next_group;

	out->path_count = 0;
	out->more = false;
	if (!skip_counted(&w) || !skip_counted(&w) || !next_count(&w, &groups) ||
	    !next_number(&w, &next_group))
		return -EBADMSG;
	while (groups--)
		if (!parse_group(&w, out))
			return -EBADMSG;
	return 0;
}

int dm_parse(const void *bytes, size_t size, struct dm_status *out)
{
	struct dm_target_spec spec;
	struct dm_ioctl head;
	const char *text;

	if (size < sizeof(head))
		return -EBADMSG;
	memcpy(&head, bytes, sizeof(head));
	if (head.flags & DM_BUFFER_FULL_FLAG)
		return -ENOSPC;
	if (!head.target_count)
		return -ENOMSG;
	if (head.data_size < size)
		size = head.data_size;
	if (size < sizeof(spec) || head.data_start > size - sizeof(spec))
		return -EBADMSG;
	memcpy(&spec, (const char *)bytes + head.data_start, sizeof(spec));
	/* A multipath device has one target, over its whole length. */
	if (strncmp(spec.target_type, "multipath", sizeof(spec.target_type)))
		return -ENOMSG;
	text = (const char *)bytes + head.data_start + sizeof(spec);
	if (!memchr(text, '\0', size - head.data_start - sizeof(spec)))
		return -EBADMSG;
	memcpy(out->name, head.name, sizeof(out->name));
	out->name[sizeof(out->name) - 1] = '\0';
	return dm_parse_paths(text, out);
}
