# SPDX-License-Identifier: BSD-2-Clause
# find_package(saoffload 0.1 [COMPONENTS static|shared])
#
# Targets: saoffload::core (freestanding, static), saoffload::saoffload (everything),
# saoffload::header_only (saoffload_single.h); those that the installation has. Without a
# component, saoffload::saoffload is the shared library where there is one, else the static one.
cmake_policy(VERSION 3.20) # whatever the caller's project says; find_package keeps it in here
set(saoffload_static_FOUND FALSE)
set(saoffload_shared_FOUND FALSE)
if(EXISTS ${CMAKE_CURRENT_LIST_DIR}/saoffloadStaticTargets.cmake)
  set(saoffload_static_FOUND TRUE)
endif()
if(EXISTS ${CMAKE_CURRENT_LIST_DIR}/saoffloadSharedTargets.cmake)
  set(saoffload_shared_FOUND TRUE)
endif()

foreach(component ${saoffload_FIND_COMPONENTS})
  if(NOT component MATCHES "^(static|shared)$")
    set(saoffload_${component}_FOUND FALSE)
  endif()
  if(saoffload_FIND_REQUIRED_${component} AND NOT saoffload_${component}_FOUND)
    set(saoffload_FOUND FALSE)
    set(saoffload_NOT_FOUND_MESSAGE "saoffload: this installation has no \"${component}\" library")
    return()
  endif()
endforeach()

if("shared" IN_LIST saoffload_FIND_COMPONENTS AND "static" IN_LIST saoffload_FIND_COMPONENTS)
  set(saoffload_FOUND FALSE)
  set(saoffload_NOT_FOUND_MESSAGE "saoffload: ask for static or for shared, not for both")
  return()
endif()

include(${CMAKE_CURRENT_LIST_DIR}/saoffloadCoreTargets.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/saoffloadHeaderOnlyTargets.cmake OPTIONAL)

if(NOT TARGET saoffload::saoffload)
  if(saoffload_shared_FOUND AND NOT "static" IN_LIST saoffload_FIND_COMPONENTS)
    include(${CMAKE_CURRENT_LIST_DIR}/saoffloadSharedTargets.cmake)
  elseif(saoffload_static_FOUND)
    # A static library brings its own needs: the targets that its export file names.
    include(CMakeFindDependencyMacro)
    find_dependency(PkgConfig)
    include(${CMAKE_CURRENT_LIST_DIR}/saoffloadStaticNeeds.cmake)
    set(saoffload_target_libsodium SODIUM)
    set(saoffload_target_libcrypto OPENSSL)
    foreach(need ${saoffload_needs})
      pkg_check_modules(${saoffload_target_${need}} QUIET IMPORTED_TARGET ${need})
      if(NOT TARGET PkgConfig::${saoffload_target_${need}})
        set(saoffload_FOUND FALSE)
        set(saoffload_NOT_FOUND_MESSAGE "saoffload: pkg-config does not know ${need}")
        return()
      endif()
    endforeach()
    include(${CMAKE_CURRENT_LIST_DIR}/saoffloadStaticTargets.cmake)
  endif()
endif()
