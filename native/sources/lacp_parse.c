/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "lacp_parse.h"

/* A line without its end and its indent; not NUL-terminated. */
struct line {
	const char *text;
	size_t size;
};

/* Is it "<key>: <value>", or "<key>:"? Then *value is what follows. */
static bool is(const struct line *l, const char *key, struct line *value)
{
	size_t n = strlen(key);

	if (l->size <= n || memcmp(l->text, key, n) || l->text[n] != ':')
		return false;
	*value = (struct line){l->text + n + 1, l->size - n - 1};
	while (value->size && *value->text == ' ') {
		value->text++;
		value->size--;
	}
	return true;
}

static bool is_text(const struct line *value, const char *text)
{
	return value->size == strlen(text) && !memcmp(value->text, text, value->size);
}

/* The kernel prints some of them as signed: what is below zero is a counter that went beyond 2^31. */
static uint32_t number(const struct line *value, uint32_t max)
{
	bool negative = value->size && value->text[0] == '-';
	uint64_t n = 0;

	for (size_t i = negative; i < value->size && value->text[i] >= '0' && value->text[i] <= '9'; i++) {
		n = 10 * n + (uint64_t)(value->text[i] - '0');
		if (n > UINT32_MAX)
			n = UINT32_MAX;
	}
	if (negative)
		n = (uint32_t)-n;
	return n > max ? max : (uint32_t)n;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool mac(const struct line *value, uint8_t out[6])
{
	uint8_t bytes[6];

	if (value->size != 17)
		return false;
	for (size_t i = 0; i < 6; i++) {
		int high = digit(value->text[3 * i]), low = digit(value->text[3 * i + 1]);

		if (high < 0 || low < 0 || (i < 5 && value->text[3 * i + 2] != ':'))
			return false;
		bytes[i] = (uint8_t)(high << 4 | low);
	}
	memcpy(out, bytes, 6);
	return true;
}

/* bond_3ad_churn_desc(): monitoring, churned, none; unknown is a state that it never enters. */
static enum lacp_churn churn(const struct line *value)
{
	if (is_text(value, "monitoring"))
		return LACP_CHURN_MONITORING;
	return is_text(value, "churned") ? LACP_CHURNED : LACP_CHURN_NONE;
}

static void take_line(struct lacp_member *m, const struct line *l, bool *of_partner)
{
	struct frame_lacp_port *p = &m->port;
	struct line v;

	if (is(l, "Aggregator ID", &v)) {
		m->in_aggregator = v.size && v.text[0] >= '0' && v.text[0] <= '9';
		p->aggregator_id = (uint16_t)number(&v, UINT16_MAX);
	} else if (is(l, "Actor Churn State", &v)) {
		p->actor_churn = churn(&v);
	} else if (is(l, "Partner Churn State", &v)) {
		p->partner_churn = churn(&v);
	} else if (is(l, "Actor Churned Count", &v)) {
		p->actor_churned_count = number(&v, UINT32_MAX);
	} else if (is(l, "Partner Churned Count", &v)) {
		p->partner_churned_count = number(&v, UINT32_MAX);
	} else if (is(l, "details actor lacp pdu", &v)) {
		*of_partner = false;
	} else if (is(l, "details partner lacp pdu", &v)) {
		*of_partner = true;
	} else if (*of_partner && is(l, "system mac address", &v)) {
		p->has_partner = mac(&v, p->partner_system);
	} else if (*of_partner && is(l, "oper key", &v)) {
		p->partner_key = (uint16_t)number(&v, UINT16_MAX);
	} else if (*of_partner && is(l, "port number", &v)) {
		p->partner_port = (uint16_t)number(&v, UINT16_MAX);
	} else if (*of_partner && is(l, "port state", &v)) {
		p->partner_state = (uint8_t)number(&v, UINT16_MAX);
	}
}

static bool next_line(const char **at, size_t *left, struct line *out)
{
	const char *end = *left ? memchr(*at, '\n', *left) : NULL;
	size_t size = end ? (size_t)(end - *at) : 0;

	/* The kernel ends each line: one without an end is cut. */
	if (!end)
		return false;
	*out = (struct line){*at, size};
	*at += size + 1;
	*left -= size + 1;
	while (out->size && (*out->text == ' ' || *out->text == '\t')) {
		out->text++;
		out->size--;
	}
	return true;
}

size_t lacp_parse(const char *text, size_t size, bool whole, lacp_member_fn fn, void *data)
{
	bool in_member = false, of_partner = false;
	struct lacp_member m = {0};
	struct line l, v;
	size_t count = 0;

	while (next_line(&text, &size, &l)) {
		if (!is(&l, "Slave Interface", &v)) {
			if (in_member)
				take_line(&m, &l, &of_partner);
			continue;
		}
		if (in_member) {
			fn(data, &m);
			count++;
		}
		memset(&m, 0, sizeof(m));
		in_member = v.size > 0 && v.size < sizeof(m.ifname) && !memchr(v.text, '\0', v.size);
		of_partner = false;
		if (in_member)
			memcpy(m.ifname, v.text, v.size);
	}
	if (in_member && whole) {
		fn(data, &m);
		count++;
	}
	return count;
}
