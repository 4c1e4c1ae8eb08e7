#!/usr/bin/env python3
"""Where a request to a name goes (RFC 3263): NAPTR, SRV, A and AAAA from a name server of the test's own, fail-over to the next
server, and name servers that are broken or mean harm."""

import json
from contextlib import ExitStack
from dataclasses import dataclass

from ahoy_interop import Ahoy, Ahoyd, DnsServer, InteropTest, free_port, main, say
from ahoy_interop.process import run
from ahoy_interop.room import program
from ahoy_interop.scripted import ScriptedServer

HOST = "127.0.0.1"


@dataclass
class ByName:
    """An account that is written without a port, so that the name servers say where its server is."""

    user: str
    password: str
    domain: str = "example.test"

    @property
    def uri(self):
        return f"sip:{self.user}@{self.domain}"


class Overloaded(ScriptedServer):
    def on_options(self, request):
        self.answer(request, 503, "Service Unavailable", [("Retry-After", "30")])


def srv(kind, *targets, domain="example.test", ttl=60):
    """Rows of a zone: SRV records (priority, weight, port, target) of one transport."""
    return {(f"_sip._{kind}.{domain}", "SRV"): [(ttl, target) for target in targets]}


class Locate(InteropTest):
    def ask(self, dns, target="sip:example.test", code=0, within=30.0, **more):
        """`ahoy options`, with the answer of whoever it found."""
        with Ahoy("options", None, target, options=["--dns-server", dns.at], **more) as phone:
            phone.expect_exit(code, within)
        return phone

    def test_rfc3263_a_call_finds_its_server_by_naptr_and_srv(self):
        """The domain prefers TCP; caller and callee register and call by it, with sound, though UDP would do too."""
        with Ahoyd(users=("111", "112"), options=["--domain", "example.test"]) as server:
            zone = {
                ("example.test", "NAPTR"): [
                    (60, (20, 10, "s", "SIP+D2U", "_sip._udp.example.test")),
                    (60, (10, 10, "S", "sip+d2t", "_sip._tcp.example.test")),
                    (60, (5, 10, "s", "SIPS+D2T", "_sips._tcp.example.test")),
                ],
                **srv("tcp", (1, 1, server.port, "a.example.test")),
                **srv("udp", (1, 1, server.port, "a.example.test")),
                ("a.example.test", "A"): [(60, HOST)],
            }
            with DnsServer(zone) as dns:
                options = ["--dns-server", dns.at]
                callee = ByName("112", server.passwords["112"])
                caller = ByName("111", server.passwords["111"])
                with Ahoy("answer", callee, plays_hz=440, records=True, options=[*options, "--calls", 1], transport=None) as answer:
                    answer.wait_event("registered")
                    listed = run([program("ahoyd"), "registrations", "--control", server.control, "--json"]).stdout
                    self.assertIn("transport=tcp", json.loads(listed)["contact"])
                    with Ahoy(
                        "call", caller, "112", plays_hz=1000, plays_s=2.0, records=True, options=options, transport=None
                    ) as call:
                        call.expect_exit(0)
                    answer.expect_exit(0)
                    self.assert_tone(answer.heard(1000), 1.5)
                # Each phone asked once and remembered: its later requests found the answers in the cache.
                self.assertEqual(dns.count("example.test", "NAPTR"), 2)
                self.assertEqual(dns.count("_sip._tcp.example.test", "SRV"), 2)
                self.assertEqual(dns.count("_sip._udp.example.test", "SRV"), 2)

    def test_rfc3263_4_3_the_next_server_is_tried(self):
        """By priority: nobody there (ICMP), connection refused, 503 with Retry-After, and then one that answers."""
        dead = free_port()
        with Overloaded() as overloaded, ScriptedServer() as good:
            zone = {
                ("example.test", "NAPTR"): [
                    (60, (1, 2, "s", "SIP+D2U", "_second._udp.example.test")),
                    (60, (1, 1, "s", "SIP+D2T", "_sip._tcp.example.test")),
                ],
                **srv("tcp", (1, 0, dead, "a.example.test")),
                ("_second._udp.example.test", "SRV"): [
                    (60, (3, 0, good.port, "a.example.test")),
                    (60, (2, 0, overloaded.port, "a.example.test")),
                    (60, (1, 0, dead, "a.example.test")),
                ],
                ("a.example.test", "A"): [(60, HOST)],
            }
            with DnsServer(zone) as dns:
                phone = self.ask(dns)
                self.assertEqual(overloaded.count("OPTIONS"), 1)
                self.assertEqual(good.count("OPTIONS"), 1)
                self.assertTrue(phone.ladder_has("503"))
                # With only the overloaded one left, its 503 is the outcome.
                zone_left = [(60, (2, 0, overloaded.port, "a.example.test"))]
                dns.zone[("_second._udp.example.test", "SRV")] = zone_left
                self.ask(dns, code=12)

    def test_rfc2782_a_service_that_is_not_there(self):
        """A target of "." means no: neither the address of the domain nor anything else is tried."""
        with ScriptedServer() as server, DnsServer(
            {**srv("udp", (0, 0, 0, ".")), ("example.test", "A"): [(60, HOST)]}
        ) as dns:
            self.ask(dns, code=14)
            self.assertEqual(server.count("OPTIONS"), 0)

    def test_rfc3263_4_2_a_port_or_a_transport_in_the_uri(self):
        """A port means the host's own addresses; a transport its SRV records alone; an address nobody is asked for."""
        with ScriptedServer() as server:
            zone = {**srv("udp", (1, 1, server.port, "a.example.test"))}
            zone |= {("a.example.test", "A"): [(60, HOST)], ("example.test", "A"): [(60, HOST)]}
            with DnsServer(zone) as dns:
                self.ask(dns, f"sip:example.test:{server.port}")
                self.assertEqual({kind for _, kind in dns.asked}, {"A", "AAAA"})
                dns.asked.clear()
                self.ask(dns, "sip:example.test;transport=udp")
                self.assertEqual(dns.count("example.test", "NAPTR"), 0)
                self.assertEqual(dns.count("_sip._tcp.example.test", "SRV"), 0)
                dns.asked.clear()
                self.ask(dns, f"sip:{HOST}:{server.port}")
                self.assertEqual(dns.asked, [])

    def test_rfc3263_4_2_addresses_of_both_kinds(self):
        """AAAA beside A on a phone that has IPv4 alone, and AAAA alone by IPv6."""
        with ScriptedServer() as four, ScriptedServer("::1") as six:
            zone = {
                ("both.test", "AAAA"): [(60, "2001:db8::1")],
                ("both.test", "A"): [(60, HOST)],
                ("six.test", "AAAA"): [(60, "::1")],
            }
            with DnsServer(zone) as dns:
                self.ask(dns, f"sip:both.test:{four.port}")
                self.assertEqual(four.count("OPTIONS"), 1)
                self.ask(dns, f"sip:six.test:{six.port}", local=f"[::1]:{free_port()}")
                self.assertEqual(six.count("OPTIONS"), 1)
                self.ask(dns, f"sip:six.test:{six.port}", code=14)

    def test_broken_and_hostile_name_servers(self):
        """Each ends in bounded time: found where that can be, else exit 14 with a sentence."""
        with ScriptedServer() as server:
            good = {**srv("udp", (1, 1, server.port, "a.example.test")), ("a.example.test", "A"): [(60, HOST)]}
            many = [(60, (1, 1, server.port, f"a{i}.{'x' * 60}.example.test")) for i in range(100)]
            loop = {("example.test", "CNAME"): [(60, "b.test")], ("b.test", "CNAME"): [(60, "example.test")]}
            long_list = {("_sip._udp.example.test", "SRV"): [*many[:50], (60, (0, 1, server.port, "a.example.test")), *many[50:]]}

            def wrong_id(query, answer):
                return [bytes([answer[0] ^ 0xFF]) + answer[1:], answer]

            def only_wrong_id(query, answer):
                return [bytes([answer[0] ^ 0xFF]) + answer[1:]]

            names = ["example.test", "_sip._udp.example.test", "_sip._tcp.example.test"]
            cases = {
                "loop of CNAMEs": (loop, {}, 14),
                "100 records, by TCP": ({**good, **long_list}, {}, 0),
                "wrong id, then the right one": (good, {name: wrong_id for name in names}, 0),
                "wrong id": (good, {name: only_wrong_id for name in names}, 14),
                "cut off in the middle": (good, {name: lambda q, a: [a[:20]] for name in names}, 14),
                "more than a datagram": (good, {name: lambda q, a: [a + bytes(3000)] for name in names}, 0),
                "garbage": (good, {name: lambda q, a: [q[:2] + bytes([0x85, 0x80]) + b"\xff" * 300] for name in names}, 14),
                "no answer ever": (good, {name: lambda q, a: [] for name in names}, 14),
            }
            # Side by side: most of them wait for their time-outs.
            with ExitStack() as stack:
                phones = {}
                for title, (zone, tricks, _) in cases.items():
                    dns = stack.enter_context(DnsServer(zone, tricks))
                    asks = Ahoy("options", None, "sip:example.test", options=["--dns-server", dns.at], ok=None)
                    phones[title] = stack.enter_context(asks)
                for title, phone in phones.items():
                    phone.expect_exit(cases[title][2], 90.0)
                    say(title)


if __name__ == "__main__":
    main()
