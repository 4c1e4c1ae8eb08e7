"""A TCP or TLS connection that a test speaks SIP through, byte by byte where it wants to."""

import re
import secrets
import socket
import ssl
import time

from .sip import Message, digest_answer, pick_challenge


class Stream:
    """One connection to a server. With a listener of its own port it can be connected to as well.

    tls: an ssl.SSLContext, and then it is TLS. to_port: where to connect, if that is not the server's own port.
    """

    def __init__(self, server, host="127.0.0.1", port=0, tls=None, to_port=None):
        self.server = server
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.bind((host, port))
        self.socket.connect((server.host, to_port or server.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.host, self.port = self.socket.getsockname()[:2]
        self.transport = "TLS" if tls else "TCP"
        if tls:
            self.socket.settimeout(15.0)
            self.socket = tls.wrap_socket(self.socket, server_hostname=server.host)
        self.inbox = b""
        self.cseq = 0
        self.call_id = secrets.token_hex(8)
        self.tag = secrets.token_hex(4)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def reset(self):
        """Ends the connection without a word, as a phone that loses its power behind a router does."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.socket.close()

    def send(self, message):
        self.socket.sendall(message.encode() if isinstance(message, Message) else message)

    def _read(self, deadline):
        """More bytes; False where the connection has ended."""
        left = deadline - time.monotonic()
        if left <= 0:
            raise AssertionError(f"waited in vain; there came {self.inbox[:300]!r}")
        self.socket.settimeout(left)
        try:
            data = self.socket.recv(65536)
        except (TimeoutError, socket.timeout):
            return True
        except (ConnectionResetError, ssl.SSLError):
            return False
        self.inbox += data
        return bool(data)

    def receive(self, within=10.0):
        """The next message; None at the end of the connection."""
        deadline = time.monotonic() + within
        while True:
            while self.inbox[:1] in (b"\r", b"\n"):
                self.inbox = self.inbox[1:]
            head, end, rest = self.inbox.partition(b"\r\n\r\n")
            length = re.search(rb"^(?:content-length|l)\s*:\s*(\d+)", head, re.I | re.M)
            if end and len(rest) >= int(length.group(1)):
                self.inbox = rest[int(length.group(1)) :]
                return Message.parse(head + end + rest[: int(length.group(1))])
            if not self._read(deadline):
                return None

    def response(self, code, within=10.0):
        """The next final response, which must have this code."""
        while True:
            message = self.receive(within)
            if message is None:
                raise AssertionError(f"the connection ended instead of a {code}")
            if message.is_request or message.status < 200:
                continue
            if message.status != code:
                raise AssertionError(f"{message!r} came instead of {code}")
            return message

    def request(self, method, within=10.0):
        while True:
            message = self.receive(within)
            if message is None:
                raise AssertionError(f"the connection ended instead of a {method}")
            if message.is_request and message.method == method:
                return message

    def expect_end(self, within=10.0):
        """The server closes the connection, and nothing more comes."""
        message = self.receive(within)
        if message is not None:
            raise AssertionError(f"{message!r} came instead of the connection's end")

    def message(self, method, uri, user, headers=(), body=b"", cseq=None):
        if cseq is None:
            self.cseq += 1
            cseq = self.cseq
        me = f"sip:{user}@{self.server.host}:{self.server.port}"
        to = uri if method != "REGISTER" else me
        return Message(
            f"{method} {uri} SIP/2.0",
            [
                ("Via", f"SIP/2.0/{self.transport} {self.host}:{self.port};rport;branch=z9hG4bK{secrets.token_hex(8)}"),
                ("Max-Forwards", "70"),
                ("From", f"<{me}>;tag={self.tag}"),
                ("To", f"<{to}>"),
                ("Call-ID", self.call_id),
                ("CSeq", f"{cseq} {method}"),
                *headers,
            ],
            body,
        )

    def authenticated(self, method, uri, account, headers=(), body=b""):
        """Sends a request, answers the challenge; the final answer is still to come."""
        self.send(self.message(method, uri, account.user, headers, body))
        challenge = pick_challenge(self.response(401))
        answer = digest_answer(challenge, account.user, account.password, method, uri)
        self.send(self.message(method, uri, account.user, [*headers, ("Authorization", answer)], body))

    def register(self, account, contact=None, expires=300):
        """Registers; by itself with a Contact at the connection's own address."""
        contact = contact or f"sip:{account.user}@{self.host}:{self.port};transport={self.transport.lower()}"
        headers = [("Contact", f"<{contact}>"), ("Expires", str(expires))]
        self.authenticated("REGISTER", f"sip:{self.server.host}:{self.server.port}", account, headers)
        return self.response(200)
