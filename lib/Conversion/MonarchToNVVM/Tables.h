//===- Tables.h - Tables of doubles as halves -------------------*- C++ -*-===//

#ifndef CONV_CONVERSION_MONARCHTONVVM_TABLES_H
#define CONV_CONVERSION_MONARCHTONVVM_TABLES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

namespace conv::nvidia {

/// Values rounded to f16, two a word, the first in the lower half.
llvm::SmallVector<uint32_t> packHalves(llvm::ArrayRef<double> values);

} // namespace conv::nvidia

#endif // CONV_CONVERSION_MONARCHTONVVM_TABLES_H
