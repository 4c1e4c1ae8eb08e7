#!/usr/bin/env python3
"""What `make demo` shows: a server, two phones, a call that is heard as it was played, and its ladder."""

from ahoy_interop import InteropTest, main, say
from ahoy_interop.process import run
from ahoy_interop.room import build_dir, source_dir


class Demo(InteropTest):
    def test_demo(self):
        """tools/demo ends with 0, and shows the ladder, the record and the comparison."""
        done = run([source_dir() / "tools/demo"], within=90.0, env={"AHOY_BUILD_DIR": str(build_dir())})
        for line in done.stdout.splitlines():
            say(line)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        for word in ("401 Unauthorized", "180 Ringing", "ACK", "BYE", "(sdp opus", "media opus sendrecv", "demo: ok"):
            self.assertIn(word, done.stdout)


if __name__ == "__main__":
    main()
