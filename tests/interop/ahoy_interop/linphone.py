"""linphonec 5.1 as a phone on WAV files, driven by its standard input."""

import re
import signal
import time

from .process import Process, need
from .room import free_port, free_ports, here, say, wait_for
from .tone import listen, write_tone

# No look-up, no STUN, no ICE, no update check, no device: nothing but its account's server.
CONFIG = """\
[sip]
sip_port={udp_port}
sip_tcp_port={tcp_port}
sip_tls_port={tls_port}
{root_ca}bind_address={host}
use_ipv6=0
guess_hostname=0
contact="{user}" <sip:{user}@{host}>
default_proxy=0
register_only_when_network_is_up=0
register_only_when_upnp_is_ok=0
auto_net_state_mon=0
inc_timeout=60
use_info={use_info}
use_rfc2833={use_rfc2833}
media_encryption={encryption}
media_encryption_mandatory={mandatory}
publish_presence=0

[net]
dns_srv_enabled=0
dns_search_enabled=0
mtu=1500
upnp=0

[rtp]
audio_rtp_port={rtp}
bind_address={host}
audio_jitt_comp=60

[sound]
echocancellation=0
echolimiter=0
remote_ring=

[misc]
version_check_url_root=
file_transfer_server_url=
enable_basic_to_client_group_chat_room_migration=0

[lime]
enabled=0

[proxy_0]
reg_proxy=<sip:{server}{transport}>
reg_identity={uri}
reg_expires={expires}
reg_sendregister=1
publish=0
dial_escape_plus=0
quality_reporting_enabled=0

[auth_info_0]
username={user}
passwd={password}
{codecs}"""

CODECS = "opus/48000 SILK/16000 speex/16000 speex/8000 PCMU/8000 PCMA/8000 GSM/8000 G722/8000 G729/8000".split()


def _codec_sections(wanted):
    """linphone offers what its configuration enables, in the order of the sections."""
    order = [c for c in CODECS if c.lower() == wanted.lower() or c.partition("/")[0].lower() == wanted.lower()][:1]
    order += [c for c in CODECS if c not in order]
    text = ""
    for i, codec in enumerate(order):
        mime, _, rate = codec.partition("/")
        text += f"\n[audio_codec_{i}]\nmime={mime}\nrate={rate}\nchannels={2 if mime == 'opus' else 1}\nenabled={1 if i == 0 else 0}\n"
    return text


class Linphone(Process):
    """A phone that registers by itself. answers: takes calls by itself. keys: "rtp" (as tones where the far end has no
    telephone-event) or "info", how it sends them. srtp: None, "optional" or "required"."""

    def __init__(self, account, plays_hz=700, codec="PCMU", answers=True, expires_s=120, transport="udp", keys="rtp",
                 srtp=None, ca=None):
        host = "127.0.0.1"
        binary = need("linphonec", "linphone-cli")
        self.account = account
        self.dir = here().subdir(f"linphone-{account.user}")
        # It opens its data base only where the directory is there, and would start a sound server.
        (self.dir / ".local/share/linphone").mkdir(parents=True)
        (self.dir / ".config/pulse").mkdir(parents=True)
        (self.dir / ".config/pulse/client.conf").write_text("autospawn = no\n")
        self.port = free_port()
        self.record_path = self.dir / "heard.wav"
        config = self.dir / "linphonerc"
        config.write_text(
            CONFIG.format(
                host=host,
                udp_port=self.port if transport == "udp" else 0,
                tls_port=self.port if transport == "tls" else 0,
                root_ca=f"root_ca={ca}\nverify_server_certs=1\nverify_server_cn=1\n" if ca else "",
                tcp_port=self.port if transport == "tcp" else 0,
                transport=f";transport={transport}" if transport != "udp" else "",
                rtp=free_ports(4),
                user=account.user,
                password=account.password,
                uri=account.uri,
                server=account.server,
                expires=expires_s,
                encryption="srtp" if srtp else "none",
                mandatory=1 if srtp == "required" else 0,
                codecs=_codec_sections(codec),
                use_info=int(keys == "info"),
                use_rfc2833=int(keys == "rtp"),
            )
        )
        tone = write_tone(self.dir / "tone.wav", plays_hz, 120.0)
        argv = [binary, "-c", config, "-d", "6", "-l", self.dir / "debug.log"]
        environment = {"HOME": str(self.dir), "PULSE_SERVER": "unix:/nonexistent", "XDG_RUNTIME_DIR": str(self.dir)}
        super().__init__(f"linphone-{account.user}", argv, env=environment, cwd=self.dir, stdin=True)
        self.command("soundcard use files", r"Using wav files")
        self.command(f"play {tone}")
        self.command(f"record {self.record_path}")
        if answers:
            self.command("autoanswer enable", r"Auto answer enabled")

    def stop(self):
        if self.running():
            self.send_line("quit")
            try:
                self.popen.wait(10.0)
            except Exception:
                self.terminate(signal.SIGKILL)

    def command(self, line, expect=None, within=15.0):
        """Types a line; with expect, waits for one more match of that in what linphonec prints."""
        before = len(re.findall(expect, self.log(), re.M)) if expect else 0
        self.send_line(line)
        if expect:
            self.wait_for_log(expect, within, before + 1)

    def debug(self):
        path = self.dir / "debug.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def wait_registered(self, within=15.0):
        done = "moving from state [LinphoneRegistrationProgress] to [LinphoneRegistrationOk]"
        wait_for(f"linphone {self.account.user} to be registered", lambda: done in self.debug(), within)
        say(f"linphone {self.account.user} is registered")

    def dial(self, number):
        self.command(f"call {self.account.number(number)}", r"in progress")

    def wait_answered(self, count=1, within=15.0):
        """Waits until audio flows in the n-th call (a hold and resume counts again)."""
        self.wait_for_log(r"Media streams established with .* for call \d+ \(audio\)", within, count)

    def wait_closed(self, count=1, within=15.0):
        self.wait_for_log(r"Call \d+ with .* (ended|error)", within, count)

    def wait_ringing(self, within=15.0):
        self.wait_for_log(r"Receiving new incoming call|is contacting you", within)

    def hang_up(self):
        self.command("terminate")

    def hold(self):
        self.command("pause", r"is now paused")

    def resume(self):
        self.command("resume", r"Media streams established")

    def press(self, keys):
        """Sends keys in the call, the way it was made for."""
        for key in keys:
            self.command(key)
            time.sleep(0.4)

    def pressed(self):
        return "".join(re.findall(r"Receiving tone (\S) from", self.log()))

    def text(self, number, words):
        """Sends a MESSAGE."""
        self.command(f"chat {self.account.number(number)} {words}")

    def heard(self, hz, call=None):
        """What came in during the last call; there is no recording of an earlier one."""
        return listen(self.record_path, hz)

    def print_log(self, lines):
        super().print_log(lines)
        for line in self.debug().splitlines()[-lines:]:
            print(f"        {line[:200]}")
