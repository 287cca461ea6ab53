//===- Npy.h - Arrays in numpy's file format --------------------*- C++ -*-===//
//
// Dense arrays in C order and little endian. Numpy has no bf16: it is written
// as
// `<V2`, two opaque bytes, as the package ml_dtypes does, so that
// `numpy.load(file).view(ml_dtypes.bfloat16)` reads it. Reading also takes
// `|V2` and, where bf16 is wanted, `<u2`.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_SUPPORT_NPY_H
#define CONV_SUPPORT_NPY_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>
#include <vector>

namespace llvm {
class raw_ostream;
} // namespace llvm

namespace conv {

/// An array with a dtype of the package format: f16, bf16, f32, f64, complex64,
/// complex128, i8, i16, i32, i64 or u8.
struct NpyArray {
  std::string dtype;
  std::vector<int64_t> shape;
  std::vector<char> data;
};

/// Bytes of an element, or 0 for an unknown dtype.
size_t npyElementBytes(llvm::StringRef dtype);

/// Read the bytes of a file that must hold elements of `dtype`. Every error
/// says what they hold and what was expected.
llvm::Expected<NpyArray> parseNpy(llvm::StringRef bytes, llvm::StringRef dtype);

/// The same for a file, which every error names.
llvm::Expected<NpyArray> readNpy(llvm::StringRef path, llvm::StringRef dtype);

/// Write what a file holds. The array's dtype and its bytes must fit its shape.
void printNpy(llvm::raw_ostream &stream, const NpyArray &array);

/// Write a file, which appears complete or not at all.
llvm::Error writeNpy(llvm::StringRef path, const NpyArray &array);

} // namespace conv

#endif // CONV_SUPPORT_NPY_H
