#!/usr/bin/env python3
"""The peers among themselves, without ahoy: where this is green, a red test elsewhere means ahoy and not the harness."""

import time

from ahoy_interop import Baresip, InteropTest, Kamailio, Linphone, PlainPhone, Sipp
from ahoy_interop import free_port, free_ports, here, listen, main, write_tone


class Peers(InteropTest):
    def test_tone_check_sees_what_is_wrong_with_a_recording(self):
        """The tone check tells a clean tone from a wrong one, a quiet one and one with holes."""
        clean = listen(write_tone(here().path("clean.wav"), 440, 2.0), 440)
        self.assert_tone(clean, 2.0, level_dbov=-15.0)
        for what, heard in (
            ("another frequency", listen(here().path("clean.wav"), 700)),
            ("a quiet tone", listen(write_tone(here().path("quiet.wav"), 440, 2.0, level_dbov=-30.0), 440)),
            ("too short a tone", listen(write_tone(here().path("short.wav"), 440, 1.0), 440)),
        ):
            with self.assertRaises(AssertionError, msg=what):
                self.assert_tone(heard, 2.0, level_dbov=-15.0)

    def test_baresip_and_linphone_hear_each_other_through_kamailio(self):
        """baresip calls linphone through kamailio; both hear the other's tone; linphone hangs up."""
        with Kamailio(("111", "112")) as proxy:
            with Baresip(proxy.account("111"), plays_hz=440, codec="PCMA") as caller, Linphone(
                proxy.account("112"), plays_hz=700, codec="PCMA"
            ) as callee:
                caller.wait_registered()
                callee.wait_registered()
                caller.dial("112")
                caller.wait_answered()
                callee.wait_answered()
                time.sleep(3.0)
                callee.hang_up()
                caller.wait_closed()
                callee.wait_closed()
                self.assert_tone(caller.heard(700), 3.0, level_dbov=-15.0)
                self.assert_tone(callee.heard(440), 3.0, level_dbov=-15.0)

    def test_plain_phone_and_baresip(self):
        """The scripted phone calls baresip and is called by it; both hear the other, each hangs up once."""
        with Kamailio(("111", "112")) as proxy, Baresip(proxy.account("112"), plays_hz=700) as bare:
            with PlainPhone(proxy.account("111"), port=free_port(), plays_hz=440, rtp_port=free_ports(2)) as plain:
                bare.wait_registered()
                plain.register()
                plain.dial("112")
                time.sleep(2.0)
                plain.hang_up()
                bare.wait_closed()
                self.assert_tone(plain.heard(700), 2.0, level_dbov=-15.0)
                self.assert_tone(bare.heard(440), 2.0, level_dbov=-15.0)
                bare.dial("111")
                plain.wait_called()
                time.sleep(2.0)
                bare.hang_up()
                plain.wait_hung_up()
                self.assert_tone(plain.heard(700), 2.0, level_dbov=-15.0)
                self.assert_tone(bare.heard(440, call=2), 2.0, level_dbov=-15.0)

    def test_sipp_scenarios_fit_each_other(self):
        """Our sipp scenarios, caller against called, through kamailio."""
        pairs = (("112", "hangs_up", "call_hung_up"), ("113", "held", "hold"), ("114", "ring_until_cancel", "cancel"))
        with Kamailio(("111", "112", "113", "114")) as proxy:
            me = proxy.account("111")
            for number, called, caller in pairs:
                other, port = proxy.account(number), free_port()
                with Sipp("register", other, account=other, port=port) as phone:
                    phone.finish()
                with Sipp(called, other, port=port) as uas, Sipp(caller, me, account=me, target=number) as uac:
                    uac.finish()
                    uas.finish()


if __name__ == "__main__":
    main()
