// RUN: conv-opt %s --conv-pipeline="target=cpu level=avx512 until=vector" \
// RUN:   | FileCheck %s
// RUN: conv-opt %s --conv-pipeline="target=cpu level=avx512fp16 arithmetic=f16 until=vector" \
// RUN:   | FileCheck %s --check-prefix=HALF

// A filter and the rows that it multiplies are two parallel calls: items of the
// first are filters, items of the second rows, channel by channel.

// CHECK-LABEL: func @causal(
// CHECK: %[[FILTERS:.*]] = arith.constant 8 : index
// CHECK: monarch.parallel_call @conv_spectrum(%{{.*}}, %{{.*}}) extent(%{{.*}}) workspace(%{{.*}}) : memref<?xf32>, memref<?xf32>
// CHECK: arith.muli %{{.*}}, %{{.*}} : index
// CHECK: monarch.parallel_call @conv_rows(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) extent

// CHECK-LABEL: func private @conv_spectrum(
// CHECK: memref.get_global @conv_twists

// The rows kernel streams only where the output is large and its lines whole,
// and fences what it streamed.
// CHECK-LABEL: func private @conv_rows(
// CHECK-SAME: memref<?xf32>, %{{.*}}: memref<?xf32>, %{{.*}}: memref<?xf32>, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: memref<?xi8>
// CHECK: memref.extract_aligned_pointer_as_index
// CHECK: vector.fma %{{.*}} : vector<16xf32>
// CHECK: vector.shuffle
// CHECK: vector.store %{{.*}} {alignment = 64 : i64, nontemporal = true}
// CHECK: llvm.fence seq_cst

// In half precision a register holds two rows, and the spectrum is narrowed
// once a channel.
// HALF-LABEL: func @causal(
// HALF-LABEL: func private @conv_rows(
// HALF: vector.shuffle %{{.*}} : vector<16xf16>, vector<16xf16>
// HALF: vector.fma %{{.*}} : vector<32xf16>

func.func @causal(%u: tensor<?x8x1024xf32>, %k: tensor<8x1024xf32>)
    -> tensor<?x8x1024xf32> {
  %c0 = arith.constant 0 : index
  %batch = tensor.dim %u, %c0 : tensor<?x8x1024xf32>
  %init = tensor.empty(%batch) : tensor<?x8x1024xf32>
  %y = conv.long_conv causal
      ins(%u, %k : tensor<?x8x1024xf32>, tensor<8x1024xf32>)
      outs(%init : tensor<?x8x1024xf32>)
  return %y : tensor<?x8x1024xf32>
}
