// Options that name nothing are told what there is.

// RUN: not conv-opt %s --conv-pipeline="target=tpu" 2>&1 | FileCheck %s --check-prefix=TARGET
// RUN: not conv-opt %s --conv-pipeline="level=sse" 2>&1 | FileCheck %s --check-prefix=LEVEL
// RUN: not conv-opt %s --conv-pipeline="level=avx2,neon" 2>&1 | FileCheck %s --check-prefix=ONE
// RUN: not conv-opt %s --conv-pipeline="arithmetic=f8" 2>&1 | FileCheck %s --check-prefix=ARITHMETIC
// RUN: not conv-opt %s --conv-pipeline="until=never" 2>&1 | FileCheck %s --check-prefix=UNTIL
// RUN: not conv-translate %s --mlir-to-package --levels=sse 2>&1 | FileCheck %s --check-prefix=LEVEL
// RUN: not conv-translate %s --mlir-to-package --arithmetic=f8 2>&1 | FileCheck %s --check-prefix=ARITHMETIC
// RUN: not conv-translate %s --mlir-to-object --levels=all 2>&1 | FileCheck %s --check-prefix=OBJECT
// RUN: not conv-translate %s --mlir-to-package -o %t/none/p.pkg 2>&1 | FileCheck %s --check-prefix=OUTPUT
// RUN: not conv-translate --list-package %s 2>&1 | FileCheck %s --check-prefix=LIST

// TARGET: unknown target "tpu"; the targets are: cpu, cuda
// LEVEL: unknown level "sse"; the levels are host, all, baseline, avx2, avx512, avx512fp16, neon
// ONE: a pipeline is for one level, but "avx2,neon" are 2; conv-translate makes packages of several
// ARITHMETIC: unknown {{(arithmetic )?}}"f8"; known are: f32, f16
// UNTIL: Cannot find option named 'never'
// OBJECT: --levels names {{[0-9]+}} levels; this output is for one
// OUTPUT: none/p.pkg': No such file or directory
// LIST: error: {{.*}}pipeline-errors.mlir: {{.*}}package

func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
