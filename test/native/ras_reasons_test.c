/* SPDX-License-Identifier: Apache-2.0 */
/* Which program of several kernels' shapes is loaded, and what is said of those that are not. */
#include "check.h"
#include "../../native/sources/ras_reasons.c"

/* In the place of libbpf's: the number of a program is its address. */
static bool loads[16];

static struct bpf_program *program(size_t number)
{
	return (struct bpf_program *)(number + 1);
}

int bpf_program__set_autoload(struct bpf_program *p, bool autoload)
{
	loads[(size_t)p - 1] = autoload;
	return 0;
}

/* The kernel has `there`, whose first parameter is "new", and `plain`. */
bool bpf_want_exactly(struct bpf_program *p, const struct tracepoint *want, char *why, size_t size)
{
	bool there = !strcmp(want->name, "there"), fits = there && !strcmp(want->parameters[0], "new");

	fits |= !strcmp(want->name, "plain");
	if (there && !fits)
		snprintf(why, size, "there: parameter 1 is a pointer to new, not %s", want->parameters[0]);
	else if (!fits)
		snprintf(why, size, "no %s", want->name);
	bpf_program__set_autoload(p, fits);
	return fits;
}

static void takes_the_shape_that_fits(void)
{
	const struct ras_program programs[] = {
	    {program(0), {"there", NULL, {"old"}}, false},
	    {program(1), {"there", NULL, {"new"}}, false},
	    {program(2), {"there", NULL, {"newer"}}, false},
	    {program(3), {"plain", NULL, {NULL}}, false},
	};
	struct ras_reasons why_not = {.text = ""};

	memset(loads, 1, sizeof(loads));
	CHECK(ras_choose(programs, 4, &why_not) == 2);
	CHECK(!loads[0] && loads[1] && !loads[2] && loads[3]);
	CHECK_TEXT(why_not.text, "");
}

static void one_program_may_have_two_shapes(void)
{
	const struct ras_program programs[] = {
	    {program(0), {"there", NULL, {"new"}}, false},
	    {program(0), {"there", NULL, {"old"}}, false},
	    {program(1), {"plain", NULL, {NULL}}, false},
	    {program(1), {"plain", NULL, {"old"}}, false},
	};
	struct ras_reasons why_not = {.text = ""};

	CHECK(ras_choose(programs, 4, &why_not) == 2);
	CHECK(loads[0] && loads[1]);
}

static void says_what_is_missing(void)
{
	const struct ras_program programs[] = {
	    {program(0), {"a", NULL, {NULL}}, false},	  {program(1), {"b", NULL, {"x"}}, false},
	    {program(2), {"b", NULL, {"y"}}, false},	  {program(3), {"there", NULL, {"x"}}, true},
	    {program(4), {"silent", NULL, {NULL}}, true}, {program(5), {"c", NULL, {NULL}}, false},
	};
	struct ras_reasons why_not = {.text = ""};

	memset(loads, 1, sizeof(loads));
	CHECK(ras_choose(programs, 6, &why_not) == 0);
	CHECK_TEXT(why_not.text, "no a, b; there: parameter 1 is a pointer to new, not x; no c");
	for (size_t i = 0; i < 6; i++)
		CHECK(!loads[i]);
}

static void bounds_what_it_says(void)
{
	struct ras_reasons why_not = {.text = ""};

	for (int i = 0; i < 100; i++) {
		ras_reasons_add(&why_not, "no long_name_of_a_tracepoint");
		CHECK(strlen(why_not.text) < sizeof(why_not.text));
	}
	CHECK(!strcmp(why_not.text + strlen(why_not.text) - 3, "..."));
}

int main(void)
{
	RUN(takes_the_shape_that_fits);
	RUN(one_program_may_have_two_shapes);
	RUN(says_what_is_missing);
	RUN(bounds_what_it_says);
	return check_done();
}
