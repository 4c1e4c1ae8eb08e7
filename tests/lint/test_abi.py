#!/usr/bin/env python3
"""tools/check-abi goes red on each kind of change of the library's interface, and says whether it breaks programs."""
import os
import subprocess
import unittest

from planted import PlantedTree

HEADER = """#include <stddef.h>
#define AHOY_API __attribute__((visibility("default")))
#define AHOY_MUST_USE __attribute__((warn_unused_result))
#define AHOY_ERRORS(X) \\
	X(AHOY_ESYNTAX, -1, 400, "bad")
/* A comment; with a ; in it. */
typedef struct {
	size_t size;
	int (*function)(void *ctx, int n), *pointer;
	char text[4];
} ahoy_thing;
typedef enum {
	AHOY_ONE = 1,
	AHOY_TWO
} ahoy_number;
AHOY_API AHOY_MUST_USE int ahoy_thing_new(const ahoy_thing *from,
					  ahoy_thing **out);
"""
CODE = "#include <ahoy/thing.h>\nint ahoy_thing_new(const ahoy_thing *from, ahoy_thing **out) { (void)from; (void)out; return 0; }\n"
BREAKS = "breaks programs: no longer: "


class Abi(PlantedTree):
    def setUp(self):
        super().setUp()
        os.makedirs(os.path.join(self.root, "packaging"))
        self.change()
        self.assert_green(self.run_tool("check-abi", self.build, self.root, "--update"))

    def change(self, header=HEADER, code=CODE, soname="libahoy.so.0"):
        """Builds the library anew from this header."""
        self.build = os.path.join(self.root, "build")
        os.makedirs(self.build, exist_ok=True)
        self.plant("include/ahoy/thing.h", header)
        self.plant("thing.c", code)
        self.plant("map", "AHOY_0.1 { global: ahoy_*; local: *; };\n")
        subprocess.run(["cc", "-w", "-shared", "-fPIC", "-I", os.path.join(self.root, "include"), os.path.join(self.root, "thing.c"),
                        f"-Wl,-soname,{soname}", f"-Wl,--version-script={self.root}/map", "-o", os.path.join(self.build, "libahoy.so")],
                       check=True)

    def check(self):
        return self.run_tool("check-abi", self.build, self.root)

    def test_no_change_is_green(self):
        self.assert_green(self.check())

    def test_comments_and_line_breaks_are_no_change(self):
        self.change(HEADER.replace("with a ; in it", "or another").replace("*from,\n\t\t\t\t\t  ", "*from, "))
        self.assert_green(self.check())

    def test_what_breaks_programs_is_red_and_says_so(self):
        changes = {
            "struct ahoy_thing.text at 24, 4": (HEADER.replace("char text[4]", "char text[5]"), CODE),
            "struct ahoy_thing.size at 0, 8": (HEADER.replace("size_t size", "int size"), CODE),
            "struct ahoy_thing.pointer": (HEADER.replace(", *pointer", ""), CODE),
            "struct ahoy_thing.function at 8, 8": (HEADER.replace("\tsize_t size;\n", ""), CODE),
            "enum AHOY_TWO 2": (HEADER.replace("AHOY_ONE = 1", "AHOY_ONE = 4"), CODE),
            "enum AHOY_ESYNTAX -1": (HEADER.replace("-1, 400", "-7, 400"), CODE),
            "prototype int ahoy_thing_new(const ahoy_thing *from, ahoy_thing **out)":
                (HEADER.replace("const ahoy_thing *from", "ahoy_thing *from"), CODE.replace("const ahoy_thing *from", "ahoy_thing *from")),
            "symbol ahoy_thing_new@@AHOY_0.1": (HEADER, CODE.replace("ahoy_thing_new", "other")),
        }
        for line, (header, code) in changes.items():
            with self.subTest(line):
                self.change(header, code)
                self.assert_red(self.check(), BREAKS + line, "a new SOVERSION", "--update")

    def test_another_soname_is_red(self):
        self.change(soname="libahoy.so.1")
        self.assert_red(self.check(), BREAKS + "soname libahoy.so.0", "instead: soname libahoy.so.1")

    def test_an_addition_is_red_until_it_is_on_record_and_breaks_nothing(self):
        self.change(HEADER + "AHOY_API void ahoy_more(void);\n", CODE + "void ahoy_more(void) {}\n")
        result = self.check()
        self.assert_red(result, "new: symbol ahoy_more@@AHOY_0.1", "new: prototype void ahoy_more(void)", "--update")
        self.assertNotIn("breaks", result.stdout)
        self.assert_green(self.run_tool("check-abi", self.build, self.root, "--update"))
        self.assert_green(self.check())


if __name__ == "__main__":
    unittest.main()
