#!/usr/bin/env python3
"""TLS on ahoyd and in `ahoy` (RFC 3261 26, RFC 5922, RFC 5923): baresip, linphone, kamailio and openssl; wrong certificates."""

import shutil
import socket
import ssl
import time

from ahoy_interop import Ahoy, Ahoyd, Authority, Baresip, InteropTest, Kamailio, Linphone, Stream
from ahoy_interop import free_port, main, need, say, wait_for
from ahoy_interop.process import run

# baresip 1.0 gives up where one of several challenges is no MD5.
DIGEST = "MD5"
LEVEL = -15.0


class TlsServer(Ahoyd):
    """A server that listens on UDP and on TLS, with a certificate of its own making or the one that is given."""

    def __init__(self, users=("111", "112"), certificate=None, ca=None, options=(), **more):
        port, self.tls_port = free_port(), free_port()
        listen = [f"udp:127.0.0.1:{port}", f"tcp:127.0.0.1:{port}", f"tls:127.0.0.1:{self.tls_port}"]
        options = list(options)
        options += ["--tls-certificate", certificate[0], "--tls-key", certificate[1]] if certificate else []
        options += ["--tls-ca", ca] if ca else []
        super().__init__(users=users, digest=DIGEST, port=port, listen=listen, options=options, **more)
        self.own = self.db.with_suffix(".crt")

    def tls_account(self, user):
        return self.account(user).secured(self.tls_port)

    def named_account(self, user):
        """By the server's name: linphone's TLS looks for names alone in a certificate."""
        return self.account(user).secured(self.tls_port, "localhost")

    def stream(self, tls=None):
        if tls is None:
            tls = ssl.create_default_context(cafile=self.own)
        return Stream(self, tls=tls, to_port=self.tls_port)


def trusting(ca):
    return ["--tls-ca", ca]


class Tls(InteropTest):
    # ---- the certificate ----

    def test_makes_itself_a_certificate_and_says_so(self):
        """Self-signed beside the database, named as such at start and in the log; kept at the next start."""
        with TlsServer() as server:
            self.assertIn(f"listening tls 127.0.0.1:{server.tls_port}", server.output())
            self.assertIn(f"tls:127.0.0.1:{server.tls_port}", server.status()["listen"])
            self.assertIn(f"{server.own} is self-signed", server.output())
            self.assertIn("a self-signed one is made", server.log())
            self.assertEqual(server.own.with_suffix(".key").stat().st_mode & 0o777, 0o600)
            before = server.own.read_bytes()
            argv = [need("openssl", "openssl"), "s_client", "-connect", f"127.0.0.1:{server.tls_port}", "-verify_return_error"]
            done = run(argv + ["-CAfile", server.own, "-verify_ip", "127.0.0.1", "-brief"], stdin="")
            self.assertIn("Verification: OK", done.stderr)
            for version, good in (("-tls1_1", False), ("-tls1_2", True), ("-tls1_3", True)):
                done = run(argv + ["-CAfile", server.own, "-brief", version, "-cipher", "DEFAULT@SECLEVEL=0"], stdin="")
                self.assertEqual("CONNECTION ESTABLISHED" in done.stderr, good, f"{version}: {done.stderr}")
        with TlsServer(users=server.passwords, db=server.db) as again:
            self.assertEqual(again.own.read_bytes(), before)
            self.assertIn("is self-signed", again.output())

    def test_reads_its_certificate_again(self):
        """SIGHUP: new connections see the new certificate, the old ones live on; a bad file leaves the old one in force."""
        import signal

        authority = Authority()
        first, second = authority.issue("first", "IP:127.0.0.1"), authority.issue("second", "IP:127.0.0.1")
        trust = ssl.create_default_context(cafile=authority.ca)
        with TlsServer(certificate=first) as server, server.stream(trust) as old:
            shutil.copy(second[0], first[0])
            shutil.copy(second[1], first[1])
            server.send_signal(signal.SIGHUP)
            server.wait_for_log(r"tls .* is read again")
            with server.stream(trust) as new:
                self.assertEqual(new.socket.getpeercert()["subject"][0][0][1], "second")
            first[0].write_text("nonsense")
            server.send_signal(signal.SIGHUP)
            server.wait_for_log(r"the old certificate stays in force")
            for stream in (old, server.stream(trust)):
                with stream:
                    stream.send(stream.message("OPTIONS", f"sip:127.0.0.1:{server.port}", "111"))
                    stream.response(200)

    # ---- phones that nobody here wrote ----

    def test_baresip_by_tls_and_linphone_by_udp_hear_each_other(self):
        """baresip, which checks the certificate, by TLS calls linphone by UDP and is called by it; the trace shows it all."""
        with TlsServer() as server:
            with Baresip(server.tls_account("111"), plays_hz=440, transport="tls", ca=server.own) as bare, Linphone(
                server.account("112"), plays_hz=700
            ) as lin:
                server.wait_registered("111", "112")
                bare.dial("112")
                bare.wait_answered()
                lin.wait_answered()
                time.sleep(3.0)
                bare.hang_up()
                lin.wait_closed()
                self.assert_tone(bare.heard(700), 3.0, LEVEL)
                self.assertIn("TLS", server.check_ladder("INVITE", "200", "BYE"))
                lin.dial("111")
                lin.wait_answered(count=2)
                time.sleep(3.0)
                lin.hang_up()
                bare.wait_closed(count=2)
                self.assert_tone(bare.heard(700, call=2), 3.0, LEVEL)
                self.assertEqual(server.status()["retransmitted"], 0)

    def test_linphone_and_baresip_both_by_tls(self):
        """Both check the server's certificate; both hear the other's tone."""
        with TlsServer() as server:
            with Linphone(server.named_account("111"), plays_hz=700, transport="tls", ca=server.own) as lin, Baresip(
                server.tls_account("112"), plays_hz=440, transport="tls", ca=server.own
            ) as bare:
                server.wait_registered("111", "112")
                self.assertIn("tls", server.registrations("111")[0]["contact"].lower())
                lin.dial("112")
                lin.wait_answered()
                bare.wait_answered()
                time.sleep(3.0)
                bare.hang_up()
                lin.wait_closed()
                self.assert_tone(bare.heard(700), 3.0, LEVEL)
                self.assert_tone(lin.heard(440), 3.0, LEVEL)

    # ---- the phone `ahoy` ----

    def test_ahoy_by_tls_and_sips(self):
        """`ahoy` by ;transport=tls is called by `ahoy` by sips:, whose Contact and whose callee's are secured."""
        with TlsServer() as server:
            options = ["--calls", 1, *trusting(server.own)]
            account = server.tls_account("112")
            with Ahoy("answer", account, plays_hz=700, records=True, options=options, transport="tls") as callee:
                server.wait_registered("112")
                options = ["--hangup-after", 3, *trusting(server.own)]
                caller_account = server.tls_account("111")
                with Ahoy("call", caller_account, "112", plays_hz=440, records=True, options=options, scheme="sips") as caller:
                    caller.expect_exit(0)
                callee.expect_exit(0)
                self.assert_tone(caller.heard(700), 3.0, LEVEL)
                self.assert_tone(callee.heard(440), 3.0, LEVEL)
                self.assertIn(" TLS", callee.log())

    def test_sips_reaches_no_phone_in_the_clear(self):
        """RFC 3261 26.2.2: a sips: number whose phone came by UDP gets 480; the same number by sip: rings."""
        with TlsServer() as server, Baresip(server.account("112"), plays_hz=700) as bare:
            server.wait_registered("112")
            account, options = server.tls_account("111"), ["--hangup-after", 1, *trusting(server.own)]
            with Ahoy("call", account, "112", options=options, scheme="sips", ok=10) as caller:
                caller.expect_exit(10)
                self.assertIn("480", caller.log())
            with Ahoy("message", account, "112", "text", options=trusting(server.own), scheme="sips", ok=10) as sender:
                sender.expect_exit(10)
            with Ahoy("call", account, "112", options=options, transport="tls") as caller:
                caller.expect_exit(0)
            bare.wait_closed()

    def test_sips_in_the_clear_is_refused(self):
        """A sips: Request-URI that came by TCP was not secured on its way: 403; the same by TLS reaches the phone."""
        with TlsServer() as server, server.stream() as phone, server.stream() as secured, Stream(server) as plain:
            phone.register(server.account("112"))
            uri, account = f"sips:112@127.0.0.1:{server.tls_port}", server.account("111")
            plain.authenticated("MESSAGE", uri, account, [("Content-Type", "text/plain")], "no")
            plain.response(403)
            secured.authenticated("MESSAGE", uri, account, [("Content-Type", "text/plain")], "yes")
            request = phone.request("MESSAGE")
            self.assertEqual(request.body, b"yes")
            self.assertIn("SIP/2.0/TLS", request.get("Via"))
            phone.send(reply(request, 200, "OK"))
            secured.response(200)

    def test_ahoy_calls_through_kamailio_by_tls(self):
        """By TLS to kamailio, whose certificate an authority vouches for, and from there by UDP; both hear the other."""
        authority = Authority()
        with Kamailio(("111", "112"), certificate=authority.issue("proxy", "IP:127.0.0.1")) as proxy:
            trust = trusting(authority.ca)
            with Ahoy("answer", proxy.account("112"), plays_hz=700, records=True, options=["--calls", 1]) as callee:
                callee.wait_event("registered")
                account, options = proxy.account("111").secured(proxy.tls_port), ["--hangup-after", 3, *trust]
                with Ahoy("call", account, "112", plays_hz=440, records=True, options=options, transport="tls") as caller:
                    caller.expect_exit(0)
                    self.assert_tone(caller.heard(700), 3.0, LEVEL)
                callee.expect_exit(0)
                self.assert_tone(callee.heard(440), 3.0, LEVEL)
                self.assertIn(" TLS", caller.log())

    # ---- wrong certificates ----

    def test_ahoy_refuses_a_server_that_it_cannot_trust(self):
        """Exit 14, with what to do: an unknown authority, another name, a common name beside a subjectAltName, a wildcard."""
        authority, stranger = Authority(), Authority("stranger")
        cases = (
            ("self-signed", None, "is not trusted", "--tls-ca"),
            ("stranger", stranger.issue("127.0.0.1", "IP:127.0.0.1"), "is not trusted", "--tls-ca"),
            ("expired", authority.issue("expired", "IP:127.0.0.1", days=-1), "has expired", "--tls-ca"),
            ("other", authority.issue("127.0.0.1", "DNS:other.example"), "is for other.example, not for 127.0.0.1", "by a name"),
            ("wildcard", authority.issue("w", "DNS:*.example"), "is for *.example", "by a name"),
        )
        for name, certificate, why, remedy in cases:
            with TlsServer(certificate=certificate) as server:
                account = server.tls_account("111")
                options = ["--once", *trusting(authority.ca)]
                with Ahoy("register", account, options=options, transport="tls", ok=14) as phone:
                    phone.expect_exit(14)
                    (error,) = phone.events("error")
                    say(f"{name}: {error['reason']}")
                    self.assertIn(why, error["reason"])
                    self.assertIn(remedy, error["reason"])
                server.wait_for_log(r"peer 127\.0\.0\.1:\d+ is refused: .*alert")
                self.assertEqual(server.registrations(), [])
                with Ahoy("register", account, options=["--once", "--tls-insecure"], transport="tls") as phone:
                    phone.expect_exit(0)
                    self.assertIn("WARNING: --tls-insecure", phone.log())

    def test_the_server_refuses_a_phone_with_a_wrong_certificate(self):
        """With --tls-ca a phone may have no certificate, or one of that authority; any other is refused, and the log says why."""
        authority, stranger = Authority(), Authority("stranger")
        with TlsServer(certificate=authority.issue("server", "IP:127.0.0.1"), ca=authority.ca) as server:
            for who, shown, good in ((authority, True, True), (authority, False, True), (stranger, True, False)):
                trust = ssl.create_default_context(cafile=authority.ca)
                if shown:
                    trust.load_cert_chain(*who.issue("phone", "URI:sip:phone.example"))
                try:
                    stream = server.stream(trust)
                except (ssl.SSLError, ConnectionResetError):
                    self.assertFalse(good)  # TLS 1.2 hears of it in the handshake, TLS 1.3 behind it
                    continue
                with stream:
                    if good:
                        stream.send(stream.message("OPTIONS", f"sip:127.0.0.1:{server.port}", "111"))
                        stream.response(200)
                    else:
                        stream.expect_end()
            server.wait_for_log(r"is refused: its certificate is not trusted")
            self.assertEqual(server.status()["dropped"]["tls_failed"], 1)

    def test_the_server_connects_to_no_phone_that_cannot_prove_its_address(self):
        """The phone's connection is gone, at its Contact somebody answers with another's certificate: refused, 480, logged."""
        stranger = Authority("stranger")
        certificate = stranger.issue("phone", "IP:127.0.0.1")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        with TlsServer() as server, socket.create_server(("127.0.0.1", 0)) as listener:
            with server.stream() as phone:
                phone.register(server.account("112"), contact=f"sip:112@127.0.0.1:{listener.getsockname()[1]};transport=tls")
                phone.reset()
            wait_for("the connection to go", lambda: server.status()["connections"] == 0, 5.0)
            options = trusting(server.own)
            with Ahoy("message", server.tls_account("111"), "112", "text", options=options, transport="tls", ok=10) as sender:
                listener.settimeout(10.0)
                accepted, _ = listener.accept()
                accepted.settimeout(10.0)
                try:
                    context.wrap_socket(accepted, server_side=True).recv(1)
                except (ssl.SSLError, ConnectionResetError):
                    pass
                sender.expect_exit(10)
            server.wait_for_log(r"is refused: its certificate is not trusted")

    # ---- hostile and silent peers ----

    def test_broken_handshakes_stop_nobody(self):
        """Noise, HTTP, a SIP request in the clear, half a handshake for ten seconds: closed and counted; others go on."""
        with TlsServer() as server, server.stream() as other:
            address = ("127.0.0.1", server.tls_port)
            silent = socket.create_connection(address)
            half = socket.create_connection(address)
            half.sendall(b"\x16\x03\x01\x02\x00\x01")
            noises = (b"GET / HTTP/1.1\r\n\r\n", b"OPTIONS sip:a SIP/2.0\r\n\r\n", bytes(range(256)) * 64)
            for noise in (*noises, b"\x16\x03\x01\xff\xff" + b"\1" * 70000):
                with socket.create_connection(address) as peer:
                    peer.settimeout(15.0)
                    try:
                        peer.sendall(noise)
                        while peer.recv(4096):
                            pass
                    except (ConnectionResetError, BrokenPipeError):
                        pass
                other.send(other.message("OPTIONS", f"sip:127.0.0.1:{server.port}", "111"))
                other.response(200)
            for peer in (silent, half):
                peer.settimeout(30.0)
                try:
                    self.assertEqual(peer.recv(1), b"")
                except ConnectionResetError:
                    pass
                peer.close()
            server.wait_for_log(r"is refused: the TLS handshake did not end in time")
            self.assertEqual(server.status()["dropped"]["tls_failed"], 6)
            other.send(other.message("OPTIONS", f"sip:127.0.0.1:{server.port}", "111"))
            other.response(200)

    def test_messages_cut_into_records_and_large_ones(self):
        """A message a byte a record, two in one record, and one of 60,000 bytes."""
        with TlsServer() as server, server.stream() as peer:

            def request(body=b""):
                return peer.message("OPTIONS", f"sip:127.0.0.1:{server.port}", "111", body=body).encode()

            for byte in request():
                peer.send(bytes([byte]))
            peer.response(200)
            peer.send(request() + request())
            peer.response(200)
            peer.response(200)
            peer.send(request(b"x" * 60000))
            peer.response(200)


def reply(request, code, reason):
    from ahoy_interop.sip import response_to

    return response_to(request, code, reason, "callee", [("Content-Length", "0")])


if __name__ == "__main__":
    main()
