#!/usr/bin/env python3
"""A phone with several flows (RFC 5626): it rings once, and while one flow lives it is reached."""

from ahoy_interop import Ahoy, Ahoyd, InteropTest, Stream, main
from ahoy_interop.sip import response_to

INSTANCE = '"<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>"'


class Outbound(InteropTest):
    def flow(self, server, phone, reg_id):
        """Registers one flow; returns the 200."""
        contact = f"<sip:112@{phone.host}:{phone.port};transport=tcp;ob>;+sip.instance={INSTANCE};reg-id={reg_id}"
        headers = [("Contact", contact), ("Supported", "path, outbound")]
        phone.authenticated("REGISTER", f"sip:{server.host}:{server.port}", server.account("112"), headers)
        return phone.response(200)

    def take_message(self, phone):
        request = phone.request("MESSAGE")
        phone.send(response_to(request, 200, "OK", "t"))
        return request

    def text(self, server):
        return Ahoy("message", server.account("111"), "112", "hello")

    def test_rfc5626_a_phone_with_two_flows(self):
        """Both are kept; a request comes by the newer one alone, and by the other once that is closed."""
        with Ahoyd(users=("111", "112")) as server:
            with Stream(server) as one:
                with Stream(server) as two:
                    self.flow(server, one, 1)
                    ok = self.flow(server, two, 2)
                    self.assertEqual(ok.get("Require"), "outbound")
                    self.assertEqual(len(server.registrations("112")), 2)
                    contacts = ",".join(ok.all("Contact"))
                    self.assertIn("reg-id=1", contacts)
                    self.assertIn("reg-id=2", contacts)
                    with self.text(server) as sender:
                        self.take_message(two)
                        sender.expect_exit(0)
                with self.text(server) as sender:
                    # The second and not a copy of the first, which came by the other flow.
                    self.assertEqual(self.take_message(one).body, b"hello")
                    sender.expect_exit(0)


if __name__ == "__main__":
    main()
