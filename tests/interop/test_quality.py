#!/usr/bin/env python3
"""What a call's sound was worth, both ways: VoIP metrics (RFC 3611) read by tshark, and by the phone at the other end.

In a network of the test's own, so that the capture holds nothing else.
"""

import time

from ahoy_interop import Ahoy, Ahoyd, InteropTest, Linphone, Process, here, main, need, say, wait_for
from ahoy_interop.nets import enter_private_network
from ahoy_interop.process import run

XR = "rtcp.xr.voipmetrics."
FIELDS = ("rfactor", "extrfactor", "moscq", "moslq", "burstdensity", "gmin", "plc", "jba", "noiselevel", "jbabsmax")


class Quality(InteropTest):
    def capture(self):
        """tshark on the loopback, listening when this returns."""
        path = here().path("quality.pcap")
        process = Process("tshark", [need("tshark", "tshark"), "-i", "lo", "-w", path, "-q"])
        wait_for("tshark to capture", lambda: "Capturing on" in process.log() and path.exists(), 20.0)
        return process, path

    def end(self, capture):
        """The kernel hands packets over with up to a second of delay."""
        time.sleep(1.5)
        capture.terminate()

    def metrics(self, path):
        """{address and port it was sent to: the last VoIP metrics}, as tshark reads them."""
        argv = [need("tshark", "tshark"), "-r", path, "-o", "rtcp.show_roundtrip_calculation:FALSE", "-Y", "rtcp.xr.bt == 7"]
        argv += ["-T", "fields", "-E", "separator=|", "-e", "udp.dstport", "-e", "rtcp.xr.bl"]
        argv += [word for field in FIELDS for word in ("-e", XR + field)]
        # Other fields of RTCP are shown with it; one that is malformed is not.
        bad = run([need("tshark", "tshark"), "-r", path, "-Y", "rtcp && _ws.malformed"], within=60.0)
        self.assertEqual(bad.stdout.strip(), "")
        done = run(argv, within=60.0)
        self.assertEqual(done.returncode, 0, done.stderr)
        found = {}
        for line in done.stdout.splitlines():
            port, length, *values = line.split("|")
            self.assertEqual(length, "8")
            found[int(port)] = dict(zip(FIELDS, values))
        return found

    def test_each_end_says_how_it_hears_the_other(self):
        """112 loses a tenth of what it sends: tshark, 112 and the E-model here agree on how 111 hears it."""
        capture, path = self.capture()
        with capture, Ahoyd(users=("111", "112")) as server:
            impaired = ["--calls", 1, "--codecs", "PCMA", "--impair", "loss=12,seed=3"]
            with Ahoy("answer", server.account("112"), plays_hz=700, records=True, options=impaired) as callee:
                server.wait_registered("112")
                options = ["--hangup-after", 8, "--codecs", "PCMA"]
                with Ahoy("call", server.account("111"), "112", plays_hz=440, records=True, options=options) as caller:
                    caller.expect_exit(0)
                callee.expect_exit(0)
            self.end(capture)
            heard, said = caller.events("quality")[0], callee.events("quality")[0]
            share = 100 * heard["lost"] / (heard["lost"] + heard["packets"])
            say(f"111 lost {share:.1f} %, MOS {heard['mos']}; 112 was told {said['remote_mos']}")
            # G.107 7.5 by hand, G.711 with concealment; delay costs a few points more.
            self.assertTrue(5 < share < 20)
            r = 93.2 - 95 * share / (share + 25.1)
            mos = 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6
            self.assertTrue(mos - 0.5 < heard["mos"] < mos + 0.1, (mos, heard))
            self.assertTrue(r - 10 < heard["r"] < r + 2, (r, heard))
            self.assertAlmostEqual(said["remote_r"], heard["r"], delta=6)
            self.assertAlmostEqual(said["remote_mos"], heard["mos"], delta=0.4)
            # The other direction passes the same line: its losses are 112's own, on the way in.
            self.assertAlmostEqual(heard["remote_mos"], said["mos"], delta=0.4)
            self.assertGreater(heard["gap_ms"], 0)

            seen = self.metrics(path)
            say(f"tshark: {seen}")
            # Both phones' reports, on the way to the server and on from there.
            self.assertEqual(len(seen), 4)
            for m in seen.values():
                self.assertEqual((m["extrfactor"], m["noiselevel"], m["gmin"], m["plc"], m["jba"]), ("127", "127", "16", "3", "3"))
                self.assertEqual(m["jbabsmax"], "400")
                self.assertTrue(20 < int(m["rfactor"]) <= 93, m)
            told = {float(m["moscq"]) for m in seen.values()}
            self.assertTrue(any(abs(value - said["remote_mos"]) < 0.06 for value in told), (told, said))
            self.assertIn(said["remote_r"], {float(m["rfactor"]) for m in seen.values()})

    def test_linphone_says_how_it_hears_us(self):
        """linphone has VoIP metrics of its own: what it says of us is what we tell, and what tshark reads; ours suit it."""
        capture, path = self.capture()
        with capture, Ahoyd(users=("111", "112")) as server:
            with Linphone(server.account("112"), plays_hz=700, codec="PCMA") as phone:
                server.wait_registered("112")
                options = ["--hangup-after", 9, "--codecs", "PCMA"]
                with Ahoy("call", server.account("111"), "112", plays_hz=440, records=True, options=options) as caller:
                    caller.expect_exit(0)
                self.assert_tone(caller.heard(700), 5.0, -15.0)
                self.end(capture)
            seen = self.metrics(path)
            said = caller.events("quality")[0]
            say(f"tshark: {seen}; told: {said['remote_mos']}")
            theirs = [m for m in seen.values() if m["jbabsmax"] != "400"]
            ours = [m for m in seen.values() if m["jbabsmax"] == "400"]
            self.assertTrue(theirs and ours)
            self.assertTrue(any(abs(float(m["moscq"]) - said["remote_mos"]) < 0.06 for m in theirs), (theirs, said))


if __name__ == "__main__":
    enter_private_network()
    main()
