#!/usr/bin/env python3
"""tools/run-tests counts what ctest saw: a failure, a skip or a program that is missing is never a success."""
import os
import unittest

from planted import PlantedTree

PRESETS = """{"version": 6, "configurePresets": [
  {"name": "mini", "generator": "Ninja", "binaryDir": "${sourceDir}/build/mini"}]}"""
PROJECT = """cmake_minimum_required(VERSION 3.25)
project(mini NONE)
enable_testing()
%s
"""


class RunTests(PlantedTree):
    def run_with(self, *lines):
        self.plant("CMakePresets.json", PRESETS)
        self.plant("CMakeLists.txt", PROJECT % "\n".join(lines))
        return self.run_tool("run-tests", "mini")

    def assert_summary(self, result, summary, status):
        self.assertEqual(result.stdout.splitlines()[-1], summary, result.stdout + result.stderr)
        self.assertEqual(result.returncode, status)
        with open(os.path.join(self.root, "build/mini/summary.txt"), encoding="utf-8") as file:
            self.assertEqual(file.read(), summary + "\n")

    def test_all_passed(self):
        self.assert_summary(self.run_with("add_test(NAME a COMMAND true)", "add_test(NAME b COMMAND true)"),
                            "2 passed, 0 failed, 0 skipped", 0)

    def test_failures_crashes_and_missing_programs_are_failed(self):
        self.assert_summary(self.run_with(
            "add_test(NAME good COMMAND true)",
            "add_test(NAME bad COMMAND false)",
            "add_test(NAME crash COMMAND sh -c \"kill -SEGV $$\")",
            "add_test(NAME gone COMMAND no-such-program-anywhere)"), "1 passed, 3 failed, 0 skipped", 1)

    def test_a_skip_is_counted_and_is_no_success(self):
        self.assert_summary(self.run_with(
            "add_test(NAME good COMMAND true)",
            "add_test(NAME skip COMMAND sh -c \"exit 77\")",
            "set_tests_properties(skip PROPERTIES SKIP_RETURN_CODE 77)"), "1 passed, 0 failed, 1 skipped", 1)

    def test_output_that_looks_like_a_report_is_not_counted(self):
        self.assert_summary(self.run_with(
            "add_test(NAME liar COMMAND sh -c \"echo '<testcase status=\\\"run\\\"'; exit 1\")"),
            "0 passed, 1 failed, 0 skipped", 1)

    def test_no_test_at_all_is_a_failure(self):
        self.assert_summary(self.run_with(""), "0 passed, 1 failed, 0 skipped", 1)

    def test_a_build_that_fails_is_a_failure_and_the_rest_still_runs(self):
        self.assert_summary(self.run_with(
            "add_custom_target(broken ALL COMMAND false)",
            "add_test(NAME good COMMAND true)"), "1 passed, 1 failed, 0 skipped", 1)


if __name__ == "__main__":
    unittest.main()
