"""SIP text for tests: just enough to read what programs send, and to say exactly what a test wants to say."""

import ctypes
import hashlib
import os
import re
import secrets
import socket
import time

COMPACT = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length", "c": "content-type"}

CLONE_NEWNET = 0x40000000


class Message:
    """A request or response as its parts; headers keep their order, their spelling and their doubles."""

    def __init__(self, start_line, headers=(), body=b""):
        self.start_line = start_line
        self.headers = list(headers)
        self.body = body.encode() if isinstance(body, str) else body

    @classmethod
    def parse(cls, data):
        head, _, body = data.partition(b"\r\n\r\n")
        lines = re.sub(rb"\r\n[ \t]+", b" ", head).decode("utf-8", "replace").split("\r\n")
        headers = []
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers.append((name.strip(), value.strip()))
        return cls(lines[0], headers, body)

    def encode(self):
        """The bytes, with Content-Length where no header says it."""
        lines = [self.start_line] + [f"{name}: {value}" for name, value in self.headers]
        if self.get("Content-Length") is None:
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body

    def all(self, name):
        wanted = name.lower()
        return [v for n, v in self.headers if COMPACT.get(n.lower(), n.lower()) == wanted]

    def get(self, name):
        values = self.all(name)
        return values[0] if values else None

    def set(self, name, value):
        """Replaces the first header of this name, or appends one."""
        wanted = name.lower()
        for i, (n, _) in enumerate(self.headers):
            if COMPACT.get(n.lower(), n.lower()) == wanted:
                self.headers[i] = (n, value)
                return self
        self.headers.append((name, value))
        return self

    @property
    def is_request(self):
        return not self.start_line.startswith("SIP/2.0 ")

    @property
    def status(self):
        return None if self.is_request else int(self.start_line.split(" ", 2)[1])

    @property
    def method(self):
        """The method of a request, or the one that a response's CSeq names."""
        return self.start_line.split(" ", 1)[0] if self.is_request else self.get("CSeq").split()[1]

    @property
    def request_uri(self):
        return self.start_line.split(" ")[1]

    @property
    def call_id(self):
        return self.get("Call-ID")

    @property
    def cseq(self):
        return int(self.get("CSeq").split()[0])

    @property
    def branch(self):
        return param(self.get("Via"), "branch")

    @property
    def sdp(self):
        return self.body.decode("utf-8", "replace")

    def __repr__(self):
        return f"<{self.start_line}>"


def param(value, name):
    """A parameter of a header value, outside of angle brackets; None where there is none."""
    outside = re.sub(r'<[^>]*>|"(?:\\.|[^"\\])*"(?=\s*<)', "", value or "")
    found = re.search(rf";\s*{re.escape(name)}\s*(?:=\s*([^;,\s]+))?", outside, re.I)
    return (found.group(1) or "") if found else None


def uri_in(value):
    """The URI of a name-addr or addr-spec."""
    found = re.search(r"<([^>]*)>", value)
    return found.group(1) if found else value.partition(";")[0].strip()


def response_to(request, code, reason, to_tag=None, headers=(), body=b""):
    """A response with the headers that RFC 3261 8.2.6.2 copies."""
    to = request.get("To")
    if to_tag and param(to, "tag") is None:
        to += f";tag={to_tag}"
    copied = [("Via", v) for v in request.all("Via")] + [("Record-Route", v) for v in request.all("Record-Route")]
    copied += [("From", request.get("From")), ("To", to), ("Call-ID", request.call_id), ("CSeq", request.get("CSeq"))]
    return Message(f"SIP/2.0 {code} {reason}", copied + list(headers), body)


HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256, "SHA-512-256": lambda data=b"": hashlib.new("sha512_256", data)}


def parse_challenge(value):
    """The parameters of one Digest challenge (or of credentials), names in lower case."""
    pairs = re.findall(r'([\w-]+)\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^\s,]+))', value.partition(" ")[2])
    return {name.lower(): re.sub(r"\\(.)", r"\1", quoted) if quoted else token for name, quoted, token in pairs}


def digest_response(user, password, realm, nonce, method, uri, qop=None, nc=None, cnonce=None, algorithm="MD5"):
    """The response of RFC 7616 3.4.1, for qop auth or none."""

    def h(text):
        return HASHES[algorithm.upper()](text.encode()).hexdigest()

    ha1, ha2 = h(f"{user}:{realm}:{password}"), h(f"{method}:{uri}")
    return h(f"{ha1}:{nonce}:{nc}:{cnonce}:{qop}:{ha2}") if qop else h(f"{ha1}:{nonce}:{ha2}")


def digest_answer(challenge, user, password, method, uri, nc=1, cnonce=None):
    """The value of an Authorization header for a challenge header's value."""
    c = parse_challenge(challenge) if isinstance(challenge, str) else challenge
    algorithm = c.get("algorithm", "MD5")
    qop = "auth" if "auth" in [q.strip() for q in c.get("qop", "").split(",")] else None
    cnonce, count = cnonce or secrets.token_hex(8), f"{nc:08x}"
    response = digest_response(user, password, c["realm"], c["nonce"], method, uri, qop, count, cnonce, algorithm)
    value = f'Digest username="{user}", realm="{c["realm"]}", nonce="{c["nonce"]}", uri="{uri}", response="{response}"'
    value += f", algorithm={algorithm}"
    value += f', cnonce="{cnonce}", nc={count}, qop={qop}' if qop else ""
    return value + (f', opaque="{c["opaque"]}"' if "opaque" in c else "")


def pick_challenge(message, algorithms=("MD5",)):
    """The first WWW- or Proxy-Authenticate header of a message with a known algorithm."""
    for value in message.all("WWW-Authenticate") + message.all("Proxy-Authenticate"):
        if parse_challenge(value).get("algorithm", "MD5").upper() in algorithms:
            return value
    raise AssertionError(f"{message!r} challenges with none of {', '.join(algorithms)}")


def udp_socket(address, netns=None):
    """A bound UDP socket, made inside a network namespace where one is named."""
    if netns is None:
        return _bound(address)
    libc = ctypes.CDLL(None, use_errno=True)
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{netns}", os.O_RDONLY)
    try:
        if libc.setns(there, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"cannot enter the namespace {netns}")
        return _bound(address)
    finally:
        if libc.setns(home, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "cannot leave the namespace")
        os.close(home)
        os.close(there)


def _bound(address):
    s = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(address)
    return s


class Endpoint:
    """A UDP socket that a test speaks SIP through, message by message. It answers nothing by itself but OPTIONS."""

    def __init__(self, host="127.0.0.1", port=0, netns=None, answer_options=True):
        self.socket = udp_socket((host, port), netns)
        self.host, self.port = self.socket.getsockname()[:2]
        self.answer_options = answer_options
        self.backlog = []
        self.raw = []  # each datagram that came, with its source

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    @property
    def address(self):
        return (self.host, self.port)

    def send(self, message, to):
        self.socket.sendto(message.encode() if isinstance(message, Message) else message, to)

    def receive(self, what, match=lambda message: True, within=5.0):
        """The next message (and its source) that matches; others wait for their turn."""
        for i, (message, source) in enumerate(self.backlog):
            if match(message):
                del self.backlog[i]
                return message, source
        deadline = time.monotonic() + within
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                others = ", ".join(repr(m) for m, _ in self.backlog) or "nothing else"
                raise AssertionError(f"waited {within:g} s in vain for {what}; there came {others}")
            got = self._next(left)
            if got is None:
                continue
            if match(got[0]):
                return got
            self.backlog.append(got)

    def _next(self, within):
        self.socket.settimeout(within)
        try:
            data, source = self.socket.recvfrom(65535)
        except (TimeoutError, socket.timeout, ConnectionRefusedError):
            return None
        if not data.strip(b"\r\n\0 "):
            return None  # a keep-alive
        self.raw.append((data, source))
        message = Message.parse(data)
        if message.is_request and message.method == "OPTIONS" and self.answer_options:
            self.send(response_to(message, 200, "OK", secrets.token_hex(4)), source)
            return None
        return message, source

    def request(self, method, call_id=None, within=5.0):
        """The next request of this method."""
        return self.receive(
            f"a {method}",
            lambda m: m.is_request and m.method == method and (call_id is None or m.call_id == call_id),
            within,
        )

    def response(self, codes, method=None, call_id=None, within=5.0):
        """The next response with one of these codes; provisional ones that are not asked for are passed over."""
        wanted = (codes,) if isinstance(codes, int) else tuple(codes)

        def final(m):
            return (
                not m.is_request
                and (m.status >= 200 or m.status in wanted)
                and (method is None or m.method == method)
                and (call_id is None or m.call_id == call_id)
            )

        message, source = self.receive(f"a response {'/'.join(map(str, wanted))}", final, within)
        if message.status not in wanted:
            raise AssertionError(f"{message!r} came instead of {'/'.join(map(str, wanted))}")
        return message, source

    def nothing(self, match, seconds):
        """Nothing that matches comes for so long."""
        try:
            message, _ = self.receive("nothing", match, seconds)
        except AssertionError:
            return
        raise AssertionError(f"{message!r} came, where nothing should")
