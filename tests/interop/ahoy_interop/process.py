"""Programs that a test starts: their pid, their log, their end."""

import os
import re
import shutil
import signal
import subprocess
import time

from .room import here, wait_for

# What the sanitizers of gcc and clang print, and what no program of ours may leave in its log.
SANITIZER = re.compile(
    r"ERROR: (Address|Leak|Memory)Sanitizer|WARNING: ThreadSanitizer|runtime error:|AHOY_ASSERT|assertion failed", re.I
)


def need(program, package):
    """The path of a peer; a missing one fails the test, because a test that did not run proves nothing."""
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin:/usr/bin:/bin")
    if not path:
        raise AssertionError(f"{program} is not installed: the interop tests need the Debian package {package}")
    return path


def in_netns(netns, argv):
    """The command line that runs argv in a named network namespace; nsenter execs, so the pid is the program's."""
    if netns is None:
        return [str(a) for a in argv]
    return ["nsenter", f"--net=/run/netns/{netns}", "--"] + [str(a) for a in argv]


class Process:
    """A program in the background. stdout and stderr go into one log, or stdout into a file of its own."""

    def __init__(self, name, argv, env=None, cwd=None, netns=None, stdin=False, split=False, group=False):
        room = here()
        self.name = room.unique(name)
        self.log_path = room.path(self.name + ".log")
        self.out_path = room.path(self.name + ".out") if split else self.log_path
        self.group = group
        environment = dict(os.environ, LC_ALL="C", HOME=str(room.dir))
        environment.update(env or {})
        with open(self.log_path, "ab") as log, open(self.out_path, "ab") as out:
            self.popen = subprocess.Popen(
                in_netns(netns, argv),
                stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
                stdout=out,
                stderr=log,
                cwd=cwd or room.dir,
                env=environment,
                start_new_session=group,
            )
        self.pid = self.popen.pid
        room.processes.append(self)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        if kind is None:
            self.stop()
        else:
            self.kill()

    def stop(self):
        """Ends the program the way it wants to be ended. Peers differ; this is the plain way."""
        self.terminate()

    def running(self):
        return self.popen.poll() is None

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def output(self):
        return self.out_path.read_text(errors="replace") if self.out_path.exists() else ""

    def send_line(self, line):
        self.popen.stdin.write(line.encode() + b"\n")
        self.popen.stdin.flush()

    def wait_for_log(self, pattern, within=10.0, count=1):
        """Waits until the log has `count` matches of the pattern, and returns the last of them."""
        regex = re.compile(pattern, re.M)

        def seen():
            matches = list(regex.finditer(self.log()))
            if len(matches) >= count:
                return matches[count - 1]
            if not self.running():
                raise AssertionError(f"{self.name} ended with {self.popen.returncode} before it wrote /{pattern}/")
            return None

        return wait_for(f"/{pattern}/ in the log of {self.name}", seen, within)

    def wait(self, within=10.0):
        """Waits for the program to end by itself; returns its exit code."""
        try:
            return self.popen.wait(within)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} still runs after {within:g} s") from None

    def send_signal(self, number):
        if not self.running():
            return
        if self.group:
            os.killpg(self.pid, number)
        else:
            self.popen.send_signal(number)

    def terminate(self, number=signal.SIGTERM, within=5.0):
        """Sends the signal and returns the exit code; a program that does not obey is killed, and fails the test."""
        self.send_signal(number)
        try:
            return self.popen.wait(within)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.name} did not end within {within:g} s of {number!r}") from None

    def kill(self):
        if self.running():
            self.send_signal(signal.SIGKILL)
            self.popen.wait()
        if self.popen.stdin:
            try:
                self.popen.stdin.close()
            except OSError:
                pass

    def check_sanitizers(self):
        hit = SANITIZER.search(self.log())
        if hit:
            raise AssertionError(f"{self.name} reports: {hit.group(0)} (its log has the rest)")

    def print_log(self, lines):
        rc = self.popen.poll()
        print(f"    --- {self.name} (pid {self.pid}, {'running' if rc is None else f'exit {rc}'}), last lines:")
        for path in {self.log_path, self.out_path}:
            text = path.read_text(errors="replace") if path.exists() else ""
            for line in text.splitlines()[-lines:]:
                print(f"        {line[:200]}")
        print(flush=True)


def run(argv, within=30.0, env=None, stdin=None, netns=None, cwd=None):
    """Runs a program to its end; returns subprocess.CompletedProcess with text."""
    environment = dict(os.environ, LC_ALL="C")
    environment.update(env or {})
    started = time.monotonic()
    try:
        return subprocess.run(
            in_netns(netns, argv),
            input=stdin,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=within,
            env=environment,
            cwd=cwd,
            **({"stdin": subprocess.DEVNULL} if stdin is None else {}),
        )
    except subprocess.TimeoutExpired:
        elapsed = time.monotonic() - started
        raise AssertionError(f"{' '.join(str(a) for a in argv)} still runs after {elapsed:.0f} s") from None
