// RUN: conv-opt %s --convert-monarch-to-vector --canonicalize --cse --split-input-file | FileCheck %s

// A length that can be cut is transformed in two passes of 16 columns, then 16
// rows: here 32 x 32. The row between the passes and two tiles are workspace.

// CHECK-DAG: memref.global "private" constant @[[LANES:conv_roots_3]] : memref<1024xf32>
// CHECK-DAG: memref.global "private" constant @[[FINE:conv_roots_1]] : memref<64xf64>
// CHECK-LABEL: func.func @two_passes
// CHECK-SAME: %[[X:.*]]: memref<?x2x1024xcomplex<f32>>, %[[Y:.*]]: memref<
// CHECK-DAG: %[[WORKSPACE:.*]] = arith.constant 16384 : index
// CHECK-DAG: %[[BATCH:.*]] = memref.dim %[[X]]
// CHECK: %[[ROWS:.*]] = arith.muli %[[BATCH]], %c2
// CHECK-DAG: %[[FLAT_X:.*]] = memref.collapse_shape %[[X]]
// CHECK-DAG: %[[FLAT_Y:.*]] = memref.collapse_shape %[[Y]]
// CHECK: monarch.parallel_call @conv_fourier(%[[FLAT_X]], %[[FLAT_Y]]) extent(%[[ROWS]]) workspace(%[[WORKSPACE]])
func.func @two_passes(%x: memref<?x2x1024xcomplex<f32>>, %y: memref<?x2x1024xcomplex<f32>>) {
  monarch.transform direction<forward> %x, %y ordering<natural> plan<algorithm = mixed_radix, factors = [4, 4, 4, 4, 4]>
    : memref<?x2x1024xcomplex<f32>>, memref<?x2x1024xcomplex<f32>>
  return
}

// CHECK: func.func private @conv_fourier
// CHECK-SAME: %[[IN:.*]]: memref<?xcomplex<f32>>, %[[OUT:.*]]: memref<?xcomplex<f32>>, %[[BEGIN:.*]]: index, %[[END:.*]]: index, %{{.*}}: memref<?xi8>
// CHECK: %[[ADDRESS:.*]] = memref.extract_aligned_pointer_as_index %[[IN]]
// CHECK: %[[CAST:.*]] = arith.index_cast %[[ADDRESS]]
// CHECK: %[[POINTER:.*]] = llvm.inttoptr %[[CAST]]
// CHECK: scf.for %{{.*}} = %[[BEGIN]] to %[[END]]
// Columns: 16 pairs are one load, split into real and imaginary parts.
// CHECK: scf.for %{{.*}} = %c0 to %c2
// CHECK: llvm.getelementptr %[[POINTER]]
// CHECK: %[[PAIRS:.*]] = llvm.load %{{.*}} {alignment = 4 : i64} : !llvm.ptr -> vector<32xf32>
// CHECK: vector.shuffle %[[PAIRS]], %[[PAIRS]] [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30]
// CHECK: vector.shuffle %[[PAIRS]], %[[PAIRS]] [1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31]
// The twiddle between the passes is computed in float64.
// CHECK: arith.truncf {{.*}} : f64 to f32
// Rows: squares of 16 x 16 are transposed.
// CHECK: scf.for %{{.*}} = %c0 to %c2
// CHECK: vector.shuffle {{.*}} [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]
// CHECK: llvm.store {{.*}} {alignment = 4 : i64} : vector<32xf32>, !llvm.ptr

// -----

// The digits of each pass have a table: 16 positions of the rows that the
// first one writes, 64 points of a row.

// CHECK-DAG: memref.global "private" constant @conv_digits : memref<16xi32> = dense<[0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15]>
// CHECK-DAG: memref.global "private" constant @conv_digits_0 : memref<64xi32> = dense<[0, 16, 32, 48, 4, 20, 36, 52,
// CHECK-LABEL: func.func @reversed
func.func @reversed(%x: memref<1024xcomplex<f32>>, %y: memref<1024xcomplex<f32>>) {
  monarch.transform direction<forward> %x, %y ordering<digit_reversed> plan<algorithm = mixed_radix, factors = [4, 4, 4, 4, 4]>
    : memref<1024xcomplex<f32>>, memref<1024xcomplex<f32>>
  return
}

// -----

// A short transform takes 16 rows at once, and the rest of a range by
// themselves, 4 columns of 6 x 8 samples at once. An inverse one exchanges the
// parts and divides by 48.

// CHECK-LABEL: func.func @short
// CHECK: func.func private @conv_fourier
// CHECK-SAME: %[[BEGIN:[^ ]*]]: index, %[[END:[^ ]*]]: index
// CHECK-DAG: %[[SCALE:.*]] = arith.constant dense<0.020833334> : vector<16xf32>
// CHECK: %[[COUNT:.*]] = arith.subi %[[END]], %[[BEGIN]]
// CHECK: %[[PART:.*]] = arith.remui %[[COUNT]], %c16
// CHECK: %[[REST:.*]] = arith.subi %[[END]], %[[PART]]
// CHECK: scf.for %{{.*}} = %[[BEGIN]] to %[[REST]] step %c16
// CHECK: llvm.load {{.*}} -> vector<32xf32>
// CHECK: arith.mulf %{{.*}}, %[[SCALE]]
// CHECK: llvm.store {{.*}} : vector<32xf32>, !llvm.ptr
// CHECK: scf.for %{{.*}} = %[[REST]] to %[[END]] step %c1
// CHECK: llvm.load {{.*}} -> vector<8xf32>
func.func @short(%x: memref<?x48xcomplex<f32>>, %y: memref<?x48xcomplex<f32>>) {
  monarch.transform direction<inverse> %x, %y ordering<natural> plan<algorithm = mixed_radix, factors = [3, 16]>
    : memref<?x48xcomplex<f32>>, memref<?x48xcomplex<f32>>
  return
}

// -----

// The sum by definition reads w^(jk) by an index that wraps around at 17. Eight
// lanes of complex<f64> are a register. The rest of a range, of less than eight
// rows, is copied into a tile an element at a time.

// CHECK-LABEL: func.func @direct
// CHECK: func.func private @conv_fourier
// CHECK: %[[OVER:.*]] = arith.cmpi uge, %[[NEXT:.*]], %c17
// CHECK: arith.select %[[OVER]], %{{.*}}, %[[NEXT]]
// CHECK: vector.fma {{.*}} : vector<8xf64>
// CHECK: %[[ROWS:.*]] = arith.minui %{{.*}}, %c8
// CHECK: scf.for %{{.*}} = %c0 to %[[ROWS]]
// CHECK: llvm.load {{.*}} {alignment = 8 : i64} : !llvm.ptr -> vector<2xf64>
func.func @direct(%x: memref<?x17xcomplex<f64>>, %y: memref<?x17xcomplex<f64>>) {
  monarch.transform direction<forward> %x, %y ordering<natural> plan<algorithm = direct>
    : memref<?x17xcomplex<f64>>, memref<?x17xcomplex<f64>>
  return
}

// -----

// Bluestein: the chirp's phase n^2 mod 2N is kept as an integer, once a range;
// each row is convolved with it at 256 points.

// CHECK-LABEL: func.func @bluestein
// CHECK: func.func private @conv_fourier
// CHECK: scf.for %[[N:.*]] = %c0 to %c101 step %c1 iter_args(%[[SQUARE:.*]] = %c0)
// CHECK: arith.cmpi uge, %{{.*}}, %c202
// CHECK: scf.yield
// CHECK: scf.for %{{.*}} = %{{.*}} to %{{.*}} step %c1
func.func @bluestein(%x: memref<?x101xcomplex<f32>>, %y: memref<?x101xcomplex<f32>>) {
  monarch.transform direction<forward> %x, %y ordering<natural> plan<algorithm = bluestein, factors = [16, 16]>
    : memref<?x101xcomplex<f32>>, memref<?x101xcomplex<f32>>
  return
}
