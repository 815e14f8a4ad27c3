/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include "check.h"
#include "../../native/framing.c"

struct seen {
	char text[256];
	int stop_at, count;
};

static int note(void *data, const char *message, size_t size)
{
	struct seen *s = data;
	size_t used = strlen(s->text);

	snprintf(s->text + used, sizeof(s->text) - used, "[%.*s]", (int)(size > 20 ? 20 : size), message);
	return ++s->count == s->stop_at ? -EPROTO : 0;
}

static void cuts_at_form_feeds_wherever_the_pieces_end(void)
{
	static const char stream[] = "one\ftwo\f\fthree\ffo";

	for (size_t piece = 1; piece < sizeof(stream); piece++) {
		struct framing f = {0};
		struct seen s = {0};

		for (size_t at = 0; at < sizeof(stream) - 1; at += piece) {
			size_t left = sizeof(stream) - 1 - at;

			CHECK(framing_feed(&f, stream + at, left < piece ? left : piece, note, &s) == 0);
		}
		CHECK_TEXT(s.text, "[one][two][][three]");
		CHECK(framing_feed(&f, "ur\f", 3, note, &s) == 0);
		CHECK_TEXT(s.text, "[one][two][][three][four]");
		framing_free(&f);
	}
}

static void refuses_a_message_without_end(void)
{
	struct framing f = {0};
	struct seen s = {0};
	char *piece = malloc(REQUEST_BYTES_MAX);
	int r = 0;

	memset(piece, 'x', REQUEST_BYTES_MAX);
	CHECK(framing_feed(&f, piece, REQUEST_BYTES_MAX, note, &s) == 0);
	CHECK(framing_feed(&f, "\f", 1, note, &s) == 0);
	CHECK(s.count == 1);
	for (int i = 0; i < 17 && !r; i++)
		r = framing_feed(&f, piece, 4096, note, &s);
	CHECK(r == -EMSGSIZE);
	CHECK(f.size <= REQUEST_BYTES_MAX);
	framing_free(&f);
	free(piece);
}

static void stops_when_told_to(void)
{
	struct framing f = {0};
	struct seen s = {.stop_at = 2};

	CHECK(framing_feed(&f, "a\fb\fc\f", 6, note, &s) == -EPROTO);
	CHECK_TEXT(s.text, "[a][b]");
	framing_free(&f);
}

int main(void)
{
	RUN(cuts_at_form_feeds_wherever_the_pieces_end);
	RUN(refuses_a_message_without_end);
	RUN(stops_when_told_to);
	return check_done();
}
