"""A plain old phone: UDP, MD5, PCMU, no rport, no STUN, no keep-alive, one call at a time.

It exists because all peers from Debian are modern: none can be told to leave rport out of its Via. It writes its private
address everywhere, like the phones of its time, and plays and records a tone.
"""

import array
import math
import queue
import secrets
import select
import threading
import time
import wave

from .room import here, say, wait_for
from .sip import Message, digest_answer, param, pick_challenge, response_to, udp_socket, uri_in
from .tone import listen

FRAME_SAMPLES = 160
FRAME_S = 0.020


def _ulaw_decode(code):
    code = ~code & 0xFF
    magnitude = (((code & 0x0F) << 3) + 132 << ((code & 0x70) >> 4)) - 132
    return -magnitude if code & 0x80 else magnitude


ULAW = [_ulaw_decode(code) for code in range(256)]
_BY_VALUE = sorted(range(256), key=lambda code: ULAW[code])
_VALUES = [ULAW[code] for code in _BY_VALUE]


def _ulaw_encode(sample):
    """The code whose value is nearest: slow, and only used to make one second of tone."""
    nearest = min(range(256), key=lambda i: abs(_VALUES[i] - sample))
    return _BY_VALUE[nearest]


def tone_frames(hz, level_dbov=-15.0):
    """One second of a whole number of Hz as frames of PCMU: played in a circle it has no seam."""
    peak = 32768.0 * math.sqrt(2.0) * 10.0 ** (level_dbov / 20.0)
    codes = bytes(_ulaw_encode(peak * math.sin(2.0 * math.pi * hz * i / 8000)) for i in range(8000))
    return [codes[i : i + FRAME_SAMPLES] for i in range(0, 8000, FRAME_SAMPLES)]


class PlainPhone:
    """A phone with a thread of its own. answers: it answers calls by itself."""

    def __init__(self, account, host="127.0.0.1", port=5060, netns=None, plays_hz=440, rtp_port=7078, answers=True):
        self.account = account
        self.host, self.port, self.rtp_port = host, port, rtp_port
        self.answers = answers
        self.frames = tone_frames(plays_hz)
        self.server = (account.host, account.port)
        self.sip = udp_socket((host, port), netns)
        self.rtp = udp_socket((host, rtp_port), netns)
        self.responses = queue.Queue()
        self.cseq = 0
        self.call = None  # the dialog: a dict, or None
        self.media_to = None
        self.pcm = array.array("h")
        self.media_sources = set()
        self.asked = []  # methods that the server sent, for the test to look at
        self.stopping = False
        self.thread = threading.Thread(target=self._live, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stopping = True
        self.thread.join(5.0)
        self.sip.close()
        self.rtp.close()

    # What the thread does.

    def _live(self):
        next_frame, count, sequence, ssrc = time.monotonic(), 0, secrets.randbelow(30000), secrets.token_bytes(4)
        while not self.stopping:
            ready, _, _ = select.select([self.sip, self.rtp], [], [], max(0.0, min(0.02, next_frame - time.monotonic())))
            try:
                if self.sip in ready:
                    data, source = self.sip.recvfrom(65535)
                    self._message(data, source)
                if self.rtp in ready:
                    self._packet(*self.rtp.recvfrom(2048))
            except ConnectionRefusedError:
                continue
            if time.monotonic() < next_frame:
                continue
            next_frame += FRAME_S
            to = self.media_to
            if to:
                header = b"\x80\x00" + (sequence + count & 0xFFFF).to_bytes(2, "big")
                header += (count * FRAME_SAMPLES & 0xFFFFFFFF).to_bytes(4, "big") + ssrc
                self.rtp.sendto(header + self.frames[count % len(self.frames)], to)
                count += 1

    def _packet(self, data, source):
        if len(data) > 12 and data[0] >> 6 == 2 and data[1] & 0x7F == 0 and self.media_to:
            self.media_sources.add(source)
            self.pcm.extend(ULAW[code] for code in data[12:])

    def _message(self, data, source):
        if not data.strip(b"\r\n\0 "):
            return
        message = Message.parse(data)
        if not message.is_request:
            if message.status >= 200 and message.method == "INVITE" and self.call and "ack" in self.call:
                if message.status < 300:  # a 2xx again: our ACK was lost
                    self.sip.sendto(self.call["ack"], self.server)
                    return
            self.responses.put(message)
            return
        self.asked.append(message.method)
        if message.method == "INVITE":
            self._invited(message, source)
        elif message.method == "BYE":
            known = self.call and self.call["call_id"] == message.call_id
            self._answer(message, source, 200 if known else 481)
            if known:
                self.call["ended"] = True
                self.media_to = None
        elif message.method == "CANCEL":
            self._answer(message, source, 200)
        elif message.method != "ACK":
            self._answer(message, source, 200)

    def _answer(self, request, source, code, headers=(), body=b""):
        tag = self.call["tag"] if self.call and self.call["call_id"] == request.call_id else "plain"
        reasons = {180: "Ringing", 200: "OK", 481: "No such call", 486: "Busy Here"}
        self.sip.sendto(response_to(request, code, reasons[code], tag, headers, body).encode(), source)

    def _invited(self, invite, source):
        if self.call and not self.call["ended"] and self.call["call_id"] != invite.call_id:
            self._answer(invite, source, 486)
            return
        if not self.call or self.call["call_id"] != invite.call_id:
            self.call = {
                "call_id": invite.call_id,
                "tag": secrets.token_hex(4),
                "local": None,
                "remote": invite.get("From"),
                "target": uri_in(invite.get("Contact")),
                "route": invite.all("Record-Route"),
                "ended": False,
            }
            self.call["local"] = f"{invite.get('To')};tag={self.call['tag']}"
            self._answer(invite, source, 180, [("Contact", self._contact())])
        if self.answers:
            headers = [("Contact", self._contact()), ("Content-Type", "application/sdp")]
            self._answer(invite, source, 200, headers, self._sdp())
            self._start_media(invite.sdp)

    # What the test does.

    def register(self, expires_s=3600):
        uri = f"sip:{self.account.server}"
        me = f"<{self.account.uri}>"
        headers = [("Contact", self._contact()), ("Expires", str(expires_s))]
        answer = self._ask("REGISTER", uri, me, f"{me};tag={secrets.token_hex(4)}", headers)
        if answer.status != 200:
            raise AssertionError(f"REGISTER of {self.account.user} was answered with {answer!r}")
        say(f"plain phone {self.account.user} registered from {self.host}:{self.port}")

    def dial(self, number, within=10.0):
        """Calls a number and returns when it has answered."""
        self.pcm = array.array("h")
        uri = self.account.number(number)
        local = f"<{self.account.uri}>;tag={secrets.token_hex(4)}"
        headers = [("Contact", self._contact()), ("Content-Type", "application/sdp")]
        answer = self._ask("INVITE", uri, f"<{uri}>", local, headers, self._sdp(), within)
        if answer.status != 200:
            raise AssertionError(f"the call to {number} was answered with {answer!r}")
        self.call = {
            "call_id": answer.call_id,
            "tag": param(local, "tag"),
            "local": local,
            "remote": answer.get("To"),
            "target": uri_in(answer.get("Contact")),
            "route": answer.all("Record-Route")[::-1],
            "ended": False,
        }
        ack = self._request("ACK", self.call["target"], answer.get("To"), local, answer.call_id, answer.cseq, self._route())
        self.call["ack"] = ack.encode()
        self.sip.sendto(self.call["ack"], self.server)
        self._start_media(answer.sdp)

    def hang_up(self):
        call = self.call
        call.pop("ack", None)
        answer = self._ask("BYE", call["target"], call["remote"], call["local"], self._route(), call_id=call["call_id"])
        if answer.status != 200:
            raise AssertionError(f"BYE was answered with {answer!r}")
        call["ended"] = True
        self.media_to = None

    def wait_called(self, within=10.0):
        self.pcm = array.array("h")
        wait_for(f"a call to {self.account.user}", lambda: self.call and not self.call["ended"], within)

    def wait_hung_up(self, within=10.0):
        wait_for(f"the other side of {self.account.user}'s call to hang up", lambda: self.call["ended"], within)

    def heard(self, hz):
        path = here().path(here().unique(f"plain-{self.account.user}") + ".wav")
        with wave.open(str(path), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(8000)
            out.writeframes(self.pcm.tobytes())
        return listen(path, hz)

    # How it says it.

    def _route(self):
        return [("Route", route) for route in self.call["route"]]

    def _contact(self):
        return f"<sip:{self.account.user}@{self.host}:{self.port}>"

    def _sdp(self):
        return (
            f"v=0\r\no=- 1 1 IN IP4 {self.host}\r\ns=-\r\nc=IN IP4 {self.host}\r\nt=0 0\r\n"
            f"m=audio {self.rtp_port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
        )

    def _start_media(self, sdp):
        address = port = None
        for line in sdp.splitlines():
            if line.startswith("c="):
                address = line.split()[-1]
            if line.startswith("m=audio"):
                port = int(line.split()[1])
        self.media_to = (address, port)

    def _request(self, method, uri, to, local, call_id, cseq, headers=(), body=b"", branch=None):
        base = [
            ("Via", f"SIP/2.0/UDP {self.host}:{self.port};branch={branch or 'z9hG4bK' + secrets.token_hex(6)}"),
            ("Max-Forwards", "70"),
            ("From", local),
            ("To", to),
            ("Call-ID", call_id),
            ("CSeq", f"{cseq} {method}"),
        ]
        return Message(f"{method} {uri} SIP/2.0", base + list(headers), body)

    def _ask(self, method, uri, to, local, headers=(), body=b"", within=10.0, call_id=None):
        """A request and its final response, with one answer to a challenge."""
        call_id = call_id or secrets.token_hex(8)
        extra = []
        for _ in range(2):
            self.cseq += 1
            request = self._request(method, uri, to, local, call_id, self.cseq, list(headers) + extra, body)
            answer = self._send_until_answered(request, within)
            if method == "INVITE" and answer.status >= 300:
                ack = self._request("ACK", uri, answer.get("To"), local, call_id, self.cseq, branch=request.branch)
                self.sip.sendto(ack.encode(), self.server)
            if answer.status not in (401, 407):
                break
            challenge = pick_challenge(answer)
            name = "Authorization" if answer.status == 401 else "Proxy-Authorization"
            extra = [(name, digest_answer(challenge, self.account.user, self.account.password, method, uri))]
        return answer

    def _send_until_answered(self, request, within):
        deadline, pause, provisional = time.monotonic() + within, 0.5, False
        data = request.encode()
        while time.monotonic() < deadline:
            if not provisional:
                self.sip.sendto(data, self.server)
            resend = time.monotonic() + pause
            pause *= 2
            while time.monotonic() < min(resend, deadline):
                try:
                    answer = self.responses.get(timeout=0.05)
                except queue.Empty:
                    continue
                if answer.call_id != request.call_id or answer.get("CSeq") != request.get("CSeq"):
                    continue
                if answer.status >= 200:
                    return answer
                provisional = True
        raise AssertionError(f"no answer to {request!r} within {within:g} s")
