#!/usr/bin/env python3
"""packaging/ahoy.bash: what bash completes is what the programs take, by their own option tables."""

import re
import shlex

from ahoy_interop import InteropTest, main, say
from ahoy_interop.process import need, run
from ahoy_interop.room import build_dir, source_dir

# Taken by every command, so that a script may give the same ones to each, but of no use to all; or refused on purpose.
NOT_SHOWN = {"password", "rtp-ports", "codecs", "srtp", "password-file", "auth-user", "help"}


class Completion(InteropTest):
    def complete(self, *words):
        """What is offered for the last of the words."""
        script = (
            f"PATH={shlex.quote(str(build_dir()))}:$PATH; source {shlex.quote(str(source_dir() / 'packaging' / 'ahoy.bash'))}; "
            f"COMP_WORDS=({' '.join(map(shlex.quote, words))}); COMP_CWORD={len(words) - 1}; _ahoy {words[0]}; "
            'printf "%s\\n" "${COMPREPLY[@]}"'
        )
        done = run([need("bash", "bash"), "--norc", "-c", script])
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return {line for line in done.stdout.splitlines() if line}

    def test_commands(self):
        """Each command of the tables, and nothing else."""
        table = (source_dir() / "src" / "phone" / "options.c").read_text()
        names = set(re.findall(r'"([a-z]+)"', re.search(r"command_names\[\] = \{(.*?)\}", table, re.S).group(1)))
        self.assertEqual(self.complete("ahoy", ""), names | {"--help", "--version"})
        self.assertEqual(self.complete("ahoy", "me"), {"message"})
        self.assertEqual(
            self.complete("ahoyd", ""),
            set("run user check status registrations calls cdr hangup trace".split()) | {"--help", "--version"},
        )
        self.assertEqual(self.complete("ahoyd", "user", ""), set("add passwd remove list import".split()))

    def test_options_of_the_phone(self):
        """For each command: what is offered is taken; what is taken is offered, but for a few that every command takes."""
        table = (source_dir() / "src" / "phone" / "options.c").read_text()
        options = re.findall(r'^\tX\([A-Z_]+, "([a-z-]+)", (no|required)_argument', table, re.M)
        self.assertGreater(len(options), 40)
        commands = self.complete("ahoy", "") - {"--help", "--version"}
        for command in sorted(commands):
            offered = {name[2:] for name in self.complete("ahoy", command, "--")}
            taken = set()
            for name, argument in options:
                words = [str(build_dir() / "ahoy"), command, f"--{name}"] + (["x"] if argument == "required" else [])
                done = run([*words, "--frobnicate"])
                # The first fault is told: of a bad value, or of --frobnicate where the option itself was right.
                refused = re.search(r"(\S+) is no option here", done.stderr)
                if not refused or refused.group(1) == "--frobnicate":
                    taken.add(name)
            say(f"{command}: {len(offered)} of {len(taken)} options")
            self.assertEqual(offered - taken, set(), command)
            # getopt takes the beginning of a longer name, too.
            taken -= {name for name in taken if any(o != name and o.startswith(name) for o in offered)} - offered
            self.assertEqual(taken - offered - NOT_SHOWN, set(), command)

    def test_options_of_the_server(self):
        """Each setting of ahoyd run is offered by run and check; the others have theirs."""
        source = (source_dir() / "src" / "server" / "run_options.c").read_text()
        offered = self.complete("ahoyd", "run", "--")
        self.assertEqual(offered, self.complete("ahoyd", "check", "--"))
        for name in ("--listen", "--db", "--digest", "--config", "--rtp-ports", "--help"):
            self.assertIn(name, offered)
        for name in re.findall(r'\{"([a-z-]+)", (?:required|no)_argument', source):
            self.assertIn(f"--{name}", offered)
        self.assertEqual(self.complete("ahoyd", "user", "add", "--p"), {"--password-stdin"})
        self.assertEqual(self.complete("ahoyd", "status", "--j"), {"--json"})
        self.assertEqual(self.complete("ahoyd", "run", "--log-level", "d"), {"debug"})

    def test_files(self):
        """Behind an option that names a file, files are offered."""
        found = self.complete("ahoy", "call", "sip:1@h", "2", "--play", str(source_dir() / "READ"))
        self.assertIn(str(source_dir() / "README.md"), found)
        self.assertEqual(self.complete("ahoy", "call", "sip:1@h", "2", "--hangup-after", ""), set())


if __name__ == "__main__":
    main()
