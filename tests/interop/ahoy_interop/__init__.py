"""The vocabulary of the interop tests: a server, phones that nobody here wrote, and what they heard.

    with Ahoyd(users=("111", "112")) as server:
        with Baresip(server.account("111"), plays_hz=440) as caller:
            with Linphone(server.account("112"), plays_hz=700) as callee:
                caller.dial("112")
                …

Everything happens on loopback, or in namespaces that the test made. A process that a test starts is ended by its pid,
its log lies in the test's own directory, and the tail of it is printed when the test fails.
"""

from .ahoy import Ahoy
from .ahoyd import Ahoyd, Account
from .baresip import Baresip
from .case import InteropTest, main
from .dns import DnsServer
from .certs import Authority, openssl
from .kamailio import Kamailio
from .linphone import Linphone
from .phone_screen import PhoneScreen
from .plain_phone import PlainPhone
from .process import Process, need
from .room import free_port, free_ports, here, say, wait_for
from .sip import Endpoint, Message, digest_answer, parse_challenge
from .sipp import Sipp
from .sipsak import sipsak
from .stream import Stream
from .tone import Heard, heard_keys, listen, write_tone

__all__ = [
    "Account",
    "Ahoy",
    "Ahoyd",
    "Authority",
    "Baresip",
    "DnsServer",
    "Endpoint",
    "Heard",
    "InteropTest",
    "Kamailio",
    "Linphone",
    "Message",
    "PhoneScreen",
    "PlainPhone",
    "Process",
    "Sipp",
    "Stream",
    "digest_answer",
    "free_port",
    "free_ports",
    "heard_keys",
    "here",
    "listen",
    "main",
    "need",
    "openssl",
    "parse_challenge",
    "say",
    "sipsak",
    "wait_for",
    "write_tone",
]
