"""L-Mul for the tests: formats, MLIR text and the reference of lib/Reference."""

import ctypes
from dataclasses import dataclass

import ml_dtypes
import numpy as np
from conv_driver import tools

SEMANTICS = ("equation", "adder")


@dataclass(frozen=True)
class Format:
    name: str
    dtype: np.dtype
    word: np.dtype
    mantissa: int


FORMATS = {
    name: Format(name, np.dtype(dtype), np.dtype(word), mantissa)
    for name, dtype, word, mantissa in [
        ("f32", np.float32, np.uint32, 23),
        ("bf16", ml_dtypes.bfloat16, np.uint16, 7),
        ("f16", np.float16, np.uint16, 10),
        ("f8E4M3FN", ml_dtypes.float8_e4m3fn, np.uint8, 3),
        ("f8E5M2", ml_dtypes.float8_e5m2, np.uint8, 2),
    ]
}


def _library():
    library = ctypes.CDLL(
        str(tools.BUILD / "integration_test" / "liblmul-reference.so")
    )
    for bits in (8, 16, 32):
        getattr(library, f"conv_lmul{bits}").restype = None
    library.conv_lmul_matmul.restype = None
    return library


def _pointer(array: np.ndarray) -> ctypes.c_void_p:
    assert array.flags.c_contiguous
    return ctypes.c_void_p(array.ctypes.data)


def reference(form: Format, semantics: str, kept: int | None, x, y) -> np.ndarray:
    """The L-Mul of words, as words."""
    result = np.empty_like(x)
    function = getattr(_library(), f"conv_lmul{8 * form.word.itemsize}")
    function(
        form.mantissa,
        SEMANTICS.index(semantics),
        form.mantissa if kept is None else kept,
        *map(_pointer, (x, y, result)),
        ctypes.c_int64(x.size),
    )
    return result


def reference_matmul(semantics: str, kept: int, a, b) -> tuple[np.ndarray, np.ndarray]:
    """sum_k lmul(a_ik, b_kj), and the same of magnitudes, of float32 matrices."""
    a, b = (np.ascontiguousarray(v, np.float32).view(np.uint32) for v in (a, b))
    (m, k), n = a.shape, b.shape[1]
    total, magnitude = np.empty((m, n)), np.empty((m, n))
    _library().conv_lmul_matmul(
        SEMANTICS.index(semantics),
        kept,
        *map(_pointer, (a, b, total, magnitude)),
        *map(ctypes.c_int64, (m, n, k)),
    )
    return total, magnitude


def elementwise(form: Format, semantics: str, kept: int | None, assumed=False) -> str:
    """A function on two arrays of one dynamic dimension."""
    type = f"tensor<?x{form.name}>"
    attributes = [] if kept is None else [f"mantissa_bits = {kept}"]
    attributes += ["range = #lowbit.range<assumed>"] * assumed
    return f"""
        func.func @lmul(%x: {type}, %y: {type}) -> {type} {{
          %z = lowbit.lmul {semantics} %x, %y {{{", ".join(attributes)}}} : {type}
          return %z : {type}
        }}
    """
