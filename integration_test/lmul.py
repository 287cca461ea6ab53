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


@dataclass(frozen=True)
class Matmul:
    """A `lowbit.lmul_matmul` in a function whose B, M are dynamic."""

    semantics: str
    form: Format
    n: int
    k: int
    kept: int | None = None
    result: str = "f32"
    batched: bool = False
    shared: bool = False
    transpose_a: bool = False
    transpose_b: bool = False
    assumed: bool = False
    plan: str | None = None
    dynamic: bool = False

    @property
    def bits(self) -> int:
        return self.form.mantissa if self.kept is None else self.kept

    def shapes(self, batch: int, m: int) -> tuple[tuple, tuple]:
        """Of a and b."""
        a = (self.k, m) if self.transpose_a else (m, self.k)
        b = (self.n, self.k) if self.transpose_b else (self.k, self.n)
        lead = (batch,) if self.batched else ()
        return lead + a, (() if self.shared else lead) + b

    def module(self) -> str:
        def type(shape, element):
            known = {self.n, self.k} if not self.dynamic else set()
            sizes = [str(s) if s in known else "?" for s in shape]
            return f"tensor<{'x'.join([*sizes, element])}>"

        a, b = (type(s, self.form.name) for s in self.shapes(-1, -2))
        c = type(((-1,) if self.batched else ()) + (-2, self.n), self.result)
        rank = 3 if self.batched else 2
        attributes = ["transpose_a"] * self.transpose_a
        attributes += ["transpose_b"] * self.transpose_b
        if self.kept is not None:
            attributes.append(f"mantissa_bits = {self.kept}")
        attributes += ["range = #lowbit.range<assumed>"] * self.assumed
        if self.plan:
            attributes.append(f"plan = #lowbit.lmul_plan<{self.plan}>")
        row = rank - (1 if self.transpose_a else 2)
        column = (2 if self.shared else rank) - (2 if self.transpose_b else 1)
        sizes = ["%batch"] * self.batched + ["%m"] + ["%n"] * self.dynamic
        return f"""
            func.func @matmul(%a: {a}, %b: {b}) -> {c} {{
              %first = arith.constant 0 : index
              %row = arith.constant {row} : index
              %column = arith.constant {column} : index
              %batch = tensor.dim %a, %first : {a}
              %m = tensor.dim %a, %row : {a}
              %n = tensor.dim %b, %column : {b}
              %init = tensor.empty({", ".join(sizes)}) : {c}
              %c = lowbit.lmul_matmul {self.semantics} ins(%a, %b : {a}, {b})
                outs(%init : {c}) {{{", ".join(attributes)}}}
              return %c : {c}
            }}
        """

    def reference(self, a, b) -> tuple[np.ndarray, np.ndarray]:
        """The sums and those of magnitudes, of operands whose subnormals are zero."""

        def matrices(v, transpose):
            v = v.astype(np.float32)
            v = np.where(np.abs(v) < smallest(self.form), np.float32(0), v)
            v = np.swapaxes(v, -1, -2) if transpose else v
            return v.reshape((-1, *v.shape[-2:]))

        left, right = matrices(a, self.transpose_a), matrices(b, self.transpose_b)
        sums = [
            reference_matmul(
                self.semantics,
                self.bits,
                x,
                right[0 if self.shared else i % len(right)],
            )
            for i, x in enumerate(left)
        ]
        shape = (left.shape[0], left.shape[1], self.n)
        total, magnitude = (
            np.array([s[i] for s in sums]).reshape(shape) for i in range(2)
        )
        return (total, magnitude) if self.batched else (total[0], magnitude[0])


def smallest(form: Format) -> float:
    """The smallest normal number."""
    return float(ml_dtypes.finfo(form.dtype).smallest_normal)
