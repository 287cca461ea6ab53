"""L-Mul (arXiv 2410.00907) on numpy arrays of float64, from its formulas.

Exponents are unbounded: what is measured is the arithmetic, not the range.
"""

import numpy as np

SEMANTICS = ("equation", "adder")


def correction_exponent(bits: int) -> int:
    """l(k) of the paper: the correction is 2^-l."""
    return bits if bits <= 3 else 3 if bits == 4 else 4


def split(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """|x| as 2^exponent (1 + mantissa); zeros have a mantissa of -1."""
    fraction, exponent = np.frexp(np.abs(x))
    return exponent - 1, 2 * fraction - 1


def round_mantissa(x: np.ndarray, bits: int) -> np.ndarray:
    """To nearest even."""
    fraction, exponent = np.frexp(x)
    return np.ldexp(np.rint(np.ldexp(fraction, bits + 1)), exponent - bits - 1)


def truncate_mantissa(x: np.ndarray, bits: int) -> np.ndarray:
    fraction, exponent = np.frexp(x)
    return np.ldexp(np.trunc(np.ldexp(fraction, bits + 1)), exponent - bits - 1)


def lmul(x: np.ndarray, y: np.ndarray, bits: int, semantics: str) -> np.ndarray:
    """Of operands that have been rounded to `bits` mantissa bits."""
    (xe, xm), (ye, ym) = split(x), split(y)
    s = xm + ym + 2.0 ** -correction_exponent(bits)
    value = 1 + s
    if semantics == "adder":
        value = np.where(s < 1, value, np.where(s < 2, 2 * s, 4 * (s - 1)))
    result = np.ldexp(value, xe + ye)
    result = np.where((x == 0) | (y == 0), 0, result)
    return np.where(np.signbit(x) != np.signbit(y), -result, result)
