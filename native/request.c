/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "request.h"

/* attach and configure need 5; jansson would recurse to 2048. */
#define DEPTH_MAX 8
/* Numbers travel as doubles in JavaScript. */
#define SAFE_INTEGER_MAX 9007199254740991LL

static const char *const names[] = {
    [REQUEST_ATTACH] = "attach",
    [REQUEST_CONFIGURE] = "configure",
    [REQUEST_TRACE] = "trace",
    [REQUEST_SNAPSHOT] = "snapshot",
};

struct parse {
	char *why;
	size_t why_size;
};

static int refuse(struct parse *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static int refuse(struct parse *p, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(p->why, p->why_size, fmt, args);
	va_end(args);
	return -EINVAL;
}

void request_prepare(void)
{
	json_object_seed(0);
}

const char *request_name(enum request_type type)
{
	return (size_t)type < sizeof(names) / sizeof(names[0]) && names[type] ? names[type] : "unknown";
}

static int depth_exceeds(const char *text, size_t size, int max)
{
	int depth = 0;
	bool string = false;

	for (size_t i = 0; i < size; i++) {
		char c = text[i];

		if (string && c == '\\')
			i++;
		else if (c == '"')
			string = !string;
		else if (!string && (c == '{' || c == '['))
			depth++;
		else if (!string && (c == '}' || c == ']'))
			depth--;
		if (depth > max)
			return 1;
	}
	return 0;
}

static int get_uint(struct parse *p, const json_t *object, const char *where, const char *key, uint64_t low,
		    uint64_t high, uint64_t *out)
{
	const json_t *value = json_object_get(object, key);
	json_int_t n = json_integer_value(value);

	if (!json_is_integer(value) || n < 0 || (uint64_t)n < low || (uint64_t)n > high)
		return refuse(p, "%s%s: expected an integer from %llu to %llu", where, key,
			      (unsigned long long)low, (unsigned long long)high);
	*out = (uint64_t)n;
	return 0;
}

static int get_u32(struct parse *p, const json_t *object, const char *where, const char *key, uint32_t low,
		   uint32_t high, uint32_t *out)
{
	uint64_t n;
	int r = get_uint(p, object, where, key, low, high, &n);

	if (!r)
		*out = (uint32_t)n;
	return r;
}

static int get_array(struct parse *p, const json_t *object, const char *key, size_t max, const json_t **out)
{
	*out = json_object_get(object, key);
	if (!json_is_array(*out) || json_array_size(*out) > max)
		return refuse(p, "%s: expected an array of at most %zu", key, max);
	return 0;
}

static int get_address(struct parse *p, const json_t *object, const char *where, const char *key,
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

static int parse_attach(struct parse *p, const json_t *data, struct request_attach *out)
{
	const json_t *cursor = json_object_get(data, "cursor");
	int r;

	if (json_is_null(cursor))
		return 0;
	if (!json_is_object(cursor))
		return refuse(p, "cursor: expected {epoch, seq} or null");
	out->has_cursor = true;
	r = get_uint(p, cursor, "cursor.", "epoch", 0, SAFE_INTEGER_MAX, &out->epoch);
	return r ? r : get_uint(p, cursor, "cursor.", "seq", 0, SAFE_INTEGER_MAX, &out->seq);
}

static int parse_ports(struct parse *p, const json_t *data, struct request_configure *out)
{
	const json_t *ports;
	int r = get_array(p, data, "ports", REQUEST_PORTS_MAX, &ports);

	if (r)
		return r;
	for (size_t i = 0; i < json_array_size(ports); i++) {
		const json_t *pair = json_array_get(ports, i);
		const json_t *first = json_array_get(pair, 0), *last = json_array_get(pair, 1);
		json_int_t low = json_integer_value(first), high = json_integer_value(last);

		if (json_array_size(pair) != 2 || !json_is_integer(first) || !json_is_integer(last) ||
		    low < 1 || high > UINT16_MAX || low > high)
			return refuse(p, "ports[%zu]: expected [low, high], 1 to 65535", i);
		out->ports[i].low = (uint16_t)low;
		out->ports[i].high = (uint16_t)high;
	}
	out->port_count = json_array_size(ports);
	return 0;
}

static int parse_probe(struct parse *p, const json_t *item, size_t i, struct request_probe *out)
{
	char where[24];
	int r;

	snprintf(where, sizeof(where), "probes[%zu].", i);
	if (!json_is_object(item))
		return refuse(p, "probes[%zu]: expected an object", i);
	r = get_u32(p, item, where, "ifindex", 1, INT32_MAX, &out->ifindex);
	if (!r)
		r = get_address(p, item, where, "source", true, &out->source);
	if (!r)
		r = get_address(p, item, where, "target", false, &out->target);
	if (!r)
		r = get_u32(p, item, where, "interval_ms", 20, 10000, &out->interval_ms);
	if (!r)
		r = get_u32(p, item, where, "lost_after", 1, 20, &out->lost_after);
	if (!r && out->source.family && out->source.family != out->target.family)
		r = refuse(p, "%ssource: not of the target's family", where);
	return r;
}

static bool same_probe(const struct request_probe *a, const struct request_probe *b)
{
	return a->ifindex == b->ifindex && !memcmp(&a->target, &b->target, sizeof(a->target)) &&
	       !memcmp(&a->source, &b->source, sizeof(a->source));
}

static int parse_probes(struct parse *p, const json_t *data, struct request_configure *out)
{
	const json_t *probes;
	unsigned int echoes = 0;
	int r = get_array(p, data, "probes", REQUEST_PROBES_MAX, &probes);

	for (size_t i = 0; !r && i < json_array_size(probes); i++) {
		struct request_probe *probe = &out->probes[i];

		r = parse_probe(p, json_array_get(probes, i), i, probe);
		for (size_t k = 0; !r && k < i; k++)
			if (same_probe(probe, &out->probes[k]))
				r = refuse(p, "probes[%zu]: the same as probes[%zu]", i, k);
		if (!r)
			echoes += (1000 + probe->interval_ms - 1) / probe->interval_ms;
	}
	if (!r && echoes > REQUEST_ECHOES_MAX)
		r = refuse(p, "probes: %u echoes a second asked for, at most %d are sent", echoes,
			   REQUEST_ECHOES_MAX);
	if (!r)
		out->probe_count = json_array_size(probes);
	return r;
}

static int parse_configure(struct parse *p, const json_t *data, struct request_configure *out)
{
	int r = parse_ports(p, data, out);

	if (!r)
		r = get_u32(p, data, "", "unacked_ms", 10, 10000, &out->unacked_ms);
	if (!r)
		r = get_u32(p, data, "", "unanswered_ms", 50, 60000, &out->unanswered_ms);
	if (!r)
		r = parse_probes(p, data, out);
	return r;
}

static int parse_root(struct parse *p, const json_t *root, struct request *out)
{
	const char *type = json_string_value(json_object_get(root, "type"));
	const json_t *data = json_object_get(root, "data");

	for (size_t i = 0; type && i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i] && !strcmp(type, names[i]))
			out->type = (enum request_type)i;
	if (!out->type)
		return refuse(p, "type: expected attach, configure, trace or snapshot");
	if (!json_is_object(data))
		return refuse(p, "data: expected an object");
	switch (out->type) {
	case REQUEST_ATTACH:
		return parse_attach(p, data, &out->attach);
	case REQUEST_CONFIGURE:
		return parse_configure(p, data, &out->configure);
	case REQUEST_TRACE:
		return get_u32(p, data, "", "for_ms", 100, 30000, &out->trace.for_ms);
	case REQUEST_SNAPSHOT:
		break;
	}
	return 0;
}

int request_parse(const char *text, size_t size, struct request *out, char *why, size_t why_size)
{
	struct parse p = {.why = why, .why_size = why_size};
	json_error_t error;
	json_t *root;
	int r;

	memset(out, 0, sizeof(*out));
	if (size > REQUEST_BYTES_MAX || depth_exceeds(text, size, DEPTH_MAX)) {
		refuse(&p, "larger than %d bytes or nested deeper than %d", REQUEST_BYTES_MAX, DEPTH_MAX);
		return -EBADMSG;
	}
	root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
	if (!root) {
		refuse(&p, "not JSON: %.120s", error.text);
		return -EBADMSG;
	}
	r = parse_root(&p, root, out);
	json_decref(root);
	return r;
}
