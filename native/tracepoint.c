/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "tracepoint.h"

/* Names of names, const of volatile…: BTF from a file may go round in a circle. */
#define CHAIN_MAX 32

/* The type behind typedefs and qualifiers; NULL: void, or the BTF is broken. */
static const struct btf_type *resolve(const struct btf *btf, __u32 id)
{
	int at = btf__resolve_type(btf, id);

	return at > 0 ? btf__type_by_id(btf, (__u32)at) : NULL;
}

static bool is_number(const struct btf *btf, __u32 id)
{
	const struct btf_type *t = resolve(btf, id);

	return t && (btf_is_int(t) || btf_is_any_enum(t)) && t->size <= 8;
}

static bool is_bytes(const struct btf *btf, __u32 id)
{
	const struct btf_type *t = resolve(btf, id);

	t = t && btf_is_ptr(t) ? resolve(btf, t->type) : NULL;
	return t && btf_is_int(t) && t->size == 1;
}

/* The name that `want` has among those of what is pointed to, else the first one it has; NULL: no pointer. */
static const char *pointee(const struct btf *btf, __u32 id, const char *want)
{
	const struct btf_type *t = resolve(btf, id);
	const char *first = "";

	if (!t || !btf_is_ptr(t))
		return NULL;
	id = t->type;
	for (unsigned int i = 0; i < CHAIN_MAX; i++) {
		const char *name;

		t = btf__type_by_id(btf, id);
		if (!t)
			break;
		name = btf__name_by_offset(btf, t->name_off);
		if (name && !strcmp(name, want))
			return name;
		if (name && !first[0])
			first = name;
		if (!btf_is_mod(t) && !btf_is_typedef(t))
			break;
		id = t->type;
	}
	return first;
}

static bool fits(const struct btf *btf, __u32 id, const char *want, const char **got)
{
	*got = pointee(btf, id, want);
	if (!strcmp(want, TRACEPOINT_NUMBER))
		return is_number(btf, id);
	if (!strcmp(want, TRACEPOINT_BYTES))
		return is_bytes(btf, id);
	return *got && !strcmp(*got, want);
}

/* typedef void (*btf_trace_x)(void *, …): what it points to; NULL: it is something else. */
static const struct btf_type *prototype(const struct btf *btf, __u32 id)
{
	const struct btf_type *t = resolve(btf, id);

	t = t && btf_is_ptr(t) ? btf__type_by_id(btf, t->type) : NULL;
	return t && btf_is_func_proto(t) && btf_vlen(t) > 0 ? t : NULL;
}

int tracepoint_check(const struct btf *btf, const struct tracepoint *want, char *why, size_t size)
{
	const struct btf_type *proto;
	const struct btf_param *given;
	char name[80];
	int id;

	snprintf(name, sizeof(name), "btf_trace_%s", want->name);
	id = btf ? btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF) : -ENOENT;
	if (id <= 0) {
		snprintf(why, size, "no %s", want->name);
		return -ENOENT;
	}
	proto = prototype(btf, (__u32)id);
	if (!proto) {
		snprintf(why, size, "%s is no tracepoint", want->name);
		return -EPROTO;
	}
	given = btf_params(proto) + 1; /* behind the first, which is nobody's */
	for (unsigned int i = 0; want->parameters[i]; i++) {
		const char *got;

		if (i + 1 >= btf_vlen(proto)) {
			snprintf(why, size, "%s: %u parameters only", want->name, i);
			return -EPROTO;
		}
		if (fits(btf, given[i].type, want->parameters[i], &got))
			continue;
		snprintf(why, size, "%s: parameter %u is %s%s, not %s", want->name, i + 1,
			 got ? "a pointer to " : "no pointer",
			 !got	  ? ""
			 : got[0] ? got
				  : "something",
			 want->parameters[i]);
		return -EPROTO;
	}
	return 0;
}
