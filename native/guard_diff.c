/* SPDX-License-Identifier: Apache-2.0 */
/* Two states compared. */
#include "guard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <linux/rtnetlink.h>

struct form { /* a record in normal form */
	uint64_t hash;
	uint32_t size, index; /* index: position among its own */
	const unsigned char *bytes;
};

struct forms {
	struct form *form;
	unsigned char *arena;
};

static uint64_t hash_of(const unsigned char *p, size_t size)
{
	uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */

	while (size--)
		h = (h ^ *p++) * 0x100000001b3u;
	return h;
}

static int make_forms(const struct records *r, const struct nlmsghdr **msgs, struct forms *f)
{
	size_t room = r->used + (size_t)r->count * 32 + 64, used = 0;
	uint32_t i = 0;

	f->form = calloc(r->count + 1, sizeof(*f->form));
	f->arena = malloc(room);
	if (!f->form || !f->arena)
		return -ENOMEM;
	records_each(msg, r)
	{
		struct form *form = &f->form[i];

		form->bytes = f->arena + used;
		form->size = (uint32_t)record_normalise(msg, RECORD_COMPARE, 0, f->arena + used, room - used);
		if (!form->size)
			return -EMSGSIZE;
		form->hash = hash_of(form->bytes, form->size);
		form->index = i;
		used += form->size;
		msgs[i++] = msg;
	}
	return 0;
}

static void free_forms(struct forms *f)
{
	free(f->form);
	free(f->arena);
}

static int by_hash(const void *a, const void *b)
{
	const struct form *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->index < y->index ? -1 : 1;
}

/* The first one equal to `want` that nobody has taken; UINT32_MAX = none. */
static uint32_t find(const struct forms *f, uint32_t count, const struct form *want, bool *taken)
{
	uint32_t low = 0, high = count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (f->form[middle].hash < want->hash)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < count && f->form[low].hash == want->hash; low++) {
		const struct form *it = &f->form[low];

		if (!taken[it->index] && it->size == want->size &&
		    !memcmp(it->bytes, want->bytes, it->size)) {
			taken[it->index] = true;
			return it->index;
		}
	}
	return UINT32_MAX;
}

static bool is_ipv4_route(const struct nlmsghdr *msg)
{
	return msg->nlmsg_type == RTM_NEWROUTE &&
	       ((const struct rtmsg *)NLMSG_DATA(msg))->rtm_family == AF_INET;
}

int diff_make(struct diff *d, const struct records *before, const struct records *after)
{
	struct forms old = {0}, new = {0};
	int rc = -ENOMEM;

	*d = (struct diff){.before = before,
			   .after = after,
			   .before_count = before->count,
			   .after_count = after->count,
			   .before_msg = calloc(before->count + 1, sizeof(void *)),
			   .after_msg = calloc(after->count + 1, sizeof(void *)),
			   .before_match = calloc(before->count + 1, sizeof(uint32_t)),
			   .after_matched = calloc(after->count + 1, sizeof(bool))};
	if (!d->before_msg || !d->after_msg || !d->before_match || !d->after_matched)
		goto out;
	rc = make_forms(before, d->before_msg, &old);
	if (!rc)
		rc = make_forms(after, d->after_msg, &new);
	if (rc)
		goto out;
	qsort(new.form, after->count, sizeof(*new.form), by_hash);
	for (uint32_t i = 0; i < before->count; i++) {
		d->before_match[i] = find(&new, after->count, &old.form[i], d->after_matched);
		if (d->before_match[i] == UINT32_MAX && !record_owned(d->before_msg[i]))
			d->missing_count++;
		/* Which of several IPv4 routes with one name is used is decided by their order. */
		if (i && d->before_match[i] != UINT32_MAX && d->before_match[i - 1] != UINT32_MAX &&
		    d->before_match[i] < d->before_match[i - 1] && is_ipv4_route(d->before_msg[i]) &&
		    record_same_name(d->before_msg[i - 1], d->before_msg[i]))
			d->order_changed = true;
	}
	for (uint32_t i = 0; i < after->count; i++)
		if (!d->after_matched[i] && !record_owned(d->after_msg[i]))
			d->extra_count++;
out:
	free_forms(&old);
	free_forms(&new);
	if (rc)
		diff_free(d);
	return rc;
}

void diff_free(struct diff *d)
{
	free(d->before_msg);
	free(d->after_msg);
	free(d->before_match);
	free(d->after_matched);
	*d = (struct diff){0};
}

static const struct nlmsghdr *namesake(const struct nlmsghdr **msgs, uint32_t count, const bool *matched,
				       const struct nlmsghdr *msg)
{
	for (uint32_t i = 0; i < count; i++)
		if (!matched[i] && record_same_name(msgs[i], msg))
			return msgs[i];
	return NULL;
}

static bool is_missing(const struct diff *d, const struct nlmsghdr *msg)
{
	for (uint32_t i = 0; i < d->before_count; i++)
		if (d->before_match[i] == UINT32_MAX && record_same_name(d->before_msg[i], msg))
			return true;
	return false;
}

void diff_tell(const struct diff *d, struct lines *differences, struct lines *owners)
{
	char text[LINE_BYTES], now[LINE_BYTES];

	for (uint32_t i = 0; i < d->before_count; i++) {
		const struct nlmsghdr *msg = d->before_msg[i], *changed;

		if (d->before_match[i] != UINT32_MAX)
			continue;
		record_text(msg, text, sizeof(text));
		changed = namesake(d->after_msg, d->after_count, d->after_matched, msg);
		if (changed) {
			record_text(changed, now, sizeof(now));
			lines_add(record_owned(msg) ? owners : differences, "changed: %.110s, now: %.110s",
				  text, now);
		} else {
			lines_add(record_owned(msg) ? owners : differences, "gone: %.240s", text);
		}
	}
	for (uint32_t i = 0; i < d->after_count; i++) {
		const struct nlmsghdr *msg = d->after_msg[i];

		if (d->after_matched[i] || is_missing(d, msg))
			continue;
		record_text(msg, text, sizeof(text));
		lines_add(record_owned(msg) ? owners : differences, "new: %.240s", text);
	}
	if (d->order_changed)
		lines_add(differences,
			  "changed: order of IPv4 routes with the same destination, table and metric");
}
