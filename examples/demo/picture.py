"""Waveforms and spectrograms, before and after."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import numpy as np
from matplotlib import pyplot


def draw(path: Path, before: np.ndarray, after: np.ndarray, rate: int) -> None:
    figure, axes = pyplot.subplots(
        2, 2, figsize=(12, 6.5), sharex=True, layout="constrained"
    )
    columns = (("before: the recording", before), ("after: in the room", after))
    for column, (name, samples) in enumerate(columns):
        normalised = samples / np.abs(samples).max()
        seconds = np.arange(len(samples)) / rate
        wave, spectrum = axes[0, column], axes[1, column]
        wave.plot(seconds, normalised, linewidth=0.4, color="#234b7d")
        wave.set(title=name, ylim=(-1.05, 1.05), xlim=(0, seconds[-1]))
        wave.grid(alpha=0.25)
        with np.errstate(divide="ignore"):
            _, _, _, image = spectrum.specgram(
                normalised, NFFT=1024, Fs=rate, noverlap=768, cmap="magma",
                vmin=-130, vmax=-40)  # fmt: skip
        spectrum.set(xlabel="seconds", ylim=(0, 12_000), facecolor="black")
    axes[0, 0].set_ylabel("amplitude")
    axes[1, 0].set_ylabel("Hz")
    figure.colorbar(image, ax=axes[1, :], label="dB per Hz")
    figure.savefig(path, dpi=130)
    pyplot.close(figure)
