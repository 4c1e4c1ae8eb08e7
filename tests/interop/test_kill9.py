#!/usr/bin/env python3
"""kill -9 under load and restart, again and again: what was acknowledged is there afterwards.

    test_kill9.py [CYCLES]        3 unless told; `make kill9` gives 50

Each cycle: phones register and call as fast as they are answered, the server is killed at some moment and started again on
its database. Then every registration that got its 200 is listed, every call that was answered has exactly one record, and
no attempt has two.
"""

import random
import secrets
import select
import sys
import time

from ahoy_interop import Ahoyd, InteropTest, main, say
from ahoy_interop.ahoyd import user_of
from ahoy_interop.sip import Message, digest_answer, pick_challenge, response_to, udp_socket, uri_in

CYCLES = int(sys.argv.pop(1)) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 3
CALLERS = 60  # attempts in a cycle, each by a user of its own, so that a record names its attempt
CALLEE = "900"
LOAD_S = 1.5
SEED = int.from_bytes(secrets.token_bytes(4), "big")


class Load:
    """Phones on one socket: each registers and calls 900, which answers; every third hangs up at once."""

    def __init__(self, server, users):
        self.server = server
        self.to = (server.host, server.port)
        self.socket = udp_socket(("127.0.0.1", 0))
        self.callee = udp_socket(("127.0.0.1", 0))
        self.port, self.callee_port = self.socket.getsockname()[1], self.callee.getsockname()[1]
        self.users = list(users)
        self.pending = {}  # Call-ID: request that waits for its final answer
        self.registered, self.answered, self.attempted, self.hung_up = set(), set(), set(), set()

    def close(self):
        self.socket.close()
        self.callee.close()

    def request(self, method, user, call_id, cseq, extra=(), body=b""):
        number = user if method == "REGISTER" else CALLEE
        uri = f"sip:{self.server.host}:{self.server.port}"
        if method != "REGISTER":
            uri = uri.replace("sip:", f"sip:{number}@")
        port = self.callee_port if user == CALLEE else self.port
        headers = [
            ("Via", f"SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{secrets.token_hex(8)};rport"),
            ("Max-Forwards", "70"),
            ("From", f"<sip:{user}@{self.server.host}>;tag={call_id[:8]}"),
            ("To", f"<sip:{number}@{self.server.host}>"),
            ("Call-ID", call_id),
            ("CSeq", f"{cseq} {method}"),
            ("Contact", f"<sip:{user}@127.0.0.1:{port}>"),
        ]
        message = Message(f"{method} {uri} SIP/2.0", headers + list(extra), body)
        message.user = user
        return message

    def send(self, message):
        self.pending[message.call_id] = message
        self.through(message.user).sendto(message.encode(), self.to)

    def through(self, user):
        return self.callee if user == CALLEE else self.socket

    def sdp(self, port):
        lines = ("v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0", f"m=audio {port} RTP/AVP 0", "")
        return "\r\n".join(lines).encode()

    def start(self, user):
        """A phone registers; its call follows when that is answered."""
        self.send(self.request("REGISTER", user, secrets.token_hex(12), 1, [("Expires", "3600")]))

    def call(self, user):
        self.attempted.add(user)
        headers = [("Content-Type", "application/sdp")]
        self.send(self.request("INVITE", user, secrets.token_hex(12), 1, headers, self.sdp(30000)))

    def run(self, seconds, until=None):
        """Lets the phones live for so long, or until something is true."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not (until and until()):
            for ready in select.select([self.socket, self.callee], [], [], 0.05)[0]:
                try:
                    message = Message.parse(ready.recv(65535))
                except ConnectionRefusedError:
                    continue  # the server was killed
                if message.is_request:
                    self.asked(ready, message)
                else:
                    self.answer(message)

    def asked(self, ready, request):
        if request.method == "INVITE":
            contact = [("Contact", f"<sip:{CALLEE}@127.0.0.1:{self.callee_port}>"), ("Content-Type", "application/sdp")]
            response = response_to(request, 200, "OK", request.call_id[:8] + "c", contact, self.sdp(30002))
        elif request.method == "ACK":
            return
        else:
            response = response_to(request, 200, "OK", "t")
        ready.sendto(response.encode(), self.to)

    def answer(self, response):
        request = self.pending.get(response.call_id)
        if response.status < 200 or request is None or request.get("CSeq") != response.get("CSeq"):
            return
        del self.pending[response.call_id]
        if request.method == "INVITE":
            self.acknowledge(request, response)
        if response.status == 401:
            self.repeat_with_credentials(request, response)
        elif request.method == "REGISTER" and response.status == 200:
            self.registered.add(request.user)
            if request.user != CALLEE:
                self.call(request.user)
        elif request.method == "INVITE" and response.status == 200:
            self.answered.add(request.user)
            if len(self.answered) % 3 == 0:
                self.hang_up(request, response)

    def repeat_with_credentials(self, request, response):
        challenge = pick_challenge(response)
        password = self.server.passwords[request.user]
        value = digest_answer(challenge, request.user, password, request.method, request.request_uri)
        extra = [(n, v) for n, v in request.headers if n in ("Expires", "Content-Type")] + [("Authorization", value)]
        self.send(self.request(request.method, request.user, request.call_id, request.cseq + 1, extra, request.body))

    def acknowledge(self, request, response):
        target = uri_in(response.get("Contact")) if response.status == 200 else request.request_uri
        ack = self.request("ACK", request.user, request.call_id, request.cseq)
        ack.start_line = f"ACK {target} SIP/2.0"
        ack.set("To", response.get("To"))
        if response.status != 200:
            ack.set("Via", request.get("Via"))
        self.socket.sendto(ack.encode(), self.to)

    def hang_up(self, request, response):
        self.hung_up.add(request.user)
        bye = self.request("BYE", request.user, request.call_id, request.cseq + 1)
        bye.start_line = f"BYE {uri_in(response.get('Contact'))} SIP/2.0"
        bye.set("To", response.get("To"))
        self.send(bye)


class KillMinusNine(InteropTest):
    def test_nothing_acknowledged_is_lost(self):
        """After each kill -9 and restart: all acknowledged registrations, one record for each answered call, never two."""
        rng = random.Random(SEED)
        say(f"{CYCLES} cycles, seed {SEED}")
        users = {CALLEE: "pw"} | {f"c{cycle}n{n}": "pw" for cycle in range(CYCLES) for n in range(CALLERS)}
        server = Ahoyd(users=users, options=["--no-rate-limits"])
        registered, answered, attempted, hung_up, db, port = set(), set(), set(), set(), server.db, server.port
        for cycle in range(CYCLES):
            load = Load(server, [u for u in users if u.startswith(f"c{cycle}n")])
            try:
                self.load_and_kill(server, load, rng.uniform(0.2, LOAD_S))
            finally:
                load.close()
            registered |= load.registered
            answered |= load.answered
            attempted |= load.attempted
            hung_up |= load.hung_up
            calls = f"{len(load.answered)} of {len(load.attempted)} calls answered"
            say(f"cycle {cycle + 1}: {len(load.registered)} registered, {calls}, killed")
            self.assertGreater(len(load.registered), 1, "the load did nothing")
            passwords = server.passwords
            server = Ahoyd(db=db, port=port, options=["--no-rate-limits"])
            server.passwords = passwords
            self.check(server, registered, answered, attempted, hung_up)
        server.stop()

    def load_and_kill(self, server, load, seconds):
        load.start(CALLEE)
        load.run(5.0, until=lambda: CALLEE in load.registered)
        started = time.monotonic()
        for user in load.users:
            load.start(user)
            load.run(0.005)
            if time.monotonic() - started > seconds:
                break
        load.run(max(0.0, seconds - (time.monotonic() - started)))
        server.kill()

    def check(self, server, registered, answered, attempted, hung_up):
        listed = {user_of(r["user"]) for r in server.registrations()}
        self.assertEqual(registered - listed, set(), "acknowledged registrations are missing")
        counts = {}
        for record in server.cdr():
            caller = user_of(record["from"])
            counts[caller] = counts.get(caller, 0) + 1
            self.assertIsNotNone(record["ended"], record)
            self.assertIn(caller, attempted, record)
            if caller not in answered:
                continue
            self.assertIsNotNone(record["answered"], record)
            if caller not in hung_up:
                self.assertTrue(record["cut_off"], record)
        self.assertEqual({u: n for u, n in counts.items() if n > 1}, {}, "attempts with more than one record")
        self.assertEqual(answered - set(counts), set(), "answered calls without a record")
        cut_off = sum(record["cut_off"] for record in server.cdr())
        say(f"all {len(registered)} registrations and {len(answered)} answered calls are there; {cut_off} were cut off")


if __name__ == "__main__":
    main()
