# SPDX-License-Identifier: BSD-2-Clause
# Arm Cortex-M3 without an operating system or a C library. Nothing is linked but what the target
# names; QEMU plays the board.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR cortex-m3)
set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_C_FLAGS_INIT
  "-mcpu=cortex-m3 -mthumb -ffreestanding -ffunction-sections -fdata-sections")
set(CMAKE_POSITION_INDEPENDENT_CODE OFF)
set(CMAKE_EXE_LINKER_FLAGS_INIT "-nostdlib -Wl,--gc-sections")
set(CMAKE_EXECUTABLE_SUFFIX_C .elf)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-system-arm -M lm3s6965evb -display none -monitor none
  -serial none -semihosting-config enable=on,target=native -kernel)
