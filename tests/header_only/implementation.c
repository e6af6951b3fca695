// SPDX-License-Identifier: BSD-2-Clause
/* The one source file in which the single header brings its code. */
#define SAO_IMPLEMENTATION
#include "saoffload_single.h"
