"""A small tree of ahoy's shape in a temporary directory, into which a test plants a violation."""
import os
import shutil
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class PlantedTree(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="ahoy-lint-")
        self.addCleanup(shutil.rmtree, self.root)
        shutil.copytree(os.path.join(ROOT, "tools"), os.path.join(self.root, "tools"))
        self.plant("src/base/slice.h", "#include <stddef.h>\nint ahoy_slice_len(int n);\n")
        self.plant("src/base/slice.c", '#include "base/slice.h"\nint ahoy_slice_len(int n)\n{\n\treturn n;\n}\n')
        self.plant("src/sip/msg.h", '#include "base/slice.h"\nint ahoy_msg_len(int n);\n')
        self.plant("src/sip/msg.c", '#include "sip/msg.h"\nint ahoy_msg_len(int n)\n{\n\treturn ahoy_slice_len(n);\n}\n')
        self.plant("src/os/udp.c", '#include <sys/socket.h>\n#include "sip/msg.h"\nint ahoy_udp_len(int n);\n'
                                   "int ahoy_udp_len(int n)\n{\n\treturn ahoy_msg_len(socket(n, n, n));\n}\n")

    def plant(self, path, text):
        full = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)

    def run_tool(self, name, *arguments):
        return subprocess.run([os.path.join(self.root, "tools", name), *arguments], capture_output=True, text=True,
                              cwd=self.root, stdin=subprocess.DEVNULL)

    def assert_green(self, result):
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertEqual(result.stdout, "")

    def assert_red(self, result, *texts):
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        for text in texts:
            self.assertIn(text, result.stdout)
