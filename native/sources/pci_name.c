/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "pci_name.h"

static size_t digits(const char *text)
{
	return strspn(text, "0123456789abcdef");
}

bool pci_is_name(const char *text)
{
	size_t domain = digits(text);

	if (domain < 4 || domain > 8 || text[domain] != ':')
		return false;
	text += domain + 1;
	if (digits(text) != 2 || text[2] != ':' || digits(text + 3) != 2 || text[5] != '.')
		return false;
	return text[6] >= '0' && text[6] <= '7' && (!text[7] || text[7] == '/');
}

bool pci_above(const char *path, char name[FRAME_PCI_MAX])
{
	size_t length;

	name[0] = '\0';
	for (const char *next; (next = strchr(path, '/')); path = next + 1) {
		length = (size_t)(next - path);
		if (pci_is_name(path) && length < FRAME_PCI_MAX) {
			memcpy(name, path, length);
			name[length] = '\0';
		}
	}
	return name[0] != '\0';
}
