//===- Passes.td - Passes on the monarch dialect -----------*- tablegen -*-===//

#ifndef CONV_DIALECT_MONARCH_TRANSFORMS_PASSES_TD
#define CONV_DIALECT_MONARCH_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def MonarchToVector : Pass<"convert-monarch-to-vector", "mlir::ModuleOp"> {
  let summary = "Emit CPU kernels for monarch ops as vector code";
  let description = [{
    Replaces `monarch.rows`, `monarch.spectrum`, `monarch.direct` and
    `monarch.transform` on memrefs by a `monarch.parallel_call` of a private
    function that computes a range of rows. The functions hold `scf` loops over
    `vector` operations: nothing in them depends on the instruction set, and
    vectors of 16 `f32` are split where registers are narrower.

    Twiddles and twists become constant globals. A call takes the workspace that
    its plan needs: the transforms of one row. Items of `monarch.rows` are rows,
    channel outermost, so that a thread keeps a channel's spectrum in cache for
    all its batches.

    `monarch.transform` puts a transform into each lane: neighbouring rows of a
    short one, neighbouring columns and then rows of N1 x N2 samples of a long
    one, so that a row of any length goes through memory twice. Radices 2, 4, 8
    and the primes up to 13 are unrolled, other primes are loops. Twiddles are
    computed in float64; their tables grow with the square root of N where N can
    be cut in two. A chirp and its transform are computed once for each range of
    rows. Pairs of real and imaginary parts are loaded through `!llvm.ptr`,
    because memrefs of complex numbers have no vector loads.

    With `tiles`, a `monarch.direct` whose plan is `toeplitz` becomes products of
    `amx` tiles, 16 rows of a channel at a time. Without, which is right for any
    CPU, it becomes one multiply-add per tap and output in f32, which is more
    exact than the plan promises.

    Example: a spectrum and the rows that it multiplies become

    ```mlir
    monarch.parallel_call @conv_spectrum(%taps, %s) extent(%channels)
        workspace(%c4480) : memref<?xf32>, memref<?xf32>
    monarch.parallel_call @conv_rows(%u, %s, %y, %batch) extent(%rows)
        workspace(%c6720) : memref<?xf32>, memref<?xf32>, memref<?xf32>, index
    ```
  }];
  let options = [
    Option<"tiles", "tiles", "bool", "false",
           "Emit toeplitz plans for CPUs with AMX tiles of bf16">
  ];
  let dependentDialects = [
    "mlir::amx::AMXDialect", "mlir::arith::ArithDialect",
    "mlir::func::FuncDialect", "mlir::LLVM::LLVMDialect",
    "mlir::memref::MemRefDialect", "mlir::scf::SCFDialect",
    "mlir::vector::VectorDialect"];
}

#endif // CONV_DIALECT_MONARCH_TRANSFORMS_PASSES_TD
