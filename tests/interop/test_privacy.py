#!/usr/bin/env python3
"""Who calls, as phones that nobody here wrote show it: asserted by the server, or hidden (RFC 3323, RFC 3325)."""

from ahoy_interop import Ahoy, Ahoyd, Baresip, InteropTest, Linphone, Sipp, free_port, main, wait_for

DIGEST = "MD5"  # sipp and baresip 1.0 give up where one of several challenges is no MD5


class Privacy(InteropTest):
    def test_nobody_calls_baresip_and_linphone(self):
        """`ahoy call --anonymous`: both show Anonymous, hear the tone, and nothing in what they got has the number."""
        with Ahoyd(users=("111", "112", "113"), digest=DIGEST) as server:
            with Baresip(server.account("112"), plays_hz=700, codec="PCMA") as bare, Linphone(
                server.account("113"), plays_hz=900, codec="PCMA"
            ) as lin:
                server.wait_registered("112", "113")
                for number, phone, hz in (("112", bare, 700), ("113", lin, 900)):
                    options = ["--anonymous", "--codecs", "PCMA", "--hangup-after", 2]
                    with Ahoy("call", server.account("111"), number, plays_hz=440, records=True, options=options) as caller:
                        caller.expect_exit(0)
                    self.assertGreater(caller.heard(hz).tone_s, 1.0)
                    wait_for(f"{phone.name} to tell who called", lambda: "anonymous.invalid" in phone.log(), 10.0)
                    self.assertNotIn("sip:111@", phone.log())
            records = server.wait_cdr(2)
            self.assertEqual({(r["from"], r["code"]) for r in records}, {("111", 200)})

    def test_the_number_is_asserted(self):
        """sipp calls sipp: the callee is told who passed the digest."""
        with Ahoyd(users=("111", "112"), digest=DIGEST) as server:
            port, caller, callee = free_port(), server.account("111"), server.account("112")
            with Sipp("register", callee, account=callee, port=port) as phone:
                phone.finish()
            with Sipp("uas", callee, port=port) as uas, Sipp("call", caller, account=caller, target="112", hold_ms=200) as uac:
                uac.finish()
                uas.finish()
                (invite,) = uas.received("INVITE")
            self.assertEqual(invite.get("P-Asserted-Identity"), f"<sip:111@127.0.0.1:{server.port}>")
            self.assertIsNone(invite.get("Privacy"))


if __name__ == "__main__":
    main()
