"""Tones as WAV files, and what is left of them in a recording.

A tone is the simplest thing that a telephone call can carry and that a program can recognise: two phones play
different frequencies, and each recording must hold the other's frequency, at the other's level, without holes.
"""

import array
import math
import sys
import wave
from dataclasses import dataclass

FULL_SCALE = 32768.0
SILENCE_DBOV = -60.0
WINDOW_S = 0.020


def dbov(mean_square):
    """Level of a signal with this mean square, in dBov: 0 dBov is the square wave of full scale."""
    if mean_square <= 0.0:
        return -120.0
    return 10.0 * math.log10(mean_square / (FULL_SCALE * FULL_SCALE))


def write_tone(path, hz, seconds, level_dbov=-15.0, rate_hz=8000):
    """Writes a 16-bit mono WAV file with one sine; returns the path."""
    peak = FULL_SCALE * math.sqrt(2.0) * 10.0 ** (level_dbov / 20.0)
    if peak > 32767.0:
        raise ValueError("a sine above -3 dBov does not fit into 16 bits")
    step = 2.0 * math.pi * hz / rate_hz
    samples = array.array("h", (round(peak * math.sin(step * i)) for i in range(int(seconds * rate_hz))))
    if sys.byteorder == "big":
        samples.byteswap()
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate_hz)
        out.writeframes(samples.tobytes())
    return path


def read_wav(path):
    """Returns (rate_hz, samples) of a 16-bit WAV file; of several channels the first.

    Some recorders write the length into the header only when they close the file: a header that announces more than
    there is, or nothing, is answered with what is there.
    """
    with open(path, "rb") as f:
        data = f.read()
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise ValueError(f"{path} is not a WAV file")
    channels, rate_hz, bits, pos, pcm = 1, 8000, 16, 12, b""
    while pos + 8 <= len(data):
        name, size = data[pos : pos + 4], int.from_bytes(data[pos + 4 : pos + 8], "little")
        body = data[pos + 8 :]
        if name == b"fmt ":
            channels = int.from_bytes(body[2:4], "little")
            rate_hz = int.from_bytes(body[4:8], "little")
            bits = int.from_bytes(body[14:16], "little")
        if name == b"data":
            pcm = body[:size] if 0 < size <= len(body) else body
            break
        pos += 8 + size + (size & 1)
    if bits != 16:
        raise ValueError(f"{path} has {bits} bits a sample, not 16")
    pcm = pcm[: len(pcm) // (2 * channels) * 2 * channels]
    samples = array.array("h")
    samples.frombytes(pcm)
    if sys.byteorder == "big":
        samples.byteswap()
    return rate_hz, samples[::channels]


def goertzel(samples, rate_hz, hz):
    """Mean square of the component at hz, by the Goertzel recurrence."""
    if not samples:
        return 0.0
    coeff = 2.0 * math.cos(2.0 * math.pi * hz / rate_hz)
    s1 = s2 = 0.0
    for x in samples:
        s1, s2 = x + coeff * s1 - s2, s1
    power = s1 * s1 + s2 * s2 - coeff * s1 * s2
    return 2.0 * max(power, 0.0) / (len(samples) * len(samples))


@dataclass
class Heard:
    """What a recording holds of one frequency."""

    hz: float
    duration_s: float
    level_dbov: float  # of the whole sound, over the windows that are not silence
    purity: float  # share of the sound's energy that lies at the frequency, 0..1
    loud_share: float  # share of the recording above -60 dBov
    longest_gap_s: float  # the longest silence between the first sound and the last
    gaps: int
    tone_s: float  # seconds of windows in which the frequency holds most of the energy
    longest_tone_s: float = 0.0  # the longest stretch of such windows without any other between

    def __str__(self):
        return (
            f"{self.duration_s:.2f} s recorded, {self.tone_s:.2f} s of {self.hz:g} Hz ({self.longest_tone_s:.2f} s of it in one piece), "
            f"{self.level_dbov:.1f} dBov, "
            f"purity {self.purity:.2f}, {100 * self.loud_share:.0f} % above {SILENCE_DBOV:g} dBov, "
            f"{self.gaps} gaps, the longest {1000 * self.longest_gap_s:.0f} ms"
        )


def listen(path, hz):
    """Measures the tone of this frequency in a recording, in windows of 20 ms."""
    rate_hz, samples = read_wav(path)
    size = int(rate_hz * WINDOW_S)
    at_hz = energy = 0.0
    loud, tonal, run, longest_run, windows = [], 0, 0, 0, len(samples) // size
    for i in range(windows):
        window = samples[i * size : (i + 1) * size]
        total = sum(x * x for x in window) / size
        loud.append(dbov(total) > SILENCE_DBOV)
        if not loud[-1]:
            run = 0
            continue
        here = goertzel(window, rate_hz, hz)
        at_hz, energy = at_hz + here, energy + total
        is_tonal = here > 0.5 * total
        tonal += is_tonal
        run = run + 1 if is_tonal else 0
        longest_run = max(longest_run, run)
    sounding = sum(loud)
    gaps, longest = _gaps(loud)
    return Heard(
        hz=hz,
        duration_s=len(samples) / rate_hz,
        level_dbov=dbov(energy / sounding) if sounding else -120.0,
        purity=at_hz / energy if energy else 0.0,
        loud_share=sounding / windows if windows else 0.0,
        longest_gap_s=longest * WINDOW_S,
        gaps=gaps,
        tone_s=tonal * WINDOW_S,
        longest_tone_s=longest_run * WINDOW_S,
    )


def _gaps(loud):
    """Number of silences between the first and the last loud window, and the length of the longest in windows."""
    if True not in loud:
        return 0, 0
    inner = loud[loud.index(True) : len(loud) - loud[::-1].index(True)]
    gaps = longest = run = 0
    for is_loud in inner:
        run = 0 if is_loud else run + 1
        gaps += run == 1
        longest = max(longest, run)
    return gaps, longest


ROWS_HZ, COLUMNS_HZ, KEYPAD = (697, 770, 852, 941), (1209, 1336, 1477, 1633), "123A456B789C*0#D"


def heard_keys(path):
    """The keys (ITU-T Q.23) that a recording holds: tone pairs of 40 ms or more, loud and alone. A hole of 40 ms, as a
    recorder on a busy machine leaves them, does not make a second press (Q.24: pauses are longer)."""
    rate_hz, samples = read_wav(path)
    window = rate_hz // 50
    keys, last, run, hole = "", "", 0, 0
    for at in range(0, len(samples) - window, window):
        part = samples[at : at + window]
        total = sum(x * x for x in part) / window
        row = max((goertzel(part, rate_hz, hz), i) for i, hz in enumerate(ROWS_HZ))
        column = max((goertzel(part, rate_hz, hz), i) for i, hz in enumerate(COLUMNS_HZ))
        loud = dbov(total) > -35.0 and row[0] + column[0] > 0.7 * total and 0.1 < row[0] / max(column[0], 1.0) < 10.0
        key = KEYPAD[4 * row[1] + column[1]] if loud else ""
        hole = 0 if key else hole + 1
        if not key and hole <= 2:
            continue
        run = run + 1 if key == last else 1
        last = key
        if key and run == 2:
            keys += key
    return keys
