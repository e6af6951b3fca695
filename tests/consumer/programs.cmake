# SPDX-License-Identifier: BSD-2-Clause
# One program for each target that the library offers; each is a test.
enable_testing()

# consumer(NAME SOURCE TARGET)
function(consumer name source target)
  add_executable(${name} ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/${source})
  target_link_libraries(${name} PRIVATE ${target})
  add_test(NAME ${name} COMMAND ${name})
endfunction()

consumer(core core.c saoffload::core)
consumer(core_in_all core.c saoffload::saoffload)
consumer(everything everything.c saoffload::saoffload)
consumer(single_header core.c saoffload::header_only)
target_compile_definitions(single_header PRIVATE CONSUMER_SINGLE_HEADER)
