//===- RowSignature.cpp - Operands of a row kernel ------------------------===//

#include "RowSignature.h"

#include <numeric>

using namespace mlir;

namespace conv::nvidia {

template <typename Op>
static FailureOr<RowSignature> signatureOf(Op op, MemRefType filter) {
  auto input = cast<MemRefType>(op.getInput().getType());
  RowSignature signature;
  Type element = input.getElementType();
  if (element.isF32())
    return op.emitOpError("is on f32, but tensor cores take f16 or bf16; cast "
                          "the rows, or plan for another target");
  signature.element = element.isBF16() ? Element::bf16 : Element::f16;
  signature.length = input.getDimSize(2);
  signature.channels = input.getDimSize(1);
  signature.filterRows = filter.getDimSize(0);
  signature.hasPregate = op.getPregate() != nullptr;
  signature.hasPostgate = op.getPostgate() != nullptr;
  if (Value skip = op.getSkip())
    signature.skip = cast<MemRefType>(skip.getType()).getElementType();
  return signature;
}

FailureOr<RowSignature> RowSignature::get(monarch::RowsOp op) {
  return signatureOf(op, cast<MemRefType>(op.getSpectrum().getType()));
}

FailureOr<RowSignature> RowSignature::get(monarch::DirectOp op) {
  return signatureOf(op, cast<MemRefType>(op.getTaps().getType()));
}

SmallVector<Parameter> RowSignature::parameters() const {
  SmallVector<Parameter> result(outputAt(), {Parameter::input});
  result.push_back({Parameter::output});
  result.push_back({Parameter::i32});
  return result;
}

int64_t RowSignature::alignment() const {
  return std::gcd<int64_t>(rowBytes(), 16);
}

} // namespace conv::nvidia
