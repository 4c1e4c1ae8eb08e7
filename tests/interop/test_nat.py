#!/usr/bin/env python3
"""Two phones behind two different home routers, an idle minute, and then calls in both directions.

The routers masquerade with ports remapped at random, let nothing in that was not asked for, and forget an idle UDP mapping
after 30 s. Both homes use the same private addresses, as homes do. Phone 111 is a plain old one that sends no rport; phone
112 is `ahoy`, which sends no keep-alive. Nobody is told anything about NAT: the server alone has to cope.

        home1                    router1                  internet               router2                    home2
        192.168.1.10 ── 192.168.1.1 | 203.0.113.11 ── 203.0.113.1 (ahoyd) ── 203.0.113.12 | 192.168.1.1 ── 192.168.1.10
"""

import time

from ahoy_interop import Ahoy, Ahoyd, InteropTest, PlainPhone, main, say
from ahoy_interop.nets import add_address, add_namespace, connect, default_route, enter_private_network, masquerade, sh

SERVER = "203.0.113.1"
PHONE = "192.168.1.10"
UDP_TIMEOUT_S = 30
IDLE_S = 60
LEVEL = -15.0


def build_homes():
    """The server is at home in the test's own namespace; the homes hang on a bridge there."""
    sh("ip", "link", "add", "internet", "type", "bridge")
    add_address(f"{SERVER}/24", "internet")
    sh("ip", "link", "set", "internet", "up")
    for number in (1, 2):
        router, home = add_namespace(f"router{number}"), add_namespace(f"home{number}")
        connect(None, None, router, f"203.0.113.1{number}/24", (f"line{number}", "outside"))
        sh("ip", "link", "set", f"line{number}", "master", "internet")
        connect(router, "192.168.1.1/24", home, f"{PHONE}/24", ("inside", "eth0"))
        default_route(home, "192.168.1.1")
        masquerade(router, "inside", "outside", UDP_TIMEOUT_S)


class BehindTwoRouters(InteropTest):
    def check_remapped(self, server):
        """The server sees the routers, at ports that are not the phones' own: the test would prove nothing otherwise."""
        sources = {}
        for user, router in (("111", "203.0.113.11"), ("112", "203.0.113.12")):
            (binding,) = server.wait_registered(user)
            self.assertIn(PHONE, binding["contact"])
            address, _, port = binding["source"].rpartition(":")
            self.assertEqual(address, router)
            self.assertNotIn(f":{port}", binding["contact"])
            sources[user] = binding["source"]
        say(f"the routers remapped them to {sources['111']} and {sources['112']}")

    def check_heard(self, plain, ahoy_heard, seconds):
        self.assert_tone(plain.heard(700), seconds, LEVEL)
        self.assert_tone(ahoy_heard, seconds, LEVEL)

    def test_calls_after_an_idle_minute(self):
        """Registered, silent for 60 s, then four calls: each calls and is called, each hangs up, all are heard both ways."""
        with Ahoyd(users=("111", "112"), host=SERVER, port=5060) as server:
            me = server.account("112")
            with PlainPhone(server.account("111"), PHONE, 5060, "home1", plays_hz=440) as plain:
                plain.register()
                options = ["--hangup-after", 5]
                with Ahoy("answer", me, netns="home2", plays_hz=700, records=True, options=options) as answering:
                    answering.wait_event("registered")
                    self.check_remapped(server)
                    say(f"now nobody does anything for {IDLE_S} s")
                    time.sleep(IDLE_S)
                    say(f"the server asked 111 for {plain.asked} meanwhile")
                    self.assertGreaterEqual(plain.asked.count("OPTIONS"), 2)

                    say("112 calls 111, 111 hangs up")
                    with Ahoy("call", me, "111", netns="home2", plays_hz=700, records=True) as caller:
                        plain.wait_called()
                        caller.wait_event("answered")
                        time.sleep(2.5)
                        plain.hang_up()
                        caller.expect_exit(0)
                    self.check_heard(plain, caller.heard(440), 2.5)

                    say("112 calls 111, 112 hangs up")
                    options = ["--hangup-after", 2]
                    with Ahoy("call", me, "111", netns="home2", plays_hz=700, records=True, options=options) as caller:
                        plain.wait_called()
                        caller.expect_exit(0)
                        plain.wait_hung_up()
                    self.check_heard(plain, caller.heard(440), 2.0)

                    say("111 calls 112, 111 hangs up")
                    plain.dial("112")
                    time.sleep(2.5)
                    plain.hang_up()
                    answering.wait_event("ended")
                    self.check_heard(plain, answering.heard(440), 2.5)

                    say("111 calls 112, 112 hangs up")
                    plain.dial("112")
                    plain.wait_hung_up()
                    self.assert_tone(plain.heard(700), 4.5, LEVEL)
                    self.assertEqual(plain.media_sources and {address for address, _ in plain.media_sources}, {SERVER})
            records = server.wait_cdr(4)
            self.assertEqual([r["ended_by"] for r in records], ["callee", "caller", "caller", "callee"])
            for record in records:
                for leg in ("caller", "callee"):
                    self.assertGreaterEqual(record[leg]["packets"], 75, record)
                    self.assertEqual(record[leg]["lost"], 0, record)


if __name__ == "__main__":
    enter_private_network()
    build_homes()
    main()
