"""Energy of a function's products by operation counts, next to floating point.

Counts come from the planned module, so that they are those of the code that runs.
The table is of a 45 nm process: M. Horowitz, "Computing's energy problem", ISSCC
2014. It knows of arithmetic only: neither memory nor instructions are counted, which
on any CPU or GPU cost more than the arithmetic.
"""

import re
from dataclasses import dataclass, field

PICOJOULES = {
    "f32 multiply": 3.7,
    "f32 add": 0.9,
    "f16 multiply": 1.1,
    "f16 add": 0.4,
    "i32 add": 0.1,
    "i8 add": 0.03,
}

_TYPE = r"(?:tensor|memref)<([^<>]*?)x(f32|bf16|f16|f8E4M3FN|f8E5M2)>"
_MATMUL = re.compile(
    r"lowbit\.lmul_matmul\s+(equation|adder) ins\([^:]*: "
    + _TYPE + r", " + _TYPE + r"\)\s*outs\([^:]*: " + _TYPE + r"\)\s*(\{.*\})?"
)  # fmt: skip
_LMUL = re.compile(
    r"lowbit\.lmul\s+(equation|adder) [^:]*: (?:tensor<([^<>]*?)x)?"
    r"(f32|bf16|f16|f8E4M3FN|f8E5M2)>?"
)


@dataclass
class Count:
    """Operations of one op, and those of its floating-point version."""

    what: str
    products: int
    operations: dict = field(default_factory=dict)
    floating: dict = field(default_factory=dict)

    def energy(self, operations: dict) -> float:
        """In picojoules."""
        return sum(PICOJOULES[name] * count for name, count in operations.items())


class UnknownSize(ValueError):
    """A dynamic size without a value."""


def _sizes(text: str, dynamic: int | None) -> list[int]:
    result = []
    for size in text.split("x"):
        if size == "?" and dynamic is None:
            raise UnknownSize("a size is dynamic; say which it is with --size=N")
        result.append(dynamic if size == "?" else int(size))
    return result


def _multiply(form: str) -> str:
    return "f32 multiply" if form == "f32" else "f16 multiply"


def _integer_add(form: str) -> str:
    return "i8 add" if form.startswith("f8") else "i32 add"


def count_matmul(match: re.Match, dynamic: int | None) -> Count:
    semantics, a, form, _, _, out, _, attributes = match.groups()
    attributes = attributes or ""
    left, result = _sizes(a, dynamic), _sizes(out, dynamic)
    inner = left[-2] if "transpose_a" in attributes else left[-1]
    products = inner
    for size in result:
        products *= size
    floating = {_multiply(form): products, "f32 add": products}
    if "form = matrix_unit" in attributes:
        name = f"{semantics} {form}, matrix unit"
        operations = {"f16 multiply": 2 * products, "f32 add": 2 * products}
    else:
        name = f"{semantics} {form}, integer"
        terms = 2 if semantics == "equation" else 1
        operations = {"i32 add": terms * products, "f32 add": terms * products}
    shape = "x".join(map(str, [*result[:-1], inner, result[-1]]))
    return Count(f"lmul_matmul {shape} {name}", products, operations, floating)


def count_elementwise(match: re.Match, dynamic: int | None) -> Count:
    semantics, shape, form = match.groups()
    products = 1
    for size in _sizes(shape, dynamic) if shape else []:
        products *= size
    # The adder is one addition; the equation adds exponents and mantissas apart.
    adds = products * (2 if semantics == "equation" else 1)
    return Count(
        f"lmul {shape or 'number'} {semantics} {form}",
        products,
        {_integer_add(form): adds},
        {_multiply(form): products},
    )


def count(module: str, dynamic: int | None = None) -> list[Count]:
    """Every L-Mul op of the text of a planned module."""
    found = [(m.start(), count_matmul(m, dynamic)) for m in _MATMUL.finditer(module)]
    found += [
        (m.start(), count_elementwise(m, dynamic)) for m in _LMUL.finditer(module)
    ]
    return [entry for _, entry in sorted(found, key=lambda pair: pair[0])]


def report(counts: list[Count]) -> str:
    """The table as Markdown."""
    lines = [
        "Picojoules of arithmetic, at "
        + ", ".join(f"{name} {value} pJ" for name, value in PICOJOULES.items())
        + " (45 nm, Horowitz, ISSCC 2014). Memory and instructions are not counted.",
        "",
        "| op | products | operations | uJ | floating point | uJ | ratio |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]

    def listed(operations):
        return ", ".join(f"{n} x {name}" for name, n in operations.items())

    total = [0.0, 0.0]
    for entry in counts:
        ours = entry.energy(entry.operations) * 1e-6
        theirs = entry.energy(entry.floating) * 1e-6
        total = [total[0] + ours, total[1] + theirs]
        lines.append(
            f"| {entry.what} | {entry.products} | {listed(entry.operations)} "
            f"| {ours:.4g} | {listed(entry.floating)} | {theirs:.4g} "
            f"| {ours / theirs:.2f} |"
        )
    if counts and total[1]:
        lines.append(
            f"| all | {sum(e.products for e in counts)} | | {total[0]:.4g} | "
            f"| {total[1]:.4g} | {total[0] / total[1]:.2f} |"
        )
    return "\n".join([*lines, ""])


def plot(counts: list[Count], path) -> None:
    """Bars of both energies. Needs matplotlib."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 1.2 + 0.6 * len(counts)))
    axes = figure.subplots()
    for offset, name in ((0.2, "operations"), (-0.2, "floating")):
        axes.barh(
            [i + offset for i in range(len(counts))],
            [c.energy(getattr(c, name)) * 1e-6 for c in counts],
            height=0.38,
            label="L-Mul" if name == "operations" else "floating point",
        )
    axes.set_yticks(range(len(counts)), [c.what for c in counts])
    axes.set_xlabel("uJ of arithmetic")
    axes.legend()
    figure.savefig(path, dpi=150, bbox_inches="tight")
