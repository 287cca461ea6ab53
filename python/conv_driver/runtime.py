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


class _DeviceInfo(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("dlpack", _Device),
        ("major", ctypes.c_int32),
        ("minor", ctypes.c_int32),
        ("multiprocessors", ctypes.c_int32),
        ("shared_bytes", ctypes.c_int64),
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
            ("convrt_cuda_open", status, ctypes.c_char_p, ctypes.c_char_p, pointer),
            ("convrt_cuda_close", None, pointer),
            ("convrt_cuda_describe", ctypes.POINTER(_DeviceInfo), pointer),
            ("convrt_cuda_load", status, pointer, pointer, pointer),
            ("convrt_cuda_unload", None, pointer),
            ("convrt_cuda_find", pointer, pointer, ctypes.c_char_p),
            ("convrt_cuda_description", pointer, pointer),
            ("convrt_cuda_run", status, pointer, tensors, size, pointer),
            ("convrt_cuda_allocate", status, pointer, size, pointer),
            ("convrt_cuda_release", status, pointer, pointer),
            ("convrt_cuda_copy_to_device", status, pointer, pointer, pointer, size),
            ("convrt_cuda_copy_to_host", status, pointer, pointer, pointer, size),
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
        """Open a package for the CPU, with a thread pool of its own."""
        return CpuPackage(self, path, threads)

    def open_on(self, device: str, path: Path) -> "DevicePackage":
        """Open a package on a GPU ("cuda:0") or the emulator ("emulate:sm_86")."""
        return DevicePackage(self, device, path)


class Package:
    """An open package and what its kernels are."""

    def __init__(self, runtime: Runtime, path: Path):
        self.runtime = runtime
        self.kernels: dict[str, Kernel] = {}
        self._package = ctypes.c_void_p()
        runtime.check(
            runtime.library.convrt_package_open_file(
                str(path).encode(), ctypes.byref(self._package)
            )
        )

    def _names(self) -> list[bytes]:
        library = self.runtime.library
        handles = (
            library.convrt_package_kernel(self._package, index)
            for index in range(library.convrt_package_kernel_count(self._package))
        )
        return [library.convrt_kernel_describe(h).contents.name for h in handles]

    def _add(self, handle: int) -> None:
        info = self.runtime.library.convrt_kernel_describe(handle).contents
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
        self.runtime.library.convrt_package_close(self._package)
        self._package = ctypes.c_void_p()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def empty_outputs(self, name: str, *inputs: np.ndarray) -> list[np.ndarray]:
        """Outputs of the right shape, poisoned with NaN."""
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
            outputs.append(np.full(tuple(shape), np.nan, dtype))
        return outputs

    def run_into(self, name: str, inputs, outputs) -> None:
        """Run a kernel on arrays that the caller allocated."""
        raise NotImplementedError

    def run(self, name: str, *inputs: np.ndarray):
        """Run a kernel; returns its output, or a list if it has several."""
        outputs = self.empty_outputs(name, *inputs)
        self.run_into(name, inputs, outputs)
        return outputs[0] if len(outputs) == 1 else outputs


class CpuPackage(Package):
    """A package that runs on the CPU."""

    def __init__(self, runtime: Runtime, path: Path, threads: int):
        super().__init__(runtime, path)
        library = runtime.library
        self._pool = ctypes.c_void_p()
        runtime.check(library.convrt_package_load(self._package))
        runtime.check(library.convrt_pool_create(threads, ctypes.byref(self._pool)))
        for index in range(library.convrt_package_kernel_count(self._package)):
            self._add(library.convrt_package_kernel(self._package, index))

    def close(self) -> None:
        self.runtime.library.convrt_pool_destroy(self._pool)
        self._pool = ctypes.c_void_p()
        super().close()

    def run_into(self, name: str, inputs, outputs) -> None:
        views = [_view(array) for array in [*inputs, *outputs]]
        self.runtime.check(
            self.runtime.library.convrt_run(
                self.kernels[name].handle, _pointers(views), len(views), self._pool
            )
        )


class DevicePackage(Package):
    """A package that runs on a GPU or the emulator. Arrays are copied there and
    back at every run."""

    def __init__(self, runtime: Runtime, device: str, path: Path):
        super().__init__(runtime, path)
        library = runtime.library
        self._device, self._module = ctypes.c_void_p(), ctypes.c_void_p()
        try:
            runtime.check(
                library.convrt_cuda_open(
                    device.encode(), None, ctypes.byref(self._device)
                )
            )
            runtime.check(
                library.convrt_cuda_load(
                    self._device, self._package, ctypes.byref(self._module)
                )
            )
        except RuntimeFailure:
            self.close()
            raise
        info = library.convrt_cuda_describe(self._device).contents
        self.device = info.name.decode()
        self._place = _Device(info.dlpack.device_type, info.dlpack.device_id)
        self._loaded: dict[str, int] = {}
        for name in self._names():
            kernel = library.convrt_cuda_find(self._module, name)
            self._loaded[name.decode()] = kernel
            self._add(library.convrt_cuda_description(kernel))

    def close(self) -> None:
        self.runtime.library.convrt_cuda_unload(self._module)
        self.runtime.library.convrt_cuda_close(self._device)
        self._module = self._device = ctypes.c_void_p()
        super().close()

    def run_into(self, name: str, inputs, outputs) -> None:
        library, check = self.runtime.library, self.runtime.check
        arrays = [*inputs, *outputs]
        views = [_view(array) for array in arrays]
        memory = []
        try:
            for array, view in zip(arrays, views, strict=True):
                address = ctypes.c_void_p()
                check(
                    library.convrt_cuda_allocate(
                        self._device, array.nbytes, ctypes.byref(address)
                    )
                )
                memory.append(address)
                view.data, view.device = address, self._place
                source = array.ctypes.data
                check(
                    library.convrt_cuda_copy_to_device(
                        self._device, address, source, array.nbytes
                    )
                )
            check(
                library.convrt_cuda_run(
                    self._loaded[name], _pointers(views), len(views), None
                )
            )
            for array, address in list(zip(arrays, memory, strict=True))[len(inputs) :]:
                target = array.ctypes.data
                check(
                    library.convrt_cuda_copy_to_host(
                        self._device, target, address, array.nbytes
                    )
                )
        finally:
            for address in memory:
                library.convrt_cuda_release(self._device, address)
