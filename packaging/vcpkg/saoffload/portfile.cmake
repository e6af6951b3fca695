# SPDX-License-Identifier: BSD-2-Clause
# An overlay port that builds the tree that it lies in.
get_filename_component(SOURCE_PATH "${CURRENT_PORT_DIR}/../../.." ABSOLUTE)

if(VCPKG_TARGET_IS_WINDOWS)
  vcpkg_check_linkage(ONLY_STATIC_LIBRARY)
endif()
vcpkg_check_features(OUT_FEATURE_OPTIONS FEATURE_OPTIONS FEATURES tool SAO_BUILD_CLI)
# libsodium is found by pkg-config; the single header is made by Python.
vcpkg_find_acquire_program(PKGCONFIG)
vcpkg_find_acquire_program(PYTHON3)

vcpkg_cmake_configure(
  SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS
    ${FEATURE_OPTIONS}
    -DSAO_BUILD_TESTS=OFF
    -DSAO_BUILD_EXAMPLES=OFF
    -DSAO_BUILD_BENCH=OFF
    -DSAO_WERROR=OFF
    -DSAO_WITH_IPSEC_MB=OFF
    -DSAO_WITH_OPENSSL=OFF
    "-DPKG_CONFIG_EXECUTABLE=${PKGCONFIG}"
    "-DPython3_EXECUTABLE=${PYTHON3}")
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH lib/cmake/saoffload)
vcpkg_fixup_pkgconfig()
if("tool" IN_LIST FEATURES)
  vcpkg_copy_tools(TOOL_NAMES saoffload AUTO_CLEAN)
endif()

file(REMOVE_RECURSE
  "${CURRENT_PACKAGES_DIR}/debug/include"
  "${CURRENT_PACKAGES_DIR}/debug/share")
file(INSTALL "${CMAKE_CURRENT_LIST_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
