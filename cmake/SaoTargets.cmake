# SPDX-License-Identifier: BSD-2-Clause
# What every target of this project has in common: language, warnings, sanitizers.

# What MSVC's /W4 says of plain C11: anonymous unions, initialisers that are no constants.
set(SAO_WARNINGS_MSVC /W4 /wd4201 /wd4204 /wd4221)
set(SAO_WARNINGS -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes)

function(sao_target_settings target)
  target_compile_features(${target} PRIVATE c_std_11)
  set_target_properties(${target} PROPERTIES C_EXTENSIONS OFF)
  if(NOT DEFINED CMAKE_POSITION_INDEPENDENT_CODE) # firmware says no
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  endif()
  # MSVC first: clang-cl calls itself Clang as well, and reads MSVC's options.
  if(MSVC)
    target_compile_options(${target} PRIVATE ${SAO_WARNINGS_MSVC} $<$<BOOL:${SAO_WERROR}>:/WX>)
  elseif(CMAKE_C_COMPILER_ID MATCHES "GNU|Clang")
    target_compile_options(${target} PRIVATE ${SAO_WARNINGS} $<$<BOOL:${SAO_WERROR}>:-Werror>)
    if(SAO_SANITIZE)
      set(flags -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
      target_compile_options(${target} PRIVATE ${flags})
      target_link_options(${target} PUBLIC ${flags})
    endif()
    if(SAO_FUZZ)
      target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
    endif()
  endif()
endfunction()

# sao_add_program(NAME SOURCES...): an executable that uses the public API.
function(sao_add_program name)
  add_executable(${name} ${ARGN})
  sao_target_settings(${name})
  target_link_libraries(${name} PRIVATE saoffload::saoffload)
endfunction()
