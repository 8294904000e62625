/* The configuration: what is read, and what is said of what is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "edge/settings.h"

static void
complain(void *context, const char *message)
{
	(void)context;
	fprintf(stderr, "%s\n", message);
}

static void
fills_in_what_is_not_said(void **state)
{
	struct settings *settings = NULL;

	(void)state;
	assert_int_equal(
		settings_parse(&settings,
			       "agreements = ( { id = \"a\";"
			       " effective = \"2015-02-15T00:00:00Z\"; } );",
			       "t.conf", complain, NULL),
		0);
	assert_string_equal(settings->configuration.sender, "truced");
	assert_int_equal(settings->heartbeat_ms, 5000);
	settings_free(settings);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fills_in_what_is_not_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
