#!/usr/bin/env python3
"""The echo test: who calls *43 hears two beeps and then himself, whatever phone it is, and the server knows of the call."""

import signal
import time

from ahoy_interop import Ahoy, Ahoyd, Baresip, InteropTest, Linphone, main, say, wait_for
from ahoy_interop.room import here
from ahoy_interop.tone import WINDOW_S, goertzel, read_wav

LEVEL = -15.0
BEEPS_HZ = (500, 750)
BEEPS_S = 0.44  # with the silences between and behind them


def tones(path, *frequencies):
    """What each 20 ms of a recording holds: the frequency that has most of its energy, 0 for silence, None for something else."""
    rate_hz, samples = read_wav(path)
    size = int(rate_hz * WINDOW_S)
    found = []
    for i in range(len(samples) // size):
        window = samples[i * size : (i + 1) * size]
        energy = sum(x * x for x in window) / size
        if energy < 1000:
            found.append(0)
            continue
        found.append(next((hz for hz in frequencies if goertzel(window, rate_hz, hz) > 0.5 * energy), None))
    return found


class EchoTest(InteropTest):
    def check_sound(self, path, heard, seconds, hz):
        """Both beeps in their order, then the tone that was played, at its level and without holes."""
        windows = tones(path, hz, *BEEPS_HZ)
        first = [windows.index(f) for f in (*BEEPS_HZ, hz)]
        say(f"heard: {heard}; first window of {BEEPS_HZ[0]}, {BEEPS_HZ[1]} and {hz} Hz: {first}")
        self.assertEqual(first, sorted(first))
        for beep in BEEPS_HZ:
            self.assertTrue(5 <= windows.count(beep) <= 9, (beep, windows.count(beep)))
        # What was said during the beeps is not echoed.
        self.assert_tone(heard, seconds - BEEPS_S, LEVEL, max_gap_s=0.3, loss=0.15)
        self.assertNotIn(0, windows[first[2] + 2 : first[2] + int(0.8 * (seconds - BEEPS_S) / WINDOW_S)])

    def check_record(self, record, seconds, codec, ended_by):
        self.assertEqual((record["from"], record["to"], record["code"]), ("111", "*43", 200), record)
        self.assertEqual((record["ended_by"], record["codec"], record["cut_off"]), (ended_by, codec, False), record)
        self.assertIsNotNone(record["answered"])
        self.assertGreaterEqual(record["caller"]["packets"], seconds * 50 * 0.8, record)
        self.assertEqual(record["caller"]["lost"], 0, record)
        self.assertEqual(record["callee"]["packets"], 0, record)
        self.assertIsNone(record["callee"]["source"], record)


class OurPhone(EchoTest):
    def test_ahoy_hears_itself(self):
        """`ahoy call … '*43'` hears its own tone again, in PCMA and in PCMU; `calls`, the record and the ladder show the call."""
        with Ahoyd(users=("111",)) as server:
            for count, codec in enumerate(("PCMA", "PCMU"), 1):
                options = ["--hangup-after", 4, "--codecs", codec, "--expect-audio"]
                with Ahoy("call", server.account("111"), "*43", plays_hz=440, records=True, options=options) as caller:
                    live = server.wait_call("answered")
                    self.assertEqual((live["from"], live["to"], live["codec"]), ("111", "*43", codec))
                    self.assertEqual(server.status()["ports_used"], 2)
                    caller.expect_exit(0)
                self.check_sound(caller.record_path, caller.heard(440), 4, 440)
                record = server.wait_cdr(count)[-1]
                self.check_record(record, 4, codec, "caller")
                ladder = server.check_ladder("INVITE", "401", "200", "ACK", "BYE")
                self.assertEqual(server.trace(record["caller"]["call_id"]), ladder)
            self.assertEqual(server.status()["ports_used"], 0)

    def test_each_codec(self):
        """The echo comes back in each codec that `ahoy` has, at its level."""
        codecs = ("opus", "G722", "GSM", "speex", "iLBC")
        with Ahoyd(users=("111",)) as server:
            for count, codec in enumerate(codecs, 1):
                options = ["--hangup-after", 3, "--codecs", codec]
                with Ahoy("call", server.account("111"), "*43", plays_hz=440, records=True, options=options) as caller:
                    caller.expect_exit(0)
                heard = caller.heard(440)
                say(f"{codec}: {heard}")
                self.assertGreaterEqual(heard.tone_s, 2.0, (codec, heard))
                self.assertAlmostEqual(heard.level_dbov, LEVEL, delta=3.0, msg=f"{codec}: {heard}")
                record = server.wait_cdr(count)[-1]
                self.assertEqual((record["to"], record["code"], record["codec"]), ("*43", 200, codec))

    def test_silence_stays_silence(self):
        """Who says nothing hears the beeps and nothing more. Opus' windows overlap, so that a beep dies away in the next 20 ms."""
        with Ahoyd(users=("111",)) as server:
            for codec, dies_away in (("PCMA", 1), ("opus", 2)):
                options = ["--hangup-after", 3, "--codecs", codec]
                with Ahoy("call", server.account("111"), "*43", records=True, options=options) as caller:
                    caller.expect_exit(0)
                windows = tones(caller.record_path, *BEEPS_HZ)
                last = len(windows) - windows[::-1].index(BEEPS_HZ[1])
                self.assertGreater(len(windows), 130)
                self.assertEqual(set(windows[last + dies_away :]), {0}, codec)

    def test_keys_come_back(self):
        """Each key comes back as the same key; # ends the call, and the record says that the caller did."""
        with Ahoyd(users=("111",)) as server:
            with Ahoy("call", server.account("111"), "*43", options=["--dtmf", "0123456789*ABCD,#"]) as caller:
                caller.expect_exit(0)
            keys = [event["digit"] for event in caller.events("dtmf") if event["direction"] == "in"]
            self.assertEqual("".join(keys), "0123456789*ABCD")
            (record,) = server.wait_cdr(1)
            self.check_record(record, 3, "opus", "caller")
            self.assertIn("#", record["reason"])

    def test_operator_and_server_end_it(self):
        """`ahoyd hangup` ends it, and so does the longest time; a third call at once of one user is busy."""
        with Ahoyd(users=("111",), options=["--echo-limit", 6]) as server:
            with Ahoy("call", server.account("111"), "*43", options=["--hangup-after", 60]) as first:
                server.hangup(server.wait_call("answered")["id"])
                first.expect_exit(0)
            with Ahoy("call", server.account("111"), "*43", options=["--hangup-after", 60]) as second:
                second.wait_event("answered")
                with Ahoy("call", server.account("111"), "*43", options=["--hangup-after", 60]) as third:
                    third.wait_event("answered")
                    with Ahoy("call", server.account("111"), "*43") as fourth:
                        fourth.expect_exit(11)
                    third.expect_exit(0)
                second.expect_exit(0)
            records = server.wait_cdr(4)
            self.assertEqual([r["ended_by"] for r in records], ["operator", "server", "server", "server"])
            self.assertEqual([r["code"] for r in records], [200, 200, 200, 486])
            for record in records[1:3]:
                self.assertTrue(5900 <= record["duration_ms"] <= 9000, record)

    def test_another_number_or_none(self):
        """--echo-number is another number or none; a user of that name is who is meant; strangers are challenged."""
        with Ahoyd(users=("111", "600"), options=["--echo-number", "999"]) as server:
            for number, code in (("*43", 12), ("999", 0)):
                with Ahoy("call", server.account("111"), number, options=["--hangup-after", 1]) as caller:
                    caller.expect_exit(code)
            with Ahoy("call", server.account("111"), "999", password="wrong") as stranger:
                stranger.expect_exit(13)
        with Ahoyd(users=("111",), options=["--echo-number", ""]) as server:
            with Ahoy("call", server.account("111"), "*43") as caller:
                caller.expect_exit(12)
        with Ahoyd(users=("111", "600"), options=["--echo-number", "600"]) as server:
            with Ahoy("call", server.account("111"), "600") as caller:
                caller.expect_exit(10)
            with Ahoy("answer", server.account("600"), options=["--calls", 1]) as callee:
                server.wait_registered("600")
                with Ahoy("call", server.account("111"), "600", options=["--hangup-after", 1]) as caller:
                    caller.expect_exit(0)
                callee.expect_exit(0)

    def test_changed_while_it_runs(self):
        """SIGHUP: from then on another number is echoed, and a call that stands goes on."""
        file = here().path("ahoyd.conf")
        file.write_text('echo-number = "*43"\n')
        with Ahoyd(users=("111",), options=["-c", file]) as server:
            with Ahoy("call", server.account("111"), "*43", plays_hz=440, records=True, options=["--hangup-after", 3]) as standing:
                standing.wait_event("answered")
                file.write_text('echo-number = "600"\necho-limit = 1\n')
                server.popen.send_signal(signal.SIGHUP)
                wait_for("the new configuration", lambda: "the configuration is read again" in server.log(), 10.0)
                for number, code in (("*43", 12), ("600", 0)):
                    with Ahoy("call", server.account("111"), number, options=["--hangup-after", 60]) as caller:
                        caller.expect_exit(code)
                standing.expect_exit(0)
            self.assertGreaterEqual(standing.heard(440).tone_s, 2.0)
            self.assertEqual([(r["to"], r["code"]) for r in server.wait_cdr(3)], [("*43", 200), ("*43", 404), ("600", 200)])


class OtherPhones(EchoTest):
    def test_baresip_hears_itself(self):
        """baresip calls *43, hears its tone again, presses keys and gets them back, and hangs up."""
        with Ahoyd(users=("111",), digest="MD5") as server, Baresip(server.account("111"), plays_hz=700, codec="PCMU") as phone:
            server.wait_registered("111")
            phone.dial("*43")
            phone.wait_answered()
            time.sleep(4.0)
            phone.press("19")
            time.sleep(1.0)
            phone.hang_up()
            phone.wait_closed()
            self.assertEqual(phone.pressed(), "19")
            windows = tones(next(phone.dir.glob("dump-*-dec.wav")), 700, *BEEPS_HZ)
            self.assertLess(windows.index(BEEPS_HZ[0]), windows.index(700))
            heard = phone.heard(700)
            say(f"heard: {heard}")
            self.assertGreaterEqual(heard.tone_s, 3.2, heard)
            self.assertAlmostEqual(heard.level_dbov, LEVEL, delta=1.5, msg=str(heard))
            (record,) = server.wait_cdr(1)
            self.check_record(record, 4, "PCMU", "caller")
            server.check_ladder("INVITE", "401", "200", "ACK", "BYE")

    def test_linphone_hears_itself(self):
        """linphone calls *43, hears its tone again, holds and resumes, and hangs up."""
        with Ahoyd(users=("111",)) as server, Linphone(server.account("111"), plays_hz=700, codec="PCMA") as phone:
            phone.wait_registered()
            phone.dial("*43")
            phone.wait_answered()
            time.sleep(4.0)
            phone.hold()
            server.wait_call("held")
            phone.resume()
            server.wait_call("answered")
            time.sleep(1.0)
            phone.press("5")
            time.sleep(1.0)
            phone.hang_up()
            phone.wait_closed()
            self.assertEqual(phone.pressed(), "5")
            heard = phone.heard(700)
            say(f"heard: {heard}")
            self.assertGreaterEqual(heard.tone_s, 3.2, heard)
            self.assertAlmostEqual(heard.level_dbov, LEVEL, delta=1.5, msg=str(heard))
            (record,) = server.wait_cdr(1)
            self.check_record(record, 4, "PCMA", "caller")
            server.check_ladder("INVITE", "200", "ACK", "BYE")


if __name__ == "__main__":
    main()
