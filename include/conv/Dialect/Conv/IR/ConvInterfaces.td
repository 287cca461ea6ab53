//===- ConvInterfaces.td - What convolutions share ---------*- tablegen -*-===//

#ifndef CONV_DIALECT_CONV_IR_CONVINTERFACES_TD
#define CONV_DIALECT_CONV_IR_CONVINTERFACES_TD

include "mlir/IR/OpBase.td"

def Conv_RowConvolutionOpInterface : OpInterface<"RowConvolutionOpInterface"> {
  let cppNamespace = "::conv";
  let description = [{
    A convolution of the rows of `input` [B, H, N] with the rows of `filter`,
    with optional gates and skip weight:

        y[b,h,n] = postgate[b,h,n] * (conv(pregate*input, filter)[b,h,n]
                                      + skip[h] * pregate[b,h,n] * input[b,h,n])

    Absent operands are null values.
  }];
  let methods = [
    InterfaceMethod<"Which lags the filter has.", "::conv::Kind", "getKind">,
    InterfaceMethod<"The rows u.", "::mlir::Value", "getInput">,
    InterfaceMethod<"Taps or spectrum.", "::mlir::Value", "getFilter">,
    InterfaceMethod<"Factor before the sum, or null.", "::mlir::Value", "getPregate">,
    InterfaceMethod<"Factor after the sum, or null.", "::mlir::Value", "getPostgate">,
    InterfaceMethod<"Weight of the input itself, or null.", "::mlir::Value", "getSkip">,
    InterfaceMethod<"Where the output goes.", "::mlir::Value", "getInit">,
    InterfaceMethod<"The output, null on buffers.", "::mlir::Value", "getOutput">,
    InterfaceMethod<"What `filter` was prepared for, or null if it holds taps.",
                    "::conv::SpectrumAttr", "getFilterSpectrum">
  ];
  let extraSharedClassDeclaration = [{
    /// [B, H, N] of the rows.
    ::mlir::ShapedType getInputType() {
      return ::llvm::cast<::mlir::ShapedType>($_op.getInput().getType());
    }
    /// [Hf, K] of the taps, or [Hf, S] of the spectrum.
    ::mlir::ShapedType getFilterType() {
      return ::llvm::cast<::mlir::ShapedType>($_op.getFilter().getType());
    }
    /// B, dynamic as in `ShapedType`.
    int64_t getBatch() { return getInputType().getDimSize(0); }
    /// H.
    int64_t getChannels() { return getInputType().getDimSize(1); }
    /// N.
    int64_t getLength() { return getInputType().getDimSize(2); }
    /// Hf; consecutive groups of H / Hf channels share a row of the filter.
    int64_t getFilterRows() { return getFilterType().getDimSize(0); }
    /// H / Hf.
    int64_t getGroupSize() { return getChannels() / getFilterRows(); }
    /// K, also of a prepared spectrum.
    int64_t getTaps() {
      ::conv::SpectrumAttr spectrum = $_op.getFilterSpectrum();
      return spectrum ? spectrum.getTaps() : getFilterType().getDimSize(1);
    }
  }];
}

#endif // CONV_DIALECT_CONV_IR_CONVINTERFACES_TD
