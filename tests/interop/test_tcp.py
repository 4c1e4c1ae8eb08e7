#!/usr/bin/env python3
"""TCP on ahoyd (RFC 3261 18, RFC 5626 3.5.1): sipp, baresip and linphone by TCP, mixed with UDP; hostile and dying peers."""

import re
import select
import socket
import threading
import time

from ahoy_interop import Ahoy, Ahoyd, Baresip, Endpoint, InteropTest, Kamailio, Linphone, Sipp, Stream
from ahoy_interop import free_port, main, say, wait_for

# baresip 1.0 and sipp 3.6 give up where one of several challenges is no MD5.
DIGEST = "MD5"
LEVEL = -15.0
SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 30000 RTP/AVP 0\r\n"


class Tcp(InteropTest):
    def server(self, users=("111", "112"), **more):
        return Ahoyd(users=users, digest=DIGEST, **more)

    def dropped(self, server, reason):
        return server.status()["dropped"][reason]

    def test_says_where_it_listens(self):
        """`listening tcp ADDR:PORT` stands beside the UDP line, and in the status."""
        with self.server() as server:
            self.assertIn(f"listening tcp 127.0.0.1:{server.port}", server.output())
            self.assertIn(f"listening udp 127.0.0.1:{server.port}", server.output())
            self.assertIn(f"tcp:127.0.0.1:{server.port}", server.status()["listen"])

    # ---- phones that nobody here wrote ----

    def test_sipp_calls_and_is_called_by_tcp(self):
        """sipp -t t1 registers and calls sipp's uas: to that, whose connection has gone, a new one is opened."""
        with self.server() as server:
            port = free_port()
            phone = server.account("112")
            with Sipp("register", phone, account=phone, port=port, transport="tcp") as register:
                register.finish()
            (binding,) = server.wait_registered("112")
            self.assertIn(f"127.0.0.1:{port};transport=TCP", binding["contact"])
            caller = server.account("111")
            with Sipp("uas", phone, port=port, transport="tcp") as uas, Sipp(
                "call", caller, account=caller, target="112", hold_ms=1000, transport="tcp"
            ) as uac:
                uac.finish()
                uas.finish()
                (invite,) = uas.received("INVITE")
                self.assertIn("SIP/2.0/TCP", invite.get("Via"))
                self.assertIn(f"127.0.0.1:{server.port}", invite.get("Via"))
                self.assertIn("transport=tcp", invite.get("Contact").lower())
            (record,) = server.wait_cdr(1)
            self.assertEqual((record["code"], record["ended_by"]), (200, "caller"))
            self.assertEqual(server.status()["retransmitted"], 0)

    def test_udp_calls_tcp_and_back(self):
        """sipp by UDP calls sipp by TCP, and the other way round."""
        with self.server() as server:
            for number, (there, here) in enumerate((("tcp", "udp"), ("udp", "tcp"))):
                port = free_port()
                phone, caller = server.account("112"), server.account("111")
                with Sipp("register", phone, account=phone, port=port, transport=there) as register:
                    register.finish()
                with Sipp("uas", phone, port=port, transport=there) as uas, Sipp(
                    "call", caller, account=caller, target="112", hold_ms=500, transport=here
                ) as uac:
                    uac.finish()
                    uas.finish()
                    self.assertIn(f"SIP/2.0/{there.upper()}", uas.received("INVITE")[0].get("Via"))
                self.assertEqual(server.wait_cdr(number + 1)[-1]["code"], 200)

    def test_baresip_by_tcp_and_linphone_by_udp_hear_each_other(self):
        """baresip by TCP calls linphone by UDP and is called by it; both hear the other's tone."""
        with self.server() as server:
            with Baresip(server.account("111"), plays_hz=440, transport="tcp") as bare, Linphone(
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
                server.check_ladder("INVITE", "BYE")
                self.assert_media(server.wait_cdr(1)[0], 3.0, "PCMU")
                lin.dial("111")
                lin.wait_answered(count=2)
                time.sleep(3.0)
                lin.hang_up()
                bare.wait_closed(count=2)
                self.assert_tone(bare.heard(700, call=2), 3.0, LEVEL)
                self.assert_media(server.wait_cdr(2)[1], 3.0, "PCMU")

    def test_linphone_and_baresip_both_by_tcp(self):
        """linphone by TCP calls baresip by TCP; both hear the other's tone; baresip hangs up."""
        with self.server() as server:
            with Linphone(server.account("111"), plays_hz=700, transport="tcp") as lin, Baresip(
                server.account("112"), plays_hz=440, transport="tcp"
            ) as bare:
                server.wait_registered("111", "112")
                self.assertIn("tcp", server.registrations("111")[0]["contact"].lower())
                lin.dial("112")
                lin.wait_answered()
                bare.wait_answered()
                time.sleep(3.0)
                bare.hang_up()
                lin.wait_closed()
                self.assert_tone(bare.heard(700), 3.0, LEVEL)
                self.assert_tone(lin.heard(440), 3.0, LEVEL)

    def test_ipv6(self):
        """By IPv6 a phone registers and is called on its connection, by one that came by IPv4 and UDP."""
        port = free_port()
        listen = [f"udp:127.0.0.1:{port}", f"tcp:127.0.0.1:{port}", f"tcp:[::1]:{port}"]
        with self.server(port=port, listen=listen) as server:
            server.host = "::1"
            with Stream(server, host="::1") as phone:
                server.host = "127.0.0.1"
                phone.host = "[::1]"
                phone.register(server.account("112"))
                caller = server.account("111")
                with Sipp("cancel", caller, account=caller, target="112") as uac:
                    invite = phone.request("INVITE")
                    self.assertIn(f"SIP/2.0/TCP [::1]:{port}", invite.get("Via"))
                    self.assertIn("IN IP6 ::1", invite.sdp)
                    phone.send(reply(invite, 180, "Ringing"))
                    cancel = phone.request("CANCEL")
                    phone.send(reply(cancel, 200, "OK"))
                    phone.send(reply(invite, 487, "Request Terminated"))
                    uac.finish()

    # ---- the phone `ahoy` ----

    def test_ahoy_by_tcp(self):
        """`ahoy` by TCP calls `ahoy` by UDP, and baresip by TCP; tones are heard, and the trace shows the transport."""
        with self.server(("111", "112", "113")) as server:
            options = ["--calls", 2]
            with Ahoy("answer", server.account("112"), plays_hz=700, records=True, options=options, transport="tcp") as callee:
                (binding,) = server.wait_registered("112")
                self.assertIn("transport=tcp", binding["contact"])
                with Ahoy("call", server.account("111"), "112", plays_hz=440, records=True, options=["--hangup-after", 3]) as caller:
                    caller.expect_exit(0)
                self.assert_tone(caller.heard(700), 3.0, LEVEL)
                with Baresip(server.account("113"), plays_hz=440, transport="tcp") as bare:
                    server.wait_registered("113")
                    bare.dial("112")
                    bare.wait_answered()
                    time.sleep(3.0)
                    bare.hang_up()
                    bare.wait_closed()
                    self.assert_tone(bare.heard(700), 3.0, LEVEL)
                callee.expect_exit(0)
                self.assertIn(" TCP", callee.log())
            server.wait_gone("112")
            options = ["--hangup-after", 3]
            with Baresip(server.account("113"), plays_hz=700, transport="tcp") as bare:
                server.wait_registered("113")
                with Ahoy(
                    "call", server.account("111"), "113", plays_hz=440, records=True, options=options, transport="tcp"
                ) as caller:
                    caller.expect_exit(0)
                self.assert_tone(caller.heard(700), 3.0, LEVEL)
            self.assertEqual(server.status()["retransmitted"], 0)

    def test_ahoy_registers_anew_when_its_connection_dies(self):
        """RFC 5626 4.5: what lies between phone and server resets the connection; the phone is registered by a new one."""
        with self.server() as server, Middle(server) as middle:
            options = ["--calls", 1, "--proxy", f"127.0.0.1:{middle.port};transport=tcp"]
            with Ahoy("answer", server.account("112"), plays_hz=700, options=options) as callee:
                (before,) = server.wait_registered("112")
                middle.cut()
                wait_for("a second registration", lambda: len(callee.events("registered")) == 2, 20.0)
                (after,) = server.wait_registered("112")
                self.assertNotEqual(before["source"], after["source"])
                with Ahoy("call", server.account("111"), "112", options=["--hangup-after", 1, "--expect-audio"]) as caller:
                    caller.expect_exit(0)
                callee.expect_exit(0)
                self.assertEqual(middle.accepted, 2)

    def test_ahoy_calls_through_kamailio_by_tcp(self):
        """Both phones by TCP at kamailio, which says so in its own log; both hear the other."""
        with Kamailio(("111", "112")) as proxy:
            options = ["--calls", 1]
            with Ahoy("answer", proxy.account("112"), plays_hz=700, records=True, options=options, transport="tcp") as callee:
                callee.wait_event("registered")
                with Ahoy(
                    "call",
                    proxy.account("111"),
                    "112",
                    plays_hz=440,
                    records=True,
                    options=["--hangup-after", 3],
                    transport="tcp",
                ) as caller:
                    caller.expect_exit(0)
                    self.assert_tone(caller.heard(700), 3.0, LEVEL)
                callee.expect_exit(0)
                self.assert_tone(callee.heard(440), 3.0, LEVEL)
                self.assertIn(" TCP", callee.log())
                self.assertIn(" TCP", caller.log())

    def test_a_long_message_goes_by_tcp_and_where_there_is_none_by_udp(self):
        """RFC 3261 18.1.1: `ahoy message` of 1,500 bytes, to a server that listens on TCP and to one that does not."""
        text = "word " * 300
        for listens in ("TCP", "UDP"):
            port = free_port()
            listen = [f"udp:127.0.0.1:{port}"] + ([f"tcp:127.0.0.1:{port}"] if listens == "TCP" else [])
            with self.server(port=port, listen=listen) as server, Endpoint() as phone:
                register_by_udp(server, phone, "112")
                with Ahoy("message", server.account("111"), "112", text) as sender:
                    message, source = phone.request("MESSAGE")
                    self.assertEqual(message.body.decode(), text)
                    self.assertIn("SIP/2.0/UDP", message.get("Via"))  # never by TCP to a phone that came by UDP
                    phone.send(reply(message, 200, "OK"), source)
                    sender.expect_exit(0)
                    # The trace has a column for TCP, which was tried, and one for UDP where that had to be used.
                    heads = re.search(rf"^ +:{port} TCP *(:{port})?$", sender.log(), re.M)
                    self.assertEqual(bool(heads.group(1)), listens == "UDP", sender.log())

    # ---- connections that come and go ----

    def test_a_call_goes_over_the_connection_that_registered(self):
        """A phone behind NAT (its Contact is elsewhere) is called on its own connection; when that is gone: 480."""
        with self.server() as server, Stream(server) as phone, Stream(server) as caller:
            phone.register(server.account("112"), contact="sip:112@10.9.9.9:5060;transport=tcp")
            uri = server.account("111").number("112")
            caller.authenticated("INVITE", uri, server.account("111"), headers_of_invite(caller), SDP)
            invite = phone.request("INVITE")
            self.assertEqual(invite.request_uri, "sip:112@10.9.9.9:5060;transport=tcp")
            phone.send(reply(invite, 486, "Busy Here"))
            caller.response(486)
            self.assertEqual(phone.request("ACK").cseq, invite.cseq)
            phone.reset()
            caller.call_id += "x"
            caller.authenticated("INVITE", uri, server.account("111"), headers_of_invite(caller), SDP)
            caller.response(480)

    def test_the_connection_dies_under_an_invite(self):
        """RFC 3261 8.1.3.1, 18.4: an INVITE that nothing answered yet fails at once, and the caller gets 480."""
        with self.server() as server, Stream(server) as phone, Stream(server) as caller:
            phone.register(server.account("112"), contact="sip:112@10.9.9.9:5060;transport=tcp")
            uri = server.account("111").number("112")
            caller.authenticated("INVITE", uri, server.account("111"), headers_of_invite(caller), SDP)
            phone.request("INVITE")
            phone.reset()
            caller.response(480)
            self.assertEqual(server.wait_cdr(1)[0]["code"], 480)

    def test_a_ringing_phone_may_answer_by_a_new_connection(self):
        """An INVITE that was answered 180 outlives its connection: the 486 that comes by another one is the caller's."""
        with self.server() as server, Stream(server) as phone, Stream(server) as caller, Stream(server) as later:
            phone.register(server.account("112"), contact="sip:112@10.9.9.9:5060;transport=tcp")
            uri = server.account("111").number("112")
            caller.authenticated("INVITE", uri, server.account("111"), headers_of_invite(caller), SDP)
            invite = phone.request("INVITE")
            phone.send(reply(invite, 180, "Ringing"))
            wait_for("the call to ring", lambda: [c for c in server.calls() if c["state"] == "ringing"], 5.0)
            phone.reset()
            wait_for("the reset to be seen", lambda: server.status()["connections"] == 2, 5.0)
            later.send(reply(invite, 486, "Busy Here"))
            caller.response(486)

    def test_an_answer_finds_its_way_when_the_callers_connection_died(self):
        """RFC 3261 18.2.2: the response goes by a new connection to the caller's sent-by."""
        with self.server() as server, Endpoint() as phone, socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            register_by_udp(server, phone, "112")
            with Stream(server) as caller:
                caller.port = listener.getsockname()[1]  # what its Via and Contact say
                uri = server.account("111").number("112")
                caller.authenticated("INVITE", uri, server.account("111"), headers_of_invite(caller), SDP)
                invite, source = phone.request("INVITE")
                caller.reset()
                wait_for("the reset to be seen", lambda: server.status()["connections"] == 0, 5.0)
                phone.send(reply(invite, 486, "Busy Here"), source)
                listener.settimeout(10.0)
                caller.socket, _ = listener.accept()
                caller.response(486)

    # ---- hostile peers ----

    def assert_serves_others(self, server):
        with Stream(server) as other:
            other.send(other.message("OPTIONS", f"sip:{server.host}:{server.port}", "111"))
            other.response(200)

    def test_content_length_wrong_is_400_and_closed(self):
        """Missing, negative, wrapping, repeated, wrong: 400 and closed, and no second request ever appears."""
        with self.server() as server:
            second = b"OPTIONS sip:second SIP/2.0\r\nContent-Length: 0\r\n\r\n"
            for lengths in ("", "-1", "4294967296", "99999999999999999999", "0x10", "3,4", "3\r\nContent-Length: 4"):
                with Stream(server) as peer:
                    request = peer.message("OPTIONS", f"sip:{server.host}:{server.port}", "111").encode()
                    line = f"Content-Length: {lengths}\r\n".encode() if lengths else b""
                    peer.send(request.replace(b"Content-Length: 0\r\n", line) + second)
                    peer.response(400)
                    peer.expect_end()
            with Stream(server) as peer:  # a body that is longer than it says: the rest is no request
                request = peer.message("OPTIONS", f"sip:{server.host}:{server.port}", "111", body=b"a=b\r\n\r\n" + second)
                request.set("Content-Length", "0")
                peer.send(request)
                peer.response(200)
                peer.expect_end()
            self.assertEqual(self.dropped(server, "tcp_unframed"), 8)
            self.assertEqual(self.dropped(server, "unframed"), 8)
            self.assert_serves_others(server)

    def test_garbage_is_closed(self):
        """Noise, HTTP and TLS on the SIP port end the connection; others are unaffected."""
        with self.server() as server:
            hello = b"\x16\x03\x01\x02\x00" + bytes(range(256)) * 4 + b"\n\n"
            for bytes_ in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", hello, b"\0\xff\r\n\r\n\r\n"):
                with Stream(server) as peer, Stream(server) as other:
                    peer.send(bytes_)
                    peer.expect_end(15.0)
                    other.send(other.message("OPTIONS", f"sip:{server.host}:{server.port}", "111"))
                    other.response(200)
            self.assert_serves_others(server)

    def test_half_a_message_for_ten_seconds(self):
        """A head that stops in its body, or in a line, is answered 400 after ten seconds, and closed."""
        with self.server() as server, Stream(server) as body, Stream(server) as line:
            whole = body.message("OPTIONS", f"sip:{server.host}:{server.port}", "111", body=b"abc").encode()
            body.send(whole[:-1])
            line.send(line.message("OPTIONS", f"sip:{server.host}:{server.port}", "111").encode()[:-10])
            for peer in (body, line):
                answer = peer.response(400, within=30.0)
                say(f"answered: {answer.start_line}")
                peer.expect_end()
            self.assertEqual(self.dropped(server, "tcp_slow"), 2)
            self.assert_serves_others(server)

    def test_headers_over_the_bound(self):
        """A head of more than 65,535 bytes is answered 513, and closed."""
        with self.server() as server, Stream(server) as peer:
            request = peer.message("OPTIONS", f"sip:{server.host}:{server.port}", "111").encode()
            lines, _, _ = request.partition(b"Content-Length")
            peer.send(lines)
            try:
                for i in range(900):
                    peer.send(b"X-Long: " + b"a" * 100 + b"\r\n")
            except (BrokenPipeError, ConnectionResetError):
                pass
            peer.response(513)
            peer.expect_end()
            self.assert_serves_others(server)

    def test_keep_alive(self):
        """RFC 5626 4.4.1: CRLF CRLF is answered with CRLF, between and around messages, in pieces too."""
        with self.server() as server, Stream(server) as peer:
            for pieces in ((b"\r\n\r\n",), (b"\r", b"\n\r", b"\n")):
                for piece in pieces:
                    peer.send(piece)
                    time.sleep(0.05)
                wait_for("the answer to a ping", lambda: peer._read(time.monotonic() + 0.5) and peer.inbox, 5.0)
                self.assertEqual(peer.inbox, b"\r\n")
                peer.inbox = b""
            peer.send(b"\r\n\r\n" + peer.message("OPTIONS", f"sip:{server.host}:{server.port}", "111").encode())
            peer.response(200)

    def test_connections_of_one_source_are_limited(self):
        """The 513th connection of an address is closed at once; UDP and the first ones are unaffected."""
        with self.server() as server:
            peers = [Stream(server) for _ in range(512)]
            try:
                wait_for("512 connections", lambda: server.status()["connections"] == 512, 10.0)
                with Stream(server) as one_more:
                    one_more.expect_end()
                self.assertEqual(self.dropped(server, "tcp_per_source"), 1)
                peers[0].send(peers[0].message("OPTIONS", f"sip:{server.host}:{server.port}", "111"))
                peers[0].response(200)
            finally:
                for peer in peers:
                    peer.socket.close()
            wait_for("all to be forgotten", lambda: server.status()["connections"] <= 1, 20.0)


class Middle:
    """A TCP relay on the way to a server, which can cut all connections that go through it."""

    def __init__(self, server):
        self.to = (server.host, server.port)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.accepted = 0
        self.pairs = {}  # either end's socket: the other one
        self.lock = threading.Lock()
        self.stopping = False
        self.thread = threading.Thread(target=self._live, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stopping = True
        self.thread.join(5.0)
        self.cut()
        self.listener.close()

    def cut(self):
        with self.lock:
            for end in self.pairs:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
                end.close()
            self.pairs.clear()

    def _live(self):
        while not self.stopping:
            with self.lock:
                ready, _, _ = select.select([self.listener, *self.pairs], [], [], 0.02)
                for end in ready:
                    self._move(end)
            time.sleep(0.005)

    def _move(self, end):
        if end is self.listener:
            near, far = self.listener.accept()[0], socket.create_connection(self.to)
            self.pairs.update({near: far, far: near})
            self.accepted += 1
            return
        other = self.pairs.get(end)
        try:
            data = end.recv(65536) if other else b""
        except ConnectionResetError:
            data = b""
        if data:
            other.sendall(data)
        elif other:
            for closed in (end, other):
                del self.pairs[closed]
                closed.close()


def headers_of_invite(stream):
    contact = f"<sip:111@{stream.host}:{stream.port};transport=tcp>"
    return [("Contact", contact), ("Content-Type", "application/sdp")]


def reply(request, code, reason):
    from ahoy_interop.sip import response_to

    return response_to(request, code, reason, "callee", [("Content-Length", "0")])


def register_by_udp(server, phone, user):
    """A phone on an Endpoint's socket."""
    import secrets

    from ahoy_interop.sip import Message, digest_answer, pick_challenge

    account = server.account(user)
    uri = f"sip:{server.host}:{server.port}"
    call_id, authorization = secrets.token_hex(8), []
    for cseq, code in ((1, 401), (2, 200)):
        headers = [
            ("Via", f"SIP/2.0/UDP {phone.host}:{phone.port};rport;branch=z9hG4bK{secrets.token_hex(8)}"),
            ("Max-Forwards", "70"),
            ("From", f"<{account.uri}>;tag=1"),
            ("To", f"<{account.uri}>"),
            ("Call-ID", call_id),
            ("CSeq", f"{cseq} REGISTER"),
            ("Contact", f"<sip:{user}@{phone.host}:{phone.port}>"),
            *authorization,
        ]
        phone.send(Message(f"REGISTER {uri} SIP/2.0", headers), (server.host, server.port))
        answer, _ = phone.response(code)
        if code == 401:
            value = digest_answer(pick_challenge(answer), user, account.password, "REGISTER", uri)
            authorization = [("Authorization", value)]


if __name__ == "__main__":
    main()
