"""A server with a thread of its own that answers as a test tells it to: well, badly, or with malice.

    class Endless(ScriptedServer):
        def on_invite(self, request): …

Without any override it is a good one: it registers whoever comes, answers each call, and hears and says nothing.
"""

import secrets
import select
import threading
import time

from .sip import Message, param, response_to, udp_socket


class ScriptedServer:
    """Requests by method in `requests`, each copy; `on_METHOD` answers (the default is a good server's answer)."""

    def __init__(self, host="127.0.0.1"):
        self.socket = udp_socket((host, 0))
        self.media = udp_socket((host, 0))
        self.host, self.port = self.socket.getsockname()[:2]
        self.requests = {}
        self.responses = []
        self.rtp_packets = 0
        self.tag = secrets.token_hex(4)
        self.source = None
        self.fault = None
        self.stopping = False
        self.every_s, self.every = None, None  # what is done again and again, in between
        self.thread = threading.Thread(target=self._live, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping = True
        self.thread.join(5.0)
        self.socket.close()
        self.media.close()
        if self.fault:
            raise self.fault

    def _live(self):
        due = time.monotonic()
        while not self.stopping:
            ready, _, _ = select.select([self.socket, self.media], [], [], 0.02)
            try:
                if self.media in ready:
                    packet, source = self.media.recvfrom(2048)
                    self.rtp_packets += 1
                    self.on_rtp(packet, source)
                if self.socket in ready:
                    data, self.source = self.socket.recvfrom(65535)
                    self._took(data)
                if self.every and time.monotonic() >= due:
                    due = time.monotonic() + self.every_s
                    self.every()
            except ConnectionRefusedError:
                continue
            except Exception as fault:  # told to the test when it leaves the `with` block
                self.fault = self.fault or fault

    def _took(self, data):
        if not data.strip(b"\r\n\0 "):
            return
        message = Message.parse(data)
        if not message.is_request:
            self.responses.append(message)
            return
        self.requests.setdefault(message.method, []).append(message)
        handler = getattr(self, f"on_{message.method.lower()}", None)
        if handler:
            handler(message)
        elif message.method != "ACK":
            self.answer(message, 200, "OK")

    def count(self, method):
        """How many requests of this method came; repeated copies of one count once."""
        return len({(m.call_id, m.get("CSeq"), m.branch) for m in self.requests.get(method, [])})

    def send(self, message):
        """A Message or bytes to whoever spoke last."""
        if self.source:
            self.socket.sendto(message.encode() if isinstance(message, Message) else message, self.source)

    def answer(self, request, code, reason, headers=(), body=b""):
        """Sends an answer; returns it."""
        made = response_to(request, code, reason, self.tag, headers, body)
        self.send(made)
        return made

    def contact(self):
        return ("Contact", f"<sip:server@{self.host}:{self.port}>")

    def sdp(self, codecs="0", lines=(), port=None, address=None):
        text = ["v=0", f"o=- 1 1 IN IP4 {self.host}", "s=-", f"c=IN IP4 {address or self.host}", "t=0 0"]
        text.append(f"m=audio {self.media.getsockname()[1] if port is None else port} RTP/AVP {codecs}")
        return "\r\n".join([*text, *lines]) + "\r\n"

    def ok_invite(self, request, body=None, headers=None):
        """The 200 to an INVITE, not sent yet."""
        headers = [self.contact()] if headers is None else headers
        body = self.sdp() if body is None else body
        return response_to(
            request, 200, "OK", self.tag, [*headers, *([("Content-Type", "application/sdp")] if body else [])], body
        )

    def bye(self, invite, **how):
        """A BYE from this side of the call of this INVITE, not sent yet; how: other tags (from_tag, to_tag)."""
        to_tag = how.get("to_tag", param(invite.get("From"), "tag"))
        contact = invite.get("Contact").partition("<")[2].partition(">")[0]
        headers = [
            ("Via", f"SIP/2.0/UDP {self.host}:{self.port};branch=z9hG4bK{secrets.token_hex(6)}"),
            ("Max-Forwards", "70"),
            ("From", f"{invite.get('To')};tag={how.get('from_tag', self.tag)}"),
            ("To", invite.get("From").partition(";tag=")[0] + f";tag={to_tag}"),
            ("Call-ID", invite.call_id),
            ("CSeq", "1 BYE"),
        ]
        return Message(f"BYE {contact} SIP/2.0", headers)

    def say_rtp(self, invite_sdp, packets=1):
        """Packets of PCMU, 20 ms apart, to where a description wants them."""
        lines = invite_sdp.splitlines()
        port = next(int(line.split()[1]) for line in lines if line.startswith("m=audio"))
        address = next(line.split()[-1] for line in lines if line.startswith("c="))
        for i in range(packets):
            header = b"\x80\x00" + i.to_bytes(2, "big") + (160 * i).to_bytes(4, "big") + b"test"
            self.media.sendto(header + b"\x10" * 160, (address, port))
            time.sleep(0.02)

    # What a good server does.

    def on_rtp(self, packet, source):
        pass

    def on_register(self, request):
        expires = request.get("Expires") or "3600"
        contact = request.get("Contact")
        self.answer(request, 200, "OK", [("Contact", f"{contact};expires={expires}")] if expires != "0" else [])

    def on_invite(self, request):
        self.send(self.ok_invite(request))
