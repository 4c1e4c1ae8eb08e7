#!/usr/bin/env python3
"""Silence suppression and comfort noise (RFC 3389), against FFmpeg's implementation of it."""

import array
import audioop
import random
import subprocess
import time
import wave

from ahoy_interop import Account, Ahoy, InteropTest, here, main, need, say
from ahoy_interop.scripted import ScriptedServer
from ahoy_interop.tone import dbov, read_wav, write_tone

NOISE_DBOV = -45.0
PAYLOAD = 11  # of FFmpeg: a level and ten coefficients


def pink(seconds, level_dbov, rate_hz=8000):
    """Noise with more of the low: samples of -32768 .. 32767."""
    source, last, samples = random.Random(5), 0.0, []
    for _ in range(int(seconds * rate_hz)):
        last = 0.8 * last + source.uniform(-1, 1)
        samples.append(last)
    scale = 10 ** ((level_dbov - dbov(sum(s * s for s in samples) / len(samples))) / 20)
    return array.array("h", (round(s * scale) for s in samples))


def write_wav(path, samples):
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(samples.tobytes())
    return path


def level_of(samples):
    return dbov(sum(s * s for s in samples) / len(samples)) if samples else -120.0


def ffmpeg_noise(wav):
    """The comfort noise payloads that FFmpeg makes of a file, one for 80 ms."""
    out = here().path("noise.cn")
    argv = [need("ffmpeg", "ffmpeg"), "-y", "-v", "error", "-i", wav, "-map", "0:a", "-c:a", "comfortnoise", "-f", "data", out]
    subprocess.run([str(a) for a in argv], check=True, stdin=subprocess.DEVNULL)
    data = out.read_bytes()
    return [data[i : i + PAYLOAD] for i in range(0, len(data), PAYLOAD)]


class FarEnd(ScriptedServer):
    """Takes and has comfort noise beside PCMA; keeps what comes."""

    def __init__(self, payloads="8 13"):
        super().__init__()
        self.payloads, self.packets, self.invite = payloads, [], None

    def on_invite(self, request):
        self.invite = request
        self.send(self.ok_invite(request, self.sdp(self.payloads)))

    def on_rtp(self, packet, source):
        self.packets.append((packet[1], int.from_bytes(packet[2:4], "big"), packet[12:]))

    def target(self):
        lines = self.invite.body.decode().splitlines() if isinstance(self.invite.body, bytes) else self.invite.body.splitlines()
        return ("127.0.0.1", next(int(line.split()[1]) for line in lines if line.startswith("m=audio")))


class ComfortNoise(InteropTest):
    def speech_like(self):
        """A second of tone, two of noise, a second of tone: the file, and FFmpeg's payloads of the noise."""
        _, tone = read_wav(write_tone(here().path("tone.wav"), 440, 1.0))
        noise = pink(2.0, NOISE_DBOV)
        path = write_wav(here().path("speech.wav"), array.array("h", tone) + noise + array.array("h", tone))
        return path, ffmpeg_noise(write_wav(here().path("noise.wav"), noise))

    def test_pauses_are_left_out(self):
        """--vad: in the pause come a few packets of noise, as loud and as coloured as FFmpeg finds it, and no others."""
        path, theirs = self.speech_like()
        with FarEnd() as far:
            account = Account("alice", "secret", far.host, far.port)
            options = ["--codecs", "PCMA", "--vad", "--play", path]
            with Ahoy("call", account, "112", options=options) as phone:
                phone.expect_exit(0)
        offer = far.invite.body if isinstance(far.invite.body, str) else far.invite.body.decode()
        self.assertIn("a=rtpmap:13 CN/8000", offer)
        audio = [p for p in far.packets if p[0] & 0x7F == 8]
        noise = [p for p in far.packets if p[0] & 0x7F == 13]
        say(f"{len(audio)} packets of sound, {len(noise)} of noise")
        # 200 packets less two seconds, with 200 ms behind the words, and what follows the file.
        self.assertTrue(105 <= len(audio) <= 125, len(audio))
        self.assertTrue(2 <= len(noise) <= 6, len(noise))
        self.assertEqual([p[1] for p in far.packets], [(far.packets[0][1] + i) % 65536 for i in range(len(far.packets))])
        # RFC 3551 4.1: each talk spurt begins with the marker bit; there are two.
        self.assertEqual(sum(p[0] >> 7 for p in audio), 2)
        ours = noise[0][2]
        say(f"FFmpeg: {theirs[3].hex()}, ahoy: {ours.hex()}")
        self.assertAlmostEqual(ours[0], theirs[3][0], delta=2)
        # The first coefficient is the colour; FFmpeg's frames vary by as much.
        mean = sum(t[1] for t in theirs) / len(theirs)
        self.assertAlmostEqual(ours[1], mean, delta=15)
        self.assertLess(ours[1], 80)

    def test_a_peer_that_has_none_gets_all(self):
        """--vad and a peer without CN: every packet is sent."""
        path, _ = self.speech_like()
        with FarEnd("8") as far:
            account = Account("alice", "secret", far.host, far.port)
            with Ahoy("call", account, "112", options=["--codecs", "PCMA", "--vad", "--play", path]) as phone:
                phone.expect_exit(0)
        self.assertGreaterEqual(len([p for p in far.packets if p[0] & 0x7F == 8]), 198)
        self.assertEqual([p for p in far.packets if p[0] & 0x7F == 13], [])

    def test_pauses_are_filled(self):
        """A far end that pauses, with FFmpeg's comfort noise: as loud in the recording as it says, nothing lost or made up."""
        path, theirs = self.speech_like()
        _, samples = read_wav(path)
        with FarEnd() as far:
            account = Account("alice", "secret", far.host, far.port)
            options = ["--codecs", "PCMA", "--hangup-after", 4.5]
            with Ahoy("call", account, "112", records=True, options=options) as phone:
                phone.wait_event("answered")
                begin, seq = time.monotonic(), 0
                for frame in range(200):
                    pause = 50 <= frame < 150
                    if not pause or frame in (50, 100):
                        pcm = array.array("h", samples[160 * frame : 160 * frame + 160]).tobytes()
                        payload = theirs[3] if pause else audioop.lin2alaw(pcm, 2)
                        kind = 13 if pause else 8 | (0x80 if frame in (0, 150) else 0)
                        header = bytes([0x80, kind]) + seq.to_bytes(2, "big") + (160 * frame).to_bytes(4, "big") + b"test"
                        far.media.sendto(header + payload, far.target())
                        seq += 1
                    time.sleep(max(0.0, begin + 0.02 * (frame + 1) - time.monotonic()))
                phone.expect_exit(0)
        quality = phone.events("quality")[0]
        self.assertEqual((quality["lost"], quality["packets"]), (0, seq))
        _, heard = read_wav(phone.record_path)
        frames = [level_of(heard[i : i + 800]) for i in range(0, len(heard), 800)]
        say("levels of each 100 ms: " + " ".join(f"{level:.0f}" for level in frames))
        first = next(i for i, level in enumerate(frames) if level > -20)
        middle = [s for i in range(first + 13, first + 28) for s in heard[800 * i : 800 * i + 800]]
        say(f"the pause: {level_of(middle):.1f} dBov, said {-theirs[3][0]}")
        self.assertAlmostEqual(level_of(middle), -theirs[3][0], delta=1.5)
        self.assertGreater(max(frames[first + 28 :]), -16.0)


if __name__ == "__main__":
    main()
