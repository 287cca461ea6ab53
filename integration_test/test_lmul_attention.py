"""Attention and dot products by L-Mul against float64."""

import lmul
import numpy as np
import pytest
from conv_driver import tools
from conv_driver.reference import relative_l2


def attention_module(semantics, name, result, depth, width, attributes):
    q, v = (f"tensor<?x?x{size}x{name}>" for size in (depth, width))
    c = f"tensor<?x?x{width}x{result}>"
    return f"""
        func.func @attention(%q: {q}, %k: {q}, %v: {v}) -> {c} {{
          %zero = arith.constant 0 : index
          %one = arith.constant 1 : index
          %b = tensor.dim %q, %zero : {q}
          %m = tensor.dim %q, %one : {q}
          %init = tensor.empty(%b, %m) : {c}
          %c = lowbit.lmul_attention {semantics} ins(%q, %k, %v : {q}, {q}, {v})
            outs(%init : {c}) {{{attributes}}}
          return %c : {c}
        }}
    """


def attention(semantics, form, q, k, v, causal, scale):
    """The definition, in float64 but for the weights' rounding to the format."""
    result = []
    operands = (np.asarray(x, np.float32) for x in (q, k, v))
    for a, b, c in zip(*operands, strict=True):
        s, _ = lmul.reference_matmul(semantics, form.mantissa, a, b.T)
        s *= scale
        if causal:
            m, n = s.shape
            s[np.arange(n)[None] > np.arange(m)[:, None] + n - m] = -np.inf
        top = s.max(axis=1, keepdims=True)
        p = np.exp(s - np.where(np.isfinite(top), top, 0))
        total = p.sum(axis=1, keepdims=True)
        p = (p / np.where(total == 0, 1, total)).astype(form.dtype)
        result.append(lmul.reference_matmul(semantics, form.mantissa, p, c)[0])
    return np.array(result)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("name, bound", [("f32", 1e-5), ("bf16", 4e-3)])
@pytest.mark.parametrize("semantics", lmul.SEMANTICS)
def test_attention(semantics, name, bound, causal, seed, runtime, tmp_path):
    random = np.random.default_rng([seed, causal])
    form = lmul.FORMATS[name]
    attributes = "causal" if causal else "scale = 0.25 : f32"
    text = attention_module(semantics, name, "f32", 40, 24, attributes)
    scale = 1 / np.sqrt(40) if causal else 0.25
    with runtime.open(tools.compile(text, tmp_path), 2) as package:
        # As many queries as keys, fewer, and more, where some see no key.
        for m, n in ((50, 50), (7, 90), (33, 20)):
            q, k, v = (
                random.standard_normal((2, rows, depth)).astype(form.dtype)
                for rows, depth in ((m, 40), (n, 40), (n, 24))
            )
            got = package.run("attention", q, k, v)
            want = attention(semantics, form, q, k, v, causal, scale)
            assert relative_l2(got, want) <= bound
            if causal and m > n:
                assert not got[:, : m - n].any()


def dot_module(semantics, name, k):
    a = f"tensor<?x{k}x{name}>"
    return f"""
        func.func @dot(%a: {a}, %b: {a}) -> tensor<?xf32> {{
          %zero = arith.constant 0 : index
          %r = tensor.dim %a, %zero : {a}
          %init = tensor.empty(%r) : tensor<?xf32>
          %c = lowbit.lmul_dot {semantics} ins(%a, %b : {a}, {a})
            outs(%init : tensor<?xf32>)
          return %c : tensor<?xf32>
        }}
    """


@pytest.mark.parametrize("name", lmul.FORMATS)
@pytest.mark.parametrize("semantics", lmul.SEMANTICS)
def test_dot(semantics, name, seed, runtime, tmp_path):
    random = np.random.default_rng([seed, 3])
    form = lmul.FORMATS[name]
    for k in (1, 37, 64):
        path = tools.compile(dot_module(semantics, name, k), tmp_path, f"dot{k}")
        a, b = random.standard_normal((2, 9, k)).astype(form.dtype)
        a[random.random(a.shape) < 0.1] = 0
        with runtime.open(path, 2) as package:
            got = package.run("dot", a, b)
        for row in range(9):
            x, y = (np.asarray(v[row], np.float32) for v in (a, b))
            x, y = (np.where(np.abs(v) < lmul.smallest(form), 0, v) for v in (x, y))
            want, size = lmul.reference_matmul(
                semantics, form.mantissa, x[None], y[:, None]
            )
            assert abs(got[row] - want[0, 0]) <= (k + 2) * 2.0**-24 * size[0, 0]
