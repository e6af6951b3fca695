# SPDX-License-Identifier: BSD-2-Clause
# Which crypto providers are built: those whose library is there. libsodium always is.

option(SAO_WITH_OPENSSL "Use OpenSSL's libcrypto, version 3, where it is installed" ON)
option(SAO_WITH_IPSEC_MB "Use Intel's ipsec-mb library where it is installed" ON)

find_package(PkgConfig REQUIRED)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
set(SAO_CRYPTO_LIBRARIES PkgConfig::SODIUM)
set(SAO_CRYPTO_MODULES libsodium) # what pkg-config calls them
set(SAO_CRYPTO_DEFINITIONS)
set(SAO_CRYPTO_ABSENT)

if(SAO_WITH_OPENSSL)
  pkg_check_modules(OPENSSL IMPORTED_TARGET libcrypto>=3.0)
endif()
if(OPENSSL_FOUND)
  list(APPEND SAO_CRYPTO_LIBRARIES PkgConfig::OPENSSL)
  list(APPEND SAO_CRYPTO_MODULES libcrypto)
  list(APPEND SAO_CRYPTO_DEFINITIONS SAO_HAVE_OPENSSL)
else()
  list(APPEND SAO_CRYPTO_ABSENT openssl)
endif()

# pkg-config does not know ipsec-mb. Version 1.3 is the first with all that is used here.
set(SAO_IPSEC_MB_LINK)
if(SAO_WITH_IPSEC_MB)
  find_library(SAO_IPSEC_MB_LIBRARY IPSec_MB)
  find_path(SAO_IPSEC_MB_INCLUDE intel-ipsec-mb.h)
  mark_as_advanced(SAO_IPSEC_MB_LIBRARY SAO_IPSEC_MB_INCLUDE)
endif()
if(SAO_WITH_IPSEC_MB AND SAO_IPSEC_MB_LIBRARY AND SAO_IPSEC_MB_INCLUDE)
  list(APPEND SAO_CRYPTO_LIBRARIES ${SAO_IPSEC_MB_LIBRARY})
  list(APPEND SAO_CRYPTO_DEFINITIONS SAO_HAVE_IPSEC_MB)
  set(SAO_IPSEC_MB_LINK -lIPSec_MB)
else()
  list(APPEND SAO_CRYPTO_ABSENT ipsec_mb)
endif()

# sao_add_crypto(TARGET): compiles the providers into a library of ours.
function(sao_add_crypto target)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/crypto/*.c)
  foreach(absent ${SAO_CRYPTO_ABSENT})
    list(FILTER sources EXCLUDE REGEX "/${absent}[a-z_]*\\.c$")
  endforeach()
  target_sources(${target} PRIVATE ${sources})
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/src)
  if(NOT "ipsec_mb" IN_LIST SAO_CRYPTO_ABSENT)
    target_include_directories(${target} SYSTEM PRIVATE ${SAO_IPSEC_MB_INCLUDE})
  endif()
  target_compile_definitions(${target} PRIVATE ${SAO_CRYPTO_DEFINITIONS})
  target_link_libraries(${target} PRIVATE ${SAO_CRYPTO_LIBRARIES})
endfunction()
