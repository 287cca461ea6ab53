"""Elementwise L-Mul against the reference, bit for bit."""

import os

import lmul
import numpy as np
import pytest
from conv_driver import tools

LEVELS = ["baseline", "avx2", "avx512", "avx512fp16"]
SLOW = os.environ.get("CONV_TEST_SLOW") == "1"


def variants(names):
    """Every semantics of every format, at full and at some shorter mantissas."""
    result = []
    for name in names:
        bits = {None, 1, 2, 3, 4, lmul.FORMATS[name].mantissa}
        for semantics in lmul.SEMANTICS:
            for kept in sorted(bits, key=lambda b: b or 0):
                if kept is None or kept <= lmul.FORMATS[name].mantissa:
                    id = f"{name}-{semantics}-{kept}"
                    result.append(pytest.param(name, semantics, kept, id=id))
    return result


def check(package, form, semantics, kept, x, y):
    """Compare words; says which pair is wrong."""
    got = package.run("lmul", x.view(form.dtype), y.view(form.dtype))
    got = np.ascontiguousarray(got).view(form.word)
    want = lmul.reference(form, semantics, kept, x, y)
    wrong = np.flatnonzero(got != want)
    assert wrong.size == 0, (
        f"{wrong.size} of {x.size} differ, first {x[wrong[0]]:#x}, {y[wrong[0]]:#x}: "
        f"{got[wrong[0]]:#x} instead of {want[wrong[0]]:#x}"
    )


def open_package(runtime, tmp_path, form, semantics, kept, **options):
    text = lmul.elementwise(form, semantics, kept, options.pop("assumed", False))
    return runtime.open(tools.compile(text, tmp_path, **options))


@pytest.mark.parametrize("name, semantics, kept", variants(["f8E4M3FN", "f8E5M2"]))
def test_all_pairs_of_8_bits(name, semantics, kept, runtime, tmp_path):
    form = lmul.FORMATS[name]
    x, y = (np.ascontiguousarray(v.ravel(), np.uint8) for v in np.mgrid[:256, :256])
    with open_package(runtime, tmp_path, form, semantics, kept) as package:
        check(package, form, semantics, kept, x, y)


@pytest.mark.parametrize("name, semantics, kept", variants(["bf16", "f16"]))
def test_pairs_of_16_bits(name, semantics, kept, seed, runtime, tmp_path):
    """Every x with some y: all y with CONV_TEST_SLOW=1, one word in 1597 (plus
    the special ones) without."""
    form = lmul.FORMATS[name]
    step = 1 if SLOW and kept is None else 1597
    start = seed % step
    x = np.arange(1 << 16, dtype=np.uint16)
    special = [0, 1, 0x7F, 0x80, 0x3FF, 0x400, 0x7BFF, 0x7C00, 0x7C01, 0x7F7F, 0x7F80]
    words = [*range(start, 1 << 16, step), *(special if step > 1 else [])]
    words += [word | 0x8000 for word in special if step > 1]
    with open_package(runtime, tmp_path, form, semantics, kept) as package:
        for first in range(0, len(words), 64):
            some = np.array(words[first : first + 64], np.uint16)
            y = np.repeat(some, x.size)
            check(package, form, semantics, kept, np.tile(x, some.size), y)


@pytest.mark.parametrize("name, semantics, kept", variants(["f32", "f16"]))
def test_random(name, semantics, kept, seed, runtime, tmp_path):
    form = lmul.FORMATS[name]
    random = np.random.default_rng([seed, form.mantissa])
    top = 1 << (8 * form.word.itemsize)
    x, y = random.integers(0, top, (2, 1 << 20), dtype=np.uint64).astype(form.word)
    # Pairs whose exponents nearly cancel, where underflow begins and ends.
    one = np.ones(1, form.dtype).view(form.word)[0]
    mask = form.word.type(top // 2 - 1)
    y[::2] = (2 * int(one) - (x[::2] & mask).astype(np.int64) - int(one)) % top
    y[::4] += random.integers(0, 1 << form.mantissa, y[::4].size).astype(form.word)
    edges = [0, 1, one, mask, np.array(np.inf, form.dtype).view(form.word)]
    edges = np.array([e for v in edges for e in (v, int(v) ^ (top // 2))], form.word)
    x[: edges.size**2], y[: edges.size**2] = (
        v.ravel() for v in np.meshgrid(edges, edges)
    )
    with open_package(runtime, tmp_path, form, semantics, kept) as package:
        check(package, form, semantics, kept, x, y)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", lmul.FORMATS)
def test_every_level(level, name, seed, runtime, tmp_path, monkeypatch):
    if LEVELS.index(level) > LEVELS.index(runtime.isa()):
        pytest.skip(f"this CPU has no {level}")
    monkeypatch.setenv("CONVRT_ISA", level)
    form = lmul.FORMATS[name]
    random = np.random.default_rng([seed, 5])
    top = 1 << (8 * form.word.itemsize)
    for semantics in lmul.SEMANTICS:
        for count in (1, 15, 100_003):
            x, y = random.integers(0, top, (2, count), dtype=np.uint64).astype(
                form.word
            )
            options = {"levels": [level], "name": f"{semantics}{count}"}
            with open_package(
                runtime, tmp_path, form, semantics, None, **options
            ) as package:
                assert package.kernels["lmul"].isa == level
                check(package, form, semantics, None, x, y)


@pytest.mark.parametrize("semantics", lmul.SEMANTICS)
@pytest.mark.parametrize("name", lmul.FORMATS)
def test_assumed_range(name, semantics, seed, runtime, tmp_path):
    """Numbers whose products are normal need no rule."""
    form = lmul.FORMATS[name]
    random = np.random.default_rng([seed, 6])
    bias = (1 << (8 * form.word.itemsize - form.mantissa - 2)) - 1
    half = (bias - 1) // 2
    exponent = random.integers(bias - half + 1, bias + half, (2, 1 << 16))
    mantissa = random.integers(0, 1 << form.mantissa, exponent.shape)
    sign = random.integers(0, 2, exponent.shape) << (8 * form.word.itemsize - 1)
    x, y = (sign | (exponent << form.mantissa) | mantissa).astype(form.word)
    with open_package(
        runtime, tmp_path, form, semantics, None, assumed=True
    ) as package:
        check(package, form, semantics, None, x, y)
