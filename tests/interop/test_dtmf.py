#!/usr/bin/env python3
"""DTMF in each of its forms (RFC 4733, SIP INFO, tones in the sound), with phones that nobody here wrote."""

from ahoy_interop import Ahoy, Ahoyd, Baresip, InteropTest, Linphone, heard_keys, main, wait_for

ALL_KEYS = "0123456789*#ABCD"


def keys_in(phone):
    return "".join(e["digit"] for e in phone.events("dtmf") if e["direction"] == "in")


class Dtmf(InteropTest):
    def between(self, server, keys, by, callee_by, *options):
        """111 sends the keys to 112; what 112 heard."""
        callee_options = ["--calls", 1, "--dtmf-by", callee_by]
        with Ahoy("answer", server.account("112"), options=callee_options) as callee:
            server.wait_registered("112")
            with Ahoy("call", server.account("111"), "112", options=["--dtmf", keys, "--dtmf-by", by, *options]) as caller:
                caller.expect_exit(0, 60)
            callee.expect_exit(0)
        server.wait_gone("112")
        self.assertEqual(caller.events("error"), [])
        return keys_in(callee)

    def test_q23_tones_in_the_sound_are_heard(self):
        """--dtmf-by inband: all sixteen keys, once each, through codecs that keep tones; no telephone-event is offered."""
        with Ahoyd(users=("111", "112")) as server:
            self.assertEqual(self.between(server, ALL_KEYS, "inband", "inband", "--codecs", "PCMU"), ALL_KEYS)
            self.assertNotIn("telephone-event", server.log())
            # Auto: the far end has no telephone-event, and refuses nothing.
            self.assertEqual(self.between(server, "11#", "auto", "info"), "11#")

    def test_rfc6086_keys_by_info(self):
        """--dtmf-by info: all sixteen keys, in order, once each."""
        with Ahoyd(users=("111", "112")) as server:
            self.assertEqual(self.between(server, ALL_KEYS, "info", "auto"), ALL_KEYS)

    def test_linphone_hears_tones_and_sends_them(self):
        """Tones both ways: its recording holds ours (found by Goertzel, not by our ear), and its own are heard, once each."""
        with Ahoyd(users=("111", "112"), digest="MD5") as server:
            with Linphone(server.account("111"), plays_hz=0) as phone:  # silent but for its keys
                phone.wait_registered()
                options = ["--dtmf", "159#D", "--dtmf-by", "inband", "--hangup-after", 4]
                with Ahoy("call", server.account("112"), "111", options=options) as caller:
                    caller.expect_exit(0)
                phone.wait_closed()
                self.assertEqual(heard_keys(phone.record_path), "159#D")
                with Ahoy("answer", server.account("112"), options=["--calls", 1, "--dtmf-by", "inband"]) as callee:
                    server.wait_registered("112")
                    phone.dial("112")
                    phone.wait_answered(2)
                    phone.press("27*")
                    wait_for("its tones to be heard", lambda: keys_in(callee) == "27*")
                    phone.hang_up()
                    callee.expect_exit(0)
                self.assertEqual(keys_in(callee), "27*")

    def test_linphone_by_info(self):
        """INFO both ways, and what came by INFO is not heard again in the sound."""
        with Ahoyd(users=("111", "112"), digest="MD5") as server:
            with Linphone(server.account("111"), keys="info") as phone:
                phone.wait_registered()
                with Ahoy("call", server.account("112"), "111", options=["--dtmf", "5*0", "--dtmf-by", "info"]) as caller:
                    caller.expect_exit(0)
                phone.wait_closed()
                self.assertEqual(phone.pressed(), "5*0")
                with Ahoy("answer", server.account("112"), options=["--calls", 1, "--dtmf-by", "info"]) as callee:
                    server.wait_registered("112")
                    phone.dial("112")
                    phone.wait_answered(2)
                    phone.press("19#")
                    wait_for("its INFO keys", lambda: keys_in(callee) == "19#")
                    phone.hang_up()
                    callee.expect_exit(0)
                self.assertEqual(keys_in(callee), "19#")

    def test_baresip_takes_keys_by_info(self):
        """baresip tells the keys that came by INFO."""
        with Ahoyd(users=("111", "112"), digest="MD5") as server:
            with Baresip(server.account("111")) as phone:
                phone.wait_registered()
                with Ahoy("call", server.account("112"), "111", options=["--dtmf", "5*0", "--dtmf-by", "info"]) as caller:
                    caller.expect_exit(0)
                phone.wait_closed()
                self.assertEqual(phone.pressed(), "5*0")


if __name__ == "__main__":
    main()
