//===- Passes.td - Passes of the CPU target ----------------*- tablegen -*-===//

#ifndef CONV_TARGET_CPU_PASSES_TD
#define CONV_TARGET_CPU_PASSES_TD

include "mlir/Pass/PassBase.td"

def NameKernelArguments : Pass<"conv-name-kernel-arguments", "::mlir::ModuleOp"> {
  let summary = "Write the signature of every public function as an attribute";
  let description = [{
    Gives each public function a `conv.signature`: the name, role, dtype and
    shape of every tensor that the kernel made from it will take, inputs before
    outputs. Bufferization forgets which dynamic sizes are equal, so this runs
    on tensors: sizes that the ops of the body tie together share one symbol,
    and every size of a result must be tied to one of an argument.

    Arguments become read-only for bufferization: inputs belong to the caller.

    Names come from `conv.name` on arguments and results, else they are `arg0`,
    `arg1`, ... and `result0`, ...

    Rejected, with the function and the argument: arguments that are not ranked
    tensors; element types other than f64, f32, f16, bf16, complex<f32>,
    complex<f64> and integers of 8 to 64 bits; results whose size does not
    follow from the arguments; functions that return nothing.

    ```mlir
    func.func @main(%u: tensor<?x8xf32> {conv.name = "u"}) -> tensor<?x8xf32>
    // becomes
    func.func @main(%u: tensor<?x8xf32> {conv.name = "u"}) -> tensor<?x8xf32>
      attributes {conv.signature = [
        {dtype = "f32", name = "u", role = "input", shape = ["d0", 8]},
        {dtype = "f32", name = "result0", role = "output", shape = ["d0", 8]}
      ] }
    ```
  }];
  let dependentDialects = ["::mlir::bufferization::BufferizationDialect"];
}

def StateNumerics : Pass<"conv-state-numerics", "::mlir::ModuleOp"> {
  let summary = "Write what every public function promises as an attribute";
  let description = [{
    Gives each public function a `conv.numerics` for the package: the kind of
    its operation (`graph` if there are several), the plans, the least exact
    arithmetic, and a bound of the L2 error against exact arithmetic.
    The bound adds up, over the ops, 1e-6 for f32 arithmetic, 2e-3 for f16 and
    7.9e-3 for bf16, plus half a unit in the last place where an op rounds to f16
    or bf16. Runs after the planner, on tensors.

    For each row of a convolution

    ```
    |out - exact| <= bound (|exact| + |postgate|_max |u pregate| (|k| + |skip|))
    ```

    with |.| the L2 norm of a row or filter. For a filter without structure the
    last term is about |exact|. It matters where the sum cancels: |exact| alone,
    the usual relative error, then says nothing of an arithmetic, since rounding
    u or k alone already costs a part of |u| |k|. Other ops count relative to
    |exact|. In f16, samples times pregate have to stay below 32: a pure tone of
    more may leave the format's range on the way.
  }];
}

def ResultsToArguments : Pass<"conv-results-to-arguments", "::mlir::ModuleOp"> {
  let summary = "Turn results of public functions into memref arguments";
  let description = [{
    Appends a dense memref to the arguments for each result, and writes the
    result to it by `bufferization.materialize_in_destination`, so that
    bufferization computes in place whatever it can. Runs on tensors, after
    `conv-name-kernel-arguments`.

    ```mlir
    func.func @f(%x: tensor<?xf32>) -> tensor<?xf32> { ... return %y }
    // becomes
    func.func @f(%x: tensor<?xf32>, %out: memref<?xf32>) {
      ...
      bufferization.materialize_in_destination %y in restrict writable %out
        : (tensor<?xf32>, memref<?xf32>) -> ()
      return
    }
    ```
  }];
  let dependentDialects = ["::mlir::bufferization::BufferizationDialect",
                           "::mlir::memref::MemRefDialect"];
}

def WriteResultsInPlace : Pass<"conv-write-results-in-place",
                               "::mlir::func::FuncOp"> {
  let summary = "Compute into an argument instead of copying to it";
  let description = [{
    Replaces a buffer that is only computed and then copied to an argument of
    the function by that argument. Bufferization leaves such a copy where an op,
    such as `conv.filter_spectrum`, allocates its result. Runs before buffers
    are deallocated.
  }];
  let dependentDialects = ["::mlir::memref::MemRefDialect"];
}

def ThreadHostContext : Pass<"conv-cpu-host-context", "::mlir::ModuleOp"> {
  let summary = "Pass the host's services to every function that may need them";
  let description = [{
    Prepends an `!llvm.ptr` to the arguments of every function, and to those of
    every call and `monarch.parallel_call`: the context through which code gets
    threads and memory, and in which it leaves an error.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def ExpandFloatConversions : Pass<"conv-cpu-expand-float-conversions"> {
  let summary = "Write conversions the level lacks as integer arithmetic";
  let description = [{
    Without this LLVM calls library functions for f16 and bf16 conversions that
    the hardware does not have; a kernel may not call anything. The expansions
    round to nearest even and keep subnormals, infinities and NaN.
  }];
  let options = [
    Option<"expandF16", "f16", "bool", "true", "Expand f16 <-> f32">,
    Option<"expandBF16", "bf16", "bool", "true", "Expand f32 -> bf16">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

def LowerVectors : Pass<"conv-cpu-lower-vectors"> {
  let summary = "Lower vector, linalg and copy ops to what LLVM has";
  let description = [{
    Breaks vectors of more than one dimension, transfers, transposes (16x16 ones
    by shuffles) and contractions into one-dimensional vector ops; turns copies
    between strided memrefs into loops. Order, alignment and `nontemporal` marks
    of the memory accesses stay as written.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect",
                           "::mlir::ub::UBDialect",
                           "::mlir::vector::VectorDialect"];
}

def ConvertToCPULLVM : Pass<"convert-to-cpu-llvm", "::mlir::ModuleOp"> {
  let summary = "Lower bufferized IR to the LLVM dialect";
  let description = [{
    Converts everything that is left (func, cf, arith, math, memref, vector,
    complex, index, amx, x86vector, `monarch.parallel_call`) after `conv-cpu-host-context`.

    `memref.alloc` and `memref.dealloc` become calls of `@conv_host_allocate`
    and `@conv_host_release`; a `monarch.parallel_call` becomes a structure of
    captured values, a function that unpacks it and calls the body, and a call
    of `@conv_host_parallel_for`. `conv-cpu-emit-entries` defines those three.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def EmitEntries : Pass<"conv-cpu-emit-entries", "::mlir::ModuleOp"> {
  let summary = "Emit one entry with the runtime's kernel ABI per public function";
  let description = [{
    For each function with a `conv.signature` emits

        i32 @conv_kernel_<name>(ptr host, ptr buffers, ptr dims)

    of the type `convrt_entry` of the runtime's `kernel_abi.h`, and makes every
    other function internal. The three host services become loads from the host
    structure and indirect calls. A service that fails leaves its code in the
    context; the function returns at once, and so does each of its callers.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

#endif // CONV_TARGET_CPU_PASSES_TD
