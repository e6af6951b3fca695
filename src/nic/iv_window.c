// SPDX-License-Identifier: BSD-2-Clause
/* iv_window.c: which sequence numbers have already made an IV (TX-3). */
#include "nic/iv_window.h"

void sao_iv_window_init(sao_iv_window *window)
{
    window->highest = 0;
    window->used = 1;
}

bool sao_iv_window_take(sao_iv_window *window, uint64_t sequence)
{
    if (sequence > window->highest) {
        const uint64_t step = sequence - window->highest;

        window->used = step < SAO_IV_WINDOW_WIDTH ? window->used << step : 0;
        window->used |= 1;
        window->highest = sequence;
        return true;
    }

    const uint64_t age = window->highest - sequence;

    if (age >= SAO_IV_WINDOW_WIDTH || (window->used >> age & 1) != 0)
        return false;
    window->used |= (uint64_t)1 << age;
    return true;
}
