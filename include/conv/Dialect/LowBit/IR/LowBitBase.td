//===- LowBitBase.td - Types and classes of the lowbit ops -*- tablegen -*-===//

#ifndef CONV_DIALECT_LOWBIT_IR_LOWBITBASE_TD
#define CONV_DIALECT_LOWBIT_IR_LOWBITBASE_TD

include "conv/Dialect/LowBit/IR/LowBitDialect.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

/// A tensor or memref whose element type satisfies `element`; rank -1 is any
/// rank from one up.
class LowBit_Shaped<string element, int rank, string text>
    : Type<And<[
        CPred<"::llvm::isa<::mlir::RankedTensorType, ::mlir::MemRefType>($_self)">,
        CPred<!if(!lt(rank, 0),
                  "::llvm::cast<::mlir::ShapedType>($_self).getRank() >= 1",
                  "::llvm::cast<::mlir::ShapedType>($_self).getRank() == " # rank)>,
        SubstLeaves<"$_self",
          "::llvm::cast<::mlir::ShapedType>($_self).getElementType()",
          CPred<element>>]>,
      text, "::mlir::ShapedType">;

class LowBit_Op<string mnemonic, list<Trait> traits = []>
    : Op<LowBit_Dialect, mnemonic, traits>;

/// An operation whose last operand, `init`, is the destination. Its result, on
/// tensors, has the type and the sizes of `init`.
class LowBit_DestinationStyleOp<string mnemonic, list<Trait> traits = []>
    : LowBit_Op<mnemonic, !listconcat(traits, [
        DestinationStyleOpInterface, ConditionallySpeculatable,
        DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
        DeclareOpInterfaceMethods<InferTypeOpInterface>,
        DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
                                  ["reifyResultShapes"]>])> {
  code destination = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getInitMutable(); }
    /// Free of effects on tensors; buffers are only touched when reached.
    ::mlir::Speculation::Speculatability getSpeculatability() {
      return getOperation()->getNumResults()
                 ? ::mlir::Speculation::Speculatable
                 : ::mlir::Speculation::NotSpeculatable;
    }
  }];
  let extraClassDeclaration = destination;
  let extraClassDefinition = [{
    void $cppClass::getEffects(
        ::llvm::SmallVectorImpl<::mlir::MemoryEffects::EffectInstance> &effects) {
      ::conv::detail::addEffects(getOperation(), getInit(), effects);
    }
    ::llvm::LogicalResult $cppClass::inferReturnTypes(
        ::mlir::MLIRContext *context, ::std::optional<::mlir::Location> location,
        ::mlir::ValueRange operands, ::mlir::DictionaryAttr attributes,
        ::mlir::OpaqueProperties properties, ::mlir::RegionRange regions,
        ::llvm::SmallVectorImpl<::mlir::Type> &results) {
      return ::conv::detail::inferFromInit(location, operands.back(), results);
    }
    ::llvm::LogicalResult $cppClass::reifyResultShapes(
        ::mlir::OpBuilder &builder, ::mlir::ReifiedRankedShapedTypeDims &shapes) {
      return ::conv::detail::reifyLike(builder, getOperation(), getInit(), shapes);
    }
  }];
}

#endif // CONV_DIALECT_LOWBIT_IR_LOWBITBASE_TD
