#!/usr/bin/env python3
"""SRTP with keys in the session description (RFC 4568): `ahoy`, baresip and linphone through ahoyd, heard both ways.

What went over the wire is captured, and the tones are looked for in it as a listener without the key would.
"""

import array
import base64
import re
import secrets
import socket
import struct
import time
import wave

from ahoy_interop import Account, Ahoy, Ahoyd, Baresip, Endpoint, InteropTest, Linphone, Message, free_port, main
from ahoy_interop.process import Process, need, run
from ahoy_interop.room import here, wait_for
from ahoy_interop.tone import listen

DIGEST = "MD5"  # baresip 1.0 refuses a 401 as soon as one of its challenges is no MD5.
US, THEM = 440, 700  # Hz that ahoy plays, Hz that its peer plays
LEVEL = -15.0


def mu_law(byte):
    """RFC 3551 4.5.14: a byte of PCMU as a 16-bit sample."""
    byte = ~byte & 0xFF
    size = (((byte & 15) << 3) + 132 << (byte >> 4 & 7)) - 132
    return -size if byte & 0x80 else size


class Wire:
    """What goes over the loopback, from enter to exit."""

    def __enter__(self):
        self.path = here().path(here().unique("wire") + ".pcapng")
        self.tshark = Process("tshark", [need("tshark", "tshark"), "-i", "lo", "-w", self.path, "-q"])
        wait_for("tshark to capture", lambda: "Capturing on" in self.tshark.log() and self.path.exists(), 20.0)
        time.sleep(0.5)
        return self

    def __exit__(self, *_):
        time.sleep(1.5)  # the kernel hands packets over with up to a second of delay
        self.tshark.terminate()

    def payloads(self, port):
        """The payloads of what was sent to a port, as bytes of G.711, whatever they are."""
        argv = [need("tshark", "tshark"), "-r", self.path, "-Y", f"udp.dstport == {port}", "-T", "fields", "-e", "udp.payload"]
        lines = run(argv, within=60.0).stdout.split()
        return b"".join(bytes.fromhex(line)[12:172] for line in lines if len(line) >= 2 * 172)

    def hears(self, port, hz):
        """The tone that somebody finds who decodes this port's packets as PCMU."""
        path = here().path(here().unique("overheard") + ".wav")
        with wave.open(str(path), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(8000)
            out.writeframes(array.array("h", (mu_law(b) for b in self.payloads(port))).tobytes())
        return listen(path, hz)


def port_of(event):
    """Where a media event says that the sound goes."""
    return int(event["remote"].rpartition(":")[2])


class Srtp(InteropTest):
    def assert_encrypted(self, phone, suite=None):
        event = phone.events("media")[-1]
        self.assertNotEqual(event["srtp"], "none")
        if suite:
            self.assertEqual(event["srtp"], suite)
        (quality,) = phone.events("quality")
        self.assertEqual(quality["srtp_auth_failed"], 0)

    def test_keys_pass_end_to_end_over_udp(self):
        """`ahoy --srtp required` calls baresip, which demands SRTP too: ahoyd passes the keys, and nobody on the wire hears a thing."""
        with Ahoyd(users=("111", "112"), digest=DIGEST) as server:
            with Baresip(server.account("111"), plays_hz=THEM, srtp="srtp-mand") as phone, Wire() as wire:
                server.wait_registered("111")
                options = ["--hangup-after", 3, "--codecs", "PCMU", "--srtp", "required"]
                with Ahoy("call", server.account("112"), "111", plays_hz=US, records=True, options=options) as caller:
                    caller.expect_exit(0)
                    phone.wait_closed()
            self.assert_encrypted(caller)
            self.assert_tone(caller.heard(THEM), 3.0, LEVEL)
            self.assert_tone(phone.heard(US), 3.0, LEVEL)
            overheard = wire.hears(port_of(caller.events("media")[-1]), US)
            self.assertGreater(overheard.duration_s, 2.0)
            self.assertLess(overheard.tone_s, 0.2)
            (record,) = server.wait_cdr(1)
            self.assert_media(record, 3.0, "PCMU")

    def test_a_plain_call_is_overheard(self):
        """The same capture finds the tone where nothing is encrypted; `ahoy` says so."""
        with Ahoyd(users=("111", "112"), digest=DIGEST) as server:
            with Baresip(server.account("111"), plays_hz=THEM) as phone, Wire() as wire:
                server.wait_registered("111")
                options = ["--hangup-after", 2, "--codecs", "PCMU"]
                with Ahoy("call", server.account("112"), "111", plays_hz=US, options=options) as caller:
                    caller.expect_exit(0)
                    phone.wait_closed()
            self.assertEqual(caller.events("media")[-1]["srtp"], "none")
            self.assertGreater(wire.hears(port_of(caller.events("media")[-1]), US).tone_s, 1.0)

    def test_optional_keys_are_taken_up(self):
        """baresip offers keys beside RTP/AVP; `ahoy answer`, without a word about it, encrypts."""
        with Ahoyd(users=("111", "112"), digest=DIGEST) as server:
            with Baresip(server.account("111"), plays_hz=THEM, srtp="srtp") as phone:
                server.wait_registered("111")
                with Ahoy("answer", server.account("112"), plays_hz=US, records=True, options=["--calls", 1]) as callee:
                    server.wait_registered("112")
                    phone.dial("112")
                    phone.wait_answered()
                    callee.wait_event("answered")
                    time.sleep(3.0)
                    phone.hang_up()
                    callee.expect_exit(0)
            self.assert_encrypted(callee)
            self.assert_tone(callee.heard(THEM), 3.0, LEVEL)
            self.assert_tone(phone.heard(US), 3.0, LEVEL)

    def test_linphone_both_ways(self):
        """linphone demands SRTP: it calls `ahoy answer`, and is called."""
        with Ahoyd(users=("111", "112")) as server, Linphone(server.account("111"), plays_hz=THEM, srtp="required") as phone:
            phone.wait_registered()
            with Ahoy("answer", server.account("112"), plays_hz=US, records=True, options=["--calls", 1]) as callee:
                server.wait_registered("112")
                phone.dial("112")
                phone.wait_answered()
                callee.wait_event("answered")
                time.sleep(3.0)
                phone.hang_up()
                phone.wait_closed()
                callee.expect_exit(0)
            self.assert_encrypted(callee)
            self.assert_tone(callee.heard(THEM), 3.0, LEVEL, max_gap_s=0.2)
            self.assert_tone(phone.heard(US), 3.0, LEVEL, max_gap_s=0.2)
            options = ["--hangup-after", 3, "--codecs", "PCMU", "--srtp", "required"]
            with Ahoy("call", server.account("112"), "111", plays_hz=US, records=True, options=options) as caller:
                caller.expect_exit(0)
                phone.wait_closed(count=2)
            self.assert_encrypted(caller)
            self.assert_tone(caller.heard(THEM), 3.0, LEVEL, max_gap_s=0.2)

    def test_a_wrong_key_is_silence(self):
        """A far end agrees on a key and encrypts with another, or not at all: nothing is heard of it, and all of it is counted."""
        port = free_port()
        options = ["--expires", 0, "--calls", 1]
        with Ahoy("answer", Account("bob", "", "127.0.0.1", 5060), options=options, local=f"127.0.0.1:{port}", records=True) as phone:
            with Endpoint() as far, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as rtp:
                rtp.bind(("127.0.0.1", 0))
                wait_for("the phone to listen", lambda: f":{port:04X} " in open("/proc/net/udp").read(), 10.0)
                dialog = [
                    ("Via", f"SIP/2.0/UDP 127.0.0.1:{far.port};branch=z9hG4bK{secrets.token_hex(6)};rport"),
                    ("Max-Forwards", "70"),
                    ("From", "<sip:alice@127.0.0.1>;tag=a"),
                    ("Call-ID", secrets.token_hex(6)),
                    ("Contact", f"<sip:alice@127.0.0.1:{far.port}>"),
                ]
                key = base64.b64encode(bytes(range(30))).decode()
                sdp = (
                    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                    f"m=audio {rtp.getsockname()[1]} RTP/SAVP 0\r\na=crypto:5 AES_CM_128_HMAC_SHA1_80 inline:{key}\r\n"
                )
                head = f"sip:bob@127.0.0.1:{port} SIP/2.0"
                asks = [*dialog, ("To", "<sip:bob@127.0.0.1>"), ("CSeq", "1 INVITE"), ("Content-Type", "application/sdp")]
                far.send(Message(f"INVITE {head}", asks, sdp), ("127.0.0.1", port))
                answer, _ = far.response(200, "INVITE", dict(dialog)["Call-ID"])
                self.assertRegex(answer.sdp, r"m=audio \d+ RTP/SAVP 0\r\n")
                self.assertRegex(answer.sdp, r"a=crypto:5 AES_CM_128_HMAC_SHA1_80 inline:[A-Za-z0-9+/]{40}\r\n")
                within = [*dialog, ("To", answer.get("To"))]
                far.send(Message(f"ACK {head}", [*within, ("CSeq", "1 ACK")], ""), ("127.0.0.1", port))
                to = ("127.0.0.1", int(re.search(r"m=audio (\d+)", answer.sdp).group(1)))
                for seq in range(50):  # loud: a phone that decoded it would be heard to roar
                    plain = struct.pack("!BBHII", 0x80, 0, seq, 160 * seq, 7) + secrets.token_bytes(160)
                    rtp.sendto(plain + (secrets.token_bytes(10) if seq % 2 else b""), to)
                    time.sleep(0.02)
                bye = [*within, ("CSeq", "2 BYE")]
                bye[0] = ("Via", f"SIP/2.0/UDP 127.0.0.1:{far.port};branch=z9hG4bK{secrets.token_hex(6)};rport")
                far.send(Message(f"BYE {head}", bye, ""), ("127.0.0.1", port))
                far.response(200, "BYE", dict(dialog)["Call-ID"])
            phone.expect_exit(0)
        (quality,) = phone.events("quality")
        self.assertEqual(quality["srtp_auth_failed"], 50)
        self.assertEqual(quality["packets"], 0)
        self.assertEqual(listen(phone.record_path, 440).loud_share, 0.0)

    def test_required_against_plain(self):
        """Who demands SRTP and is offered none refuses with 488; who is answered without hangs up."""
        with Ahoyd(users=("111", "112"), digest=DIGEST) as server:
            with Baresip(server.account("111"), plays_hz=THEM) as phone:
                server.wait_registered("111")
                with Ahoy("answer", server.account("112"), options=["--srtp", "required"]) as callee:
                    server.wait_registered("112")
                    phone.dial("112")
                    phone.wait_closed()
                    self.assertEqual(callee.wait_event("ended")["code"], 488)
                    self.assertEqual(callee.events("media"), [])
            (record,) = server.wait_cdr(1)
            self.assertEqual(record["code"], 488)


if __name__ == "__main__":
    main()
