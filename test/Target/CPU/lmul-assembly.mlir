// RUN: conv-translate --mlir-to-asm --levels=avx512 %s | FileCheck %s --check-prefixes=CHECK,ZMM
// RUN: conv-translate --mlir-to-asm --levels=avx2 %s | FileCheck %s --check-prefixes=CHECK,YMM
// RUN: conv-translate --mlir-to-asm --levels=avx512fp16 %s | FileCheck %s --check-prefix=TILES

// The inner loop of a tile: integer additions and float additions, and no
// multiplication of floats anywhere in the function. Sums stay in registers.
// CHECK-LABEL: lowbit_lmul_tile:
// CHECK-NOT: {{vmulps|vmulss|vfm|vfnm|vdpbf}}
// ZMM: vpaddd {{.*}}%zmm
// ZMM-NEXT: vaddps {{.*}}%zmm
// YMM: vpaddd {{.*}}%ymm
// YMM-NEXT: vaddps {{.*}}%ymm
// CHECK-NOT: {{vmulps|vmulss|vfm|vfnm|vdpbf}}
// CHECK: .size{{.*}}lowbit_lmul_tile
func.func @adder(%a: tensor<?x128xf32>, %b: tensor<128x1024xf32>) -> tensor<?x1024xf32> {
  %zero = arith.constant 0 : index
  %m = tensor.dim %a, %zero : tensor<?x128xf32>
  %init = tensor.empty(%m) : tensor<?x1024xf32>
  %c = lowbit.lmul_matmul adder ins(%a, %b : tensor<?x128xf32>, tensor<128x1024xf32>) outs(%init : tensor<?x1024xf32>)
  return %c : tensor<?x1024xf32>
}

// The equation of bf16 numbers is a product of tiles where there are any.
// TILES: tdpbf16ps
// TILES: tdpbf16ps
func.func @equation(%a: tensor<?x128xbf16>, %b: tensor<128x1024xbf16>) -> tensor<?x1024xf32> {
  %zero = arith.constant 0 : index
  %m = tensor.dim %a, %zero : tensor<?x128xbf16>
  %init = tensor.empty(%m) : tensor<?x1024xf32>
  %c = lowbit.lmul_matmul equation ins(%a, %b : tensor<?x128xbf16>, tensor<128x1024xbf16>) outs(%init : tensor<?x1024xf32>)
  return %c : tensor<?x1024xf32>
}
