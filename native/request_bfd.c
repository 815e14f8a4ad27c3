/* SPDX-License-Identifier: Apache-2.0 */
/* configure.bfd: which BFD sessions to keep. */
#include "request_get.h"

/* An address that a session can have at its end. */
static bool is_unicast(const struct ip_address *a)
{
	static const uint8_t none[16];

	if (a->family == 4)
		return a->bytes[0] && a->bytes[0] < 224;
	return a->bytes[0] != 0xff && memcmp(a->bytes, none, sizeof(none));
}

static int get_unicast(struct parse *p, const json_t *item, const char *where, const char *key,
		       struct ip_address *out)
{
	int r = get_address(p, item, where, key, false, out);

	return r || is_unicast(out) ? r : refuse(p, "%s%s: expected a unicast address", where, key);
}

static int parse_session(struct parse *p, const json_t *item, size_t i, struct request_bfd *out)
{
	const json_t *micro = json_object_get(item, "micro");
	char where[32];
	int r;

	snprintf(where, sizeof(where), "bfd[%zu].", i);
	if (!json_is_object(item))
		return refuse(p, "bfd[%zu]: expected an object", i);
	r = get_u32(p, item, where, "ifindex", 1, INT32_MAX, &out->ifindex);
	if (!r)
		r = get_unicast(p, item, where, "local", &out->local);
	if (!r)
		r = get_unicast(p, item, where, "remote", &out->remote);
	if (!r && !json_is_boolean(micro))
		r = refuse(p, "%smicro: expected true or false", where);
	if (!r)
		r = get_u32(p, item, where, "interval_ms", 10, 10000, &out->interval_ms);
	if (!r)
		r = get_u32(p, item, where, "detect_mult", 1, 50, &out->detect_mult);
	if (!r && (out->local.family != out->remote.family ||
		   !memcmp(&out->local, &out->remote, sizeof(out->local))))
		r = refuse(p, "%slocal: expected another address of remote's family", where);
	out->micro = json_is_true(micro);
	return r;
}

int request_parse_bfd(struct parse *p, const json_t *data, struct request_configure *out)
{
	const json_t *sessions;
	int r = get_array(p, data, "bfd", REQUEST_BFD_MAX, &sessions);

	for (size_t i = 0; !r && i < json_array_size(sessions); i++) {
		struct request_bfd *session = &out->bfd[i];

		r = parse_session(p, json_array_get(sessions, i), i, session);
		for (size_t k = 0; !r && k < i; k++)
			if (session->ifindex == out->bfd[k].ifindex &&
			    !memcmp(&session->remote, &out->bfd[k].remote, sizeof(session->remote)))
				r = refuse(p, "bfd[%zu]: the same leg and remote as bfd[%zu]", i, k);
	}
	if (!r)
		out->bfd_count = json_array_size(sessions);
	return r;
}
