# SPDX-License-Identifier: BSD-2-Clause
# 64-bit Windows, user mode: mingw-w64; programs run under Wine. A program that Wine cannot start
# may still end with status 0, so tests have to look at what is printed.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_C_COMPILER x86_64-w64-mingw32-gcc)
set(CMAKE_CROSSCOMPILING_EMULATOR wine)
