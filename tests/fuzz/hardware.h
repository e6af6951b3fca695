// SPDX-License-Identifier: BSD-2-Clause
/* hardware.h: a backend whose answers the bytes choose, for fuzz targets that drive an adapter. */
#ifndef SAO_TEST_HARDWARE_H
#define SAO_TEST_HARDWARE_H

#include "fuzz.h"

#include <saoffload/adapter.h>

/* Answers that may wait at a time; more are given at once. */
#define HARDWARE_LATE_MAX 16u

typedef struct hardware {
    fuzz_input *in; /* which answers */
    sao_adapter *adapter;
    sao_ticket late[HARDWARE_LATE_MAX];
    uint32_t late_count;
    uint8_t has[64]; /* bundles by their index: given and not taken, or on the way */
} hardware;

extern const sao_backend_ops hardware_ops;

/* Gives one of the answers that wait; nothing if there is none. */
void hardware_answer(hardware *hw, uint8_t which, NDIS_STATUS status);

#endif /* SAO_TEST_HARDWARE_H */
