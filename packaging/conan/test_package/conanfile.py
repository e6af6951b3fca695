# SPDX-License-Identifier: BSD-2-Clause
"""Builds and runs the consumer of tests/consumer against the Conan package."""
import pathlib

from conan import ConanFile
from conan.tools.build import can_run
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout


class SaoffloadTestConan(ConanFile):
    settings = "os", "arch", "compiler", "build_type"
    generators = ("VirtualRunEnv",)

    def requirements(self):
        self.requires(self.tested_reference_str)

    def layout(self):
        cmake_layout(self)

    def generate(self):
        CMakeDeps(self).generate()
        CMakeToolchain(self).generate()

    def build(self):
        cmake = CMake(self)
        folder = pathlib.Path(self.recipe_folder).parents[2] / "tests" / "consumer" / "find_package"
        cmake.configure(build_script_folder=str(folder))
        cmake.build()

    def test(self):
        if can_run(self):
            CMake(self).ctest(["--output-on-failure"])
