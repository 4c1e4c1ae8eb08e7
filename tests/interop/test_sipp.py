#!/usr/bin/env python3
"""sipp as phones on ahoyd: its built-in uas is called, our scenarios call, hold, give up, and lose every tenth message."""

import json
import time

from ahoy_interop import Ahoyd, InteropTest, Sipp, free_port, main, say

# sipp 3.6 ends as soon as one of several challenges is no MD5.
DIGEST = "MD5"


class SippPhones(InteropTest):
    def server(self):
        return Ahoyd(users=("111", "112"), digest=DIGEST)

    def register(self, server, user="112"):
        """Registers a phone by scenario; returns the port at which it must now be found."""
        port = free_port()
        with Sipp("register", server.account(user), account=server.account(user), port=port) as phone:
            phone.finish()
        return port

    def called(self, server, scenario, port, **more):
        return Sipp(scenario, server.account("112"), port=port, **more)

    def caller(self, server, scenario, **more):
        return Sipp(scenario, server.account("111"), account=server.account("111"), target="112", **more)

    def check_record(self, record, code=200, ended_by="caller", answered=True):
        say(f"record: {json.dumps(record)[:300]}")
        self.assertEqual(record["from"], "111")
        self.assertEqual(record["to"], "112")
        self.assertEqual(record["code"], code)
        self.assertEqual(record["ended_by"], ended_by)
        self.assertEqual(record["answered"] is not None, answered)
        self.assertFalse(record["cut_off"])

    def test_registered_by_scenario(self):
        """A scenario registers with digest; the binding is listed with its contact and lifetime."""
        with self.server() as server:
            port = self.register(server)
            (binding,) = server.wait_registered("112")
            self.assertIn(f"127.0.0.1:{port}", binding["contact"])
            self.assertIn(f"127.0.0.1:{port}", binding["source"])
            self.assertTrue(500 < binding["expires_s"] <= 600, binding)

    def test_builtin_uas_is_called(self):
        """A caller answers the challenge and calls sipp's own uas; the caller hangs up."""
        with self.server() as server:
            port = self.register(server)
            with self.called(server, "uas", port) as uas, self.caller(server, "call", hold_ms=1500) as uac:
                call = server.wait_call("answered")
                self.assertEqual((call["from"], call["to"]), ("111", "112"))
                uac.finish()
                server.wait_idle()
                uas.finish()
                self.assert_two_legs(uac, uas)
            (record,) = server.wait_cdr(1)
            self.check_record(record)
            self.assertTrue(1000 <= record["duration_ms"] <= 6000, record)
            server.check_ladder("INVITE", "401", "180", "200", "ACK", "BYE")

    def assert_two_legs(self, uac, uas):
        """A B2BUA: the legs share neither Call-ID nor tags, and no credentials cross."""
        ours = uac.messages("sent")[0]
        (invite,) = uas.received("INVITE")
        self.assertNotEqual(ours.call_id, invite.call_id)
        self.assertNotEqual(ours.get("From").partition("tag=")[2], invite.get("From").partition("tag=")[2])
        self.assertIsNone(invite.get("Authorization"))
        self.assertEqual(len(invite.all("Via")), 1)

    def test_called_phone_hangs_up(self):
        """The called phone hangs up first; the caller gets the BYE."""
        with self.server() as server:
            port = self.register(server)
            with self.called(server, "hangs_up", port, hold_ms=500) as uas, self.caller(server, "call_hung_up") as uac:
                uas.finish()
                uac.finish()
            (record,) = server.wait_cdr(1)
            self.check_record(record, ended_by="callee")

    def test_caller_gives_up(self):
        """CANCEL: the caller gets 487, the ringing phone a CANCEL with a Reason."""
        with self.server() as server:
            port = self.register(server)
            with self.called(server, "ring_until_cancel", port) as uas, self.caller(server, "cancel") as uac:
                uac.finish()
                uas.finish()
                (invite,), (cancel,) = uas.received("INVITE")[:1], uas.received("CANCEL")[:1]
                self.assertEqual(invite.branch, cancel.branch)
                self.assertEqual(invite.cseq, cancel.cseq)
            (record,) = server.wait_cdr(1)
            self.check_record(record, code=487, answered=False)
            server.check_ladder("CANCEL", "487")

    def test_one_of_two_phones_answers(self):
        """Two contacts ring; one answers, the other's CANCEL says that the call was completed elsewhere."""
        with self.server() as server:
            first, second = self.register(server), self.register(server)
            server.wait_registered("112", count=2)
            with self.called(server, "late", first) as answers, self.called(server, "ring_until_elsewhere", second) as loses:
                with self.caller(server, "call", hold_ms=500) as uac:
                    uac.finish()
                    loses.finish()
                    answers.finish()
            (record,) = server.wait_cdr(1)
            self.check_record(record)

    def test_hold_and_resume(self):
        """A re-INVITE holds and another resumes: directions cross to the other leg, and the answers back."""
        with self.server() as server:
            port = self.register(server)
            with self.called(server, "held", port) as uas, self.caller(server, "hold") as uac:
                server.wait_call("held")
                server.wait_call("answered")
                uac.finish()
                uas.finish()
                self.assertEqual(len({m.call_id for m in uas.messages("received")}), 1)
            (record,) = server.wait_cdr(1)
            self.check_record(record)

    def test_deaf_phone(self):
        """A phone that is deaf for 1.8 s gets its INVITE again and again, the same bytes, and the call works."""
        with self.server() as server:
            port = self.register(server)
            with self.called(server, "slow", port) as uas, self.caller(server, "call") as uac:
                uac.finish()
                uas.finish()
                copies = uas.received("INVITE")
                say(f"{len(copies)} copies of the INVITE")
                self.assertGreaterEqual(len(copies), 3)
                self.assertEqual(len({m.encode() for m in copies}), 1)
            self.check_record(*server.wait_cdr(1))

    def test_hundred_calls_with_loss(self):
        """100 calls while both ends lose every tenth message that they send or get: all complete, one record each."""
        with self.server() as server:
            port = self.register(server)
            started = time.monotonic()
            with self.called(server, "uas", port, calls=100, lost=10, timeout_s=90) as uas:
                with self.caller(server, "call", calls=100, rate=25, lost=10, hold_ms=300, timeout_s=90) as uac:
                    uac.finish(95)
                    server.wait_idle(45)
                    uas.finish(95)
            say(f"100 calls in {time.monotonic() - started:.1f} s")
            records = server.wait_cdr(100)
            for record in records:
                self.assertEqual((record["code"], record["ended_by"]), (200, "caller"), record)
                self.assertIsNotNone(record["answered"], record)
            self.assertEqual(len({r["id"] for r in records}), 100)


if __name__ == "__main__":
    main()
