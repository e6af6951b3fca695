// SPDX-License-Identifier: BSD-2-Clause
/* rig_keys.h: every key of the rig is this pattern over and over, so that it can be searched. */
#ifndef SAO_TEST_RIG_KEYS_H
#define SAO_TEST_RIG_KEYS_H

#include <stdint.h>

#define RIG_KEY_PATTERN_LENGTH 4u
static const uint8_t rig_key_pattern[RIG_KEY_PATTERN_LENGTH] = {0xC5, 0x3A, 0x96, 0xE1};

#endif /* SAO_TEST_RIG_KEYS_H */
