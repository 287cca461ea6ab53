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

#endif // CONV_CONVERSION_PASSES_TD
