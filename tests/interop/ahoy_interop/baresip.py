"""baresip 1.0 as a phone without sound devices: a WAV file speaks, and what is heard is dumped into one."""

import json
import os
import re
import signal
import socket
import time

from .process import Process, need
from .room import free_port, free_ports, here, say, wait_for
from .tone import listen, write_tone

CONFIG = """\
poll_method epoll
rtp_stats yes
sip_listen {host}:{port}
call_local_timeout 120
call_max_calls 4
audio_player aubridge,nobody
audio_source aufile,{dir}/tone.wav
audio_alert aubridge,nobody
ausrc_srate {rate_hz}
auplay_srate {rate_hz}
ausrc_channels 1
auplay_channels 1
rtp_ports {rtp_lo}-{rtp_hi}
rtcp_mux no
jitter_buffer_delay 2-5
statmode_default off
snd_path {dir}
ctrl_tcp_listen {host}:{control}
module_path {modules}
module g711.so
module g722.so
module gsm.so
module opus.so
module srtp.so
module aufile.so
module aubridge.so
module sndfile.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app contact.so
module_app ctrl_tcp.so
"""


RATES = {"opus": 48000, "g722": 16000}


def _module_path():
    for path in ("/usr/lib/baresip/modules", "/usr/local/lib/baresip/modules"):
        if os.path.exists(path + "/aufile.so"):
            return path
    raise AssertionError("baresip's modules are missing: the interop tests need the Debian package baresip-core")


class Baresip(Process):
    """A phone that registers by itself. answers: takes calls by itself, or else rings until accept() or reject().

    srtp: None, "srtp" (keys beside RTP/AVP) or "srtp-mand" (RTP/SAVP).

    friend: the number that its texts go to. transport: "udp", "tcp" or "tls", what its account asks for.
    ca: the file of whom it trusts in TLS.
    """

    def __init__(self, account, plays_hz=440, codec="PCMU", answers=True, plays_s=120.0, expires_s=120, friend=None,
                 transport="udp", srtp=None, ca=None):
        host = "127.0.0.1"
        binary = need("baresip", "baresip-core")
        self.account = account
        self.transport = transport
        self.dir = here().subdir(f"baresip-{account.user}")
        self.control = (host, free_port())
        self.port = free_port()
        self.inbox = b""
        self.seen = []
        # It resamples nothing of its own accord that its file source could not: the devices run at the codec's rate.
        rate_hz = RATES.get(codec.partition("/")[0].lower(), 8000)
        write_tone(self.dir / "tone.wav", plays_hz, plays_s, rate_hz=rate_hz)
        rtp_lo = free_ports(40)
        config = CONFIG.format(
            host=host,
            port=self.port,
            control=self.control[1],
            dir=self.dir,
            rate_hz=rate_hz,
            rtp_lo=rtp_lo,
            rtp_hi=rtp_lo + 39,
            modules=_module_path(),
        )
        config += f"sip_cafile {ca}\nsip_verify_server yes\n" if ca else ""
        (self.dir / "config").write_text(config)
        contacts = f'"Friend" <{account.number(friend)}>\n' if friend else ""
        (self.dir / "contacts").write_text(contacts)
        (self.dir / "current_contact").write_text(account.number(friend) if friend else "")
        mode = "auto" if answers else "manual"
        (self.dir / "accounts").write_text(
            f"<{account.uri};transport={transport}>;auth_user={account.user};auth_pass={account.password};answermode={mode};"
            f"regint={expires_s};audio_codecs={codec}{f';mediaenc={srtp}' if srtp else ''}\n"
        )
        argv = [binary, "-4", "-s", "-v", "-f", self.dir, "-n", host]
        super().__init__(f"baresip-{account.user}", argv, env={"HOME": str(self.dir)}, cwd=self.dir)
        self.wait_for_log(r"baresip is ready", 15.0)
        self.link = socket.create_connection(self.control, 5.0)
        self.link.settimeout(0.02)

    def stop(self):
        self.link.close()
        self.terminate(signal.SIGTERM, within=10.0)

    def _read(self):
        """Takes what the control socket has: netstrings of JSON, answers and events mixed."""
        try:
            self.inbox += self.link.recv(65536)
        except (TimeoutError, socket.timeout):
            pass
        while True:
            head = re.match(rb"(\d+):", self.inbox)
            if not head or len(self.inbox) < head.end() + int(head.group(1)) + 1:
                return
            end = head.end() + int(head.group(1))
            self.seen.append(json.loads(self.inbox[head.end() : end]))
            self.inbox = self.inbox[end + 1 :]

    def command(self, name, params=""):
        """A command of baresip's menu; it fails the test when baresip refuses it."""
        text = json.dumps({"command": name, "params": params, "token": name}).encode()
        self.link.sendall(b"%d:%s," % (len(text), text))
        start = len(self.seen)

        def answered():
            self._read()
            return [m for m in self.seen[start:] if m.get("response") and m.get("token") == name]

        answer = wait_for(f"baresip's answer to {name}", answered, 10.0)[0]
        if not answer["ok"]:
            raise AssertionError(f"{self.name} refuses {name} {params}: {answer.get('data')}")

    def events(self, kind):
        self._read()
        return [m for m in self.seen if m.get("event") and m["type"] == kind]

    def wait_event(self, kind, count=1, within=15.0):
        found = wait_for(
            f"{kind} of {self.name}", lambda: len(self.events(kind)) >= count and self.events(kind), within
        )
        return found[count - 1]

    def wait_registered(self, within=15.0):
        self.wait_for_log(r"\{0/%s/v4\} 200 " % self.transport.upper(), within)
        say(f"baresip {self.account.user} is registered")

    def dial(self, number):
        self.command("dial", self.account.number(number))

    def wait_answered(self, count=1, within=15.0):
        self.wait_event("CALL_ESTABLISHED", count, within)

    def wait_closed(self, count=1, within=15.0):
        return self.wait_event("CALL_CLOSED", count, within)

    def accept(self):
        self.command("accept")

    def reject(self):
        """Refuses the ringing call with 486."""
        self.command("hangup")

    def hang_up(self):
        self.command("hangup")

    def hold(self):
        self.command("hold")

    def resume(self):
        self.command("resume")

    def press(self, keys):
        """Sends keys in the call, as RFC 4733 events. The menu takes one key at a time."""
        for key in keys:
            self.command("sndcode", key)
            time.sleep(0.3)

    def pressed(self):
        """The keys that came in, whichever way."""
        return "".join(event["param"] for event in self.events("CALL_DTMF_START"))

    def text(self, words):
        """Sends a MESSAGE to its friend."""
        self.command("message", words)

    def packets(self):
        """Packets (sent, received) of the last call that ended, as baresip counted them."""
        found = re.findall(r"^packets:\s+(\d+)\s+(\d+)", self.log(), re.M)
        if not found:
            raise AssertionError(f"{self.name} wrote no packet count")
        return int(found[-1][0]), int(found[-1][1])

    def heard(self, hz, call=1):
        """What came in during the n-th call. baresip 1.0 dumps nothing any more once a call was held and resumed."""
        dumps = sorted(self.dir.glob("dump-*-dec.wav"))
        if len(dumps) < call:
            raise AssertionError(f"{self.name} dumped {len(dumps)} calls, not {call}: no audio was decoded")
        return listen(dumps[call - 1], hz)
