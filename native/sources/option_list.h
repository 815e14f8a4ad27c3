/* SPDX-License-Identifier: Apache-2.0 */
/* Options as the kernel writes them: name=value,word,… */
#ifndef PATHWARDEN_OPTION_LIST_H
#define PATHWARDEN_OPTION_LIST_H

#include <stdbool.h>
#include <stddef.h>

/* The value of name=, cut off at size - 1. False: not there. */
bool option_value(const char *list, const char *name, char *value, size_t size);
/* Is there this word, without a value? */
bool option_has(const char *list, const char *word);

#endif
