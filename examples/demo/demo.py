"""The demo: speech in a room, then a batch shaped like a Hyena layer.

Run it with `make demo`. It compiles two convolutions from MLIR, runs them with
the C runtime, checks them against float64, and writes what it heard and saw to
out/demo/.
"""

import shutil
import sys
import time
import wave
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "python"), str(ROOT / "bench")]

import measure
from conv_driver import reference, tools
from conv_driver.source import Conv
from picture import draw

SPEECH = Path("/usr/share/sounds/alsa/Front_Center.wav")
OUT = ROOT / "out" / "demo"
SEED = 20261
ROOM_TAPS = 72_000  # one and a half seconds at 48 kHz


def read_wav(path: Path) -> tuple[np.ndarray, int]:
    """The first channel in -1..1, and the sample rate."""
    with wave.open(str(path)) as recording:
        assert recording.getsampwidth() == 2, "expected 16-bit samples"
        raw = np.frombuffer(recording.readframes(recording.getnframes()), "<i2")
        samples = raw.reshape(-1, recording.getnchannels())[:, 0] / 32768
        return samples.astype(np.float32), recording.getframerate()


def write_wav(path: Path, samples: np.ndarray, rate: int) -> None:
    with wave.open(str(path), "wb") as recording:
        recording.setparams((1, 2, rate, len(samples), "NONE", ""))
        peak = np.abs(samples).max()
        recording.writeframes(np.round(samples / peak * 32000).astype("<i2").tobytes())


def room_response(rate: int) -> np.ndarray:
    """A synthetic hall: direct sound, early reflections, a decaying noise tail.

    The tail falls by 60 dB in 1.2 seconds; early reflections are copies of the
    direct sound, weaker the later they come.
    """
    random = np.random.default_rng(SEED)
    seconds = np.arange(ROOM_TAPS) / rate
    response = random.normal(size=ROOM_TAPS) * 10 ** (-3 * seconds / 1.2)
    response *= 0.05 * np.minimum(seconds / 0.03, 1)
    for delay in random.uniform(0.005, 0.06, size=12):
        response[int(delay * rate)] += (
            random.choice([-1, 1]) * 0.6 * np.exp(-40 * delay)
        )
    response[0] = 1
    return response.astype(np.float32)


def title(text: str) -> None:
    print(f"\n{text}\n{'-' * len(text)}", flush=True)


def speech_in_a_room() -> None:
    title("Speech in a room")
    speech, rate = read_wav(SPEECH)
    response = room_response(rate)
    # Room for the tail: the linear convolution of both, whatever its length.
    length = len(speech) + ROOM_TAPS - 1
    dry = np.zeros((1, 1, length), np.float32)
    dry[0, 0, : len(speech)] = speech
    print(f"recording        {SPEECH}")
    print(f"                 {len(speech):,} samples at {rate:,} Hz")
    print(f"room response    {ROOM_TAPS:,} taps, {ROOM_TAPS / rate:.2f} s")
    print(f"convolution      causal, N = {length:,}")

    conv = Conv(channels=1, length=length, taps=ROOM_TAPS)
    package_path = tools.compile(
        conv.module(), OUT, "reverb", plan_first=True, say=print
    )
    with tools.runtime().open(package_path) as package:
        kernel = package.kernels["conv"]
        print(f"plan             {kernel.plan}")
        print(f"instructions     {kernel.isa}")
        began = time.perf_counter()
        wet = package.run("conv", dry, response[None])
        seconds = time.perf_counter() - began
    want = reference.convolve(conv, dry, response[None])
    error = reference.relative_l2(wet, want)
    print(
        f"time             {seconds * 1e3:.1f} ms with the filter's preparation, "
        f"{length / rate / seconds:,.0f}x real time"
    )
    print(f"relative error   {error:.2e} against float64 (stated: {kernel.bound:.0e})")
    if not error <= kernel.bound:
        sys.exit("error: the result is not what the package promises")

    write_wav(OUT / "before.wav", dry[0, 0], rate)
    write_wav(OUT / "after.wav", wet[0, 0], rate)
    draw(OUT / "reverb.png", dry[0, 0], wet[0, 0], rate)
    for name in ("before.wav", "after.wav", "reverb.png"):
        print(f"wrote            {(OUT / name).relative_to(ROOT)}")


def hyena_layer() -> None:
    title("A batch shaped like a Hyena layer: B = 8, H = 256, N = 4,096, causal")
    threads = 2
    print(f"{threads} threads, filter prepared beforehand, medians of the same run\n")
    print(
        "        ours       ours    copying   relative   FFTW,    torch\n"
        "dtype   ms         GB/s    GB/s      error      fused    rfft/irfft"
    )
    for dtype in ("f32", "bf16"):
        case = measure.Case(length=4096, batch=8, channels=256, dtype=dtype)
        result = measure.run(case, OUT, threads=threads, repeat=15)
        run = result["runs"][-1]
        ours, copy, fftw = run["ours"]["wall"], run["copy"]["wall"], run["fftw"]["wall"]
        ratio = f"{fftw / ours:.1f}x"
        torch = result["torch"][-1]
        torch_ratio = f"{torch['wall'] / ours:.1f}x" if torch else "absent"
        print(
            f"{dtype:<7} {ours * 1e3:<10.2f} {case.bytes / ours / 1e9:<7.1f} "
            f"{case.bytes / copy / 1e9:<9.1f} {result['error']['ours']:<10.1e} "
            f"{ratio:<8} {torch_ratio}"
        )
    print(
        "\nGB/s counts rows read and written once. The last two columns say how much"
        "\nlonger they took; both compute in fp32 and convert bf16 on the way."
    )


def main() -> None:
    if not SPEECH.exists():
        sys.exit(f"error: {SPEECH} is missing; run make demo, which installs it")
    OUT.mkdir(parents=True, exist_ok=True)
    speech_in_a_room()
    hyena_layer()
    gpu = Path("/dev/nvidia0").exists() or shutil.which("nvidia-smi")
    print(
        "\nGPU: present, but this demo has run on the CPU only"
        if gpu
        else "\nGPU: none in this machine, everything above ran on the CPU"
    )


if __name__ == "__main__":
    main()
