"""Products by L-Mul against float64 sums of exact products."""

import os

import lmul
import numpy as np
import pytest
from conv_driver import tools

CASES = int(os.environ.get("CONV_TEST_CASES", "24"))
LEVELS = ["baseline", "avx2", "avx512", "avx512fp16"]
EPSILON = {"f32": 2.0**-24, "f16": 2.0**-11, "bf16": 2.0**-8}


def numbers(random, form, shape, zeros=0.0):
    """Gaussian, within the format, some of them zero."""
    values = random.standard_normal(shape)
    values[random.random(shape) < zeros] = 0
    return values.astype(form.dtype)


def run(package, matmul, a, b):
    return package.run("matmul", a, b).astype(np.float64)


def check(package, matmul, a, b):
    """Every element within the bound of any order of summation."""
    got = run(package, matmul, a, b)
    want, magnitude = matmul.reference(a, b)
    # The equation is two terms a product, and the result is rounded once.
    bound = (2 * matmul.k + 2) * 2.0**-24 * magnitude
    bound += EPSILON[matmul.result] * np.abs(want) * (matmul.result != "f32")
    worst = np.max(np.abs(got - want) - bound, initial=0)
    assert worst <= 0, f"{matmul}: {worst:.3e} over the bound"


def random_matmul(random):
    batched = bool(random.integers(2))
    form = lmul.FORMATS[str(random.choice(list(lmul.FORMATS)))]
    kept = random.choice([None, 1, 2, 3, 4])
    semantics = str(random.choice(lmul.SEMANTICS))
    if kept is not None and kept > form.mantissa:
        kept = None
    return lmul.Matmul(
        semantics,
        form,
        n=int(random.choice([1, 5, 16, 31, 64, 70, 130, 600])),
        k=int(random.choice([1, 3, 16, 17, 40, 128])),
        kept=None if kept is None else int(kept),
        result=str(random.choice(["f32", "f16", "bf16"])),
        batched=batched,
        shared=batched and bool(random.integers(2)),
        transpose_a=bool(random.integers(2)),
        transpose_b=bool(random.integers(2)),
        plan=str(random.choice(["form = integer", ""])) or None,
        dynamic=bool(random.integers(2)),
    )


@pytest.mark.parametrize("case", range(CASES))
def test_random(case, seed, runtime, tmp_path):
    random = np.random.default_rng([seed, case])
    matmul = random_matmul(random)
    batch, m = int(random.integers(1, 4)), int(random.choice([1, 4, 7, 33, 50]))
    print(f"CONV_TEST_SEED={seed} case {case}: {matmul}, batch {batch}, M {m}")
    path = tools.compile(matmul.module(), tmp_path)
    with runtime.open(path, int(random.integers(1, 3))) as package:
        for zeros in (0.0, 0.3):
            shapes = matmul.shapes(batch, m)
            a, b = (numbers(random, matmul.form, shape, zeros) for shape in shapes)
            check(package, matmul, a, b)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("semantics", lmul.SEMANTICS)
def test_every_level(semantics, level, seed, runtime, tmp_path, monkeypatch):
    if LEVELS.index(level) > LEVELS.index(runtime.isa()):
        pytest.skip(f"this CPU has no {level}")
    monkeypatch.setenv("CONVRT_ISA", level)
    random = np.random.default_rng([seed, 1])
    matmul = lmul.Matmul(semantics, lmul.FORMATS["bf16"], n=80, k=37)
    path = tools.compile(matmul.module(), tmp_path, levels=[level])
    with runtime.open(path) as package:
        for zeros in (0.0, 0.3):
            a, b = (
                numbers(random, matmul.form, shape, zeros)
                for shape in matmul.shapes(1, 20)
            )
            check(package, matmul, a, b)


@pytest.mark.parametrize("form", ["integer", "matrix_unit"])
@pytest.mark.parametrize("name", ["bf16", "f16"])
def test_forms_agree_on_small_integers(name, form, seed, runtime, tmp_path):
    """Sums that f32 holds exactly do not depend on their order, nor on the form."""
    random = np.random.default_rng([seed, 2])
    matmul = lmul.Matmul(
        "equation",
        lmul.FORMATS[name],
        n=100,
        k=75,
        kept=3,
        plan=f"form = {form}",
    )
    with runtime.open(tools.compile(matmul.module(), tmp_path), 2) as package:
        a, b = (
            random.integers(-8, 9, shape).astype(matmul.form.dtype)
            for shape in matmul.shapes(1, 70)
        )
        want, _ = matmul.reference(a, b)
        assert np.array_equal(run(package, matmul, a, b), want)


@pytest.mark.parametrize("semantics", lmul.SEMANTICS)
@pytest.mark.parametrize("name", ["f32", "bf16"])
def test_special_values(name, semantics, seed, runtime, tmp_path):
    """Zeros, infinities, NaN and numbers whose product leaves the format, each
    alone in its sum: K = 1."""
    form = lmul.FORMATS[name]
    values = [0.0, -0.0, 1.5, -3.0, np.inf, -np.inf, np.nan, 2.0**100, -(2.0**-100)]
    values += [2.0**-126, 2.0**-130, 3.0e38, -1.1]
    a = np.array(values, np.float32).astype(form.dtype)
    matmul = lmul.Matmul(semantics, form, n=len(values), k=1)
    with runtime.open(tools.compile(matmul.module(), tmp_path)) as package:
        got = run(package, matmul, a[:, None], a[None, :])
    wide = a.astype(np.float32)
    tiny = np.abs(wide) < lmul.smallest(form)
    words = np.where(tiny, np.float32(0), wide).view(np.uint32)
    x, y = (np.ascontiguousarray(v.ravel()) for v in np.meshgrid(words, words))
    want = lmul.reference(lmul.FORMATS["f32"], semantics, None, x, y)
    if name == "bf16":  # c is that of seven bits, 2^-4, as it is of 23
        assert lmul.FORMATS["bf16"].mantissa > 4
    want = want.view(np.float32).reshape(got.shape)
    assert np.array_equal(got, want.T, equal_nan=True)


def test_special_values_of_tiles(seed, runtime, tmp_path):
    """A matrix unit keeps the rules: tiles with extreme numbers are not its own."""
    random = np.random.default_rng([seed, 4])
    form = lmul.FORMATS["bf16"]
    matmul = lmul.Matmul("equation", form, n=96, k=40, plan="form = matrix_unit")
    with runtime.open(tools.compile(matmul.module(), tmp_path)) as package:
        a, b = (numbers(random, form, shape) for shape in matmul.shapes(1, 64))
        clean = run(package, matmul, a, b)
        a[3, 7] = np.inf
        b[9, 80] = np.nan
        b[7, 2] = 0
        dirty = run(package, matmul, a, b)
    want = clean.copy()
    want[3] = np.sign(b[7].astype(float)) * np.inf
    want[3, 2] = np.nan
    want[:, 80] = np.nan
    assert np.array_equal(np.isnan(dirty), np.isnan(want))
    assert np.array_equal(np.isinf(dirty), np.isinf(want))
    assert (np.signbit(dirty) == np.signbit(want))[np.isinf(want)].all()
    others = np.isfinite(want)
    others[:, 2] = False
    assert np.allclose(dirty[others], want[others], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("semantics", lmul.SEMANTICS)
def test_threads_change_no_bit(semantics, seed, runtime, tmp_path):
    random = np.random.default_rng([seed, 5])
    matmul = lmul.Matmul(semantics, lmul.FORMATS["bf16"], n=700, k=64)
    path = tools.compile(matmul.module(), tmp_path)
    a, b = (numbers(random, matmul.form, shape, 0.01) for shape in matmul.shapes(1, 90))
    results = []
    for threads in (1, 2, 5):
        with runtime.open(path, threads) as package:
            results.append(run(package, matmul, a, b))
    assert np.array_equal(results[0], results[1])
    assert np.array_equal(results[0], results[2])


def test_nothing_to_sum(runtime, tmp_path):
    matmul = lmul.Matmul("adder", lmul.FORMATS["f32"], n=5, k=3, dynamic=True)
    with runtime.open(tools.compile(matmul.module(), tmp_path)) as package:
        zeros = np.zeros
        empty = package.run("matmul", zeros((0, 4), "f4"), zeros((4, 5), "f4"))
        assert empty.shape == (0, 5)
        sums = package.run("matmul", zeros((3, 0), "f4"), zeros((0, 5), "f4"))
        assert np.array_equal(sums, zeros((3, 5)))
