#!/usr/bin/env python3
"""tools/check-symbols goes red on each kind of violation, and only then."""
import glob
import os
import subprocess
import unittest

from planted import PlantedTree


class Symbols(PlantedTree):
    def check(self):
        """Compiles each source to where CMake would put its object, then looks at the objects."""
        build = os.path.join(self.root, "build")
        for source in glob.glob(os.path.join(self.root, "src", "*", "*.c")):
            path = os.path.relpath(source, self.root)
            folder = path.split(os.sep)[1]
            target = os.path.join(build, "CMakeFiles", f"ahoy_{folder}.dir", path + ".o")
            os.makedirs(os.path.dirname(target), exist_ok=True)
            subprocess.run(["cc", "-O0", "-fPIC", "-w", "-I", os.path.join(self.root, "src"), "-c", source, "-o", target],
                           check=True)
        return self.run_tool("check-symbols", build, self.root)

    def test_a_tree_without_violation_is_green(self):
        self.assert_green(self.check())

    def test_a_build_without_objects_proves_nothing_and_is_red(self):
        self.assertEqual(self.run_tool("check-symbols", os.path.join(self.root, "nowhere"), self.root).returncode, 1)

    def test_a_pure_folder_may_not_call_the_system(self):
        calls = {"malloc": "void *malloc(unsigned long); void *ahoy_bad(void) { return malloc(3); }",
                 "time": "long time(long *); long ahoy_bad(void) { return time(0); }",
                 "socket": "int socket(int, int, int); int ahoy_bad(void) { return socket(1, 2, 3); }",
                 "rand": "int rand(void); int ahoy_bad(void) { return rand(); }",
                 "printf": "int printf(const char *, ...); int ahoy_bad(int n) { return printf(\"%d\", n); }",
                 "fprintf": "#include <stdio.h>\nint ahoy_bad(int n) { return fprintf(stderr, \"%d\", n); }",
                 "getenv": "char *getenv(const char *); char *ahoy_bad(void) { return getenv(\"X\"); }"}
        for name, source in calls.items():
            with self.subTest(name):
                self.plant("src/sip/bad.c", source + "\n")
                self.assert_red(self.check(), f"sip/bad.c: a pure folder may not use {name}")

    def test_the_one_assert_may_end_the_process_but_no_other_file(self):
        source = "#include <stdio.h>\n#include <stdlib.h>\nvoid ahoy_die(void)\n{\n\tfprintf(stderr, \"%d\", 1);\n\tabort();\n}\n"
        self.plant("src/base/env.c", source)
        self.assert_green(self.check())
        self.plant("src/sip/die.c", source.replace("ahoy_die", "ahoy_die_too"))
        self.assert_red(self.check(), "sip/die.c: a pure folder may not use abort")

    def test_libcrypto_is_for_crypto_alone_and_without_its_random_bytes(self):
        source = "int EVP_MD_get_size(void *); int ahoy_size_%s(void *md) { return EVP_MD_get_size(md); }\n"
        self.plant("src/crypto/hash.c", source % "a")
        self.assert_green(self.check())
        self.plant("src/sip/hash.c", source % "b")
        self.assert_red(self.check(), "sip/hash.c: a pure folder may not use EVP_MD_get_size")
        self.plant("src/sip/hash.c", "int ahoy_nothing(void) { return 0; }\n")
        self.plant("src/crypto/hash.c", "int RAND_bytes(void *, int); int ahoy_r(void *p) { return RAND_bytes(p, 1); }\n")
        self.assert_red(self.check(), "crypto/hash.c: a pure folder may not use RAND_bytes")

    def test_a_folder_may_not_call_one_below_it_without_include(self):
        self.plant("src/base/bad.c", "int ahoy_msg_len(int n);\nint ahoy_bad(int n)\n{\n\treturn ahoy_msg_len(n);\n}\n")
        self.assert_red(self.check(), "base/bad.c: base may not call ahoy_msg_len of sip")

    def test_a_pure_folder_has_no_writable_data(self):
        for source in ("static int count; int ahoy_bad(void) { return ++count; }",
                       "static int count = 3; int ahoy_bad(void) { return ++count; }",
                       "int ahoy_bad(void) { static _Thread_local int n; return ++n; }",
                       "int ahoy_count = 7;"):
            with self.subTest(source):
                self.plant("src/sip/bad.c", source + "\n")
                self.assert_red(self.check(), "is writable data of its own")

    def test_tables_of_constants_are_no_writable_data(self):
        self.plant("src/sip/table.c", "static const char *const names[] = {\"a\", \"b\"};\n"
                                      "const char *ahoy_name(int i)\n{\n\treturn names[i & 1];\n}\n")
        self.assert_green(self.check())

    def test_an_exported_name_without_prefix_is_red_in_any_folder(self):
        self.plant("src/os/bad.c", "int helper(void) { return 1; }\n")
        self.assert_red(self.check(), "os/bad.c: helper is exported without the prefix ahoy_")


if __name__ == "__main__":
    unittest.main()
