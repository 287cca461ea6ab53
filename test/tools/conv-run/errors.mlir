// What is wrong with the command line or a file is said, and nothing runs.

// REQUIRES: numpy
// RUN: %python %S/Inputs/arrays.py make %t
// RUN: not conv-run %t/none.mlir 2>&1 | FileCheck %s --check-prefix=NOFILE
// NOFILE: none.mlir': No such file or directory
// RUN: not conv-run %s 2>&1 | FileCheck %s --check-prefix=SEVERAL
// SEVERAL: several public functions, or none; choose with --entry (public functions: @f @g)
// RUN: not conv-run %s --entry=h 2>&1 | FileCheck %s --check-prefix=ENTRY
// ENTRY: has no public function @h (public functions: @f @g)
// RUN: not conv-run %s --entry=f --target=gpu 2>&1 | FileCheck %s --check-prefix=TARGET
// TARGET: unknown target "gpu"; the targets are: cpu, cuda, cuda:N, emulate, emulate:sm_NN
// RUN: env CONVRT_CUDA_LIBRARY=%t/none not conv-run %s --entry=f --target=cuda 2>&1 | FileCheck %s --check-prefix=DRIVER
// DRIVER: error: cannot open the CUDA driver '{{.*}}none': {{.*}}; install the driver of the GPU, or set CONVRT_CUDA_LIBRARY to its path
// RUN: not conv-run %s --entry=f --target=cuda:x 2>&1 | FileCheck %s --check-prefix=DEVICE
// DEVICE: 'cuda:x' is no device; known are 'cuda', 'cuda:N', 'emulate' and 'emulate:sm_NN'
// RUN: not conv-run %s --entry=f --target=emulate:sm_70 2>&1 | FileCheck %s --check-prefix=EMULATED
// EMULATED: 'emulate:sm_70': the emulator has 6 devices, but none of that architecture
// RUN: not conv-run %s --entry=f --level=avx3 2>&1 | FileCheck %s --check-prefix=LEVEL
// LEVEL: unknown level "avx3"; the levels are host, all, baseline, avx2, avx512, avx512fp16, neon
// RUN: not conv-run %s --entry=f --input=v=%t/f32.npy 2>&1 | FileCheck %s --check-prefix=NAME
// NAME: --input: @f has no "v"; it has u
// RUN: not conv-run %s --entry=f --output=u=%t/o.npy 2>&1 | FileCheck %s --check-prefix=OUTNAME
// OUTNAME: --output: @f has no "u"; it has y
// RUN: not conv-run %s --entry=f --input=u 2>&1 | FileCheck %s --check-prefix=FORM
// FORM: --input=u is not of the form NAME=value
// RUN: not conv-run %s --entry=f --input=u=%t/missing.npy 2>&1 | FileCheck %s --check-prefix=MISSING
// MISSING: --input=u: {{.*}}missing.npy: No such file or directory
// RUN: not conv-run %s --entry=f --input=u=%t/f64.npy 2>&1 | FileCheck %s --check-prefix=TYPE
// TYPE: f64.npy: holds f64, but f32 is needed; convert it before saving
// RUN: not conv-run %s --entry=f --input=u=%t/big-endian.npy 2>&1 | FileCheck %s --check-prefix=ENDIAN
// ENDIAN: holds dtype '>f4', but f32 is needed
// RUN: not conv-run %s --entry=g --input=u=%t/f32.npy 2>&1 | FileCheck %s --check-prefix=BF16
// BF16: holds f32, but bf16 (saved as '<V2' or '<u2') is needed
// RUN: not conv-run %s --entry=f --input=u=%t/fortran.npy 2>&1 | FileCheck %s --check-prefix=FORTRAN
// FORTRAN: is in Fortran order; save numpy.ascontiguousarray(...)
// RUN: not conv-run %s --entry=f --input=u=%t/short.npy 2>&1 | FileCheck %s --check-prefix=SHAPE
// SHAPE: short.npy: has shape 3x2x63, but u is d0x2x64
// RUN: not conv-run %s --entry=f --input=u=%t/f32.npy --dim=d0=4 2>&1 | FileCheck %s --check-prefix=DIM
// DIM: --dim=d0=4, but an input has 3
// RUN: not conv-run %s --entry=f --input=u=%t/cut.npy 2>&1 | FileCheck %s --check-prefix=CUT
// CUT: has 1531 bytes of data, but its shape needs 1536
// RUN: not conv-run %s --entry=f --input=u=%t/header.npy 2>&1 | FileCheck %s --check-prefix=HEADER
// HEADER: ends within its header
// RUN: not conv-run %s --entry=f --input=u=%t/version.npy 2>&1 | FileCheck %s --check-prefix=VERSION
// VERSION: has .npy version 9; versions 1 to 3 are known
// RUN: not conv-run %s --entry=f --input=u=%t/text.npy 2>&1 | FileCheck %s --check-prefix=TEXT
// TEXT: is not an .npy file; write it with numpy.save
// RUN: not conv-run %s --entry=f --output=y=%t/none/y.npy 2>&1 | FileCheck %s --check-prefix=OUT
// OUT: --output=y: cannot write {{.*}}none/y.npy: {{.*}}No such file or directory

func.func @f(%u: tensor<?x2x64xf32>) -> tensor<?x2x64xf32> {
  %y = arith.negf %u : tensor<?x2x64xf32>
  return %y : tensor<?x2x64xf32>
}

func.func @g(%u: tensor<?x2x64xbf16>) -> tensor<?x2x64xbf16> {
  %y = arith.negf %u : tensor<?x2x64xbf16>
  return %y : tensor<?x2x64xbf16>
}
