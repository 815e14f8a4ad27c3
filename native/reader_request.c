/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include "reader.h"

static const char *const names[] = {[READER_ATTACH] = "attach", [READER_READ] = "read"};

const char *reader_request_name(enum reader_request_type type)
{
	return (size_t)type < sizeof(names) / sizeof(names[0]) && names[type] ? names[type] : "unknown";
}

static int refuse(char why[READER_REASON_MAX], const char *what)
{
	snprintf(why, READER_REASON_MAX, "%s", what);
	return -EINVAL;
}

/* A string with a NUL inside must not pass for its first half. */
static bool get_name(const json_t *data, const char *key, char out[READER_SUBJECT_MAX])
{
	const json_t *value = json_object_get(data, key);
	const char *text = json_string_value(value);

	if (!text || json_string_length(value) != strlen(text) || !reader_name_is_plain(text))
		return false;
	snprintf(out, READER_SUBJECT_MAX, "%s", text);
	return true;
}

static int parse_root(const json_t *root, struct reader_request *out, char why[READER_REASON_MAX])
{
	const char *type = json_string_value(json_object_get(root, "type"));
	const json_t *data = json_object_get(root, "data");

	for (size_t i = 0; type && i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i] && !strcmp(type, names[i]))
			out->type = (enum reader_request_type)i;
	if (!out->type)
		return refuse(why, "type: expected attach or read");
	if (!json_is_object(data))
		return refuse(why, "data: expected an object");
	if (out->type == READER_READ &&
	    (!get_name(data, "tool", out->tool) || !get_name(data, "subject", out->subject)))
		return refuse(why, "tool, subject: expected names that a reading has");
	return 0;
}

int reader_request_parse(const char *text, size_t size, struct reader_request *out,
			 char why[READER_REASON_MAX])
{
	json_error_t error;
	json_t *root;
	int r;

	*out = (struct reader_request){0};
	root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
	if (!root) {
		snprintf(why, READER_REASON_MAX, "not JSON: %.120s", error.text);
		return -EBADMSG;
	}
	r = parse_root(root, out, why);
	json_decref(root);
	return r;
}
