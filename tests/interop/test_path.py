#!/usr/bin/env python3
"""Phones behind an edge proxy (RFC 3327): kamailio adds the Path, ahoyd takes it as the route of each request to them."""

import time

from ahoy_interop import Ahoy, Ahoyd, Baresip, InteropTest, Kamailio, Stream, main

LEVEL = -15.0


class Path(InteropTest):
    def test_rfc3327_calls_and_messages_go_by_the_edge_proxy(self):
        """`ahoy` registers through kamailio; baresip, which registered directly, calls it and is heard; the BYE finds its way too."""
        # baresip 1.0 gives up where one of several challenges is no MD5.
        with Ahoyd(users=("111", "112"), digest="MD5") as server, Kamailio(template="edge.cfg") as edge:
            options = ["--proxy", f"{edge.host}:{edge.port}", "--calls", 1]
            with Baresip(server.account("111"), plays_hz=440) as caller, Ahoy(
                "answer", server.account("112"), plays_hz=700, records=True, options=options
            ) as callee:
                callee.wait_event("registered")
                caller.wait_registered()
                (binding,) = [b for b in server.registrations() if b["user"] == "112"]
                self.assertEqual(binding["source"], f"{edge.host}:{edge.port}")
                with Ahoy("message", server.account("111"), "112", "by the edge") as text:
                    text.expect_exit(0)
                callee.wait_event("message")
                self.assertTrue(edge.saw("routed: MESSAGE to 112"))
                caller.dial("112")
                caller.wait_answered()
                callee.wait_event("answered")
                self.assertTrue(edge.saw("routed: INVITE to 112"))
                time.sleep(2.5)
                caller.hang_up()
                callee.expect_exit(0)
                self.assert_tone(caller.heard(700), 2.0, LEVEL)
                self.assert_tone(callee.heard(440), 2.0, LEVEL)
            self.assertTrue(edge.saw("routed: BYE to 112"))
            self.assertFalse(edge.saw("without a route"))

    def test_rfc3327_5_3_who_knows_path_is_told_of_it(self):
        """The 200 names the Path to a phone that supports it, and to no other; a Path that cannot be read is 400."""
        with Ahoyd(users=("111",)) as server:
            uri = f"sip:{server.host}:{server.port}"
            rows = (
                ([("Path", "<sip:192.0.2.1;lr>"), ("Supported", "path")], 200, "<sip:192.0.2.1;lr>"),
                ([("Path", "<sip:192.0.2.1;lr>")], 200, None),
                ([("Path", "nonsense"), ("Supported", "path")], 400, None),
            )
            for headers, code, path in rows:
                with Stream(server) as phone:
                    contact = ("Contact", f"<sip:111@{phone.host}:{phone.port};transport=tcp>")
                    phone.authenticated("REGISTER", uri, server.account("111"), [contact, *headers])
                    self.assertEqual(phone.response(code).get("Path"), path)


if __name__ == "__main__":
    main()
