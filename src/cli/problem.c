// SPDX-License-Identifier: BSD-2-Clause
// problem.c: why the tool stops.
#include "cli/problem.h"

#include <stdarg.h>
#include <stdio.h>

bool sao_problem_set(sao_problem *problem, int exit_status, const char *format, ...)
{
    va_list arguments;

    problem->exit_status = exit_status;
    va_start(arguments, format);
    vsnprintf(problem->text, sizeof problem->text, format, arguments);
    va_end(arguments);
    return false;
}
