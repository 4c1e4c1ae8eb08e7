"""The test case: a room for each test, logs on failure, and a story on standard output."""

import signal
import sys
import unittest

from . import room as room_module


class InteropTest(unittest.TestCase):
    """Base of all interop tests. A test's docstring is its sentence."""

    maxDiff = None

    def run(self, result=None):
        room = room_module.enter(self.id())
        before = len(result.errors) + len(result.failures)
        print(f"* {self.shortDescription() or self.id()}", flush=True)
        try:
            return super().run(result)
        finally:
            failed = len(result.errors) + len(result.failures) > before
            print(f"  {'FAILED' if failed else 'ok'}: {self._testMethodName}", flush=True)
            room.close(failed)

    def assert_tone(self, heard, seconds, level_dbov=None, max_gap_s=0.1, loss=0.1):
        """A recording holds at least (1 - loss) of so many seconds of the tone, clean, loud enough and without holes."""
        text = str(heard)
        room_module.say(f"heard: {text}")
        self.assertGreaterEqual(heard.tone_s, seconds * (1.0 - loss), text)
        self.assertGreaterEqual(heard.purity, 0.9, text)
        self.assertLessEqual(heard.longest_gap_s, max_gap_s, text)
        if level_dbov is not None:
            self.assertAlmostEqual(heard.level_dbov, level_dbov, delta=1.5, msg=text)

    def assert_media(self, record, seconds, codec):
        """A record's legs both brought the packets of so many seconds, none was lost, and the codec is this one."""
        self.assertEqual(record["codec"], codec)
        for leg in ("caller", "callee"):
            m = record[leg]
            room_module.say(f"{leg}: {m['packets']} packets, {m['lost']} lost, jitter {m['jitter_ms']} ms")
            self.assertGreaterEqual(m["packets"], seconds * 50 * 0.8, record)
            self.assertEqual(m["lost"], 0, record)


def main():
    """Runs the tests of the script; exit 0 or 1. A signal ends it like an exception, so that nothing is left running."""

    def stop(number, _frame):
        raise KeyboardInterrupt(f"signal {number}")

    signal.signal(signal.SIGTERM, stop)
    sys.stdout.reconfigure(line_buffering=True)
    program = unittest.main(exit=False, verbosity=0, warnings="ignore")
    result = program.result
    if result.testsRun == 0:
        print("no test ran", file=sys.stderr)
        sys.exit(1)
    sys.exit(0 if result.wasSuccessful() else 1)
