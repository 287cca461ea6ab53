//===- MonarchDialect.h - The monarch dialect -------------------*- C++ -*-===//

#ifndef CONV_DIALECT_MONARCH_IR_MONARCHDIALECT_H
#define CONV_DIALECT_MONARCH_IR_MONARCHDIALECT_H

#include "conv/Dialect/Conv/IR/ConvDialect.h"
#include "conv/Plan/Plan.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpImplementation.h"
#include "llvm/ADT/Hashing.h"
#include <optional>

#include "conv/Dialect/Monarch/IR/MonarchDialect.h.inc"
#include "conv/Dialect/Monarch/IR/MonarchEnums.h.inc"

namespace conv::monarch {

/// What a digit counts: blocks of a row, samples, or frequencies.
enum class Domain { block, sample, frequency };

/// One digit of a layout.
struct LayoutDigit {
  Place place;
  Domain domain;
  unsigned number; ///< 0 is the most significant sample digit
  int64_t radix;

  bool operator==(const LayoutDigit &other) const {
    return place == other.place && domain == other.domain &&
           number == other.number && radix == other.radix;
  }
};

inline llvm::hash_code hash_value(const LayoutDigit &digit) {
  return llvm::hash_combine(static_cast<int>(digit.place),
                            static_cast<int>(digit.domain), digit.number,
                            digit.radix);
}

/// "n2", "k0" or "j".
std::string digitName(const LayoutDigit &digit);

} // namespace conv::monarch

#define GET_ATTRDEF_CLASSES
#include "conv/Dialect/Monarch/IR/MonarchAttrs.h.inc"

#define GET_TYPEDEF_CLASSES
#include "conv/Dialect/Monarch/IR/MonarchTypes.h.inc"

#endif // CONV_DIALECT_MONARCH_IR_MONARCHDIALECT_H
