#!/usr/bin/env python3
"""`ahoy --impair`: a bad network on purpose; the far end's record shows it, and the same seed shows the same."""

from ahoy_interop import Ahoy, Ahoyd, InteropTest, main, say


class Impaired(InteropTest):
    def call(self, server, *impair, seconds=4):
        """111 plays a tone through a bad network to 112; returns what 112 measured and the server's record."""
        count = len(server.cdr())
        with Ahoy("answer", server.account("112"), options=["--calls", 1]) as callee:
            server.wait_registered("112")
            options = ["--hangup-after", seconds, *(word for spec in impair for word in ("--impair", spec))]
            with Ahoy("call", server.account("111"), "112", plays_hz=1000, options=options) as caller:
                caller.expect_exit(0)
            callee.expect_exit(0)
        server.wait_gone("112")
        (quality,) = callee.events("quality")
        record = server.wait_cdr(count + 1)[-1]
        say(f"{' '.join(impair)}: {quality['packets']} packets, {quality['lost']} lost, MOS {quality['mos']}")
        return quality, record["caller"]

    def test_loss_is_in_the_record(self):
        """20 % of the media lost on the way out: the far end and the server count it; signalling is whole."""
        with Ahoyd(users=("111", "112")) as server:
            quality, leg = self.call(server, "rtp:loss=20%,seed=7")
            # 200 packets: 40 expected, four standard deviations of 5.7; packets at the ends cannot be missed.
            self.assertTrue(17 <= quality["lost"] <= 63, quality)
            self.assertAlmostEqual(leg["lost"], quality["lost"], delta=3)
            clean, leg = self.call(server, "rtp:delay=20ms,dup=5%")
            self.assertEqual((max(clean["lost"], 0), max(leg["lost"], 0)), (0, 0))
            self.assertGreater(clean["mos"], quality["mos"])

    def test_signalling_survives_loss(self):
        """A third of our SIP messages lost, some doubled and late: registration and call come about all the same."""
        with Ahoyd(users=("111", "112")) as server:
            bad = ["--impair", "sip:loss=30%,dup=10%,delay=30ms,jitter=30ms,seed=3"]
            with Ahoy("register", server.account("111"), options=["--once", *bad]) as phone:
                phone.expect_exit(0, within=60)
            self.assertEqual(len(server.registrations("111")), 1)
            self.call(server, "sip:loss=20%,reorder=20%,seed=5", seconds=1)


if __name__ == "__main__":
    main()
