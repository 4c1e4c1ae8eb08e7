#!/usr/bin/env python3
"""A call in each codec with phones that others wrote, in both directions, through ahoyd: tone, level, MOS, record."""

import time

from ahoy_interop import Ahoy, Ahoyd, Baresip, InteropTest, Linphone, main, say

US, THEM = 440, 700  # Hz that ahoy plays, Hz that the peer plays
LEVEL = -15.0
# linphone's G.722 is 6 dB low when it sends and 6 dB high when it plays; baresip, FFmpeg and spandsp agree with us.
LINPHONE_G722_DB = 6.0
# Codec as linphone and baresip name it, and what ahoy's --codecs calls it.
LINPHONE = (("opus", "opus"), ("G722", "G722"), ("GSM", "GSM"), ("speex/8000", "speex"), ("speex/16000", "speex/16000"),
            ("PCMU", "PCMU"), ("PCMA", "PCMA"))
BARESIP = (("opus", "opus"), ("G722", "G722"), ("GSM", "GSM"), ("PCMU", "PCMU"), ("PCMA", "PCMA"))
# By the E-model a call without loss has 3.7 (GSM) to 4.4; the rest is for what a loaded machine delays.
LEAST_MOS = {"GSM": 3.0}
# linphone loses up to half a second of what it plays where its clock meets ours, about one second into a call.
SECONDS = 4.0


class CodecCalls(InteropTest):
    def check(self, server, ahoy, peer, codec, calls):
        """What both heard, what ahoy told, what the server recorded of call number `calls`."""
        name = codec.partition("/")[0]
        # A vocoder is no tone generator: the frequency stays, some of the energy goes elsewhere.
        heard_by_us, heard_by_them = ahoy.heard(THEM), peer.heard(US, call=calls)
        offset = LINPHONE_G722_DB if name == "G722" and isinstance(peer, Linphone) else 0.0
        for heard, level in ((heard_by_us, LEVEL - offset), (heard_by_them, LEVEL + offset)):
            say(f"{codec}: {heard}")
            self.assertGreaterEqual(heard.tone_s, SECONDS * 0.85, heard)
            self.assertGreaterEqual(heard.purity, 0.75, heard)
            self.assertLessEqual(heard.longest_gap_s, 0.2, heard)
            self.assertAlmostEqual(heard.level_dbov, level, delta=2.5, msg=str(heard))
        (media,) = ahoy.events("media")[-1:]
        self.assertEqual(media["codec"].lower(), name.lower())
        (quality,) = ahoy.events("quality")
        say(f"{codec}: MOS {quality['mos']}, {quality['lost']} lost, jitter {quality['jitter_ms']} ms")
        self.assertGreaterEqual(quality["mos"], LEAST_MOS.get(name, 3.5))
        record = server.wait_cdr(calls)[calls - 1]
        self.assertEqual(record["code"], 200)
        self.assertEqual(record["codec"].lower(), name.lower())
        for leg in ("caller", "callee"):
            self.assertGreaterEqual(record[leg]["packets"], SECONDS * 50 * 0.8, record)
            self.assertEqual(record[leg]["lost"], 0, record)
        server.check_ladder("INVITE", "200", "ACK", "BYE")

    def both_directions(self, kind, peer_codec, codec, digest=None):
        options = {"digest": digest} if digest else {}
        with Ahoyd(users=("111", "112"), **options) as server:
            with kind(server.account("111"), plays_hz=THEM, codec=peer_codec) as peer:
                server.wait_registered("111")
                words = ["--codecs", codec, "--hangup-after", SECONDS]
                with Ahoy("call", server.account("112"), "111", plays_hz=US, records=True, options=words) as ahoy:
                    ahoy.expect_exit(0)
                peer.wait_closed()
                self.check(server, ahoy, peer, codec, 1)
                words = ["--codecs", codec, "--calls", 1]
                with Ahoy("answer", server.account("112"), plays_hz=US, records=True, options=words) as ahoy:
                    server.wait_registered("112")
                    peer.dial("112")
                    peer.wait_answered(count=2)
                    ahoy.wait_event("answered")
                    time.sleep(SECONDS + 0.2)
                    peer.hang_up()
                    ahoy.expect_exit(0)
                peer.wait_closed(count=2)
                self.check(server, ahoy, peer, codec, 2)


def _add_rows():
    """One test a row, so that each codec has its own verdict."""
    for kind, rows, digest in ((Linphone, LINPHONE, None), (Baresip, BARESIP, "MD5")):
        for peer_codec, codec in rows:

            def test(self, kind=kind, peer_codec=peer_codec, codec=codec, digest=digest):
                self.both_directions(kind, peer_codec, codec, digest)

            name = kind.__name__.lower()
            test.__doc__ = f"{codec} with {name}: ahoy calls it, it calls ahoy."
            setattr(CodecCalls, f"test_{codec.lower().replace('/', '_')}_with_{name}", test)


_add_rows()

if __name__ == "__main__":
    main()
