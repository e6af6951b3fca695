// SPDX-License-Identifier: BSD-2-Clause
/* algorithms.h: which provider has which algorithm on this machine, as a table. */
#ifndef SAO_CLI_ALGORITHMS_H
#define SAO_CLI_ALGORITHMS_H

#include <stdbool.h>
#include <stdio.h>

/* Prints the table, in Markdown, and asks each provider by making contexts. False without
 * memory. */
bool sao_algorithms_print(FILE *file);

#endif /* SAO_CLI_ALGORITHMS_H */
