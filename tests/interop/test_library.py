#!/usr/bin/env python3
"""libahoy as somebody else meets it: installed, found by pkg-config and by CMake, compiled outside the tree, and the examples at work.

The build that is tested is installed with DESTDIR into the test's own directory. Where it was made with sanitizers the examples
are compiled with them too: an instrumented library cannot be linked into a plain program.
"""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from ahoy_interop import Ahoy, Ahoyd, InteropTest, Process, here, main, say, wait_for, write_tone

SOURCE = Path(os.environ["AHOY_SOURCE_DIR"])
BUILD = Path(os.environ["AHOY_BUILD_DIR"])
EXAMPLES = ("parse_message", "register", "call_play", "answer_echo", "click_to_call")
LEVEL = -15.0
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]


def cache(name):
    """A value of the build's CMake cache."""
    found = re.search(rf"^{name}:\w+=(.*)$", (BUILD / "CMakeCache.txt").read_text(), re.M)
    return found.group(1) if found else ""


def public_names():
    """What the headers promise."""
    text = "\n".join(path.read_text() for path in sorted((SOURCE / "include" / "ahoy").glob("*.h")))
    return {re.search(r"(ahoy_\w+)\(", line).group(1) for line in text.splitlines() if line.startswith("AHOY_API ")}


class Installed:
    """One installed copy, and how to compile against it."""

    def __init__(self, top):
        self.top = Path(top)
        self.root = self.top / "root"
        subprocess.run(
            ["cmake", "--install", BUILD, "--prefix", "/opt/ahoy", "--component", "library"],
            env=dict(os.environ, DESTDIR=str(self.root)), check=True, stdout=subprocess.DEVNULL)
        self.prefix = self.root / "opt/ahoy"
        self.libdir = next(self.prefix.rglob("libahoy.so")).parent
        self.env = dict(os.environ, PKG_CONFIG_PATH=str(self.libdir / "pkgconfig"))
        sanitize = cache("AHOY_SANITIZE")
        self.flags = [f"-fsanitize={sanitize}", "-fno-sanitize-recover=all"] if sanitize else []
        self.clang = "clang" in os.path.basename(cache("CMAKE_C_COMPILER"))

    def pkg_config(self, *words):
        done = subprocess.run(["pkg-config", *words, "ahoy"], env=self.env, check=True, capture_output=True, text=True)
        return done.stdout.split()

    def compiler(self, language):
        if language == "c11":
            return ["clang" if self.clang else "cc", "-std=c11"]
        return ["clang++" if self.clang else "c++", "-std=c++17", "-x", "c++"]

    def compile(self, name, language="c11", linking="shared"):
        """Builds one example in a directory that has nothing to do with the tree; returns the program."""
        folder = self.top / f"{language}-{linking}"
        folder.mkdir(exist_ok=True)
        shutil.copy(SOURCE / "examples" / f"{name}.c", folder)
        libs = self.pkg_config("--cflags", "--libs", *(["--static"] if linking == "static" else []))
        if linking == "static":
            libs = ["-l:libahoy.a" if word == "-lahoy" else word for word in libs]
        # -x none: what follows the source are libraries again.
        argv = [*self.compiler(language), *WARNINGS, *self.flags, f"{name}.c", "-x", "none", "-o", name, *libs]
        subprocess.run(argv, cwd=folder, check=True, env=self.env)
        return folder / name


class LibraryTest(InteropTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.directory = tempfile.TemporaryDirectory(prefix="ahoy-library-")
        cls.installed = Installed(cls.directory.name)

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()
        super().tearDownClass()

    def example(self, name, *words, password="", **how):
        """Starts an example; the shared library is found as an installed one would be."""
        program = self.installed.compile(name, **how)
        env = {"LD_LIBRARY_PATH": str(self.installed.libdir), "AHOY_PASSWORD": password}
        return Process(name, [program, *words], env=env, split=True)

    def ends(self, process, code=0, within=30.0):
        rc = process.wait(within)
        process.check_sanitizers()
        self.assertEqual(rc, code, f"{process.name}: {process.log().strip()[-600:]}")


class Installation(LibraryTest):
    def test_what_is_installed(self):
        """Headers, both libraries, pkg-config and CMake files, and nothing of the tree's path in the latter."""
        files = {str(path.relative_to(self.installed.prefix)) for path in self.installed.prefix.rglob("*") if not path.is_dir()}
        lib = self.installed.libdir.relative_to(self.installed.prefix)
        for name in ("agent.h", "ahoy.h", "audio.h", "base.h", "message.h", "sockets.h"):
            self.assertIn(f"include/ahoy/{name}", files)
        for name in ("libahoy.so", "libahoy.so.0", "libahoy.so.0.1.0", "libahoy.a", "pkgconfig/ahoy.pc", "cmake/ahoy/ahoyConfig.cmake"):
            self.assertIn(f"{lib}/{name}", files)
        self.assertNotIn(f"{lib}/libahoy_all.a", files)
        for path in self.installed.libdir.rglob("*"):
            if path.suffix in (".pc", ".cmake"):
                self.assertNotIn(str(SOURCE), path.read_text(), path)

    def test_the_shared_library_shows_the_public_names_alone(self):
        """nm -D: exactly what the headers mark AHOY_API, under the version AHOY_0.1; it needs no event loop and no database."""
        library = self.installed.libdir / "libahoy.so.0"
        text = subprocess.run(["nm", "-D", "--defined-only", library], check=True, capture_output=True, text=True).stdout
        shown = {line.split()[-1] for line in text.splitlines()}
        self.assertEqual(shown - {"AHOY_0.1"}, {f"{name}@@AHOY_0.1" for name in public_names()})
        dynamic = subprocess.run(["readelf", "-d", library], check=True, capture_output=True, text=True).stdout
        self.assertIn("[libahoy.so.0]", dynamic)
        needed = set(re.findall(r"NEEDED.*\[(.*?)\.so", dynamic))
        say(f"needs {', '.join(sorted(needed))}")
        allowed = {"libc", "libm", "libcrypto", "libspeexdsp", "libspeex", "libgsm", "libopus", "libspandsp", "ld-linux-x86-64",
                   "libasan", "libubsan", "libtsan", "libgcc_s"}
        self.assertEqual(needed - allowed, set())

    def test_each_example_compiles_in_c_and_in_cpp(self):
        """cc x.c $(pkg-config --cflags --libs ahoy), as C11 and as C++17, shared and static; none over 100 lines."""
        self.assertEqual({path.stem for path in (SOURCE / "examples").glob("*.c")}, set(EXAMPLES))
        for name in EXAMPLES:
            self.assertLessEqual(len((SOURCE / "examples" / f"{name}.c").read_text().splitlines()), 100, name)
            for language in ("c11", "c++17"):
                for linking in ("shared", "static"):
                    program = self.installed.compile(name, language, linking)
                    text = subprocess.run(["readelf", "-d", program], check=True, capture_output=True, text=True).stdout
                    self.assertEqual("[libahoy.so.0]" in text, linking == "shared", (name, language, linking))

    def test_cmake_finds_it(self):
        """find_package(ahoy): ahoy::ahoy and ahoy::static build a program that runs; a version that does not fit is refused."""
        folder = here().subdir("consumer")
        shutil.copy(SOURCE / "examples" / "parse_message.c", folder)
        (folder / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.25)\nproject(consumer LANGUAGES C)\n"
            "find_package(ahoy ${WANTED} REQUIRED COMPONENTS static)\n"
            "foreach(kind ahoy static)\n\tadd_executable(with_${kind} parse_message.c)\n"
            "\ttarget_link_libraries(with_${kind} PRIVATE ahoy::${kind})\nendforeach()\n")
        base = ["cmake", "-S", folder, f"-DCMAKE_PREFIX_PATH={self.installed.prefix}", f"-DCMAKE_C_FLAGS={' '.join(self.installed.flags)}",
                f"-DCMAKE_C_COMPILER={self.installed.compiler('c11')[0]}"]
        subprocess.run([*base, "-B", folder / "b", "-DWANTED=0.1"], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["cmake", "--build", folder / "b"], check=True, stdout=subprocess.DEVNULL)
        for kind in ("ahoy", "static"):
            with open(SOURCE / "tests/seed/02_invite.sip", "rb") as message:
                done = subprocess.run([folder / "b" / f"with_{kind}"], stdin=message, capture_output=True, text=True, check=True)
            self.assertIn("SIP/2.0 486 Busy Here\n", done.stdout.replace("\r", ""))
        refused = subprocess.run([*base, "-B", folder / "b2", "-DWANTED=0.2"], capture_output=True, text=True)
        self.assertNotEqual(refused.returncode, 0)
        self.assertRegex(refused.stderr, r"compatible\s+with requested version")


class Examples(LibraryTest):
    def test_parse_message(self):
        """parse_message shows a message's parts and answers it; of a bad one it says which byte is wrong, and why."""
        program = self.installed.compile("parse_message", "c++17", "static")
        message = (SOURCE / "tests/seed/02_invite.sip").read_bytes()
        done = subprocess.run([program], input=message, capture_output=True, check=True)
        for line in (b"method       INVITE", b"user         111", b"cseq         1", b"SIP/2.0 486 Busy Here"):
            self.assertIn(line, done.stdout)
        bad = subprocess.run([program], input=message.replace(b"CSeq: 1 INVITE", b"CSeq: 99999999999 INVITE"), capture_output=True)
        self.assertEqual(bad.returncode, 1)
        self.assertRegex(bad.stderr.decode(), r"byte \d+: .*answer: 400")

    def test_register(self):
        """register binds, says so, and takes the binding back at SIGINT; a wrong password ends it with a hint."""
        with Ahoyd(users=("111",)) as server:
            account = server.account("111")
            with self.example("register", account.uri, password=account.password) as program:
                server.wait_registered("111")
                wait_for("the program to say so", lambda: "registered for 60 s" in program.output(), 10)
                program.send_signal(signal.SIGINT)
                self.ends(program)
                self.assertIn("unregistered", program.output())
            server.wait_gone("111")
            with self.example("register", account.uri, password="wrong", language="c++17") as program:
                self.ends(program, 1)
                self.assertIn("check the password", program.log())

    def test_call_play(self):
        """call_play plays its file to the end: the far end records the tone, at its level and without holes, and the caller hangs up."""
        with Ahoyd(users=("111", "112")) as server:
            caller = server.account("111")
            tone = write_tone(here().path("tone.wav"), 440, 4.0, LEVEL)
            with Ahoy("answer", server.account("112"), records=True, options=["--calls", 1]) as callee:
                server.wait_registered("112")
                with self.example("call_play", caller.uri, "112", tone, password=caller.password, linking="static") as program:
                    self.ends(program)
                callee.expect_exit(0)
            self.assert_tone(callee.heard(440), 4.0, LEVEL)
            (record,) = server.wait_cdr(1)
            self.assertEqual((record["code"], record["ended_by"]), (200, "caller"))
            with self.example("call_play", caller.uri, "999", tone, password=caller.password) as program:
                self.ends(program, 1)
                self.assertIn("refused", program.log())

    def test_answer_echo(self):
        """answer_echo answers and says back what it hears: the caller's own tone returns, through its jitter buffer and ours."""
        with Ahoyd(users=("111", "112")) as server:
            callee = server.account("112")
            with self.example("answer_echo", callee.uri, password=callee.password, language="c++17") as program:
                server.wait_registered("112")
                options = ["--hangup-after", 4]
                with Ahoy("call", server.account("111"), "112", plays_hz=440, records=True, options=options) as caller:
                    caller.expect_exit(0)
                self.assert_tone(caller.heard(440), 3.5, LEVEL)
                # It has served its call and takes the next one.
                with Ahoy("call", server.account("111"), "112", plays_hz=700, records=True, options=options) as caller:
                    caller.expect_exit(0)
                self.assert_tone(caller.heard(700), 3.5, LEVEL)
                program.send_signal(signal.SIGINT)
                self.ends(program)

    def test_click_to_call(self):
        """click_to_call calls one, then the other, and each hears the other's tone; when one hangs up the other's call ends too."""
        with Ahoyd(users=("111", "112", "115")) as server:
            bot = server.account("115")
            first_options = ["--calls", 1, "--hangup-after", 5]
            with Ahoy("answer", server.account("111"), plays_hz=440, records=True, options=first_options) as first:
                with Ahoy("answer", server.account("112"), plays_hz=700, records=True, options=["--calls", 1]) as second:
                    server.wait_registered("111", "112")
                    with self.example("click_to_call", bot.uri, "111", "112", password=bot.password) as program:
                        self.ends(program)
                        self.assertIn("together", program.output())
                    first.expect_exit(0)
                    second.expect_exit(0)
            self.assert_tone(first.heard(700), 3.5, LEVEL)
            self.assert_tone(second.heard(440), 3.5, LEVEL)
            records = server.wait_cdr(2)
            self.assertEqual([(r["code"], r["ended_by"]) for r in records], [(200, "callee"), (200, "caller")])


if __name__ == "__main__":
    main()
