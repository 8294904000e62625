#include "core/verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A copy that never ends inside a UTF-8 character. */
static void
text_cut(char *text, size_t size, int wanted)
{
	if (wanted < 0 || (size_t)wanted < size)
		return;
	size_t end = size - 1;
	size_t start = end;
	while (start > 0 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
		start--;
	if (start == 0)
		return;
	unsigned char lead = (unsigned char)text[start - 1];
	size_t width = lead >= 0xF0   ? 4
		       : lead >= 0xE0 ? 3
		       : lead >= 0xC0 ? 2
				      : 1;
	if (start - 1 + width > end)
		text[start - 1] = '\0';
}

void
receipt_reject(struct receipt *receipt, enum reason reason, const char *field,
	       const char *expected, ...)
{
	va_list arguments;

	memset(receipt, 0, sizeof(*receipt));
	receipt->verdict = VERDICT_REJECTED;
	receipt->reason = reason;
	text_cut(receipt->field, sizeof(receipt->field),
		 snprintf(receipt->field, sizeof(receipt->field), "%s", field));
	va_start(arguments, expected);
	text_cut(receipt->detail, sizeof(receipt->detail),
		 vsnprintf(receipt->detail, sizeof(receipt->detail), expected,
			   arguments));
	va_end(arguments);
}
