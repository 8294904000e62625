#include "scratch.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
scratch_make(void **state)
{
	char *directory = strdup("/tmp/truced-crash-XXXXXX");

	if (!directory || !mkdtemp(directory))
		return -1;
	*state = directory;
	return 0;
}

static int
entry_remove(const char *path, const struct stat *status, int type,
	     struct FTW *place)
{
	(void)status;
	(void)type;
	(void)place;
	return remove(path);
}

int
scratch_remove(void **state)
{
	int result = nftw(*state, entry_remove, 8, FTW_DEPTH | FTW_PHYS);

	free(*state);
	return result;
}
