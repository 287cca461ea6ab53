"""Open packages and run their kernels on numpy arrays, through the C runtime."""

import ctypes
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import ml_dtypes
import numpy as np

DTYPES = {
    "f32": np.dtype(np.float32),
    "f16": np.dtype(np.float16),
    "bf16": np.dtype(ml_dtypes.bfloat16),
    "f8E4M3FN": np.dtype(ml_dtypes.float8_e4m3fn),
    "f8E5M2": np.dtype(ml_dtypes.float8_e5m2),
    "f64": np.dtype(np.float64),
    "complex64": np.dtype(np.complex64),
    "complex128": np.dtype(np.complex128),
    "i8": np.dtype(np.int8),
    "i32": np.dtype(np.int32),
}
_INT, _UINT, _FLOAT, _BFLOAT, _COMPLEX = 0, 1, 2, 4, 5
_FLOAT8_E4M3FN, _FLOAT8_E5M2 = 10, 12
_CODES = {
    np.dtype(np.float32): (_FLOAT, 32),
    np.dtype(np.float64): (_FLOAT, 64),
    np.dtype(np.float16): (_FLOAT, 16),
    np.dtype(ml_dtypes.bfloat16): (_BFLOAT, 16),
    np.dtype(ml_dtypes.float8_e4m3fn): (_FLOAT8_E4M3FN, 8),
    np.dtype(ml_dtypes.float8_e5m2): (_FLOAT8_E5M2, 8),
    np.dtype(np.complex64): (_COMPLEX, 64),
    np.dtype(np.complex128): (_COMPLEX, 128),
    np.dtype(np.int8): (_INT, 8),
    np.dtype(np.int32): (_INT, 32),
}


class _Device(ctypes.Structure):
    _fields_ = [("device_type", ctypes.c_int), ("device_id", ctypes.c_int32)]


class _DataType(ctypes.Structure):
    _fields_ = [
        ("code", ctypes.c_uint8),
        ("bits", ctypes.c_uint8),
        ("lanes", ctypes.c_uint16),
    ]


class _Tensor(ctypes.Structure):
    _fields_ = [
        ("data", ctypes.c_void_p),
        ("device", _Device),
        ("ndim", ctypes.c_int32),
        ("dtype", _DataType),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)),
        ("byte_offset", ctypes.c_uint64),
    ]


class _Dim(ctypes.Structure):
    _fields_ = [("extent", ctypes.c_int64), ("symbol", ctypes.c_char_p)]


class _Argument(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("role", ctypes.c_int),
        ("dtype_name", ctypes.c_char_p),
        ("dtype", _DataType),
        ("rank", ctypes.c_int32),
        ("shape", ctypes.POINTER(_Dim)),
    ]


class _Info(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("kind", ctypes.c_char_p),
        ("plan", ctypes.c_char_p),
        ("arithmetic", ctypes.c_char_p),
        ("relative_l2_bound", ctypes.c_double),
        ("isa", ctypes.c_char_p),
        ("argument_count", ctypes.c_size_t),
        ("input_count", ctypes.c_size_t),
        ("dim_count", ctypes.c_size_t),
    ]


class RuntimeFailure(Exception):
    """A call of the runtime failed; `code` is the name of its status."""

    def __init__(self, code: str, message: str):
        super().__init__(f"{code}: {message}")
        self.code = code


def _view(array: np.ndarray) -> _Tensor:
    """A DLTensor over the array, which must outlive it."""
    tensor = _Tensor()
    tensor.data = array.ctypes.data
    tensor.device = _Device(1, 0)
    tensor.ndim = array.ndim
    code, bits = _CODES[array.dtype]
    tensor.dtype = _DataType(code, bits, 1)
    tensor.shape = (ctypes.c_int64 * array.ndim)(*array.shape)
    strides = [stride // array.itemsize for stride in array.strides]
    tensor.strides = (ctypes.c_int64 * array.ndim)(*strides)
    return tensor


def _pointers(tensors: list[_Tensor]):
    return (ctypes.POINTER(_Tensor) * len(tensors))(*map(ctypes.pointer, tensors))


@dataclass(frozen=True)
class Kernel:
    name: str
    plan: str
    arithmetic: str
    bound: float
    isa: str
    inputs: int
    outputs: int
    handle: int


class Runtime:
    """The shared library."""

    def __init__(self, path: Path):
        library = ctypes.CDLL(str(path))
        pointer, size, status = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
        tensors = ctypes.POINTER(ctypes.POINTER(_Tensor))
        for name, result, *arguments in [
            ("convrt_status_name", ctypes.c_char_p, status),
            ("convrt_last_error", ctypes.c_char_p),
            ("convrt_cpu_isa", ctypes.c_char_p),
            ("convrt_package_open_file", status, ctypes.c_char_p, pointer),
            ("convrt_package_close", None, pointer),
            ("convrt_package_load", status, pointer),
            ("convrt_package_kernel_count", size, pointer),
            ("convrt_package_kernel", pointer, pointer, size),
            ("convrt_kernel_describe", ctypes.POINTER(_Info), pointer),
            ("convrt_kernel_argument", ctypes.POINTER(_Argument), pointer, size),
            ("convrt_kernel_infer_shape", status, pointer, tensors, size, size,
             ctypes.POINTER(ctypes.c_int64)),
            ("convrt_pool_create", status, ctypes.c_uint32, pointer),
            ("convrt_pool_destroy", None, pointer),
            ("convrt_run", status, pointer, tensors, size, pointer),
        ]:  # fmt: skip
            function = getattr(library, name)
            function.restype = result
            function.argtypes = arguments
        self.library = library

    def check(self, status: int) -> None:
        if status != 0:
            raise RuntimeFailure(
                self.library.convrt_status_name(status).decode(),
                self.library.convrt_last_error().decode(),
            )

    def isa(self) -> str:
        return self.library.convrt_cpu_isa().decode()

    def open(self, path: Path, threads: int = 0) -> "Package":
        return Package(self, path, threads)


class Package:
    """An open package with a thread pool of its own."""

    def __init__(self, runtime: Runtime, path: Path, threads: int):
        self.runtime = runtime
        self._package = ctypes.c_void_p()
        self._pool = ctypes.c_void_p()
        library = runtime.library
        runtime.check(
            library.convrt_package_open_file(
                str(path).encode(), ctypes.byref(self._package)
            )
        )
        runtime.check(library.convrt_package_load(self._package))
        runtime.check(library.convrt_pool_create(threads, ctypes.byref(self._pool)))
        self.kernels: dict[str, Kernel] = {}
        for index in range(library.convrt_package_kernel_count(self._package)):
            handle = library.convrt_package_kernel(self._package, index)
            info = library.convrt_kernel_describe(handle).contents
            name = info.name.decode()
            self.kernels[name] = Kernel(
                name,
                info.plan.decode(),
                info.arithmetic.decode(),
                info.relative_l2_bound,
                info.isa.decode(),
                info.input_count,
                info.argument_count - info.input_count,
                handle,
            )

    def close(self) -> None:
        self.runtime.library.convrt_pool_destroy(self._pool)
        self.runtime.library.convrt_package_close(self._package)
        self._pool = self._package = ctypes.c_void_p()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def empty_outputs(self, name: str, *inputs: np.ndarray) -> list[np.ndarray]:
        """Outputs of the right shape, poisoned with NaN, or -77 for integers."""
        library, kernel = self.runtime.library, self.kernels[name]
        views = [_view(array) for array in inputs]
        outputs = []
        for index in range(kernel.inputs, kernel.inputs + kernel.outputs):
            argument = library.convrt_kernel_argument(kernel.handle, index).contents
            shape = (ctypes.c_int64 * argument.rank)()
            self.runtime.check(
                library.convrt_kernel_infer_shape(
                    kernel.handle, _pointers(views), len(views), index, shape
                )
            )
            dtype = DTYPES[argument.dtype_name.decode()]
            poison = -77 if np.issubdtype(dtype, np.integer) else np.nan
            outputs.append(np.full(tuple(shape), poison, dtype))
        return outputs

    def run_into(self, name: str, inputs, outputs) -> None:
        """Run a kernel on arrays that the caller allocated."""
        views = [_view(array) for array in [*inputs, *outputs]]
        self.runtime.check(
            self.runtime.library.convrt_run(
                self.kernels[name].handle, _pointers(views), len(views), self._pool
            )
        )

    def run(self, name: str, *inputs: np.ndarray):
        """Run a kernel; returns its output, or a list if it has several."""
        outputs = self.empty_outputs(name, *inputs)
        self.run_into(name, inputs, outputs)
        return outputs[0] if len(outputs) == 1 else outputs
