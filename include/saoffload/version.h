// SPDX-License-Identifier: BSD-2-Clause
/* version.h: which release of the API this is. CMake reads the numbers from here. */
#ifndef SAOFFLOAD_VERSION_H
#define SAOFFLOAD_VERSION_H

/* The release, by its three numbers and as text. */
#define SAO_VERSION_MAJOR 0
#define SAO_VERSION_MINOR 1
#define SAO_VERSION_PATCH 0
#define SAO_VERSION_STRING "0.1.0"

#endif /* SAOFFLOAD_VERSION_H */
