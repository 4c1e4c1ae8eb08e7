#!/usr/bin/env python3
"""What a test engineer expects of a call: tones, keys, a MOS; met and not met, with exit code and event. Through ahoyd."""

from ahoy_interop import Ahoy, Ahoyd, InteropTest, main


class Expectations(InteropTest):
    def call(self, server, plays_hz, *options, code, callee=(), callee_code=0, **more):
        """112 answers and plays a tone of 440 Hz; 111 calls and plays plays_hz. Returns both phones' expect events."""
        with Ahoy("answer", server.account("112"), plays_hz=440, options=["--calls", 1, *callee]) as answering:
            server.wait_registered("112")
            with Ahoy("call", server.account("111"), "112", plays_hz=plays_hz, options=options, **more) as caller:
                caller.expect_exit(code)
            answering.expect_exit(callee_code)
        server.wait_gone("112")
        return caller.events("expect"), answering.events("expect")

    def test_what_is_expected_comes(self):
        """Tones both ways, keys, sound and a MOS: all met, exit 0 on both sides, and the events say what was measured."""
        with Ahoyd(users=("111", "112")) as server:
            ours, theirs = self.call(
                server, 1000, "--dtmf", "12#", "--expect-audio", "--expect-tone", 440, "--min-mos", 3, code=0,
                callee=["--expect-tone", "1005", "--expect-dtmf", "12#"], plays_s=1.5,
            )  # fmt: skip
        self.assertEqual([(e["expect"], e["met"]) for e in ours], [("audio", True), ("tone", True), ("mos", True)])
        self.assertEqual([(e["expect"], e["met"]) for e in theirs], [("tone", True), ("dtmf", True)])
        self.assertAlmostEqual(ours[1]["heard_hz"], 440, delta=2)
        self.assertAlmostEqual(ours[1]["level_dbov"], -15, delta=2)
        self.assertAlmostEqual(theirs[0]["heard_hz"], 1000, delta=2)
        self.assertGreaterEqual(theirs[0]["heard_s"], 1.2)
        self.assertEqual((theirs[1]["wanted_digits"], theirs[1]["digits"]), ("12#", "12#"))
        self.assertGreater(ours[2]["mos"], 3)

    def test_what_is_expected_does_not_come(self):
        """Another tone is 21, other keys are 22, a higher MOS than there is 23; of several the lowest code counts."""
        with Ahoyd(users=("111", "112")) as server:
            ours, theirs = self.call(
                server, 1000, "--dtmf", "13", "--expect-tone", 440, "--expect-tone", 460, "--min-mos", 4.5, code=21,
                callee=["--expect-dtmf", "12"], callee_code=22, plays_s=1.0,
            )  # fmt: skip
            self.assertEqual([(e["expect"], e["met"]) for e in ours], [("tone", True), ("tone", False), ("mos", False)])
            self.assertEqual(ours[1]["heard_s"], 0)
            self.assertEqual([(e["met"], e["digits"]) for e in theirs], [(False, "13")])
            ours, theirs = self.call(
                server, None, "--hangup-after", 1, "--expect-audio", "--min-mos", 4.5, code=23,
                callee=["--expect-audio"], callee_code=20,
            )  # fmt: skip
            self.assertEqual([(e["expect"], e["met"]) for e in ours], [("audio", True), ("mos", False)])
            self.assertEqual([(e["expect"], e["met"]) for e in theirs], [("audio", False)])


if __name__ == "__main__":
    main()
