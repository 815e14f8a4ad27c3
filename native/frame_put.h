/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of fields that several types of frames have: frame_fields.c and frame_fields_nic.c. */
#ifndef PATHWARDEN_FRAME_PUT_H
#define PATHWARDEN_FRAME_PUT_H

#include <stdio.h>
#include <string.h>
#include "frame_fields.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static inline void put_address(struct json *j, const char *name, const struct ip_address *a)
{
	char text[FRAME_ADDRESS_TEXT];

	if (a->family)
		json_put_text(j, name, frame_address_text(a, text), sizeof(text));
	else
		json_put_null(j, name);
}

static inline void put_id_or_null(struct json *j, const char *name, uint32_t id)
{
	if (id)
		json_put_uint(j, name, id);
	else
		json_put_null(j, name);
}

static inline void put_count_or_null(struct json *j, const char *name, uint64_t count)
{
	if (count != FRAME_NO_COUNT)
		json_put_uint(j, name, count);
	else
		json_put_null(j, name);
}

/* Wider than a JSON number may be. */
static inline void put_register(struct json *j, const char *name, uint64_t value)
{
	char text[19];

	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)value);
	json_put_text(j, name, text, sizeof(text));
}

static inline void put_errors(struct json *j, const struct frame_errors *errors)
{
	json_put_uint(j, "count", errors->count);
	json_put_uint(j, "first_us", errors->first_us);
}

static inline void put_mac(struct json *j, const char *name, const uint8_t mac[6])
{
	char text[18];

	snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
		 mac[5]);
	json_put_text(j, name, text, sizeof(text));
}

static inline void put_mac_or_null(struct json *j, const char *name, bool has, const uint8_t mac[6])
{
	if (has)
		put_mac(j, name, mac);
	else
		json_put_null(j, name);
}

static inline void put_text_or_null(struct json *j, const char *name, const char *text, size_t max)
{
	if (text[0])
		json_put_text(j, name, text, max);
	else
		json_put_null(j, name);
}

/* An index into a table of names; out of range is a bug of ours, yet must not crash whoever reports it. */
static inline void put_choice(struct json *j, const char *name, const char *const *names, size_t count,
			      unsigned int choice)
{
	const char *text = choice < count && names[choice] ? names[choice] : "unknown";

	json_put_text(j, name, text, strlen(text));
}

static inline void put_bool_or_null(struct json *j, const char *name, bool has, bool value)
{
	if (has)
		json_put_bool(j, name, value);
	else
		json_put_null(j, name);
}

#endif
