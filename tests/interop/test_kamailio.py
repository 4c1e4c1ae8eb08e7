#!/usr/bin/env python3
"""`ahoy` as a phone on kamailio: 401 by the registrar, 407 by the proxy, Record-Route, and what the exit codes say."""

import time

from ahoy_interop import Ahoy, Baresip, InteropTest, Kamailio, Sipp, free_port, main, say

LEVEL = -15.0


class PhoneOnKamailio(InteropTest):
    def test_calls_through_a_record_routing_proxy(self):
        """`ahoy` calls baresip and is called by it; requests inside the calls take the recorded route; both hang up once."""
        with Kamailio(("111", "112", "115")) as proxy, Baresip(proxy.account("112"), plays_hz=700) as phone:
            phone.wait_registered()
            options = ["--hangup-after", 3]
            with Ahoy("call", proxy.account("115"), "112", plays_hz=440, records=True, options=options) as caller:
                caller.wait_event("answered")
                caller.expect_exit(0)
                phone.wait_closed()
            self.assertTrue(proxy.saw("challenged: INVITE of 115"))
            self.assertTrue(proxy.saw("in dialog: ACK routed loosely"))
            self.assertTrue(proxy.saw("in dialog: BYE routed loosely"))
            self.assertFalse(proxy.saw("without a route"))
            self.assertTrue(caller.ladder_has("INVITE", "407", "ACK", "200", "BYE"), caller.log())
            self.assert_tone(caller.heard(700), 3.0, LEVEL)
            self.assert_tone(phone.heard(440), 3.0, LEVEL)

            with Ahoy("answer", proxy.account("115"), plays_hz=440, records=True, options=["--calls", 1]) as callee:
                callee.wait_event("registered")
                self.assertTrue(proxy.saw("registered: 115"))
                phone.dial("115")
                phone.wait_answered(count=2)
                callee.wait_event("answered")
                time.sleep(2.0)
                phone.hang_up()
                callee.expect_exit(0)
                self.assertEqual(len(callee.events("unregistered")), 1)
            self.assert_tone(callee.heard(700), 2.0, LEVEL)
            self.assert_tone(phone.heard(440, call=2), 2.0, LEVEL)

    def test_two_ahoys(self):
        """Two `ahoy` on kamailio: one answers and hangs up, the other must hear it, or would end with 20."""
        with Kamailio(("111", "112")) as proxy:
            options = ["--calls", 1, "--hangup-after", 2]
            with Ahoy("answer", proxy.account("112"), plays_hz=700, options=options) as callee:
                callee.wait_event("registered")
                with Ahoy("call", proxy.account("111"), "112", plays_hz=440, options=["--expect-audio"]) as caller:
                    caller.expect_exit(0)
                callee.expect_exit(0)

    def test_two_early_dialogs(self):
        """The proxy forks to two phones, both reliable before one picks up: each gets its own PRACK by the recorded route."""
        with Kamailio(("111", "112")) as proxy:
            ports = [free_port(), free_port()]
            for port in ports:
                with Sipp("register", proxy.account("112"), account=proxy.account("112"), port=port) as phone:
                    phone.finish()
            answers = Sipp("forked_answers", proxy.account("112"), port=ports[0], plays_hz=700)
            with answers, Sipp("forked_loses", proxy.account("112"), port=ports[1]) as loses:
                with Ahoy("call", proxy.account("111"), "112", records=True, options=["--hangup-after", 2]) as caller:
                    caller.wait_event("early_media")
                    caller.expect_exit(0)
                answers.finish()
                loses.finish()
            self.assertEqual([len(phone.received("PRACK")) for phone in (answers, loses)], [1, 1])
            self.assertTrue(proxy.saw("in dialog: PRACK routed loosely"))
            self.assertFalse(proxy.saw("without a route"))
            self.assert_tone(caller.heard(700), 2.0, LEVEL)

    def test_exit_codes(self):
        """Each way in which a call or a registration ends badly has its exit code."""
        with Kamailio(("111", "112", "115")) as proxy:
            me = proxy.account("115")

            say("register, and the binding stays")
            with Ahoy("register", me, options=["--once"]) as phone:
                phone.expect_exit(0)
                self.assertEqual(len(phone.events("registered")), 1)
                self.assertEqual(len(phone.events("unregistered")), 0)
            say("register, refresh, and SIGINT takes it back")
            with Ahoy("register", me) as phone:
                phone.wait_event("registered")
                self.assertEqual(phone.interrupt(), 0)
                self.assertEqual(len(phone.events("unregistered")), 1)

            say("a wrong password: 13, after one retry")
            with Ahoy("register", me, password="wrong", options=["--once"]) as phone:
                phone.expect_exit(13)
            with Ahoy("call", me, "112", password="wrong") as phone:
                phone.expect_exit(13)
            self.assertEqual(proxy.log().count("challenged: INVITE of 115"), 2)

            say("not registered: 10; no such number: 12")
            with Ahoy("call", me, "112") as first, Ahoy("call", me, "4711") as second:
                first.expect_exit(10)
                second.expect_exit(12)

            with Baresip(proxy.account("112"), answers=False) as phone:
                phone.wait_registered()
                say("busy: 11")
                with Ahoy("call", me, "112") as caller:
                    phone.wait_event("CALL_INCOMING")
                    phone.reject()
                    caller.expect_exit(11)
                say("it rings, and --wait runs out: 10, and the phone is cancelled")
                with Ahoy("call", me, "112", options=["--wait", 2]) as caller:
                    caller.wait_event("ringing")
                    caller.expect_exit(10)
                    phone.wait_closed(count=2)
                self.assertTrue(proxy.saw("cancel from 115"))
                say("options and message: 0")
                with Ahoy("options", None, f"sip:{proxy.host}:{proxy.port}") as asking:
                    asking.expect_exit(0)
                with Ahoy("message", me, "112", "ahoy there") as message:
                    message.expect_exit(0)
                phone.wait_for_log("ahoy there")
                with Ahoy("message", me, "111", "nobody home") as message:
                    message.expect_exit(10)

        say("nobody listens any more: 14")
        with Ahoy("register", me, options=["--once"]) as first, Ahoy("call", me, "112") as second:
            first.expect_exit(14)
            second.expect_exit(14)


if __name__ == "__main__":
    main()
