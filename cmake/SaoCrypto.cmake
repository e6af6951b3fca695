# SPDX-License-Identifier: BSD-2-Clause
# Which crypto providers are built: those whose library is there. libsodium always is.

option(SAO_WITH_OPENSSL "Use OpenSSL's libcrypto, version 3, where it is installed" ON)

find_package(PkgConfig REQUIRED)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
set(SAO_CRYPTO_LIBRARIES PkgConfig::SODIUM)
set(SAO_CRYPTO_MODULES libsodium) # what pkg-config calls them
set(SAO_CRYPTO_DEFINITIONS)
set(SAO_CRYPTO_ABSENT)

# sao_optional_provider(NAME MODULE): src/crypto/NAME*.c is built if pkg-config's MODULE was found.
macro(sao_optional_provider name module)
  string(TOUPPER ${name} upper)
  if(${upper}_FOUND)
    list(APPEND SAO_CRYPTO_LIBRARIES PkgConfig::${upper})
    list(APPEND SAO_CRYPTO_MODULES ${module})
    list(APPEND SAO_CRYPTO_DEFINITIONS SAO_HAVE_${upper})
  else()
    list(APPEND SAO_CRYPTO_ABSENT ${name})
  endif()
endmacro()

if(SAO_WITH_OPENSSL)
  pkg_check_modules(OPENSSL IMPORTED_TARGET libcrypto>=3.0)
endif()
sao_optional_provider(openssl libcrypto)

# sao_add_crypto(TARGET): compiles the providers into a library of ours.
function(sao_add_crypto target)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/crypto/*.c)
  foreach(absent ${SAO_CRYPTO_ABSENT})
    list(FILTER sources EXCLUDE REGEX "/${absent}[a-z_]*\\.c$")
  endforeach()
  target_sources(${target} PRIVATE ${sources})
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/src)
  target_compile_definitions(${target} PRIVATE ${SAO_CRYPTO_DEFINITIONS})
  target_link_libraries(${target} PRIVATE ${SAO_CRYPTO_LIBRARIES})
endfunction()
