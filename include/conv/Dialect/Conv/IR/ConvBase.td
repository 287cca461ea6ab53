//===- ConvBase.td - Types and traits of the conv ops ------*- tablegen -*-===//

#ifndef CONV_DIALECT_CONV_IR_CONVBASE_TD
#define CONV_DIALECT_CONV_IR_CONVBASE_TD

include "conv/Dialect/Conv/IR/ConvAttributes.td"
include "conv/Dialect/Conv/IR/ConvInterfaces.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

/// A tensor or memref whose element type satisfies `element`; rank -1 is any
/// rank from one up.
class Conv_Shaped<string element, int rank, string text>
    : Type<And<[
        CPred<"::llvm::isa<::mlir::RankedTensorType, ::mlir::MemRefType>($_self)">,
        CPred<!if(!lt(rank, 0),
                  "::llvm::cast<::mlir::ShapedType>($_self).getRank() >= 1",
                  "::llvm::cast<::mlir::ShapedType>($_self).getRank() == " # rank)>,
        SubstLeaves<"$_self",
          "::llvm::cast<::mlir::ShapedType>($_self).getElementType()",
          CPred<element>>]>,
      text, "::mlir::ShapedType">;

defvar Conv_Real = "($_self.isF32() || $_self.isF16() || $_self.isBF16())";

def Conv_Rows : Conv_Shaped<Conv_Real, 3,
    "tensor or memref [B, H, N] of f32, f16 or bf16">;
def Conv_Filter : Conv_Shaped<Conv_Real, 2,
    "tensor or memref [rows, taps] of f32, f16 or bf16, or a prepared spectrum">;
def Conv_Taps : Conv_Shaped<Conv_Real, 2,
    "tensor or memref [rows, taps] of f32, f16 or bf16">;
def Conv_ChannelWeights : Conv_Shaped<Conv_Real, 1,
    "tensor or memref [H] of f32, f16 or bf16">;
def Conv_ComplexRows : Conv_Shaped<
    "$_self == ::mlir::ComplexType::get(::mlir::Float32Type::get($_self.getContext()))",
    -1, "tensor or memref [..., N] of complex<f32>">;

class Conv_Op<string mnemonic, list<Trait> traits = []>
    : Op<Conv_Dialect, mnemonic, !listconcat(traits, [
        ConditionallySpeculatable,
        DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
        DeclareOpInterfaceMethods<InferTypeOpInterface>,
        DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
                                  ["reifyResultShapes"]>])> {
  code speculatable = [{
    /// Free of effects on tensors; buffers are only touched when reached.
    ::mlir::Speculation::Speculatability getSpeculatability() {
      return getOperation()->getNumResults()
                 ? ::mlir::Speculation::Speculatable
                 : ::mlir::Speculation::NotSpeculatable;
    }
  }];
  code effects = [{
    void $cppClass::getEffects(
        ::llvm::SmallVectorImpl<::mlir::MemoryEffects::EffectInstance> &effects) {
      ::conv::detail::addEffects(getOperation(), getInit(), effects);
    }
  }];
}

/// An operation whose last operand is the destination, and whose result, on
/// tensors, has the type of the destination and the sizes of `input`.
class Conv_DestinationStyleOp<string mnemonic, list<Trait> traits = []>
    : Conv_Op<mnemonic, !listconcat(traits, [DestinationStyleOpInterface])> {
  code destination = speculatable # [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getInitMutable(); }
  }];
  let extraClassDefinition = effects # [{
    ::llvm::LogicalResult $cppClass::inferReturnTypes(
        ::mlir::MLIRContext *context, ::std::optional<::mlir::Location> location,
        ::mlir::ValueRange operands, ::mlir::DictionaryAttr attributes,
        ::mlir::OpaqueProperties properties, ::mlir::RegionRange regions,
        ::llvm::SmallVectorImpl<::mlir::Type> &results) {
      return ::conv::detail::inferFromInit(location, operands.back(), results);
    }
    ::llvm::LogicalResult $cppClass::reifyResultShapes(
        ::mlir::OpBuilder &builder, ::mlir::ReifiedRankedShapedTypeDims &shapes) {
      return ::conv::detail::reifyLike(builder, getOperation(), getInput(), shapes);
    }
  }];
}

#endif // CONV_DIALECT_CONV_IR_CONVBASE_TD
