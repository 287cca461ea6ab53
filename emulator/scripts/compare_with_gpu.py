#!/usr/bin/env python3
"""Run the emulator's matrix and copy kernels on a real GPU and compare.

    compare_with_gpu.py --emulate build/emulator/ptx-emulate [--seed N]

Every mma shape, ldmatrix and stmatrix form, wgmma type and tensor-copy swizzle
is generated as PTX, run on the GPU through libcuda and under the emulator on
the same random data. Operands are small integers,
whose sums are exact in every format, so all bits must be equal. Without a GPU the
script says so and exits with status 77 (skipped).
"""

import argparse
import ctypes
import pathlib
import random
import struct
import subprocess
import sys
import tempfile

MMA = [  # shape, accumulator, a, b, registers of a, b, c
    ("m16n8k8", "f16", "f16", "f16", 2, 1, 2),
    ("m16n8k8", "f32", "f16", "f16", 2, 1, 4),
    ("m16n8k8", "f32", "bf16", "bf16", 2, 1, 4),
    ("m16n8k16", "f16", "f16", "f16", 4, 2, 2),
    ("m16n8k16", "f32", "f16", "f16", 4, 2, 4),
    ("m16n8k16", "f32", "bf16", "bf16", 4, 2, 4),
    ("m16n8k4", "f32", "tf32", "tf32", 2, 1, 4),
    ("m16n8k8", "f32", "tf32", "tf32", 4, 2, 4),
    ("m16n8k32", "f32", "e4m3", "e4m3", 4, 2, 4),
    ("m16n8k32", "f32", "e5m2", "e5m2", 4, 2, 4),
    ("m16n8k16", "s32", "s8", "s8", 2, 1, 4),
    ("m16n8k32", "s32", "s8", "s8", 4, 2, 4),
    ("m16n8k32", "s32", "u8", "s8", 4, 2, 4),
    ("m16n8k32", "s32", "u8", "u8", 4, 2, 4),
]
# type, accumulator, k, bytes of an element
WGMMA = [
    ("f16", "f32", 16, 2),
    ("f16", "f16", 16, 2),
    ("bf16", "f32", 16, 2),
    ("tf32", "f32", 8, 4),
    ("e4m3", "f32", 32, 1),
    ("e5m2", "f32", 32, 1),
    ("s8", "s32", 32, 1),
]
HEADER = ".version 8.8\n.target sm_90a\n.address_size 64\n"


def registers(prefix, start, count):
    return "{" + ", ".join(f"%{prefix}{start + i}" for i in range(count)) + "}"


def lane_kernel(body, inputs, outputs, threads=32):
    """Thread t reads word i * threads + t and writes likewise."""
    step = threads * 4
    text = HEADER + (
        ".visible .entry k(.param .u64 p0, .param .u64 p1) {\n"
        ".reg .pred %p<4>; .reg .b32 %r<16>; .reg .b64 %rd<16>;\n"
        f".reg .b32 %a<{inputs + 1}>; .reg .b32 %d<{outputs + 1}>;\n"
        "ld.param.u64 %rd1, [p0]; ld.param.u64 %rd2, [p1];\n"
        "mov.u32 %r1, %tid.x; mul.wide.u32 %rd3, %r1, 4;\n"
        "add.u64 %rd1, %rd1, %rd3; add.u64 %rd2, %rd2, %rd3;\n"
    )
    for i in range(inputs):
        text += f"ld.global.b32 %a{i}, [%rd1+{i * step}];\n"
    text += body
    for i in range(outputs):
        text += f"st.global.b32 [%rd2+{i * step}], %d{i};\n"
    return text + "ret;\n}\n"


def mma_kernel(case):
    shape, acc, a, b, ra, rb, rc = case
    body = (
        f"mma.sync.aligned.{shape}.row.col.{acc}.{a}.{b}.{acc} "
        f"{registers('d', 0, rc)}, {registers('a', 0, ra)}, "
        f"{registers('a', ra, rb)}, {registers('a', ra + rb, rc)};\n"
    )
    return lane_kernel(body, ra + rb + rc, rc), ra + rb + rc, rc


def ldmatrix_kernel(trans):
    t = ".trans" if trans else ""
    body = (
        ".shared .align 16 .b8 s[1024];\nmov.u32 %r2, s; shl.b32 %r3, %r1, 4;\n"
        "add.u32 %r3, %r2, %r3;\n"
        f"st.shared.v4.b32 [%r3], {registers('a', 0, 4)};\nbar.sync 0;\n"
        f"ldmatrix.sync.aligned.m8n8.x4{t}.shared.b16 {registers('d', 0, 4)}, [%r3];\n"
        f"stmatrix.sync.aligned.m8n8.x4{t}.shared.b16 [%r3+512], "
        f"{registers('a', 0, 4)};\nbar.sync 0;\n"
        f"ld.shared.v4.b32 {registers('d', 4, 4)}, [%r3+512];\n"
    )
    return lane_kernel(body, 4, 8), 4, 8


def wgmma_kernel(case, n, swizzle, trans_b):
    """The image of shared memory is the input: 16 KiB of A, 32 KiB of B."""
    kind, acc, k, size = case
    out = n // 4 if acc == "f16" else n // 2
    scales = "" if acc == "s32" else ", 1, 1"
    if size == 2:
        scales += f", 0, {int(trans_b)}"
    layout = {0: 0, 32: 3, 64: 2, 128: 1}[swizzle]
    stride = 256 if swizzle == 0 else 8 * swizzle
    leading = 128 if swizzle == 0 else 1024
    bits = (leading // 16) << 16 | (stride // 16) << 32 | layout << 62
    words = 49152 // 512
    body = ".shared .align 1024 .b8 s[49152];\nmov.u32 %r2, s; shl.b32 %r3, %r1, 2;\n"
    body += "add.u32 %r3, %r2, %r3;\n"
    for i in range(words):
        body += f"st.shared.b32 [%r3+{i * 512}], %a{i};\n"
    list_ = registers("d", 0, out)
    body += (
        "fence.proxy.async.shared::cta;\nbar.sync 0;\n"
        f"mov.b64 %rd4, {bits};\nshr.u32 %r4, %r2, 4; cvt.u64.u32 %rd5, %r4;\n"
        "or.b64 %rd5, %rd5, %rd4; add.u64 %rd6, %rd5, 1024;\n"
        "mov.u32 %r5, 0; setp.ne.u32 %p1, %r5, 0;\nwgmma.fence.sync.aligned;\n"
        f"wgmma.mma_async.sync.aligned.m64n{n}k{k}.{acc}.{kind}.{kind} {list_}, "
        f"%rd5, %rd6, %p1{scales};\n"
        "wgmma.commit_group.sync.aligned;\nwgmma.wait_group.sync.aligned 0;\n"
    )
    return lane_kernel(body, words, out, 128), words, out


# box, swizzle of a 64 x 32 tensor of 16-bit elements
TENSOR = [((8, 8), 0), ((16, 8), 32), ((32, 8), 64), ((64, 8), 128)]
TENSOR_EXTENTS = (64, 32)


def tensor_kernel(box):
    """Load a box that sticks out of the tensor, then write it as it lies."""
    size = box[0] * box[1] * 2
    return HEADER + (
        ".visible .entry k(.param .align 64 .b8 m[128], .param .u64 p) {\n"
        ".reg .b64 %rd<8>; .reg .b32 %r<16>; .reg .pred %p<4>;\n"
        ".shared .align 1024 .b8 s[4096]; .shared .align 8 .b8 b[8];\n"
        "mov.b64 %rd1, m; cvta.param.u64 %rd1, %rd1; ld.param.u64 %rd2, [p];\n"
        "mov.u32 %r1, %tid.x; mov.u32 %r2, s; mov.u32 %r3, b;\n"
        "setp.ne.u32 %p1, %r1, 0;\n@%p1 bra READY;\n"
        "mbarrier.init.shared::cta.b64 [%r3], 1; fence.proxy.async.shared::cta;\n"
        f"mov.u32 %r4, {TENSOR_EXTENTS[0] - box[0] // 2}; mov.u32 %r5, -2;\n"
        f"mbarrier.arrive.expect_tx.shared::cta.b64 _, [%r3], {size};\n"
        "cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx"
        "::bytes [%r2], [%rd1, {%r4, %r5}], [%r3];\nREADY: bar.sync 0;\n"
        "W: mbarrier.try_wait.parity.shared::cta.b64 %p2, [%r3], 0;\n"
        "@!%p2 bra W;\n"
        f"L: setp.ge.u32 %p3, %r1, {size // 4};\n@%p3 ret;\n"
        "shl.b32 %r7, %r1, 2; add.u32 %r8, %r2, %r7; ld.shared.u32 %r9, [%r8];\n"
        "cvt.u64.u32 %rd3, %r7; add.u64 %rd3, %rd3, %rd2;\n"
        "st.global.u32 [%rd3], %r9; add.u32 %r1, %r1, 32; bra L;\n}\n"
    )


class Gpu:
    """libcuda's driver interface, as much of it as a launch needs."""

    def __init__(self):
        self.lib = ctypes.CDLL("libcuda.so.1")
        self.call("cuInit", 0)
        device, self.context = ctypes.c_int(), ctypes.c_void_p()
        self.call("cuDeviceGet", ctypes.byref(device), 0)
        self.call("cuDevicePrimaryCtxRetain", ctypes.byref(self.context), device)
        self.call("cuCtxSetCurrent", self.context)

    def call(self, name, *arguments):
        code = getattr(self.lib, name)(*arguments)
        if code:
            raise RuntimeError(f"{name} failed with {code}")

    def tensor_map(self, address, box, swizzle):
        """cuTensorMapEncodeTiled of the tensor at this address."""
        storage = ctypes.create_string_buffer(192)
        base = (ctypes.addressof(storage) + 63) // 64 * 64
        extents = (ctypes.c_uint64 * 2)(*TENSOR_EXTENTS)
        strides = (ctypes.c_uint64 * 1)(TENSOR_EXTENTS[0] * 2)
        boxes = (ctypes.c_uint32 * 2)(*box)
        ones = (ctypes.c_uint32 * 2)(1, 1)
        mode = {0: 0, 32: 1, 64: 2, 128: 3}[swizzle]
        self.call(
            "cuTensorMapEncodeTiled", ctypes.c_void_p(base), 1, 2, address,
            extents, strides, boxes, ones, 0, mode, 0, 0,
        )  # fmt: skip
        return storage, base

    def run(self, ptx, data, out_bytes, threads, tensor=None):
        module, function = ctypes.c_void_p(), ctypes.c_void_p()
        self.call("cuModuleLoadData", ctypes.byref(module), ptx.encode() + b"\0")
        self.call("cuModuleGetFunction", ctypes.byref(function), module, b"k")
        pointers = []
        for size in (len(data), out_bytes):
            p = ctypes.c_uint64()
            self.call("cuMemAlloc_v2", ctypes.byref(p), ctypes.c_size_t(size))
            pointers.append(p)
        self.call("cuMemcpyHtoD_v2", pointers[0], data, ctypes.c_size_t(len(data)))
        self.call("cuMemsetD8_v2", pointers[1], 255, ctypes.c_size_t(out_bytes))
        parameters = (ctypes.c_void_p * 2)(
            *[ctypes.cast(ctypes.byref(p), ctypes.c_void_p) for p in pointers]
        )
        if tensor:
            _storage, base = self.tensor_map(pointers[0], *tensor)
            parameters[0] = base
        self.call(
            "cuLaunchKernel",
            function,
            1,
            1,
            1,
            threads,
            1,
            1,
            0,
            None,
            parameters,
            None,
        )
        self.call("cuCtxSynchronize")
        result = ctypes.create_string_buffer(out_bytes)
        self.call("cuMemcpyDtoH_v2", result, pointers[1], ctypes.c_size_t(out_bytes))
        for p in pointers:
            self.call("cuMemFree_v2", p)
        self.call("cuModuleUnload", module)
        return result.raw


def write_npy(path, data):
    words = len(data) // 4
    header = f"{{'descr': '<u4', 'fortran_order': False, 'shape': ({words},), }}"
    header = header.ljust((len(header) + 11 + 63) // 64 * 64 - 11) + "\n"
    path.write_bytes(
        b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + data
    )


def emulate(tool, folder, ptx, data, out_bytes, threads, tensor=None):
    (folder / "k.ptx").write_text(ptx)
    write_npy(folder / "in.npy", data)
    source = f"in:{folder / 'in.npy'}"
    if tensor:
        box, swizzle = tensor
        extents = "x".join(map(str, TENSOR_EXTENTS))
        boxes = "x".join(map(str, box))
        source = f"map:u2:{extents}:{boxes}:{swizzle},{folder / 'in.npy'}"
    subprocess.run(
        [
            tool,
            str(folder / "k.ptx"),
            f"--block={threads}",
            f"--arg={source}",
            f"--arg=out:u4:{out_bytes // 4},{folder / 'out.npy'}",
        ],
        check=True,
    )
    raw = (folder / "out.npy").read_bytes()
    return raw[-out_bytes:]


SMALL = {  # small integers -3..3 in each format
    "f16": [0xC200, 0xC000, 0xBC00, 0, 0x3C00, 0x4000, 0x4200],
    "bf16": [0xC040, 0xC000, 0xBF80, 0, 0x3F80, 0x4000, 0x4040],
    "tf32": [0xC0400000, 0xC0000000, 0xBF800000, 0, 0x3F800000, 0x40000000, 0x40400000],
    "e4m3": [0xC4, 0xC0, 0xB8, 0, 0x38, 0x40, 0x44],
    "e5m2": [0xC2, 0xC0, 0xBC, 0, 0x3C, 0x40, 0x42],
    "s8": [253, 254, 255, 0, 1, 2, 3],
    "u8": [0, 1, 2, 3, 4, 5, 6],
}
SIZE = {"f16": 2, "bf16": 2, "tf32": 4, "e4m3": 1, "e5m2": 1, "s8": 1, "u8": 1}


def operand_words(rng, kind, count):
    size = SIZE[kind]
    values = [rng.choice(SMALL[kind]) for _ in range(count * 4 // size)]
    return b"".join(v.to_bytes(size, "little") for v in values)


def cases(rng):
    for case in MMA:
        ptx, inputs, outputs = mma_kernel(case)
        _, acc, a, b, ra, rb, rc = case
        data = operand_words(rng, a, ra * 32) + operand_words(rng, b, rb * 32)
        data += bytes(rc * 128)
        yield f"mma.{case[0]}.{acc}.{a}.{b}", ptx, data, outputs * 128, 32, None
    for trans in (False, True):
        ptx, inputs, outputs = ldmatrix_kernel(trans)
        data = bytes(rng.randrange(256) for _ in range(inputs * 128))
        yield f"ldmatrix{'.trans' if trans else ''}", ptx, data, outputs * 128, 32, None
    for case in WGMMA:
        for n in (8, 64, 256):
            for swizzle in (0, 32, 64, 128):
                for trans in (False, True) if case[3] == 2 else (False,):
                    if trans and n * 2 % max(swizzle, 16):
                        continue
                    ptx, inputs, outputs = wgmma_kernel(case, n, swizzle, trans)
                    data = operand_words(rng, case[0], inputs * 128)
                    name = f"wgmma.n{n}.{case[1]}.{case[0]}.swizzle{swizzle}"
                    name += ".trans" if trans else ""
                    yield name, ptx, data, outputs * 512, 128, None
    for box, swizzle in TENSOR:
        data = bytes(rng.randrange(256) for _ in range(64 * 32 * 2))
        size = box[0] * box[1] * 2
        name = f"tensor.{box[0]}x{box[1]}.swizzle{swizzle}"
        yield name, tensor_kernel(box), data, size, 32, (box, swizzle)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--emulate", required=True, help="path of ptx-emulate")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30) | 1)
    parser.add_argument(
        "--emulator-only", action="store_true", help="run the cases without a GPU"
    )
    options = parser.parse_args()
    print(f"seed {options.seed}")
    rng = random.Random(options.seed)
    gpu = None
    if not options.emulator_only:
        try:
            gpu = Gpu()
        except (OSError, RuntimeError) as error:
            print(f"skipped: no GPU ({error})")
            return 77
    different = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for label, ptx, data, out_bytes, threads, tensor in cases(rng):
            got = emulate(
                options.emulate, folder, ptx, data, out_bytes, threads, tensor
            )
            if gpu is None:
                print(f"ran        {label}")
                continue
            want = gpu.run(ptx, data, out_bytes, threads, tensor)
            words = sum(
                got[i : i + 4] != want[i : i + 4] for i in range(0, out_bytes, 4)
            )
            different += words != 0
            print(f"{'DIFFERENT' if words else 'equal    '}  {label}  {words} words")
    print(f"{different} cases differ")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
