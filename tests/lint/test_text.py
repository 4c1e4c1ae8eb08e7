#!/usr/bin/env python3
"""tools/check-text goes red on each kind of violation, and only then."""
import os
import unittest

from planted import PlantedTree


class Text(PlantedTree):
    def setUp(self):
        super().setUp()
        for name in ("README.md", "README.zh-CN.md", "LICENSE", "CONTRIBUTING.md", "docs/architecture.md", "docs/threads.md"):
            self.plant(name, "text\n")

    def check(self):
        return self.run_tool("check-text", self.root)

    def test_a_tree_without_violation_is_green(self):
        self.assert_green(self.check())

    def test_800_lines_pass_and_801_do_not(self):
        self.plant("src/sip/long.c", "\n" * 800)
        self.assert_green(self.check())
        self.plant("src/sip/long.c", "\n" * 801)
        self.assert_red(self.check(), "src/sip/long.c: 801 lines")

    def test_140_columns_pass_and_141_do_not_with_tabs_of_8(self):
        self.plant("src/sip/wide.c", "\t" + "x" * 132 + "\n")
        self.assert_green(self.check())
        self.plant("src/sip/wide.c", "\n\t" + "x" * 133 + "\n")
        self.assert_red(self.check(), "src/sip/wide.c:2: 141 columns")

    def test_a_path_of_one_machine_is_red(self):
        self.plant("docs/notes.md", "see /ho" + "me/somebody/ahoy\n")
        self.assert_red(self.check(), "docs/notes.md:1: an absolute path")

    def test_a_script_that_does_not_parse_is_red(self):
        self.plant("tools/bad.py", "def f(:\n")
        self.plant("tools/bad", "#!/bin/bash\nif true; then\n")
        self.assert_red(self.check(), "tools/bad.py: ", "tools/bad: ")

    def test_a_promised_document_that_is_missing_is_red(self):
        os.remove(os.path.join(self.root, "README.zh-CN.md"))
        self.assert_red(self.check(), "README.zh-CN.md is missing")

    def test_messages_from_the_wire_are_not_judged(self):
        self.plant("tests/seed/01.sip", "x" * 500 + "\n")
        self.assert_green(self.check())


if __name__ == "__main__":
    unittest.main()
