//===- Tensors.h - The tensors of one run -----------------------*- C++ -*-===//

#ifndef TOOLS_CONV_RUN_TENSORS_H
#define TOOLS_CONV_RUN_TENSORS_H

#include "Evaluate.h"

#include "conv/Support/Npy.h"
#include "convrt/convrt.h"

#include <random>

namespace conv {

/// An argument's memory, aligned for vector loads.
class Tensor {
public:
  /// A tensor of NaN (of zero for integers), so that an element that a kernel
  /// does not write shows.
  static Tensor poisoned(const convrt_argument &argument,
                         std::vector<int64_t> shape);

  /// Normally distributed numbers of the given scale, rounded to the dtype.
  void fillRandom(std::mt19937_64 &random, double scale);

  /// Take the contents of a file. Its shape must be the tensor's.
  void fillFrom(const NpyArray &array);
  NpyArray toNpy() const;
  Array toArray() const;

  DLTensor *dlpack();
  int64_t size() const;
  int64_t bytes() const;
  const std::string &dtype() const { return name; }

private:
  std::string name;
  DLDataType type;
  std::vector<int64_t> shape;
  std::vector<char> storage;
  size_t offset = 0;
  DLTensor view;

  char *data() { return storage.data() + offset; }
  const char *data() const { return storage.data() + offset; }
};

/// What rounding `want` to the dtype costs: ||round(want) - want|| / ||want||,
/// and at least what it costs a long signal. Zero for f32 and wider.
double roundingError(const Array &want, llvm::StringRef dtype);

} // namespace conv

#endif // TOOLS_CONV_RUN_TENSORS_H
