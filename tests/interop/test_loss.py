#!/usr/bin/env python3
"""A network that loses a tenth of all datagrams, whoever sent them: calls complete, records tell the truth, tones are heard.

The loss is the network's own, in a namespace of the test. sipp's built-in uas gives up a call when both of its answers to an INVITE were
lost and the INVITE comes again: the called phone here gives one answer.
"""

import time

from ahoy_interop import Ahoy, Ahoyd, InteropTest, Sipp, free_port, main, say
from ahoy_interop.nets import enter_private_network, lose

# sipp 3.6 ends as soon as one of several challenges is no MD5.
DIGEST = "MD5"
LOSS = 0.1


class LossyNetwork(InteropTest):
    def test_hundred_calls(self):
        """sipp calls sipp a hundred times: all calls complete, and each has one record."""
        with Ahoyd(users=("111", "112"), digest=DIGEST) as server:
            port, caller, callee = free_port(), server.account("111"), server.account("112")
            with Sipp("register", callee, account=callee, port=port) as phone:
                phone.finish()
            started = time.monotonic()
            with Sipp("answers", callee, port=port, calls=100, timeout_s=120) as uas:
                with Sipp("call", caller, account=caller, target="112", calls=100, rate=25, hold_ms=300, timeout_s=120, tries=8) as uac:
                    uac.finish(125)
                    server.wait_idle(45)
                    uas.finish(125)
            say(f"100 calls in {time.monotonic() - started:.1f} s")
            sent = [m.encode() for m in uac.messages("sent")]
            copies = len(sent) - len(set(sent))
            say(f"the caller sent {len(sent)} messages, {copies} of them again")
            self.assertGreater(copies, 20)
            records = server.wait_cdr(100)
            for record in records:
                self.assertEqual((record["code"], record["ended_by"]), (200, "caller"), record)
                self.assertIsNotNone(record["answered"], record)
                self.assertFalse(record["cut_off"], record)
            self.assertEqual(len({r["id"] for r in records}), 100)

    def test_sound_with_holes(self):
        """Two `ahoy` talk for 6 s: nobody's call fails, and phones and record count about the tenth of each direction as lost."""
        with Ahoyd(users=("111", "112")) as server:
            answering = Ahoy("answer", server.account("112"), plays_hz=700, records=True, options=["--calls", 1])
            with answering as callee:
                server.wait_registered("112")
                options = ["--hangup-after", 6]
                with Ahoy("call", server.account("111"), "112", plays_hz=440, records=True, options=options) as caller:
                    caller.expect_exit(0, 60)
                callee.expect_exit(0, 60)
            (record,) = server.wait_cdr(1)
            self.assertEqual((record["code"], record["ended_by"]), (200, "caller"))
            # A packet passes two lines: to the server, which counts one line's loss, and to the phone, which counts both.
            for what, m, expected in (
                ("the caller's line", record["caller"], LOSS),
                ("the callee's line", record["callee"], LOSS),
                ("both, to the caller", caller.events("quality")[0], 1 - (1 - LOSS) ** 2),
                ("both, to the callee", callee.events("quality")[0], 1 - (1 - LOSS) ** 2),
            ):
                share = m["lost"] / (m["lost"] + m["packets"])
                say(f"{what}: {m['packets']} packets came, {m['lost']} did not: {100 * share:.0f} %")
                self.assertTrue(expected - 0.09 < share < expected + 0.09, m)
            for phone, hz in ((caller, 700), (callee, 440)):
                heard = phone.heard(hz)
                say(f"{phone.name} heard: {heard}")
                self.assertGreater(heard.tone_s, 4.0)


if __name__ == "__main__":
    enter_private_network()
    lose(LOSS)
    main()
