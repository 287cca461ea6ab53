//===- Passes.td - Passes on the conv dialect --------------*- tablegen -*-===//

#ifndef CONV_DIALECT_CONV_TRANSFORMS_PASSES_TD
#define CONV_DIALECT_CONV_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvPlan : Pass<"conv-plan", "::mlir::ModuleOp"> {
  let summary = "Choose how every convolution and transform is computed";
  let description = [{
    Writes `#conv.plan` on each `long_conv`, `filter_spectrum`, `dft` and `idft`
    that has none. It is the only pass that decides; a plan that is already
    there is honoured (the verifier has checked it). `short_conv` is always a
    direct sum and needs no plan.

    A prepared spectrum is laid out by its plan, so that every spectrum of one
    kind, length and number of taps gets the same plan throughout the module,
    and its type, `tensor<Hf x ?>` until now, gets its size: in operations,
    block arguments and function signatures.

    Every choice is a remark (category `conv-plan`, passed, with the predicted
    cost of a row as metrics: `ns_per_element`, `flops`, `bytes`,
    `scratch_bytes`; on a GPU also `over_floor`, the ratio to the time for the
    rows' bytes alone, `mma`, `half2`, `instructions`, `shared_wavefronts` and
    `l2_bytes`), every rejected candidate a missed remark with the reason.
    See them with `--remark-policy=all --remarks-filter=conv-plan`, or as
    diagnostics at the operation with the option `emit-remarks`.

    Example: with 16 blocks of 256 samples,

    ```mlir
    %y = conv.long_conv causal
        ins(%u, %k : tensor<?x256x4096xf32>, tensor<256x4096xf32>)
        outs(%init : tensor<?x256x4096xf32>)
    ```

    becomes

    ```mlir
    %y = conv.long_conv causal
        ins(%u, %k : tensor<?x256x4096xf32>, tensor<256x4096xf32>)
        outs(%init : tensor<?x256x4096xf32>)
        {plan = #conv.plan<algorithm = right_angle, arithmetic = f32, blocks = 16, factors = [4, 4, 4, 4]>}
    ```

    For a GPU (`device=gpu-sm_90a arithmetic=f16`) plans are for tensor cores, and
    spectra of f16. Rejected there, with these messages: `has a plan for another
    device: ...` (a plan that was there, for a CPU, or too large for the shared
    memory of this device), and `has no plan: ...` if the length or the
    arithmetic has no kernel.
  }];
  let options = [
    Option<"device", "device", "std::string", "\"cpu-avx512\"",
           "Device whose facts predict costs: cpu-avx512, cpu-avx2, "
           "cpu-baseline, cpu-neon, gpu-sm_90a, gpu-sm_80, gpu-sm_86, "
           "gpu-sm_89, gpu-sm_100a, gpu-sm_120">,
    Option<"arithmetic", "arithmetic", "std::string", "\"f32\"",
           "Arithmetic of the transforms: f32, or f16 for its speed at 2e-3; "
           "GPUs have f16 alone">,
    Option<"accumulate", "accumulate", "std::string", "\"f32\"",
           "Accumulators of matrix products on GPUs: f32, or f16">,
    Option<"emitRemarks", "emit-remarks", "bool", "false",
           "Report choices and rejections as diagnostics at the operation">
  ];
}

def ConvSplitFilters : Pass<"conv-split-filters"> {
  let summary = "Prepare the filters of transformed convolutions";
  let description = [{
    A `long_conv` of taps whose plan is `right_angle` becomes a
    `filter_spectrum` of the taps and a `long_conv` of the spectrum. The former
    is free of effects: equal ones are merged by `cse`, and one that does not
    depend on a loop is hoisted out of it by `loop-invariant-code-motion`.

    Example:

    ```mlir
    %y = conv.long_conv causal ins(%u, %k : tensor<8x4x256xf32>, tensor<4x256xf32>)
        outs(%init : tensor<8x4x256xf32>)
        {plan = #conv.plan<algorithm = right_angle, factors = [4, 4, 4, 4]>}
    ```

    becomes

    ```mlir
    %s = conv.filter_spectrum causal ins(%k : tensor<4x256xf32>)
        {length = 256, plan = #ra} -> tensor<4x512xf32, #spectrum>
    %y = conv.long_conv causal
        ins(%u, %s : tensor<8x4x256xf32>, tensor<4x512xf32, #spectrum>)
        outs(%init : tensor<8x4x256xf32>) {plan = #ra}
    ```
  }];
}

#endif // CONV_DIALECT_CONV_TRANSFORMS_PASSES_TD
