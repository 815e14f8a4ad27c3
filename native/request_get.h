/* SPDX-License-Identifier: Apache-2.0 */
/* Values of a request, with their bounds: request.c and the files of its parts. A refusal says where and
 * what. */
#ifndef PATHWARDEN_REQUEST_GET_H
#define PATHWARDEN_REQUEST_GET_H

#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "request.h"

/* Numbers travel as doubles in JavaScript. */
#define SAFE_INTEGER_MAX 9007199254740991LL

struct parse {
	char *why;
	size_t why_size;
};

static inline int refuse(struct parse *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static inline int refuse(struct parse *p, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(p->why, p->why_size, fmt, args);
	va_end(args);
	return -EINVAL;
}

static inline int get_uint(struct parse *p, const json_t *object, const char *where, const char *key,
			   uint64_t low, uint64_t high, uint64_t *out)
{
	const json_t *value = json_object_get(object, key);
	json_int_t n = json_integer_value(value);

	if (!json_is_integer(value) || n < 0 || (uint64_t)n < low || (uint64_t)n > high)
		return refuse(p, "%s%s: expected an integer from %llu to %llu", where, key,
			      (unsigned long long)low, (unsigned long long)high);
	*out = (uint64_t)n;
	return 0;
}

static inline int get_u32(struct parse *p, const json_t *object, const char *where, const char *key,
			  uint32_t low, uint32_t high, uint32_t *out)
{
	uint64_t n = 0;
	int r = get_uint(p, object, where, key, low, high, &n);

	if (!r)
		*out = (uint32_t)n;
	return r;
}

static inline int get_array(struct parse *p, const json_t *object, const char *key, size_t max,
			    const json_t **out)
{
	*out = json_object_get(object, key);
	if (!json_is_array(*out) || json_array_size(*out) > max)
		return refuse(p, "%s: expected an array of at most %zu", key, max);
	return 0;
}

static inline int get_address(struct parse *p, const json_t *object, const char *where, const char *key,
			      bool or_null, struct ip_address *out)
{
	const json_t *value = json_object_get(object, key);
	const char *text = json_string_value(value);

	memset(out, 0, sizeof(*out));
	if (or_null && json_is_null(value))
		return 0;
	/* A string with a NUL inside must not pass for its first half. */
	if (text && json_string_length(value) == strlen(text)) {
		if (inet_pton(AF_INET, text, out->bytes) == 1)
			out->family = 4;
		else if (inet_pton(AF_INET6, text, out->bytes) == 1)
			out->family = 6;
	}
	return out->family
		   ? 0
		   : refuse(p, "%s%s: expected an IP address%s", where, key, or_null ? " or null" : "");
}

/* --- request_probes.c --- */
int request_parse_probes(struct parse *p, const json_t *data, struct request_configure *out);
/* --- request_bfd.c --- */
int request_parse_bfd(struct parse *p, const json_t *data, struct request_configure *out);

#endif
