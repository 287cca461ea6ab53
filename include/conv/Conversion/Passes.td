//===- Passes.td - Conversions between dialects ------------*- tablegen -*-===//

#ifndef CONV_CONVERSION_PASSES_TD
#define CONV_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertConvToMonarch : Pass<"convert-conv-to-monarch"> {
  let summary = "Lower planned conv ops on buffers to monarch ops";
  let description = [{
    Emits what the plans of the ops say, and decides nothing:

    | conv op | plan | monarch op |
    | --- | --- | --- |
    | `long_conv` of a spectrum | `right_angle` | `monarch.rows`, one op a step |
    | `long_conv` | `direct`, `toeplitz` | `monarch.direct` |
    | `short_conv` | | `monarch.direct` |
    | `filter_spectrum` | any | `monarch.spectrum` |
    | `dft`, `idft` | any | `monarch.transform` |

    Runs after bufferization. An op on tensors, an op without a plan (run
    `conv-plan`), and a `right_angle` convolution of taps (run
    `conv-split-filters`) are errors.

    Example: a short filter is summed directly,

    ```mlir
    conv.short_conv causal ins(%u, %k : memref<2x8x64xf32>, memref<8x3xf32>)
        outs(%y : memref<2x8x64xf32>)
    ```

    becomes

    ```mlir
    monarch.direct ins(%u, %k : memref<2x8x64xf32>, memref<8x3xf32>)
        outs(%y : memref<2x8x64xf32>) kind<causal>
    ```
  }];
  let dependentDialects = ["::conv::monarch::MonarchDialect"];
}

def ConvertMonarchToNVVM
    : Pass<"convert-monarch-to-nvvm", "::mlir::ModuleOp"> {
  let summary = "Lower monarch ops on memrefs to CUDA kernels and launches";
  let description = [{
    Every monarch op becomes a kernel in `gpu.module @kernels`, an `llvm.func` of
    llvm and nvvm ops that is specialised for the op's plan and sizes, and a
    `gpu.launch_func` in its place:

    | monarch op | plan | kernel |
    | --- | --- | --- |
    | `rows` | factors 16, R, 16 | a row in the registers of a warp |
    | `direct` | toeplitz, or none | products with the Toeplitz matrix, up to 512 lags |
    | `spectrum` | right_angle, L <= 32768 | a Fourier transform in f32 in shared memory |

    A kernel takes the op's buffers in the op's order, the output last, and then
    the batch as i32, except where there is none, in `spectrum`; all other sizes
    are constants. Equal ops share a kernel.

    `direct` multiplies in f16, taps and gated samples being rounded to it, the
    skip weight being added to the tap at lag 0, and sums in f32 unless the plan
    says f16. A spectrum is rounded to f16, nearest even, without saturation. A convolution
    stays in range while sqrt(L) max|u| max|K| < 65504, where L is the product of
    the factors and K the spectrum.

    Constant tables are globals of the gpu.module, whose target is the chip that
    kernels may use instructions of; dynamic shared memory is `@conv_shared`. An op whose plan has no `warps` (one for a CPU), and a family
    that has no kernel yet, are errors.
  }];
  let options = [
    Option<"chip", "chip", "std::string", /*default=*/"\"sm_90a\"",
           "The GPU whose instructions kernels may use">];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::memref::MemRefDialect",
    "::mlir::NVVM::NVVMDialect"];
}

#endif // CONV_CONVERSION_PASSES_TD
