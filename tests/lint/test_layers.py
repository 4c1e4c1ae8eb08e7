#!/usr/bin/env python3
"""tools/check-layers goes red on each kind of violation, and only then."""
import unittest

from planted import PlantedTree


class Layers(PlantedTree):
    def check(self):
        return self.run_tool("check-layers", self.root)

    def test_a_tree_without_violation_is_green(self):
        self.assert_green(self.check())

    def test_a_folder_may_not_include_one_below_it(self):
        self.plant("src/base/bad.c", '#include "base/slice.h"\n\n#include "sip/msg.h"\n')
        self.assert_red(self.check(), "src/base/bad.c:3: base stands above sip")

    def test_indented_and_spaced_includes_are_seen_too(self):
        self.plant("src/base/bad.h", '  #  include   "sip/msg.h"\n')
        self.assert_red(self.check(), "src/base/bad.h:1:")

    def test_an_include_without_its_folder_is_refused(self):
        self.plant("src/sip/bad.c", '#include "msg.h"\n')
        self.assert_red(self.check(), 'src/sip/bad.c:1: write it with its folder: "sip/msg.h"')

    def test_an_include_of_nothing_is_refused(self):
        self.plant("src/sip/bad.c", '#include "base/nothing.h"\n')
        self.assert_red(self.check(), "no such file")

    def test_a_pure_folder_may_not_include_the_system(self):
        for header in ("time.h", "unistd.h", "sys/socket.h", "pthread.h", "stdatomic.h", "openssl/rand.h"):
            with self.subTest(header):
                self.plant("src/sip/bad.c", f"#include <{header}>\n")
                self.assert_red(self.check(), "src/sip/bad.c:1:")

    def test_a_library_stays_in_its_home(self):
        self.plant("src/server/bad.c", "#include <sqlite3.h>\n")
        self.assert_red(self.check(), "<sqlite3.h…> is at home in store alone")
        self.plant("src/server/bad.c", "#include <jansson.h>\n")
        self.assert_green(self.check())

    def test_a_folder_inside_of_a_folder_is_looked_at_too(self):
        self.plant("src/device/drivers/good.c", "#include <pulse/pulseaudio.h>\n")
        self.assert_green(self.check())
        self.plant("src/device/drivers/bad.c", "#include <sqlite3.h>\n")
        self.assert_red(self.check(), "src/device/drivers/bad.c:1: <sqlite3.h…> is at home in store alone")

    def test_a_folder_that_nobody_listed_is_refused(self):
        self.plant("src/gadgets/thing.c", "\n")
        self.assert_red(self.check(), "src/gadgets:0:")

    def test_a_public_header_includes_public_headers_alone(self):
        self.plant("include/ahoy/ahoy.h", '#include <stdint.h>\n#include "base/slice.h"\n')
        self.assert_red(self.check(), "include/ahoy/ahoy.h:2:")

    def test_a_line_of_the_table_that_is_not_understood_is_an_error(self):
        self.plant("tools/layers.txt", "folder base\n")
        self.assertNotEqual(self.check().returncode, 0)


if __name__ == "__main__":
    unittest.main()
