#!/usr/bin/env python3
"""Our codecs against FFmpeg's own decoders, on the same streams: correlation, delay and level of what both make of them."""

import subprocess

from ahoy_interop import Account, Ahoy, InteropTest, main, say
from ahoy_interop.process import need
from ahoy_interop.room import here, program
from ahoy_interop.scripted import ScriptedServer
from ahoy_interop.tone import listen

# Codec, the peer's fmtp, FFmpeg's format and (native) decoder, least correlation, delay of FFmpeg's against ours in samples.
# Where it is 1 both decoders give the same samples. The rest: our iLBC decoder has RFC 3951 4.6's enhancer, which costs the
# delay and which FFmpeg's leaves out (without it the two are equal); FFmpeg's upper band of Speex is not libspeex's;
# Opus specifies no exact samples (RFC 6716 6).
STREAMS = (
    ("PCMU", "", "mulaw", "pcm_mulaw", 1.0, 0),
    ("PCMA", "", "alaw", "pcm_alaw", 1.0, 0),
    ("GSM", "", "gsm", "gsm", 1.0, 0),
    ("G722", "", "g722", "g722", 1.0, 0),
    ("speex", "", "ogg", "speex", 0.9999, 0),
    ("speex/16000", "", "ogg", "speex", 0.97, 0),
    ("iLBC", "mode=20", "ilbc", "ilbc", 0.975, -40),
    ("iLBC", "mode=30", "ilbc", "ilbc", 0.975, -80),
    ("opus", "", "ogg", "opus", 0.998, 2),
    ("opus", "useinbandfec=1", "ogg", "opus", 0.998, 2),
    ("opus", "maxplaybackrate=8000;maxaveragebitrate=12000", "ogg", "opus", 0.99, None),
)
SECONDS = 6


def ffmpeg_decodes(stream, kind, decoder, rate_hz, pcm):
    rate = ["-ar", "8000"] if kind in ("alaw", "mulaw") else []
    argv = [need("ffmpeg", "ffmpeg"), "-y", "-v", "error", "-c:a", decoder, "-f", kind, *rate, "-i", str(stream)]
    subprocess.run([*argv, "-f", "s16le", "-ac", "1", "-ar", str(rate_hz), str(pcm)], check=True, stdin=subprocess.DEVNULL)


def run(*words):
    argv = [program("tests/tools/codec_stream"), *(str(w) for w in words)]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.split()


class Taker(ScriptedServer):
    """Answers with iLBC of one mode, keeps the frames that come, and sends each back."""

    def __init__(self, mode):
        super().__init__()
        self.mode, self.frames = mode, []

    def on_invite(self, request):
        lines = ("a=rtpmap:98 iLBC/8000", f"a=fmtp:98 mode={self.mode}", f"a=ptime:{self.mode}")
        self.send(self.ok_invite(request, self.sdp("98", lines)))

    def on_rtp(self, packet, source):
        if packet[1] & 0x7F == 98:
            self.frames.append(packet[12:])
            self.media.sendto(packet, source)


class Reference(InteropTest):
    def test_streams(self):
        """Each codec's stream, decoded by us and by FFmpeg: the correlation is printed and bounded."""
        for codec, fmtp, kind, decoder, least, delay in STREAMS:
            with self.subTest(codec=codec, fmtp=fmtp):
                stream, ours, theirs = (here().dir / name for name in ("stream", "ours.pcm", "theirs.pcm"))
                _, rate_hz, packets = run(codec, fmtp, SECONDS, stream, ours)
                ffmpeg_decodes(stream, kind, decoder, rate_hz, theirs)
                correlation, lag, level_db, our_count, their_count = run("compare", ours, theirs)
                say(f"{codec} {fmtp}: {packets} packets, correlation {correlation}, lag {lag} samples, level {level_db} dB")
                self.assertGreaterEqual(float(correlation), least)
                self.assertAlmostEqual(float(level_db), 0.0, delta=0.6)
                self.assertEqual(our_count, their_count)
                if delay is not None:
                    self.assertEqual(int(lag), delay)

    def test_what_ahoy_sends_as_ilbc(self):
        """A call in iLBC, mode 20 and mode 30: FFmpeg hears our tone in what came, and we hear what is sent back."""
        for mode, size in ((20, 38), (30, 50)):
            with Taker(mode) as far:
                account = Account("alice", "secret", far.host, far.port)
                options = ["--codecs", "iLBC", "--hangup-after", 3]
                with Ahoy("call", account, "112", plays_hz=440, records=True, options=options) as phone:
                    phone.expect_exit(0)
                stream, pcm, wav = (here().dir / f"{name}{mode}" for name in ("stream", "pcm", "heard.wav"))
                self.assertEqual({len(f) for f in far.frames}, {size})
                self.assertGreaterEqual(len(far.frames), 3000 / mode * 0.85)
                stream.write_bytes(b"#!iLBC%d\n" % mode + b"".join(far.frames))
                ffmpeg_decodes(stream, "ilbc", "ilbc", 8000, pcm)
                # FFmpeg's decoder begins with a burst of its own; a quarter of a second later it has settled.
                pcm.write_bytes(pcm.read_bytes()[4000:])
                subprocess.run(["ffmpeg", "-y", "-v", "error", "-f", "s16le", "-ar", "8000", "-ac", "1", "-i", pcm, "-f", "wav", wav],
                               check=True, stdin=subprocess.DEVNULL)  # fmt: skip
                for who, heard in (("FFmpeg", listen(wav, 440)), ("ahoy", phone.heard(440))):
                    say(f"mode {mode}, {who}: {heard}")
                    self.assertGreaterEqual(heard.tone_s, 2.4, heard)
                    self.assertGreaterEqual(heard.purity, 0.9, heard)
                    self.assertAlmostEqual(heard.level_dbov, -15.0, delta=2.0, msg=str(heard))


if __name__ == "__main__":
    main()
