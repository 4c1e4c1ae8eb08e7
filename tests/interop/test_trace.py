#!/usr/bin/env python3
"""A call's picture: `ahoyd trace` on the terminal, as JSON, as a capture that tshark and sngrep read; HEPv3 to sngrep."""

import json

from ahoy_interop import Ahoy, Ahoyd, InteropTest, Process, free_port, here, main, need, say, wait_for
from ahoy_interop.process import run
from ahoy_interop.room import program


class Trace(InteropTest):
    def sip_in(self, capture, port, checksums=True):
        """(transport, source port, what, Call-ID) of each SIP message that tshark finds in a capture file."""
        argv = [need("tshark", "tshark"), "-r", capture, "-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"]
        fields = ("ip.proto", "udp.srcport", "tcp.srcport", "sip.Method", "sip.Status-Code", "sip.Call-ID", "udp.checksum.status")
        fields += ("tcp.checksum.status",)
        # Ports are chosen at random: one may be registered for something else.
        argv += ["-d", f"udp.port=={port},sip", "-d", f"tcp.port=={port},sip"]
        argv += ["-Y", "sip", "-T", "fields", "-E", "separator=|"] + [word for field in fields for word in ("-e", field)]
        done = run(argv, within=60.0)
        self.assertEqual(done.returncode, 0, done.stderr)
        found = []
        for line in done.stdout.splitlines():
            proto, udp, tcp, method, code, call_id, udp_sum, tcp_sum = line.split("|")
            if checksums:
                self.assertEqual(tcp_sum or udp_sum, "1", "a checksum is wrong")
            found.append(({"6": "TCP", "17": "UDP"}[proto], int(tcp or udp), code or method, call_id))
        return found

    def test_one_call_in_every_picture(self):
        """TCP to UDP, 112 loses packets on its way out: trace, JSON, pcap and what sngrep got agree, message by message."""
        hep_port = free_port()
        hep_file = here().path("hep.pcap")
        listener = [need("sngrep", "sngrep"), "-F", "-N", "-q", "-L", f"udp:127.0.0.1:{hep_port}", "-O", hep_file]
        with Process("sngrep", listener) as sngrep, Ahoyd(
            users=("111", "112"), options=["--hep", f"127.0.0.1:{hep_port}", "--hep-node", "42"]
        ) as server:
            with Ahoy(
                "answer", server.account("112"), plays_hz=700, records=True, options=["--calls", 1, "--impair", "loss=20,seed=7"]
            ) as callee:
                server.wait_registered("112")
                options = ["--hangup-after", 3, "--codecs", "PCMA"]
                with Ahoy(
                    "call", server.account("111"), "112", plays_hz=440, records=True, options=options, transport="tcp"
                ) as caller:
                    caller.expect_exit(0)
                callee.expect_exit(0)
            server.wait_gone("112")
            (record,) = server.wait_cdr(1)
            ids = {record["caller"]["call_id"], record["callee"]["call_id"]}

            *messages, media = server.ask_json("trace", record["id"])
            media = media["media"]
            self.assertEqual(media["codec"], "PCMA")
            for side in ("caller", "callee"):
                self.assertEqual(media[side]["packets"], record[side]["packets"])
                self.assertEqual(media[side]["lost"], record[side]["lost"])
            self.assertEqual((media["caller"]["lost"], media["caller"]["loss_percent"]), (0, 0))
            self.assertGreater(media["caller"]["mos"], 4.3)
            self.assertGreater(media["callee"]["loss_percent"], 8)
            self.assertLess(media["callee"]["mos"], 3.9)

            picture = server.trace(record["id"])
            say(picture)
            self.assertIn(" TCP", picture)
            self.assertIn("INVITE (sdp PCMA", picture)
            self.assertIn("media, PCMA, as it came here:", picture)
            self.assertRegex(picture, rf"caller to callee: {media['caller']['packets']} packets, 0 lost \(0\.0 %\), jitter .* MOS 4\.\d")
            self.assertRegex(picture, rf"callee to caller: \d+ packets, {media['callee']['lost']} lost .* MOS [1-3]\.\d")

            ours = here().path("ours.pcap")
            self.assertEqual(server.ask("trace", record["id"], "--pcap", ours), f"{ours}: {len(messages)} messages\n")
            wanted = []
            for m in messages:
                port = int((m["local"] if m["direction"] == "out" else m["peer"]).rpartition(":")[2])
                first = m["message"].split(" ", 2)
                what = first[1] if first[0] == "SIP/2.0" else first[0]
                call_id = [line for line in m["message"].split("\r\n") if line.lower().startswith(("call-id:", "i:"))][0]
                wanted.append((m["transport"], port, what, call_id.partition(":")[2].strip()))
            self.assertEqual(self.sip_in(ours, server.port), wanted)
            self.assertEqual({call_id for _, _, _, call_id in wanted}, ids)
            self.assertEqual({transport for transport, _, _, _ in wanted}, {"TCP", "UDP"})

            # sngrep took each of them too; it writes what it was sent as packets of its own.
            def heard():
                return [(what, call_id) for _, _, what, call_id in self.sip_in_hep(hep_file, server.port) if call_id in ids]

            wait_for("sngrep to have all of them", lambda: len(heard()) >= len(wanted), 10.0, every=0.5)
            self.assertEqual(sorted(heard()), sorted((what, call_id) for _, _, what, call_id in wanted))
            self.assertEqual(server.status()["dropped"]["hep_unsent"], 0)
            sngrep.terminate()

    def sip_in_hep(self, capture, port):
        return self.sip_in(capture, port, checksums=False) if capture.exists() and capture.stat().st_size > 24 else []

    def test_what_cannot_be_shown(self):
        """No such call, two wishes at once, a place that cannot be written; a capture server that is not there."""
        with Ahoyd(users=("111",), options=["--hep", f"127.0.0.1:{free_port()}"]) as server:
            for words, code, text in (
                (["trace", "nobody", "--pcap", str(here().path("none.pcap"))], 1, "there is no recent call nobody"),
                (["trace", "last", "--json", "--pcap", "x.pcap"], 2, "give one of the two"),
            ):
                done = run([program("ahoyd"), *words, "--control", server.control])
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertIn(text, done.stderr)
            self.assertFalse(here().path("none.pcap").exists())
            with Ahoy("register", server.account("111"), options=["--once"]) as phone:
                phone.expect_exit(0)
            # Each ICMP refusal comes back as the next one's fate.
            self.assertGreater(server.status()["dropped"]["hep_unsent"], 0)
            self.assertEqual(json.loads(server.ask("status", "--json"))["registrations"], 1)


if __name__ == "__main__":
    main()
