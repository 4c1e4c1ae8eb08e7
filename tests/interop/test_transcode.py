#!/usr/bin/env python3
"""Two phones that share no codec: the server's own codecs stand between them, and each hears the other by tone."""

import time

from ahoy_interop import Ahoy, Ahoyd, Baresip, InteropTest, Linphone, main, say

LEVEL = -15.0
DIGEST = "MD5"  # baresip 1.0 gives up where one of several challenges is no MD5


class Transcode(InteropTest):
    def server(self, *options):
        return Ahoyd(users=("111", "112", "113"), digest=DIGEST, options=options)

    def test_baresip_and_linphone(self):
        """baresip has PCMU alone, linphone GSM alone: both hear each other."""
        with self.server() as server:
            with Baresip(server.account("111"), plays_hz=440, codec="PCMU") as bare, Linphone(
                server.account("112"), plays_hz=700, codec="GSM"
            ) as lin:
                server.wait_registered("111", "112")
                bare.dial("112")
                bare.wait_answered()
                lin.wait_answered()
                time.sleep(4.0)
                self.assertEqual(server.status()["transcoding"], 1)
                lin.hang_up()
                bare.wait_closed()
                self.assert_tone(bare.heard(700), 3.0, LEVEL, max_gap_s=0.3)
                self.assert_tone(lin.heard(440), 3.0, LEVEL, max_gap_s=0.3)
            (record,) = server.wait_cdr(1)
            self.assertEqual((record["code"], record["ended_by"], record["codec"]), (200, "callee", "PCMU+GSM"))
            for side in ("caller", "callee"):
                self.assertGreater(record[side]["packets"], 150)
            status = server.status()
            self.assertEqual((status["transcoding"], status["transcoded"], status["ports_used"]), (0, 1, 0))

    def test_opus_and_gsm_with_keys(self):
        """`ahoy` with Opus alone calls linphone with PCMA alone; `ahoy` with GSM calls `ahoy` with G.722 and presses keys."""
        with self.server() as server:
            with Linphone(server.account("112"), plays_hz=700, codec="PCMA") as lin:
                server.wait_registered("112")
                options = ["--codecs", "opus", "--hangup-after", 4]
                with Ahoy("call", server.account("111"), "112", plays_hz=440, records=True, options=options) as caller:
                    caller.expect_exit(0)
                self.assert_tone(caller.heard(700), 2.5, LEVEL)
                lin.wait_closed()
                self.assertGreater(lin.heard(440).tone_s, 2.0)
            answering = ["--calls", 2, "--codecs", "G722", "--expect-dtmf", "159"]  # the one that it refuses counts
            with Ahoy("answer", server.account("113"), plays_hz=700, records=True, options=answering) as callee:
                server.wait_registered("113")
                options = ["--codecs", "GSM", "--dtmf", "159", "--hangup-after", 4]
                with Ahoy("call", server.account("111"), "113", records=True, options=options) as caller:
                    caller.expect_exit(0)
                callee.expect_exit(0)
                self.assert_tone(caller.heard(700), 3.0, LEVEL)
            say(server.trace())
            *_, media = server.ask_json("trace", "last")
            # The E-model gives GSM twenty points less than G.722: each leg is judged by its own codec.
            self.assertLess(media["media"]["caller"]["mos"], 3.9)
            self.assertGreater(media["media"]["callee"]["mos"], 4.2)
            self.assertEqual({r["codec"] for r in server.wait_cdr(2)}, {"opus+PCMA", "GSM+G722"})

    def test_switched_off_and_not_needed(self):
        """--max-transcoded 0: the callee's 488 is the caller's. With a codec in common nothing is transcoded."""
        with self.server("--max-transcoded", "0") as server:
            with Ahoy("answer", server.account("112"), options=["--codecs", "PCMA"]) as callee:
                server.wait_registered("112")
                with Ahoy("call", server.account("111"), "112", options=["--codecs", "GSM"]) as caller:
                    caller.expect_exit(12)
                callee.interrupt()
        with self.server() as server:
            with Ahoy("answer", server.account("112"), options=["--calls", 1, "--codecs", "PCMA,GSM"]) as callee:
                server.wait_registered("112")
                with Ahoy("call", server.account("111"), "112", options=["--codecs", "GSM,PCMU", "--hangup-after", 1]) as caller:
                    caller.expect_exit(0)
                callee.expect_exit(0)
            self.assertEqual(server.status()["transcoded"], 0)
            self.assertEqual(server.wait_cdr(1)[0]["codec"], "GSM")


if __name__ == "__main__":
    main()
