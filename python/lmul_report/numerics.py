"""How far L-Mul is from the product, by mantissa bits and semantics."""

from dataclasses import dataclass

import numpy as np

from . import definitions as d

BITS = (1, 2, 3, 4, 5, 6, 7, 10)
SAMPLES = 1 << 20


@dataclass(frozen=True)
class Row:
    """Mean |relative error| in percent, for operands rounded to `bits` bits."""

    bits: int
    equation: float
    adder: float
    product: float  # exact product of the rounded operands
    rounded: float  # the same, rounded to `bits` again, as a multiplier would


def uniform(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Pairs with uniform mantissas; exponents and signs do not matter."""
    return tuple(1 + random.random((2, SAMPLES)))


def pairs_of(data: np.ndarray, random: np.random.Generator):
    """Random pairs of the finite, non-zero numbers of an array."""
    values = np.asarray(data, np.float64).ravel()
    values = values[np.isfinite(values) & (values != 0)]
    if values.size == 0:
        raise ValueError("the data has no finite number other than zero")
    return tuple(values[random.integers(0, values.size, (2, SAMPLES))])


def relative_errors(x: np.ndarray, y: np.ndarray) -> list[Row]:
    exact = x * y

    def error(value) -> float:
        return float(100 * np.mean(np.abs((value - exact) / exact)))

    rows = []
    for bits in BITS:
        a, b = d.round_mantissa(x, bits), d.round_mantissa(y, bits)
        products = [error(d.lmul(a, b, bits, s)) for s in d.SEMANTICS]
        rounded = d.round_mantissa(a * b, bits)
        rows.append(Row(bits, *products, error(a * b), error(rounded)))
    return rows


@dataclass(frozen=True)
class Expectation:
    """Mean signed error in units of 2^(xe + ye), truncated to `bits` bits: the
    paper's formulas, and measured."""

    bits: int
    product_formula: float
    product: float
    equation_formula: float
    equation: float
    adder: float  # the paper has no formula for what its code computes


def expectations(random: np.random.Generator, mantissa: int = 23) -> list[Expectation]:
    """Errors of truncated operands. With x = 1 + x_k + x_r,

        E[x_k] = (1 - 2^-k) / 2                 the bits kept
        E[x_r] = (2^-k - 2^-m) / 2              the bits dropped
        f1 = 2 E[x_k] E[x_r] + E[x_r]^2 + 2 E[x_r]
        f2 = E[x_k]^2 - 2^-l(k)

    a product of truncated operands is f1 too small on average, L-Mul by its
    equation f1 + f2."""
    x, y = (d.truncate_mantissa(v, mantissa) for v in uniform(random))
    rows = []
    for k in (k for k in BITS if k <= mantissa):
        kept, dropped = (1 - 2.0**-k) / 2, (2.0**-k - 2.0**-mantissa) / 2
        f1 = 2 * kept * dropped + dropped**2 + 2 * dropped
        f2 = kept**2 - 2.0 ** -d.correction_exponent(k)
        a, b = d.truncate_mantissa(x, k), d.truncate_mantissa(y, k)
        means = [float(np.mean(x * y - d.lmul(a, b, k, s))) for s in d.SEMANTICS]
        product = float(np.mean(x * y - a * b))
        rows.append(Expectation(k, f1, product, f1 + f2, *means))
    return rows


def claims(rows: list[Row]) -> list[str]:
    """The paper's two claims of precision, against the measured rows."""
    by_bits = {row.bits: row for row in rows}

    def verdict(what, values, limit, against, holds):
        said = ", ".join(
            f"{name} {value:.1f} % {'holds' if holds(value) else 'does not reproduce'}"
            for name, value in values
        )
        return f"- {what} ({against} {limit:.1f} %): {said}."

    three, four = by_bits[3], by_bits[4]
    e5m2, e4m3 = by_bits[2].rounded, by_bits[3].rounded
    return [
        verdict(
            "L-Mul with 3 mantissa bits is more precise than e5m2 multiplication",
            [("equation", three.equation), ("adder", three.adder)],
            e5m2,
            "e5m2",
            lambda value: value < e5m2,
        ),
        verdict(
            "L-Mul with 4 mantissa bits is as precise as e4m3 multiplication",
            [("equation", four.equation), ("adder", four.adder)],
            e4m3,
            "e4m3",
            lambda value: value < 1.1 * e4m3,
        ),
    ]


def report(data: np.ndarray | None = None, seed: int = 1) -> tuple[str, list[Row]]:
    """The tables as Markdown, and the rows of the first."""
    random = np.random.default_rng(seed)
    pairs = uniform(random) if data is None else pairs_of(data, random)
    rows = relative_errors(*pairs)
    lines = [
        f"Mean |relative error| in percent, {SAMPLES} pairs of "
        + ("uniform mantissas" if data is None else "numbers of the data")
        + ", operands rounded to k bits. e5m2 multiplies as k = 2, e4m3 as k = 3, in "
        "the last column.",
        "",
        "| k | equation | adder | exact product | product rounded to k |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {r.bits} | {r.equation:.2f} | {r.adder:.2f} | {r.product:.2f} "
        f"| {r.rounded:.2f} |"
        for r in rows
    ]
    lines += ["", "What the paper claims of these:", "", *claims(rows)]
    if data is None:
        lines += [
            "",
            "Mean signed error over 2^(xe + ye), operands truncated to k of 23 bits.",
            "",
            "| k | product, f1 | measured | equation, f1 + f2 | measured "
            "| adder, measured |",
            "| --- | --- | --- | --- | --- | --- |",
        ]
        lines += [
            f"| {e.bits} | {e.product_formula:.4f} | {e.product:.4f} "
            f"| {e.equation_formula:.4f} | {e.equation:.4f} | {e.adder:.4f} |"
            for e in expectations(random)
        ]
    return "\n".join([*lines, ""]), rows


def plot(rows: list[Row], path) -> None:
    """The first table as a picture. Needs matplotlib."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4))
    axes = figure.subplots()
    for name in ("equation", "adder", "product", "rounded"):
        values = [getattr(row, name) for row in rows]
        axes.semilogy([row.bits for row in rows], values, marker="o", label=name)
    axes.set_xlabel("mantissa bits of the operands")
    axes.set_ylabel("mean |relative error|, %")
    axes.grid(True, which="both", alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=150, bbox_inches="tight")
