# SPDX-License-Identifier: BSD-2-Clause
"""Conan 2 recipe for the tree that it lies in: conan create packaging/conan"""
import pathlib
import re

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.cmake import CMake, CMakeToolchain, cmake_layout
from conan.tools.files import copy
from conan.tools.gnu import PkgConfigDeps


class SaoffloadConan(ConanFile):
    name = "saoffload"
    description = "An executable model of IPsec SA offload (IPsecOV2)"
    license = "BSD-2-Clause"
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False]}
    default_options = {"shared": False}

    @property
    def _tree(self):
        return pathlib.Path(self.recipe_folder).parent.parent

    def set_version(self):
        header = self._tree / "include" / "saoffload" / "version.h"
        self.version = re.search(r'"([0-9.]+)"', header.read_text()).group(1)

    def export_sources(self):
        for pattern in ("CMakeLists.txt", "LICENSE", "cmake/*", "include/*", "src/*", "docs/*.1",
                        "packaging/*.in", "packaging/*.cmake", "scripts/amalgamate"):
            copy(self, pattern, str(self._tree), self.export_sources_folder)

    def validate(self):
        if self.settings.os == "Windows" and self.options.shared:
            raise ConanInvalidConfiguration("a DLL cannot be made yet; use shared=False")

    def configure(self):
        self.settings.rm_safe("compiler.cppstd")
        self.settings.rm_safe("compiler.libcxx")

    def requirements(self):
        self.requires("libsodium/1.0.20")

    def build_requirements(self):
        self.tool_requires("pkgconf/2.2.0")

    def layout(self):
        cmake_layout(self)

    def generate(self):
        PkgConfigDeps(self).generate()
        toolchain = CMakeToolchain(self)
        for option in ("SAO_BUILD_TESTS", "SAO_BUILD_CLI", "SAO_BUILD_EXAMPLES", "SAO_BUILD_BENCH",
                       "SAO_WERROR", "SAO_WITH_IPSEC_MB", "SAO_WITH_OPENSSL"):
            toolchain.cache_variables[option] = False
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        copy(self, "LICENSE", self.source_folder, str(pathlib.Path(self.package_folder, "licenses")))
        CMake(self).install()

    def package_info(self):
        # CMakeDeps makes the package files for its users; the targets have the same names.
        self.cpp_info.set_property("cmake_file_name", "saoffload")
        core = self.cpp_info.components["core"]
        core.set_property("cmake_target_name", "saoffload::core")
        core.set_property("pkg_config_name", "saoffload-core")
        core.libs = ["saoffload_core"]
        everything = self.cpp_info.components["saoffload"]
        everything.set_property("cmake_target_name", "saoffload::saoffload")
        everything.set_property("pkg_config_name", "saoffload")
        everything.libs = ["saoffload"]
        everything.requires = ["libsodium::libsodium"]
        single = self.cpp_info.components["header_only"]
        single.set_property("cmake_target_name", "saoffload::header_only")
        single.libdirs = []
