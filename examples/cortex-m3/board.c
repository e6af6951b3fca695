// SPDX-License-Identifier: BSD-2-Clause
/* board.c: from reset to main, and semihosting. See link.ld for the memory. */
#include "board.h"

#include <stddef.h>

extern uint32_t stack_bottom[], stack_top[];
extern uint32_t data_image[], data_begin[], data_end[], bss_begin[], bss_end[];
extern uint8_t ram_used[]; /* its address is the number */

int main(void);
_Noreturn void reset(void);

#define STACK_PAINT 0xA5A5A5A5u

/* ---- semihosting ----------------------------------------------------------------------- */

#define SEMIHOSTING_WRITE0 0x04u
#define SEMIHOSTING_EXIT_EXTENDED 0x20u
#define SEMIHOSTING_APPLICATION_EXIT 0x20026u

static void semihosting(uint32_t operation, const void *argument)
{
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;

    __asm__ __volatile__("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
}

void board_print(const char *text)
{
    semihosting(SEMIHOSTING_WRITE0, text);
}

void board_print_number(uint32_t number)
{
    char digits[11];
    char *at = digits + sizeof digits;

    *--at = '\0';
    do {
        *--at = (char)('0' + number % 10u);
        number /= 10u;
    } while (number != 0);
    board_print(at);
}

_Noreturn void board_exit(uint32_t status)
{
    const uint32_t reason[2] = {SEMIHOSTING_APPLICATION_EXIT, status};

    for (;;)
        semihosting(SEMIHOSTING_EXIT_EXTENDED, reason);
}

/* ---- memory ---------------------------------------------------------------------------- */

uint32_t board_ram_used(void)
{
    return (uint32_t)ram_used;
}

uint32_t board_stack_size(void)
{
    return (uint32_t)stack_top - (uint32_t)stack_bottom;
}

uint32_t board_stack_used(void)
{
    const uint32_t *at = stack_bottom;

    while (at < stack_top && *at == STACK_PAINT)
        at++;
    return (uint32_t)stack_top - (uint32_t)at;
}

/* ---- reset ----------------------------------------------------------------------------- */

_Noreturn void reset(void)
{
    const uint32_t *from = data_image;
    const uint32_t *stack_pointer;

    __asm__ __volatile__("mrs %0, msp" : "=r"(stack_pointer));
    for (uint32_t *at = stack_bottom; at < stack_pointer; at++)
        *at = STACK_PAINT;
    for (uint32_t *at = data_begin; at < data_end; at++)
        *at = *from++;
    for (uint32_t *at = bss_begin; at < bss_end; at++)
        *at = 0;
    board_exit((uint32_t)main());
}

static _Noreturn void report_fault(void)
{
    board_print("cortex-m3: fault\n");
    board_exit(3);
}

/* The stack may be what has failed: begin it again. */
__attribute__((naked)) static void fault(void)
{
    __asm__ __volatile__("mov sp, %0 \n b %1" : : "r"(stack_top), "i"(report_fault));
}

/* The first entry is the stack, the others are functions; the faults are entries 2 to 6. */
typedef union vector {
    uint32_t *stack;
    void (*handler)(void);
} vector;

__attribute__((section(".vectors"), used)) static const vector vectors[] = {
    {.stack = stack_top}, {.handler = reset}, {.handler = fault}, {.handler = fault},
    {.handler = fault},   {.handler = fault}, {.handler = fault},
};
