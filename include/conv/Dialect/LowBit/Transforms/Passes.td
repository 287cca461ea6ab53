//===- Passes.td - Passes on the lowbit dialect ------------*- tablegen -*-===//

#ifndef CONV_DIALECT_LOWBIT_TRANSFORMS_PASSES_TD
#define CONV_DIALECT_LOWBIT_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def ExpandLMul : Pass<"lowbit-expand-lmul"> {
  let summary = "Write L-Mul of numbers and vectors as integer arithmetic";
  let description = [{
    Replaces `lowbit.lmul` of numbers and vectors by `arith` operations on their
    bits, by the rules of the operation. Magnitudes are added as unsigned
    integers of the format's own width, which hold the sum of any two; the bias
    is subtracted last, so that underflow and overflow are comparisons of the
    sum. With `range` `assumed` only the additions are left. On tensors, first
    make the operations loops over numbers with `convert-elementwise-to-linalg`.

    Example:

    ```mlir
    %z = lowbit.lmul adder %x, %y {range = #lowbit.range<assumed>} : vector<16xf32>
    ```

    becomes

    ```mlir
    %offset = arith.constant dense<-1064828928> : vector<16xi32>
    %a = arith.bitcast %x : vector<16xf32> to vector<16xi32>
    %b = arith.bitcast %y : vector<16xf32> to vector<16xi32>
    %biased = arith.addi %a, %offset : vector<16xi32>
    %sum = arith.addi %biased, %b : vector<16xi32>
    %z = arith.bitcast %sum : vector<16xi32> to vector<16xf32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

def IntegersToVector
    : Pass<"convert-lowbit-integers-to-vector", "::mlir::ModuleOp"> {
  let summary = "Emit CPU kernels for the integer ops of lowbit as vector code";
  let description = [{
    Replaces `lowbit.ternary_pack`, `lowbit.ternary_matmul`,
    `lowbit.int8_matmul`, `lowbit.scales`, `lowbit.quantize`,
    `lowbit.dequantize` and `lowbit.requantize` on memrefs by a `monarch.parallel_call` of a private
    function that computes a range of rows or outputs.

    A product first copies its rows into tiles of 16 rows and 64 inputs, with
    zeros past K. A thread then brings the weights of 64 outputs into its
    workspace and multiplies all rows by them: with `tiles`, by AMX tiles of i8;
    with `dot` `bytes` by `vpdpbusd`, whose one unsigned factor is the rows plus
    128; with `pairs` by `pmaddwd` of 16-bit numbers; else by vectors of i32.
    With `bytes`, up to four rows are multiplied by packed ternary weights as
    they are: of each 64 bytes four masks select 2-bit fields, whose sums are
    shifted once at the end, and weights are fetched 4 KB ahead.

    Every variant gives the same bits: sums are exact modulo 2^32.

    Example: a product of a static number of rows becomes

    ```mlir
    monarch.parallel_call @lowbit_pack_rows(%x, %tiles) extent(%rows)
        workspace(%c0) : memref<?xi8>, memref<?xi8>
    monarch.parallel_call @lowbit_ternary_matmul(%tiles, %w, %y, %rows)
        extent(%panels) workspace(%c140000)
        : memref<?xi8>, memref<?xi8>, memref<?xi32>, index
    ```
  }];
  let options = [
    Option<"dot", "dot", "::conv::lowbit::Dot",
           "::conv::lowbit::Dot::portable", "How bytes are multiplied",
           [{::llvm::cl::values(
             clEnumValN(::conv::lowbit::Dot::portable, "portable", "any CPU"),
             clEnumValN(::conv::lowbit::Dot::pairs, "pairs", "pmaddwd"),
             clEnumValN(::conv::lowbit::Dot::bytes, "bytes", "AVX-512 VNNI"))}]>,
    Option<"vectorBits", "vector-bits", "int64_t", "128",
           "Width of a vector register: 128, 256 or 512">,
    Option<"tiles", "tiles", "bool", "false",
           "Multiply more than a few rows by AMX tiles of i8">
  ];
  let dependentDialects = [
    "::mlir::amx::AMXDialect", "::mlir::arith::ArithDialect",
    "::mlir::func::FuncDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::math::MathDialect",    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect", "::conv::monarch::MonarchDialect"];
}

def LowBitDecompose : Pass<"lowbit-decompose"> {
  let summary = "Write attention by L-Mul as its products and a softmax";
  let description = [{
    Replaces `lowbit.lmul_attention` on tensors by two `lowbit.lmul_matmul`s and
    four `linalg.generic`s: scale and mask, the maxima of rows, the exponentials
    and their sums, and the quotients. The exponential is a polynomial, with a
    relative error below 3e-7: a kernel calls no library.

    Example:

    ```mlir
    %c = lowbit.lmul_attention adder
        ins(%q, %k, %v : tensor<2x4x8xf32>, tensor<2x6x8xf32>, tensor<2x6x3xf32>)
        outs(%init : tensor<2x4x3xf32>)
    ```

    becomes

    ```mlir
    %s = lowbit.lmul_matmul adder ins(%q, %k : tensor<2x4x8xf32>, tensor<2x6x8xf32>)
        outs(%scores : tensor<2x4x6xf32>) {transpose_b}
    %scaled = linalg.generic ...
    %max = linalg.generic ...
    %exp:2 = linalg.generic ...
    %p = linalg.generic ...
    %c = lowbit.lmul_matmul adder ins(%p, %v : tensor<2x4x6xf32>, tensor<2x6x3xf32>)
        outs(%init : tensor<2x4x3xf32>)
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::tensor::TensorDialect"];
}

def LowBitPlan : Pass<"lowbit-plan"> {
  let summary = "Choose how every product by L-Mul is computed";
  let description = [{
    Writes `#lowbit.lmul_plan` on each `lmul_matmul`, or completes the one that
    is there. The cheaper of the two forms is chosen by a count of cycles a
    product: an integer form takes one vector operation for each addition, a
    matrix unit a number of products a cycle on tiles that are filled up to their
    size. Every choice is a remark (category `lowbit-plan`, passed, with
    `cycles_per_16_products` as metric), every rejected form a missed remark with
    the reason.

    Example:

    ```mlir
    %c = lowbit.lmul_matmul adder
        ins(%a, %b : tensor<?x128xbf16>, tensor<128x1024xbf16>)
        outs(%init : tensor<?x1024xf32>)
    ```

    becomes

    ```mlir
    %c = lowbit.lmul_matmul adder
        ins(%a, %b : tensor<?x128xbf16>, tensor<128x1024xbf16>)
        outs(%init : tensor<?x1024xf32>)
        {plan = #lowbit.lmul_plan<form = integer, rows = 6, columns = 64>}
    ```
  }];
  let options = [
    Option<"device", "device", "std::string", "\"cpu-avx512\"",
           "Device whose facts predict costs: cpu-avx512, cpu-avx2, "
           "cpu-baseline, cpu-neon">,
    Option<"tiles", "tiles", "bool", "false",
           "Whether the device has AMX tiles of bf16">,
    Option<"emitRemarks", "emit-remarks", "bool", "false",
           "Report choices and rejections as diagnostics at the operation">
  ];
}

def LMulToVector : Pass<"convert-lowbit-lmul-to-vector", "::mlir::ModuleOp"> {
  let summary = "Emit CPU kernels for planned products by L-Mul as vector code";
  let description = [{
    Replaces `lowbit.lmul_dot` on memrefs by a `monarch.parallel_call` over rows,
    and `lowbit.lmul_matmul` by two `monarch.parallel_call`s of
    private functions: one packs `b` into panels of as many columns as the plan's
    tile has, as words of f32 with flags that say whether a panel has zeros or
    numbers of extreme size, the other packs rows of `a`, adds the bias to them
    once, and multiplies them with the panels.

    The inner loop of the adder is one integer addition and one float addition a
    product. In the `matrix_unit` form packed words are pairs of bf16 numbers,
    (x, P(x)) and (P(y), y - (1 - c) P(y)), whose dot product is L-Mul. Tiles
    whose flags say so go through a slower loop, which keeps zeros apart, or
    applies every rule. An op without a plan is an error.

    Example:

    ```mlir
    lowbit.lmul_matmul adder ins(%a, %b : memref<64x128xf32>, memref<128x64xf32>)
        outs(%c : memref<64x64xf32>)
        {plan = #lowbit.lmul_plan<form = integer, rows = 6, columns = 64>}
    ```

    becomes

    ```mlir
    %words = memref.alloc(%size) {alignment = 64 : i64} : memref<?xi32>
    %flags = memref.alloc(%panels) : memref<?xi32>
    monarch.parallel_call @lowbit_lmul_pack(%b1, %words, %flags, ...) extent(%panels) ...
    monarch.parallel_call @lowbit_lmul_matmul(%a1, %b1, %words, %flags, %c1, ...) extent(%items) ...
    memref.dealloc %words : memref<?xi32>
    memref.dealloc %flags : memref<?xi32>
    ```
  }];
  let options = [
    Option<"tiles", "tiles", "bool", "false",
           "Emit matrix_unit plans for CPUs with AMX tiles of bf16">
  ];
  let dependentDialects = [
    "::mlir::amx::AMXDialect", "::mlir::arith::ArithDialect",
    "::mlir::func::FuncDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect",
    "::conv::monarch::MonarchDialect"];
}

#endif // CONV_DIALECT_LOWBIT_TRANSFORMS_PASSES_TD
