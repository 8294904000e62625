/* A directory for one test, as cmocka's setup and teardown. */
#ifndef TRUCED_TESTS_SCRATCH_H
#define TRUCED_TESTS_SCRATCH_H

int scratch_make(void **state); /* *state is its path */
int scratch_remove(void **state);

#endif
