#!/usr/bin/env python3
"""linphone as phone on ahoyd, with the server's own choice of digests: calls with `ahoy` and baresip, heard both ways."""

import time

from ahoy_interop import Ahoy, Ahoyd, Baresip, InteropTest, Linphone, main

LEVEL = -15.0


class LinphonePhone(InteropTest):
    def test_linphone_calls_ahoy(self):
        """linphone registers with SHA-256, calls `ahoy answer` with PCMA, hears its tone and hangs up."""
        with Ahoyd(users=("111", "112")) as server, Linphone(server.account("111"), plays_hz=700, codec="PCMA") as phone:
            phone.wait_registered()
            (binding,) = server.wait_registered("111")
            self.assertIn("inphone", binding["user_agent"])
            self.assertIn("algorithm=SHA-256", phone.debug())
            with Ahoy("answer", server.account("112"), plays_hz=440, records=True, options=["--calls", 1]) as callee:
                server.wait_registered("112")
                phone.dial("112")
                phone.wait_answered()
                callee.wait_event("answered")
                time.sleep(3.0)
                phone.hang_up()
                phone.wait_closed()
                callee.expect_exit(0)
            self.assert_tone(callee.heard(700), 3.0, LEVEL, max_gap_s=0.2)
            self.assert_tone(phone.heard(440), 3.0, LEVEL, max_gap_s=0.2)
            (record,) = server.wait_cdr(1)
            self.assertEqual((record["ended_by"], record["code"]), ("caller", 200))
            self.assert_media(record, 3.0, "PCMA")

    def test_ahoy_calls_linphone(self):
        """`ahoy call` calls linphone with PCMU; ahoy hangs up, and in a second call linphone does."""
        with Ahoyd(users=("111", "112")) as server, Linphone(server.account("111"), plays_hz=700) as phone:
            server.wait_registered("111")
            options = ["--hangup-after", 3]
            with Ahoy("call", server.account("112"), "111", plays_hz=440, records=True, options=options) as caller:
                caller.expect_exit(0)
                phone.wait_closed()
            self.assert_tone(caller.heard(700), 3.0, LEVEL, max_gap_s=0.2)
            self.assert_tone(phone.heard(440), 3.0, LEVEL, max_gap_s=0.2)
            (record,) = server.wait_cdr(1)
            self.assertEqual(record["ended_by"], "caller")
            self.assert_media(record, 3.0, "PCMU")

            with Ahoy("call", server.account("112"), "111", plays_hz=440, options=["--expect-audio"]) as caller:
                caller.wait_event("answered")
                phone.wait_answered(count=2)
                time.sleep(1.5)
                phone.hang_up()
                caller.expect_exit(0)
            self.assertEqual(server.wait_cdr(2)[1]["ended_by"], "callee")

    def test_linphone_and_baresip(self):
        """baresip calls linphone; then linphone calls baresip and holds it for a moment: both hear each other."""
        with Ahoyd(users=("111", "112"), digest="MD5") as server:
            with Baresip(server.account("111"), plays_hz=440, codec="PCMA") as bare:
                with Linphone(server.account("112"), plays_hz=700, codec="PCMA") as lin:
                    server.wait_registered("111", "112")
                    bare.dial("112")
                    bare.wait_answered()
                    lin.wait_answered()
                    time.sleep(3.0)
                    lin.hang_up()
                    bare.wait_closed()
                    self.assert_tone(bare.heard(700), 3.0, LEVEL, max_gap_s=0.2)
                    self.assert_tone(lin.heard(440), 3.0, LEVEL, max_gap_s=0.2)
                    (record,) = server.wait_cdr(1)
                    self.assertEqual(record["ended_by"], "callee")
                    self.assert_media(record, 3.0, "PCMA")

                    lin.dial("111")
                    bare.wait_answered(count=2)
                    lin.wait_answered(count=2)
                    time.sleep(2.0)
                    lin.hold()
                    server.wait_call("held")
                    lin.resume()
                    server.wait_call("answered")
                    time.sleep(1.0)
                    bare.hang_up()
                    lin.wait_closed(count=2)
                    self.assert_tone(bare.heard(700, call=2), 2.0, LEVEL, max_gap_s=0.2)
                    record = server.wait_cdr(2)[1]
                    self.assertEqual((record["from"], record["to"], record["ended_by"]), ("112", "111", "callee"))
                    server.check_ladder("INVITE", "BYE")

    def test_texts_and_keys(self):
        """MESSAGE both ways; keys by RFC 4733 both ways."""
        with Ahoyd(users=("111", "112")) as server, Linphone(server.account("111")) as phone:
            server.wait_registered("111")
            with Ahoy("answer", server.account("112"), options=["--calls", 1]) as other:
                server.wait_registered("112")
                phone.text("112", "ahoy from linphone")
                message = other.wait_event("message")
                self.assertEqual(message["text"], "ahoy from linphone")
                with Ahoy("message", server.account("112"), "111", "ahoy there") as sending:
                    sending.expect_exit(0)
                phone.wait_for_log("ahoy there")
                phone.dial("112")
                phone.wait_answered()
                other.wait_event("answered")
                phone.press("19#")
                time.sleep(0.5)
                phone.hang_up()
                other.expect_exit(0)
            self.assertEqual("".join(e["digit"] for e in other.events("dtmf") if e["direction"] == "in"), "19#")
            with Ahoy("call", server.account("112"), "111", options=["--dtmf", "5*0"]) as caller:
                caller.expect_exit(0)
            phone.wait_closed(count=2)
            self.assertEqual(phone.pressed(), "5*0")
            self.assertEqual([r["ended_by"] for r in server.wait_cdr(2)], ["caller", "caller"])


if __name__ == "__main__":
    main()
