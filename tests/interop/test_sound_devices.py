#!/usr/bin/env python3
"""Sound devices: calls through PulseAudio and ALSA, without a sound card. What is a cable between two programs is a null sink of
a PulseAudio server that the test runs itself: the phone's microphone is the monitor of one, its speaker is another."""

import signal
import time

from ahoy_interop import (
    Account,
    Ahoy,
    Ahoyd,
    Baresip,
    InteropTest,
    Process,
    free_port,
    here,
    listen,
    main,
    say,
    wait_for,
)
from ahoy_interop.process import run
from ahoy_interop.pulse import Pulse
from ahoy_interop.room import program
from ahoy_interop.tone import read_wav

SECONDS = 5.0
PIECE_S = 3.0
EAR_HZ, MOUTH_HZ = 440, 700  # what is played into the microphone's sink, and what the far end says
LEVEL_DBOV = -15.0
WIDE_HZ = 5500  # a telephone of 8 kHz does not carry it


class SoundTest(InteropTest):
    def answering(self, *options, **more):
        """A far end of files, called straight at its port."""
        port = free_port()
        phone = Ahoy(
            "answer",
            Account("bob", "", "127.0.0.1", 5060),
            options=["--expires", 0, *options],
            local=f"127.0.0.1:{port}",
            **more,
        )
        ask = [program("ahoy"), "options", f"sip:127.0.0.1:{port}"]
        wait_for("the far end to be there", lambda: run(ask).returncode == 0, within=20.0)
        return phone, port

    def calling(self, port, *options, env=None, **more):
        return Ahoy(
            "call",
            Account("alice", "", "127.0.0.1", port),
            "bob",
            options=["--no-dsp", "--levels", *options],
            env=env,
            **more,
        )

    def wait_sound(self, phone, ends=("microphone", "speaker"), seconds=1):
        """Waits until the tones have come through both devices: a null sink begins up to two seconds late."""
        told = len(phone.events("level"))

        def seen():
            levels = phone.events("level")[told:]
            loud = [e for e in levels if all(e[f"{end}_dbov"] > LEVEL_DBOV - 2 for end in ends)]
            return len(loud) >= seconds

        wait_for(f"{seconds} s of sound at {' and '.join(ends)}", seen, within=30.0)

    def wait_device(self, phone, end, state, count=1, within=20.0):
        def seen():
            found = [e for e in phone.events("device") if e["end"] == end and e["state"] == state]
            if len(found) >= count:
                return found[count - 1]
            if not phone.running():
                raise AssertionError(f"{phone.name} ended with {phone.popen.returncode}")
            return None

        event = wait_for(f"{end} {state} ({count})", seen, within)
        say(f"{end} {event['device']} is {state}" + (f": {event['reason']}" if "reason" in event else ""))
        return event

    def check_quality(self, phone):
        quality = phone.wait_event("quality")
        say(f"{quality['device_underruns']} underruns, {quality['device_overruns']} overruns of the device")
        return quality

    def hear(self, far, recorder, far_hz=EAR_HZ):
        """Waits until both ends have heard SECONDS of the other's tone, PIECE_S of it without a gap; ends the recorder.

        On an idle machine that is so at once. Where others take the processor, sound servers, players and phones are late, and
        what they lose is lost; so it is waited for a clean piece, and what is heard must have its level and frequency all the same.
        """
        seen = {}

        def both():
            for name, path, hz in (("far end", far.record_path, far_hz), ("speaker", recorder.so_far(), MOUTH_HZ)):
                if not path.exists():
                    return False
                seen[name] = heard = listen(path, hz)
                if heard.tone_s < SECONDS or heard.longest_tone_s < PIECE_S:
                    return False
            return True

        try:
            wait_for("tones at both ends", both, within=90.0, every=0.5)
        finally:
            for name, heard in seen.items():
                say(f"{name}: {heard}")
        recorder.stop()
        heard = seen["speaker"]
        self.assertAlmostEqual(heard.level_dbov, LEVEL_DBOV, delta=1.5, msg=str(heard))
        self.assertGreaterEqual(heard.purity, 0.8, str(heard))
        if far_hz in (EAR_HZ, WIDE_HZ):
            heard = seen["far end"]
            self.assertAlmostEqual(heard.level_dbov, LEVEL_DBOV, delta=1.5, msg=str(heard))
            self.assertGreaterEqual(heard.purity, 0.8, str(heard))

    def both_ways(self, pulse, far, phone):
        """The far end hears the tone of the sink "ear", and what the far end says is heard in the sink "mouth"."""
        self.wait_device(phone, "microphone", "running")
        self.wait_device(phone, "speaker", "running")
        self.wait_sound(phone)
        with pulse.record("mouth") as recorder:
            self.hear(far, recorder)
        self.assertEqual(phone.interrupt(), 0)
        self.check_quality(phone)
        far.wait_event("ended")


class PulseAudio(SoundTest):
    def test_a_call_from_a_null_sink_to_the_far_end_and_back(self):
        """PulseAudio: a sink's tone is heard in the far end's recording, and the far end's in another sink."""
        with Pulse("ear", "mouth") as pulse:
            far, port = self.answering("--calls", 1, plays_hz=MOUTH_HZ, plays_s=60, records=True)
            with far, pulse.play_tone("ear", EAR_HZ, LEVEL_DBOV):
                phone = self.calling(
                    port, "--microphone", "pulse:ear.monitor", "--speaker", "pulse:mouth", env=pulse.env
                )
                with phone:
                    self.both_ways(pulse, far, phone)
            # Levels are those of the tones: a sine's mean, and its peak 3 dB above it. The last second need not be whole.
            level = max(phone.events("level"), key=lambda e: min(e["microphone_dbov"], e["speaker_dbov"]))
            self.assertAlmostEqual(level["microphone_dbov"], LEVEL_DBOV, delta=1.5)
            self.assertAlmostEqual(level["speaker_dbov"], LEVEL_DBOV, delta=1.5)
            self.assertAlmostEqual(level["microphone_peak_dbov"], LEVEL_DBOV + 3, delta=1.5)
            self.assertAlmostEqual(level["speaker_peak_dbov"], LEVEL_DBOV + 3, delta=1.5)

    def test_ringing_is_heard_as_in_the_country(self):
        """--tones de: while it rings, 425 Hz for one second of five; from the answer on what the far end says, and only that."""
        with Pulse("mouth") as pulse:
            far, port = self.answering("--calls", 1, "--ring", 9, plays_hz=MOUTH_HZ, plays_s=60)
            with far, pulse.record("mouth") as recorder:
                with self.calling(port, "--speaker", "pulse:mouth", "--tones", "de", env=pulse.env) as phone:
                    phone.wait_event("answered", 30.0)
                    ringing = listen(recorder.so_far(), 425)
                    say(f"ringing: {ringing}")
                    wait_for("the far end's tone", lambda: listen(recorder.so_far(), MOUTH_HZ).tone_s > 1.0, 30.0, every=0.5)
                    self.assertEqual(phone.interrupt(), 0)
                # Of nine seconds two, less what the sink takes to begin; -20 dBov.
                self.assertTrue(0.8 <= ringing.tone_s <= 2.2, ringing)
                self.assertTrue(0.7 <= ringing.longest_tone_s <= 1.1, ringing)
                self.assertLess(listen(recorder.so_far(), 425).tone_s, ringing.tone_s + 0.1)
                recorder.stop()

    def test_busy_is_heard_and_no_such_country_is_told(self):
        """`ahoy phone` stays and plays the tone of busy (Germany: 425 Hz, 480 ms of 960) for six seconds."""
        with Pulse("mouth") as pulse:
            far, port = self.answering("--calls", 1, "--reject", 486)
            with far, pulse.record("mouth") as recorder:
                argv = [program("ahoy"), "phone", f"sip:alice@127.0.0.1:{port}", "--plain", "--expires", "0"]
                argv += ["--local", f"127.0.0.1:{free_port()}", "--speaker", "pulse:mouth", "--tones", "de"]
                with Process("phone", argv, env={**pulse.env, "AHOY_PASSWORD": "x"}, stdin=True) as phone:
                    phone.send_line("dial bob")
                    wait_for("the tone of busy", lambda: listen(recorder.so_far(), 425).tone_s > 0.9, 20.0, every=0.5)
                    time.sleep(6.0)
                    heard = listen(recorder.so_far(), 425)
                    say(f"busy: {heard}")
                    self.assertTrue(0.9 <= heard.tone_s <= 3.2 and 0.4 <= heard.longest_tone_s <= 0.55, heard)
                    phone.popen.stdin.close()
                    wait_for("the phone to end", lambda: not phone.running(), 10.0)
                recorder.stop()
        for country, text in (("zz", 'the tones of "zz" are not known'), ("germany", "two letters")):
            argv = [program("ahoy"), "call", "sip:a@127.0.0.1:9", "b", "--tones", country, "--speaker", "null", "--wait", "1"]
            self.assertIn(text, run(argv, env={"AHOY_PASSWORD": "x"}).stderr)

    def test_wide_band(self):
        """G.722 and Opus: the devices run at the codec's rate, and a tone above the telephone band crosses both ways."""
        for codec, rate_hz in (("G722", 16000), ("opus", 48000)):
            with self.subTest(codec), Pulse("ear", "mouth") as pulse:
                options = ["--calls", 1, "--codecs", codec]
                far, port = self.answering(*options, plays_hz=MOUTH_HZ, plays_s=120, records=True)
                with far, pulse.play_tone("ear", WIDE_HZ, LEVEL_DBOV):
                    devices = ["--microphone", "pulse:ear.monitor", "--speaker", "pulse:mouth"]
                    with self.calling(port, "--codecs", codec, *devices, env=pulse.env) as phone:
                        self.wait_device(phone, "microphone", "running")
                        self.wait_sound(phone)
                        with pulse.record("mouth") as recorder:
                            self.hear(far, recorder, WIDE_HZ)
                        self.assertEqual(phone.interrupt(), 0)
                        self.assertEqual(phone.events("media")[0]["codec"], codec)
                    far.wait_event("ended")
                self.assertEqual(read_wav(far.record_path)[0], rate_hz)

    def test_the_default_device_is_enough(self):
        """--sound pulse alone: the server's default devices, here those that the test made the default ones."""
        with Pulse("mouth", "ear") as pulse:
            for kind, name in (("source", "ear.monitor"), ("sink", "mouth")):
                self.assertEqual(run(["pactl", f"set-default-{kind}", name], env=pulse.env).returncode, 0)
            far, port = self.answering("--calls", 1, plays_hz=MOUTH_HZ, plays_s=60, records=True)
            with far, pulse.play_tone("ear", EAR_HZ, LEVEL_DBOV):
                with self.calling(port, "--sound", "pulse", env=pulse.env) as phone:
                    self.both_ways(pulse, far, phone)

    def test_a_call_with_baresip(self):
        """The same with a phone that nobody here wrote at the far end, through the server."""
        with Pulse("ear", "mouth") as pulse, Ahoyd(users=("111", "112"), digest="MD5") as server:
            with Baresip(server.account("112"), plays_hz=MOUTH_HZ) as far, pulse.play_tone("ear", EAR_HZ, LEVEL_DBOV):
                server.wait_registered("112")
                phone = Ahoy(
                    "call",
                    server.account("111"),
                    "112",
                    options=["--no-dsp", "--levels", "--microphone", "pulse:ear.monitor", "--speaker", "pulse:mouth"],
                    env=pulse.env,
                )
                with phone:
                    phone.wait_event("answered")
                    self.wait_device(phone, "speaker", "running")
                    self.wait_sound(phone)
                    with pulse.record("mouth") as recorder:
                        wait_for(
                            "the tone at the speaker",
                            lambda: listen(recorder.so_far(), MOUTH_HZ).longest_tone_s >= PIECE_S,
                            within=90.0,
                            every=0.5,
                        )
                        heard = listen(recorder.so_far(), MOUTH_HZ)
                    self.assertEqual(phone.interrupt(), 0)
                server.wait_cdr(1)
            # baresip writes its recording when the call has ended.
            for end in (heard, far.heard(EAR_HZ)):
                say(f"heard: {end}")
                self.assertGreaterEqual(end.tone_s, PIECE_S)
                self.assertAlmostEqual(end.level_dbov, LEVEL_DBOV, delta=1.5, msg=str(end))

    def test_devices_that_are_unplugged_in_a_call_come_back(self):
        """Both sinks are removed in a call and made anew: the call goes on, the events say it, and the sound comes back."""
        with Pulse("ear", "mouth") as pulse:
            far, port = self.answering("--calls", 1, plays_hz=MOUTH_HZ, plays_s=120, records=True)
            with far:
                player = pulse.play_tone("ear", EAR_HZ, LEVEL_DBOV, 120)
                phone = self.calling(port, "--microphone", "pulse:ear.monitor", "--speaker", "pulse:mouth", env=pulse.env)
                with phone:
                    self.wait_device(phone, "microphone", "running")
                    self.wait_device(phone, "speaker", "running")
                    self.wait_sound(phone, seconds=2)  # some sound before, in both recordings
                    pulse.remove_sink("ear")
                    pulse.remove_sink("mouth")
                    self.wait_device(phone, "microphone", "lost")
                    self.wait_device(phone, "speaker", "lost")
                    player.wait(20)  # its sink is gone
                    time.sleep(1.5)
                    pulse.add_sink("ear")
                    pulse.add_sink("mouth")
                    with pulse.play_tone("ear", EAR_HZ + 150, LEVEL_DBOV, 120):
                        self.wait_device(phone, "microphone", "running", 2)
                        self.wait_device(phone, "speaker", "running", 2)
                        self.wait_sound(phone)
                        with pulse.record("mouth") as recorder:
                            self.hear(far, recorder, EAR_HZ + 150)
                        self.assertEqual(phone.interrupt(), 0)
                far.wait_event("ended")
                quality = far.wait_event("quality")
            self.assertEqual(quality["lost"], 0)
            # Silence was sent meanwhile, not nothing: 50 packets a second, as on a live line.
            self.assertGreaterEqual(quality["packets"], (2.0 + 1.5 + SECONDS) * 50 * 0.8)
            before = listen(far.record_path, EAR_HZ)
            say(f"before: {before}")
            self.assertGreaterEqual(before.tone_s, 1.0)

    def test_a_server_that_dies_in_a_call_is_found_again(self):
        """kill -9 of the sound server in a call, and another one in its place: the call goes on and its sound comes back."""
        far, port = self.answering("--calls", 1, plays_hz=MOUTH_HZ, plays_s=120, records=True)
        with far:
            first = Pulse("ear", "mouth")
            phone = self.calling(port, "--microphone", "pulse:ear.monitor", "--speaker", "pulse:mouth", env=first.env)
            with phone:
                self.wait_device(phone, "microphone", "running")
                self.wait_device(phone, "speaker", "running")
                first.kill()
                self.assertIn("start one", self.wait_device(phone, "microphone", "lost")["reason"])
                self.wait_device(phone, "speaker", "lost")
                with Pulse("ear", "mouth", socket=first.socket) as pulse, pulse.play_tone("ear", EAR_HZ, LEVEL_DBOV):
                    self.wait_device(phone, "microphone", "running", 2)
                    self.wait_device(phone, "speaker", "running", 2)
                    self.wait_sound(phone)
                    with pulse.record("mouth") as recorder:
                        self.hear(far, recorder)
                    self.assertEqual(phone.interrupt(), 0)
            far.wait_event("ended")

    def test_a_server_that_hangs_does_not_hang_the_call(self):
        """SIGSTOP for the sound server: the call is held, ended and reported as ever, and goes on when the server does."""
        far, port = self.answering("--calls", 1, plays_hz=MOUTH_HZ, plays_s=120, records=True)
        with far, Pulse("ear", "mouth") as pulse, pulse.play_tone("ear", EAR_HZ, LEVEL_DBOV):
            with self.calling(
                port, "--microphone", "pulse:ear.monitor", "--speaker", "pulse:mouth", env=pulse.env
            ) as phone:
                self.wait_device(phone, "microphone", "running")
                self.wait_device(phone, "speaker", "running")
                pulse.send_signal(signal.SIGSTOP)
                time.sleep(2.0)
                self.assertEqual(phone.interrupt(), 0)
                pulse.send_signal(signal.SIGCONT)
            far.wait_event("ended")
            self.assertEqual(far.wait_event("quality")["lost"], 0)


class BuiltIn(SoundTest):
    def test_one_call_after_the_other_has_the_microphone(self):
        """`ahoy answer` with a tone for a microphone: each of two calls hears it, and a file stands in for it while it is played."""
        options = ["--microphone", "tone:700,-15", "--no-dsp", "--calls", 2]
        far, port = self.answering(*options, plays_hz=1500, plays_s=1.0)
        with far:
            for _ in range(2):
                options = ["--hangup-after", 3, "--expect-tone", 700, "--expect-tone", 1500]
                with Ahoy("call", Account("alice", "", "127.0.0.1", port), "bob", options=options) as phone:
                    phone.expect_exit(0)
            far.expect_exit(0)
        self.assertEqual([e["state"] for e in far.events("device")], ["running", "running"])


class Alsa(SoundTest):
    def asoundrc(self, env):
        """ALSA's own configuration and the test's devices: two of PulseAudio's sinks by ALSA's plug-in, and nothing at all."""
        path = here().path("asoundrc")
        path.write_text(
            "</usr/share/alsa/alsa.conf>\n"
            'pcm.ear { type pulse device "ear.monitor" }\n'
            'pcm.mouth { type pulse device "mouth" }\n'
            "pcm.nothing { type null }\n"
        )
        return dict(env, ALSA_CONFIG_PATH=str(path))

    def test_a_call_through_alsa(self):
        """ALSA, by its plug-in for PulseAudio: tones both ways."""
        with Pulse("ear", "mouth") as pulse:
            far, port = self.answering("--calls", 1, plays_hz=MOUTH_HZ, plays_s=60, records=True)
            with far, pulse.play_tone("ear", EAR_HZ, LEVEL_DBOV):
                phone = self.calling(
                    port, "--microphone", "alsa:ear", "--speaker", "alsa:mouth", env=self.asoundrc(pulse.env)
                )
                with phone:
                    self.both_ways(pulse, far, phone)

    def test_a_device_without_a_clock_runs_in_real_time(self):
        """ALSA's null device is always ready: the call is not flooded with its silence, and no core is busy with it."""
        far, port = self.answering("--calls", 1, plays_hz=MOUTH_HZ, records=True)
        with far, self.calling(port, "--sound", "alsa:nothing", env=self.asoundrc({})) as phone:
            self.wait_device(phone, "microphone", "running")
            self.wait_device(phone, "speaker", "running")
            before, began = _cpu_s(phone.pid), time.monotonic()
            time.sleep(3.0)
            spent, elapsed = _cpu_s(phone.pid) - before, time.monotonic() - began
            say(f"{spent:.2f} s of processor in {elapsed:.2f} s")
            self.assertLess(spent, 0.6 * elapsed)
            self.assertEqual(phone.interrupt(), 0)

    def test_a_server_that_dies_behind_alsa_is_found_again(self):
        """The sound server behind ALSA dies in a call and is started again."""
        far, port = self.answering("--calls", 1, plays_hz=MOUTH_HZ, plays_s=120, records=True)
        with far:
            first = Pulse("ear", "mouth")
            env = self.asoundrc(first.env)
            with self.calling(port, "--microphone", "alsa:ear", "--speaker", "alsa:mouth", env=env) as phone:
                self.wait_device(phone, "microphone", "running")
                self.wait_device(phone, "speaker", "running")
                first.kill()
                self.wait_device(phone, "microphone", "lost")
                self.wait_device(phone, "speaker", "lost")
                with Pulse("ear", "mouth", socket=first.socket) as pulse, pulse.play_tone("ear", EAR_HZ, LEVEL_DBOV):
                    self.wait_device(phone, "microphone", "running", 2)
                    self.wait_device(phone, "speaker", "running", 2)
                    self.wait_sound(phone)
                    with pulse.record("mouth") as recorder:
                        self.hear(far, recorder)
                    self.assertEqual(phone.interrupt(), 0)
            far.wait_event("ended")


class Nothing(SoundTest):
    def call_without(self, spec, state, sentence, env=None):
        """A call with a device that is not there: it says so, lasts as ever, and what is heard is recorded."""
        far, port = self.answering("--calls", 1, plays_hz=MOUTH_HZ)
        with far, self.calling(port, "--sound", spec, "--hangup-after", 2, records=True, env=env) as phone:
            for end in ("microphone", "speaker"):
                self.assertIn(sentence, self.wait_device(phone, end, state)["reason"])
            phone.expect_exit(0)
            heard = phone.heard(MOUTH_HZ)
            say(f"heard: {heard}")
            self.assertGreaterEqual(heard.tone_s, 1.0)

    def test_no_server(self):
        """No sound server: one sentence that says what to do, and the call is made all the same."""
        self.call_without("pulse", "lost", "pulseaudio --start", {"PULSE_SERVER": f"unix:{here().path('nobody')}"})

    def test_no_device(self):
        """A device that does not exist is waited for."""
        with Pulse("ear") as pulse:
            self.call_without("pulse:attic", "lost", "no such sound device", pulse.env)

    def test_no_alsa_device(self):
        """A PCM that ALSA does not know."""
        self.call_without("alsa:attic", "lost", "no such sound device")

    def test_no_driver(self):
        """A driver that is not installed."""
        self.call_without("jack", "unavailable", "there is no sound driver jack")

    def test_a_library_that_is_missing(self):
        """A driver whose library is not there, or that is no library at all: the loader's words, and what to do."""
        folder = here().subdir("drivers")
        (folder / "ahoy-pulse.so").write_bytes(b"\x7fELF, but nothing more")
        self.call_without("pulse", "unavailable", "install what is missing", {"AHOY_DRIVER_PATH": str(folder)})

    def test_the_list_of_devices(self):
        """`ahoy devices` names each driver's devices with the default, and says of a driver why it has none."""
        with Pulse("ear", "mouth") as pulse:
            run(["pactl", "set-default-sink", "mouth"], env=pulse.env)
            done = run([program("ahoy"), "devices"], env=pulse.env)
            self.assertEqual(done.returncode, 0, done.stderr)
            for line in ("* speaker     pulse:mouth", "  speaker     pulse:ear", "  microphone  pulse:ear.monitor"):
                self.assertIn(line, done.stdout)
            self.assertIn("* microphone  null:silence", done.stdout)
        done = run([program("ahoy"), "devices", "--json"], env=pulse.env)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn('{"driver":"pulse","error":"no PulseAudio or PipeWire server answers', done.stdout)
        self.assertIn('"driver":"tone","name":"440","end":"microphone"', done.stdout)


def _cpu_s(pid):
    """Processor seconds that the process has used."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        fields = f.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100.0


if __name__ == "__main__":
    main()
