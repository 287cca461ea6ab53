//===- Tables.cpp - Tables of doubles as halves ---------------------------===//

#include "Tables.h"

#include "llvm/ADT/APFloat.h"

namespace conv::nvidia {

static uint32_t half(double value) {
  llvm::APFloat number(value);
  bool isInexact;
  number.convert(llvm::APFloat::IEEEhalf(), llvm::APFloat::rmNearestTiesToEven,
                 &isInexact);
  return static_cast<uint32_t>(number.bitcastToAPInt().getZExtValue());
}

llvm::SmallVector<uint32_t> packHalves(llvm::ArrayRef<double> values) {
  llvm::SmallVector<uint32_t> words;
  for (size_t i = 0; i + 1 < values.size(); i += 2)
    words.push_back(half(values[i]) | half(values[i + 1]) << 16);
  return words;
}

} // namespace conv::nvidia
