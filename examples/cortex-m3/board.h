// SPDX-License-Identifier: BSD-2-Clause
/* board.h: what the program has of the machine: a line of output, an end, and how full its RAM is.
 */
#ifndef CORTEX_M3_BOARD_H
#define CORTEX_M3_BOARD_H

#include <stdint.h>

/* To the console of whoever debugs or emulates the machine (semihosting). */
void board_print(const char *text);
void board_print_number(uint32_t number);

/* Ends the emulation with this exit status. */
_Noreturn void board_exit(uint32_t status);

uint32_t board_ram_used(void);   /* bytes, the whole stack included */
uint32_t board_stack_size(void); /* bytes */
uint32_t board_stack_used(void); /* bytes, at most so far */

#endif /* CORTEX_M3_BOARD_H */
