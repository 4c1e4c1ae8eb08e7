"""`ahoy phone` in a terminal of its own: tmux, on a socket of its own, is the person's keyboard and eyes."""

import os
import re
import shlex
import time

from .process import SANITIZER, need, run
from .room import free_port, free_ports, here, program, say, source_dir, wait_for
from .tone import listen, write_tone

# What differs from run to run; the rest of a screen is compared letter by letter.
MASKS = (
    (re.compile(r"\b\d\d:\d\d:\d\d\b"), "HH:MM:SS"),
    (re.compile(r"(talking|hold|calling|ringing|incoming|them) \d\d:\d\d\b"), r"\1 MM:SS"),
    (re.compile(r"\d+ s left"), "N s left"),
    (re.compile(r"for \d+ s\b"), "for N s"),
    (re.compile(r"\d+ packets, .*"), "N packets, loss, jitter, MOS"),
    (re.compile(r"\b(in|out) \[[# ]{10}\] +(silence|-?\d+ dBov) *"), r"\1 [meter] "),
    (re.compile(r"^ +\d+\.\d{3} \|", re.M), "T.TTT |"),
    (re.compile(r":\d{5}\b"), ":PORT"),
)


def masked(screen):
    """The screen without what differs from run to run; retransmissions, which come under load, are left out."""
    for pattern, mask in MASKS:
        screen = pattern.sub(mask, screen)
    lines = [line.rstrip() for line in screen.splitlines() if not line.rstrip().endswith(" again")]
    # The pane's empty rows depend on what was left out.
    return re.sub(r"\n{2,}", "\n\n", "\n".join(lines)).strip("\n") + "\n"


class PhoneScreen:
    """One run of `ahoy phone` in a tmux pane. Keys go in with `keys`, `screen` is what a person sees.

    accounts: one or several. words: more options. term, env: of the pane; size: (columns, rows).
    """

    def __init__(self, *accounts, words=(), size=(80, 24), term="screen-256color", env=None, plays_hz=None, records=False, password=True):
        room = here()
        self.name = room.unique("phone")
        self.socket = self.name
        # The socket goes with the test's directory.
        self.tmux_env = {"TERM": "screen", "LC_ALL": "C.UTF-8", "TMUX_TMPDIR": str(room.dir)}
        self.raw_path = room.path(self.name + ".raw")
        self.err_path = room.path(self.name + ".err")
        self.pid_path = room.path(self.name + ".pid")
        self.exit_path = room.path(self.name + ".exit")
        self.state = room.path(self.name + ".state")
        self.record_path = room.path(self.name + ".wav")
        lo = free_ports(40)
        argv = [program("ahoy"), "phone", *[a.uri for a in accounts], "--local", f"127.0.0.1:{free_port()}"]
        argv += ["--rtp-ports", f"{lo}-{lo + 39}", *words]
        if plays_hz is not None:
            argv += ["--play", write_tone(room.path(self.name + "-tone.wav"), plays_hz, 60.0)]
        if records:
            argv += ["--record", self.record_path]
        environment = {"TERM": term, "LC_ALL": "C.UTF-8", "XDG_STATE_HOME": str(self.state), "HOME": str(room.dir)}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
            if name in os.environ:
                environment[name] = os.environ[name]
        if password:
            environment["AHOY_PASSWORD"] = accounts[0].password
        environment.update(env or {})
        # The shell stays, so that the terminal can be looked at when the phone has ended.
        phone = f"echo $$ >{self.pid_path}; exec {shlex.join(str(a) for a in argv)} 2>{self.err_path}"
        script = f"trap : INT QUIT; sh -c {shlex.quote(phone)}; echo $? >{self.exit_path}.new; stty -a >>{self.exit_path}.new; "
        script += f"mv {self.exit_path}.new {self.exit_path}; exec cat"
        command = ["env", "-i", f"PATH={os.environ['PATH']}", *[f"{k}={v}" for k, v in environment.items()], "sh", "-c", script]
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", size[0], "-y", size[1], shlex.join(command))
        self.tmux("pipe-pane", "-o", f"cat >{self.raw_path}")

    def tmux(self, *words, check=True):
        done = run([need("tmux", "tmux"), "-L", self.socket, *[str(w) for w in words]], env=self.tmux_env)
        if check and done.returncode != 0:
            raise AssertionError(f"tmux {' '.join(str(w) for w in words)}: {done.stderr.strip()}")
        return done.stdout

    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        if kind is not None:
            print(f"    --- the screen of {self.name}:\n{self.screen()}\n    --- its stderr:\n{self.errors()}", flush=True)
        self.tmux("kill-server", check=False)
        hit = SANITIZER.search(self.errors())
        if kind is None and hit:
            raise AssertionError(f"{self.name} reports: {hit.group(0)}: {self.errors()[-2000:]}")

    def errors(self):
        return self.err_path.read_text(errors="replace") if self.err_path.exists() else ""

    def keys(self, *keys):
        """Each as tmux names it: "Enter", "Tab", "C-l", or text."""
        self.tmux("send-keys", *keys)

    def type(self, text):
        self.tmux("send-keys", "-l", text)

    def screen(self):
        return self.tmux("capture-pane", "-p", check=False)

    def raw(self):
        return self.raw_path.read_bytes() if self.raw_path.exists() else b""

    def wait_screen(self, pattern, within=15.0):
        """Waits until the screen has a match; returns it."""
        regex = re.compile(pattern, re.M)
        return wait_for(f"/{pattern}/ on the screen of {self.name}", lambda: regex.search(self.screen()), within, every=0.05)

    def wait_gone(self, pattern, within=15.0):
        regex = re.compile(pattern, re.M)
        wait_for(f"/{pattern}/ to go", lambda: not regex.search(self.screen()), within, every=0.05)

    def seen(self, rows=None):
        """The masked screen, of so many rows from the top."""
        return masked("\n".join(self.screen().splitlines()[:rows]))

    def expect_screen(self, name, within=10.0, rows=None):
        """The screen, or its first rows, becomes that of tests/interop/screens/NAME.txt; UPDATE_SCREENS=1 writes the file instead."""
        path = source_dir() / "tests/interop/screens" / f"{name}.txt"
        if os.environ.get("UPDATE_SCREENS"):
            path.parent.mkdir(exist_ok=True)
            time.sleep(1.0)
            path.write_text(self.seen(rows))
        expected = path.read_text()
        try:
            wait_for(f"the screen {name}", lambda: self.seen(rows) == expected, within, every=0.1)
        except AssertionError:
            raise AssertionError(f"the screen is not {name}:\n{self.seen(rows)}--- expected:\n{expected}") from None
        say(f"the screen is {name}")

    def pid(self):
        return int(wait_for("the phone's pid", lambda: self.pid_path.exists() and self.pid_path.read_text().strip(), 5.0))

    def send_signal(self, number):
        os.kill(self.pid(), number)

    def resize(self, columns, rows):
        self.tmux("resize-window", "-x", columns, "-y", rows)

    def expect_exit(self, code, within=15.0):
        """It has ended with this code, and left the terminal as it was: line by line, with echo, cursor and first screen."""
        ended = wait_for(f"{self.name} to end", lambda: self.exit_path.exists() and self.exit_path.read_text(), within)
        code_text, _, text = ended.partition("\n")
        got = int(code_text)
        if code is not None and got != code:
            raise AssertionError(f"{self.name} ended with {got} instead of {code}: {self.errors()[-1500:]}")
        if not re.search(r"\bicanon\b", text) or re.search(r"-icanon|-echo\b|-icrnl|-opost", text):
            raise AssertionError(f"the terminal is not as it was: {text}")
        flags = self.tmux("display-message", "-p", "#{alternate_on} #{cursor_flag}").split()
        if flags != ["0", "1"]:
            raise AssertionError(f"the terminal is left with another screen or without a cursor: {flags}")
        say(f"{self.name} ended with {got}, and the terminal is as it was")
        return got

    def quit(self):
        self.keys("q")
        self.expect_exit(0)

    def heard(self, hz):
        return listen(self.record_path, hz)

    def hangs_up_terminal(self):
        """The terminal goes, as when an ssh connection is cut."""
        pid = self.pid()
        self.tmux("kill-server")
        wait_for("the phone to end with its terminal", lambda: not _lives(pid), 10.0, every=0.05)


def _lives(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True

