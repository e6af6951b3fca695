// SPDX-License-Identifier: BSD-2-Clause
/* program.c: runs every copy of caller.c that it is linked with: CALLERS is X(name) for each. */
#include <stdio.h>

#ifndef CALLERS
#define CALLERS X(caller)
#endif

#define X(name) int name(void);
CALLERS
#undef X

int main(void)
{
    int failures = 0;
    int line;

#define X(name)                                                                                    \
    line = name();                                                                                 \
    if (line != 0) {                                                                               \
        fprintf(stderr, "caller.c:%d: failed in %s\n", line, #name);                               \
        failures++;                                                                                \
    }
    CALLERS
#undef X
    return failures == 0 ? 0 : 1;
}
