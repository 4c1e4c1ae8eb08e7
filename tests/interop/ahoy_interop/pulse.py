"""A PulseAudio server of the test's own, with null sinks instead of sound cards."""

import wave

from .process import Process, need, run
from .room import here, say, wait_for
from .tone import write_tone

RATE_HZ = 48000


class Pulse(Process):
    """A server in a directory of its own; each sink's monitor is a source, SINK.monitor.

    What is to be a cable from one program to another is a sink: one plays to it, the other records its monitor.
    """

    def __init__(self, *sinks, socket=None):
        room = here()
        directory = room.subdir("pulse")
        self.socket = socket or directory / "native"
        self.modules = {}
        # HOME and the runtime path are the test's, so that no server, cookie or setting of the user's is touched.
        self.env = {
            "HOME": str(directory),
            "XDG_RUNTIME_DIR": str(directory),
            "PULSE_RUNTIME_PATH": str(directory),
            "PULSE_SERVER": f"unix:{self.socket}",
        }
        argv = [need("pulseaudio", "pulseaudio"), "-n", "--daemonize=no", "--system=no", "--use-pid-file=no"]
        argv += ["--exit-idle-time=-1", "--disable-shm=yes", "--high-priority=no", "--realtime=no", "--log-level=notice"]
        argv += ["-L", f"module-native-protocol-unix socket={self.socket} auth-anonymous=1"]
        super().__init__("pulseaudio", argv, env=self.env)
        wait_for("PulseAudio to answer", lambda: self._pactl("info", check=False), within=20.0)
        for sink in sinks:
            self.add_sink(sink)

    def stop(self):
        self.terminate()

    def _pactl(self, *words, check=True):
        done = run([need("pactl", "pulseaudio-utils"), *words], env=self.env)
        if check and done.returncode != 0:
            raise AssertionError(f"pactl {' '.join(words)}: {done.stderr.strip()}")
        return done.stdout if done.returncode == 0 else None

    def add_sink(self, name):
        text = self._pactl("load-module", "module-null-sink", f"sink_name={name}", f"rate={RATE_HZ}", "channels=1")
        self.modules[name] = text.strip()

    def remove_sink(self, name):
        self._pactl("unload-module", self.modules.pop(name))

    def play_tone(self, sink, hz, level_dbov=-15.0, seconds=60.0):
        """Plays a tone into a sink; returns the player, which ends by itself or with the test."""
        path = here().subdir("tone") / "tone.wav"
        write_tone(path, hz, seconds, level_dbov, RATE_HZ)
        say(f"{hz:g} Hz of {level_dbov:g} dBov are played into the sink {sink}")
        argv = [need("paplay", "pulseaudio-utils"), f"--device={sink}", "--latency-msec=40", path]
        return Process("paplay", argv, env=self.env)

    def record(self, sink):
        return Recorder(self, sink)


class Recorder(Process):
    """Records what is played into a sink."""

    def __init__(self, pulse, sink, rate_hz=8000):
        self.rate_hz = rate_hz
        self.raw = here().subdir("parec") / "heard.raw"
        argv = [need("parec", "pulseaudio-utils"), f"--device={sink}.monitor", "--latency-msec=40", "--format=s16le"]
        argv += [f"--rate={rate_hz}", "--channels=1", "--raw", self.raw]
        super().__init__("parec", argv, env=pulse.env)

    def stop(self):
        if self.running():
            self.terminate()

    def so_far(self):
        """The path of a WAV file of what has come."""
        path = self.raw.with_suffix(".wav")
        pcm = self.raw.read_bytes() if self.raw.exists() else b""
        with wave.open(str(path), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(self.rate_hz)
            out.writeframes(pcm[: len(pcm) // 2 * 2])
        return path
