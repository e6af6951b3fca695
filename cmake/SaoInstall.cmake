# SPDX-License-Identifier: BSD-2-Clause
# What is installed where. A static and a shared build may be installed into one prefix: they
# share all files but the library itself and the file that describes it to find_package.
#
# Components: saoffload_runtime, saoffload_development, saoffload_tool.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/saoffload)

# export_set(NAME): installs NAMETargets.cmake, in which the targets are saoffload::...
macro(export_set name)
  install(EXPORT ${name} NAMESPACE saoffload:: FILE ${name}Targets.cmake
    DESTINATION ${package_dir} COMPONENT saoffload_development)
endmacro()

# ---- libraries and headers -----------------------------------------------------------------

install(TARGETS saoffload_core EXPORT saoffloadCore
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT saoffload_development)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/saoffload TYPE INCLUDE
  COMPONENT saoffload_development FILES_MATCHING PATTERN "*.h")
export_set(saoffloadCore)

if(TARGET saoffload_header_only)
  install(TARGETS saoffload_header_only EXPORT saoffloadHeaderOnly)
  install(FILES ${PROJECT_BINARY_DIR}/single/saoffload_single.h TYPE INCLUDE
    COMPONENT saoffload_development)
  export_set(saoffloadHeaderOnly)
endif()

if(TARGET saoffload)
  if(BUILD_SHARED_LIBS)
    set(flavour saoffloadShared)
  else()
    set(flavour saoffloadStatic)
  endif()
  install(TARGETS saoffload EXPORT ${flavour}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT saoffload_runtime
      NAMELINK_COMPONENT saoffload_development
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT saoffload_development)
  export_set(${flavour})
endif()

# ---- the tool --------------------------------------------------------------------------------

if(TARGET saoffload_cli)
  if(BUILD_SHARED_LIBS)
    # It finds its library wherever the prefix is moved to.
    file(RELATIVE_PATH from_tool ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
    if(APPLE)
      set(origin @loader_path)
    else()
      set(origin $ORIGIN)
    endif()
    set_target_properties(saoffload_cli PROPERTIES INSTALL_RPATH ${origin}/${from_tool})
  endif()
  install(TARGETS saoffload_cli
    RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT saoffload_tool)
  if(EXISTS ${PROJECT_SOURCE_DIR}/docs/saoffload.1)
    install(FILES
      ${PROJECT_SOURCE_DIR}/docs/saoffload.1 ${PROJECT_SOURCE_DIR}/docs/saoffload-peer.1
      DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT saoffload_tool)
  endif()
endif()

# ---- find_package and pkg-config ---------------------------------------------------------------

write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/saoffloadConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
configure_file(${PROJECT_SOURCE_DIR}/packaging/saoffloadConfig.cmake
  ${PROJECT_BINARY_DIR}/package/saoffloadConfig.cmake COPYONLY)
install(FILES
  ${PROJECT_BINARY_DIR}/package/saoffloadConfig.cmake
  ${PROJECT_BINARY_DIR}/package/saoffloadConfigVersion.cmake
  DESTINATION ${package_dir} COMPONENT saoffload_development)

# What a static library needs beside itself: which providers were built.
if(TARGET saoffload AND NOT BUILD_SHARED_LIBS)
  file(WRITE ${PROJECT_BINARY_DIR}/package/saoffloadStaticNeeds.cmake
    "set(saoffload_needs ${SAO_CRYPTO_MODULES})\n")
  install(FILES ${PROJECT_BINARY_DIR}/package/saoffloadStaticNeeds.cmake
    DESTINATION ${package_dir} COMPONENT saoffload_development)
endif()

# Relative to the .pc file: right for every --prefix, also one chosen at installation.
file(RELATIVE_PATH up ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" pc_prefix "\${pcfiledir}/${up}")
foreach(dir INCLUDEDIR LIBDIR)
  if(IS_ABSOLUTE ${CMAKE_INSTALL_${dir}})
    set(pc_${dir} ${CMAKE_INSTALL_${dir}})
  else()
    set(pc_${dir} "\${prefix}/${CMAKE_INSTALL_${dir}}")
  endif()
endforeach()
list(JOIN SAO_CRYPTO_MODULES ", " pc_modules)
set(pc_files saoffload-core)
if(TARGET saoffload)
  list(APPEND pc_files saoffload)
endif()
foreach(name ${pc_files})
  configure_file(${PROJECT_SOURCE_DIR}/packaging/${name}.pc.in
    ${PROJECT_BINARY_DIR}/package/${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/package/${name}.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT saoffload_development)
endforeach()
