# SPDX-License-Identifier: BSD-2-Clause
# What every target of this project has in common: language, warnings, sanitizers.

set(SAO_WARNINGS -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes)

function(sao_target_settings target)
  target_compile_features(${target} PRIVATE c_std_11)
  set_target_properties(${target} PROPERTIES C_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON)
  if(CMAKE_C_COMPILER_ID MATCHES "GNU|Clang")
    target_compile_options(${target} PRIVATE ${SAO_WARNINGS} $<$<BOOL:${SAO_WERROR}>:-Werror>)
    if(SAO_SANITIZE)
      set(flags -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
      target_compile_options(${target} PRIVATE ${flags})
      target_link_options(${target} PUBLIC ${flags})
    endif()
  endif()
endfunction()

# sao_add_program(NAME SOURCES...): an executable that uses the public API.
function(sao_add_program name)
  add_executable(${name} ${ARGN})
  sao_target_settings(${name})
  target_link_libraries(${name} PRIVATE saoffload::saoffload)
endfunction()
