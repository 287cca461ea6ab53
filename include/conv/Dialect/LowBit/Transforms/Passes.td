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

#endif // CONV_DIALECT_LOWBIT_TRANSFORMS_PASSES_TD
