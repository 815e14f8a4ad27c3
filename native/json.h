/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bounded writer of named fields, in one of two styles: JSON for the wire, `name=value` for a person.
 * So each frame's fields are listed once (frame.c). Nothing is written past the end; json_finish() tells.
 */
#ifndef PATHWARDEN_JSON_H
#define PATHWARDEN_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum json_style { JSON_WIRE, JSON_TEXT };

struct json {
	char *buf;
	size_t size, used;
	enum json_style style;
	bool overflow;
	bool first; /* no comma before the next field */
};

void json_start(struct json *j, enum json_style style, char *buf, size_t size);

/* Fields of an object: name is a literal of ours and needs no escaping. Inside an array pass name = NULL. */
void json_put_uint(struct json *j, const char *name, uint64_t value);
void json_put_int(struct json *j, const char *name, int64_t value);
void json_put_bool(struct json *j, const char *name, bool value);
/* Any bytes up to the NUL or max: control characters are escaped, what is not UTF-8 becomes U+FFFD. At most
 * six bytes for each. */
void json_put_text(struct json *j, const char *name, const char *value, size_t max);
/* In text style an absent value is left out. */
void json_put_null(struct json *j, const char *name);
void json_open(struct json *j, const char *name, char bracket);
void json_close(struct json *j, char bracket);

/* Bytes as they are, in both styles. */
void json_put_raw(struct json *j, const char *text);

/* NUL-terminates. Length without the NUL, or -ENOSPC. */
int json_finish(struct json *j);

#endif
