"""A name server of the tests' own: NAPTR, SRV, A and AAAA from a zone, by UDP and TCP, and lies where a test wants them.

    with DnsServer({("example.test", "A"): [(60, "127.0.0.1")]}) as dns:
        Ahoy(…, options=["--dns-server", dns.at])

Values: A and AAAA an address; SRV (priority, weight, port, target); NAPTR (order, preference, flags, service, replacement); CNAME a name.
A handler in `tricks` (by name, of the question) gets the query and the good answer, and returns the datagrams to send.
"""

import ipaddress
import select
import socket
import struct
import threading

TYPES = {"A": 1, "CNAME": 5, "AAAA": 28, "SRV": 33, "NAPTR": 35}
NAMES = {number: name for name, number in TYPES.items()}
LARGEST_DATAGRAM = 512


def wire_name(name):
    labels = [label for label in name.rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0"


def wire_text(text):
    return bytes([len(text)]) + text.encode()


def wire_data(kind, value):
    if kind in ("A", "AAAA"):
        return ipaddress.ip_address(value).packed
    if kind == "SRV":
        priority, weight, port, target = value
        return struct.pack(">HHH", priority, weight, port) + wire_name(target)
    if kind == "NAPTR":
        order, preference, flags, service, replacement = value
        head = struct.pack(">HH", order, preference)
        return head + wire_text(flags) + wire_text(service) + wire_text("") + wire_name(replacement)
    return wire_name(value)


class DnsServer:
    """On a port of 127.0.0.1. `asked` has (name, type) of each query; `zone` may be changed while it runs."""

    def __init__(self, zone, tricks=None):
        self.zone = {(name.lower(), kind): values for (name, kind), values in zone.items()}
        self.tricks = tricks or {}
        self.asked = []
        self.fault = None
        self.stopping = False
        for _ in range(20):  # the same port twice
            self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.udp.bind(("127.0.0.1", 0))
            self.tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            try:
                self.tcp.bind(self.udp.getsockname())
                break
            except OSError:
                self.udp.close()
                self.tcp.close()
        self.tcp.listen()
        self.at = "127.0.0.1:%d" % self.udp.getsockname()[1]
        self.thread = threading.Thread(target=self._live, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping = True
        self.thread.join(5.0)
        self.udp.close()
        self.tcp.close()
        if self.fault:
            raise self.fault

    def count(self, name, kind):
        return sum(1 for asked in self.asked if asked == (name, kind))

    def _live(self):
        while not self.stopping:
            ready, _, _ = select.select([self.udp, self.tcp], [], [], 0.02)
            try:
                if self.udp in ready:
                    query, source = self.udp.recvfrom(4096)
                    for datagram in self._answers(query):
                        if len(datagram) > LARGEST_DATAGRAM and not self.tricks.get(self.asked[-1][0]):
                            # RFC 1035 4.2.1: the rest by TCP
                            datagram = datagram[:2] + bytes([datagram[2] | 2]) + datagram[3:6] + b"\0\0" + datagram[8:]
                            datagram = datagram[:LARGEST_DATAGRAM]
                        self.udp.sendto(datagram, source)
                if self.tcp in ready:
                    self._serve_tcp()
            except ConnectionRefusedError:
                continue
            except Exception as fault:  # told to the test when it leaves the `with` block
                self.fault = self.fault or fault

    def _serve_tcp(self):
        connection, _ = self.tcp.accept()
        with connection, connection.makefile("rb") as stream:
            connection.settimeout(2.0)
            (size,) = struct.unpack(">H", stream.read(2))
            for answer in self._answers(stream.read(size)):
                connection.sendall(struct.pack(">H", len(answer)) + answer)

    def _answers(self, query):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1 : at + 1 + query[at]].decode())
            at += 1 + query[at]
        name = ".".join(labels).lower()
        kind = NAMES.get(struct.unpack(">H", query[at + 1 : at + 3])[0], "other")
        question = query[12 : at + 5]
        self.asked.append((name, kind))
        answer = self._good_answer(query, question, name, kind)
        trick = self.tricks.get(name)
        return trick(query, answer) if trick else [answer]

    def _good_answer(self, query, question, name, kind):
        records, known = [], any(zone_name == name for zone_name, _ in self.zone)
        owner = name
        for _ in range(8):  # a chain of CNAMEs, and no loop of ours
            for ttl, value in self.zone.get((owner, kind), []):
                records.append((owner, kind, ttl, value))
            alias = self.zone.get((owner, "CNAME"))
            if not alias or kind == "CNAME":
                break
            records.append((owner, "CNAME", *alias[0]))
            owner = alias[0][1]
        rcode = 0 if known else 3
        head = query[:2] + bytes([0x85, 0x80 | rcode]) + struct.pack(">HHHH", 1, len(records), 0, 0)
        body = b""
        for owner, kind_of, ttl, value in records:
            data = wire_data(kind_of, value)
            body += wire_name(owner) + struct.pack(">HHIH", TYPES[kind_of], 1, ttl, len(data)) + data
        return head + question + body
