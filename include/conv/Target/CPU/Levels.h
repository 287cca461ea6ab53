//===- Levels.h - Instruction-set levels of CPU kernels ---------*- C++ -*-===//
//
// A package holds one image for each level; the runtime picks the best one that
// the CPU supports. The names are those of the package format.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_TARGET_CPU_LEVELS_H
#define CONV_TARGET_CPU_LEVELS_H

#include "conv/Dialect/LowBit/Transforms/Dot.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace conv::cpu {

/// What LLVM needs to know to emit code for a level.
struct Level {
  llvm::StringRef name;     ///< in packages and on command lines
  llvm::StringRef triple;   ///< of the image
  llvm::StringRef cpu;      ///< LLVM's -mcpu
  llvm::StringRef tuneCpu;  ///< LLVM's -mtune
  llvm::StringRef features; ///< LLVM's -mattr, beyond those of `cpu`
  llvm::StringRef device;   ///< whose facts the planner reads
  unsigned vectorBits;      ///< width of a vector register
  bool hasFma;              ///< fused multiply-add in hardware
  bool hasF16Arithmetic;    ///< f16 arithmetic in hardware
  bool hasF16Conversion;    ///< f16 <-> f32 conversion in hardware
  bool hasBF16Conversion;   ///< f32 -> bf16 conversion in hardware
  /// CPUs of the level may have AMX tiles of bf16 and i8; an image that uses
  /// them requires them by name.
  bool mayHaveTiles;
  lowbit::Dot dot; ///< how bytes are multiplied
};

/// Every level, the least demanding of each architecture first.
llvm::ArrayRef<Level> allLevels();

/// The level with that name, or null.
const Level *findLevel(llvm::StringRef name);

/// The best level of this machine, or null if it has none of them.
const Level *hostLevel();

/// Parse a list of level names separated by commas or semicolons. `host` is the
/// best level of this machine and `all` every level of its architecture. The
/// error lists the names.
llvm::Expected<llvm::SmallVector<const Level *>>
parseLevels(llvm::StringRef list);

} // namespace conv::cpu

#endif // CONV_TARGET_CPU_LEVELS_H
