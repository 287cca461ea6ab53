//===- Package.h - Write packages of compiled kernels -----------*- C++ -*-===//
//
// A package holds the same kernels compiled for several instruction-set levels,
// one image (an ELF shared object) each; the runtime picks the best one that
// the CPU supports. docs/package-format.md has the bytes, convrt/convrt.h the
// reader, convrt/kernel_abi.h what an image's entries look like.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_PACKAGE_PACKAGE_H
#define CONV_PACKAGE_PACKAGE_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>
#include <vector>

namespace conv::package {

enum class Role { input, output };

/// One dimension of an argument: an extent, or a symbol for a dynamic one.
/// Equal symbols mean equal extents at run time.
struct Dimension {
  Dimension(int64_t extent) : extent(extent) {}
  Dimension(std::string symbol) : symbol(std::move(symbol)) {}

  int64_t extent = -1;
  std::string symbol; ///< empty if static
};

/// A tensor argument, dense row-major.
struct Argument {
  std::string name;
  Role role = Role::input;
  /// f16, bf16, f32, f64, complex64, complex128, i8, i16, i32, i64 or u8.
  std::string dtype;
  std::vector<Dimension> shape;
};

/// What a kernel is called, takes and promises.
struct Kernel {
  std::string name;                ///< for the user
  std::string symbol;              ///< of its convrt_entry in the image
  std::string kind;                ///< the operation, such as "long_conv"
  std::string plan;                ///< #conv.plan<...> as text
  std::string arithmetic;          ///< of the transform: f32, f16, bf16
  double relativeL2Bound = 0;      ///< of |out - exact| / |exact|
  std::vector<Argument> arguments; ///< inputs, then outputs
};

/// The dynamic dimensions of a kernel in order of first appearance: the order
/// of the `dims` that its entry gets.
std::vector<std::string> dynamicDimensions(const Kernel &kernel);

/// The kernels compiled for one level.
struct Image {
  std::string triple; ///< such as "x86_64-unknown-linux-gnu"
  std::string isa;    ///< baseline, avx2, avx512, avx512fp16 or neon
  /// CPU features that the code uses beyond the level, such as "amx_bf16".
  std::vector<std::string> requiredFeatures;
  std::vector<Kernel> kernels;
  std::string bytes; ///< an ELF shared object
};

/// Puts images together.
class Writer {
public:
  /// Add the kernels for one more level. All images must offer the same kernels
  /// with the same arguments; plans and numerics may differ.
  void add(Image image);

  /// The package. Fails, with the reader's message, on whatever the runtime
  /// would refuse.
  llvm::Expected<llvm::SmallVector<char, 0>> write() const;

  /// Write the package to a file, which appears complete or not at all.
  llvm::Error writeFile(llvm::StringRef path) const;

private:
  std::vector<Image> images;
};

} // namespace conv::package

#endif // CONV_PACKAGE_PACKAGE_H
