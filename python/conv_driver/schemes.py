"""How quantisation schemes fare on a matrix of activations.

    python -m conv_driver.schemes X.npy [--bits 8 4] [--alpha 0.15]

For each scheme and number of bits, two figures of the matrix [tokens, channels] (more
leading dimensions count as tokens): the *kernel proportion* of CrossQuant (arXiv
2410.07505), the share of elements that quantise to zero, and the relative L2 error of
quantising and dequantising. Scales are symmetric, for magnitudes up to
2^(bits - 1) - 1:

    tensor      max |X|
    token       t_i, the largest magnitude of row i
    channel     c_j, the largest magnitude of column j
    crossquant  t_i^alpha c_j^(1 - alpha)

CrossQuant's authors ask for proportions below 19 % (OPT) or 1 % (LLaMA).
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

SCHEMES = ("tensor", "token", "channel", "crossquant")


@dataclass(frozen=True)
class Report:
    kernel_proportion: float
    relative_error: float


def reach(x: np.ndarray, scheme: str, alpha: float) -> np.ndarray:
    """The magnitude that becomes the largest integer, for every element of x."""
    magnitudes = np.abs(x)
    token = magnitudes.max(axis=1, keepdims=True)
    channel = magnitudes.max(axis=0, keepdims=True)
    by_scheme = {
        "tensor": magnitudes.max,
        "token": lambda: token,
        "channel": lambda: channel,
        "crossquant": lambda: token**alpha * channel ** (1 - alpha),
    }
    return np.broadcast_to(by_scheme[scheme](), x.shape)


def report(x: np.ndarray, scheme: str, bits: int, alpha: float = 0.15) -> Report:
    """For a matrix of finite numbers with at least one element."""
    x = np.asarray(x, np.float64)
    largest = 2 ** (bits - 1) - 1
    scale = reach(x, scheme, alpha) / largest
    # Where everything is zero, any scale will do.
    scale = np.where(scale > 0, scale, 1.0)
    q = np.clip(np.rint(x / scale), -largest, largest)
    norm = np.linalg.norm(x)
    error = np.linalg.norm(x - q * scale) / norm if norm > 0 else 0.0
    return Report(float((q == 0).mean()), float(error))


def read(path: Path) -> np.ndarray:
    """The file as a matrix, or an exit that says what is wrong with it."""
    try:
        x = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as failure:
        sys.exit(f"{path}: {failure}; give an .npy file of numbers")
    if not np.issubdtype(x.dtype, np.floating) or x.ndim < 2 or x.size == 0:
        sys.exit(
            f"{path} holds {x.dtype} of shape {x.shape}; give floating-point numbers "
            "[.., tokens, channels] with at least one element"
        )
    if not np.isfinite(x).all():
        sys.exit(f"{path} holds NaN or infinity, which have no scale; remove them")
    return x.reshape(-1, x.shape[-1])


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m conv_driver.schemes",
        description="kernel proportion and error of quantisation schemes",
    )
    parser.add_argument("file", type=Path, help="activations, .npy")
    parser.add_argument(
        "--bits", type=int, nargs="+", default=[8, 4], choices=range(2, 17),
        metavar="BITS", help="2 to 16 (8 4)",
    )  # fmt: skip
    parser.add_argument(
        "--alpha", type=float, default=0.15, help="of crossquant (0.15)"
    )
    options = parser.parse_args(arguments)
    if not 0 <= options.alpha <= 1:
        parser.error(f"--alpha is {options.alpha}; use a number from 0 to 1")
    x = read(options.file)
    print("| scheme | bits | kernel proportion | relative error |")
    print("| --- | --- | --- | --- |")
    for bits in options.bits:
        for scheme in SCHEMES:
            figures = report(x, scheme, bits, options.alpha)
            print(
                f"| {scheme} | {bits} | {figures.kernel_proportion:.2%} "
                f"| {figures.relative_error:.2e} |"
            )


if __name__ == "__main__":
    main()
