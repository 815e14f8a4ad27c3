/* SPDX-License-Identifier: Apache-2.0 */
/* A test is a function; CHECK counts. Prints TAP, returns 1 if something failed. */
#ifndef PATHWARDEN_CHECK_H
#define PATHWARDEN_CHECK_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static unsigned int check_failed, check_count;

#define CHECK(condition)                                                                                     \
	do {                                                                                                 \
		if (!(condition)) {                                                                          \
			check_failed++;                                                                      \
			printf("# %s:%d: %s\n", __FILE__, __LINE__, #condition);                             \
		}                                                                                            \
	} while (0)

#define CHECK_TEXT(got, expected)                                                                            \
	do {                                                                                                 \
		if (strcmp(got, expected)) {                                                                 \
			check_failed++;                                                                      \
			printf("# %s:%d: got      %s\n# expected %s\n", __FILE__, __LINE__, got, expected);  \
		}                                                                                            \
	} while (0)

#define RUN(test)                                                                                            \
	do {                                                                                                 \
		unsigned int before = check_failed;                                                          \
		test();                                                                                      \
		printf("%sok %u - %s\n", check_failed == before ? "" : "not ", ++check_count, #test);        \
	} while (0)

static inline int check_done(void)
{
	printf("1..%u\n", check_count);
	return check_failed ? 1 : 0;
}

#endif
