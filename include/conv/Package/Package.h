//===- Package.h - Write packages of compiled kernels -----------*- C++ -*-===//
//
// A package holds the same kernels compiled for several instruction-set levels
// or GPU architectures, one image each; the runtime picks the best one that the
// device supports. docs/package-format.md has the bytes, convrt/convrt.h the
// reader, convrt/kernel_abi.h what the entries of a CPU's image look like.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_PACKAGE_PACKAGE_H
#define CONV_PACKAGE_PACKAGE_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
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
  /// f16, bf16, f8E4M3FN, f8E5M2, f32, f64, complex64, complex128, i8, i16,
  /// i32, i64 or u8.
  std::string dtype;
  std::vector<Dimension> shape;
};

/// A whole number that depends on the sizes of a call: terms in reverse Polish
/// notation, each a number, a dynamic dimension, "sms" (the multiprocessors of
/// the device) or one of the operations + - * ceildiv min max.
///
///   Expression batch = Expression::symbol("d0");
///   launch.grid[0] = ceilDiv(batch * 768, 8);
struct Expression {
  Expression(int64_t number) : terms{number} {}
  static Expression symbol(std::string name);
  static Expression multiprocessors() { return symbol("sms"); }

  std::vector<std::variant<int64_t, std::string>> terms;
};
Expression operator+(Expression a, const Expression &b);
Expression operator-(Expression a, const Expression &b);
Expression operator*(Expression a, const Expression &b);
/// a / b rounded up, of a number of at least 0 by one of at least 1.
Expression ceilDiv(Expression a, const Expression &b);
Expression min(Expression a, const Expression &b);
Expression max(Expression a, const Expression &b);

/// What a function of a GPU's image gets for one of its parameters.
struct Parameter {
  enum class Kind { buffer, workspace, i32, i64 };

  /// The address of tensor argument `index`, aligned to `alignment` bytes (a
  /// power of two, at most 256).
  static Parameter buffer(unsigned index, unsigned alignment = 16);
  /// The address `offset` bytes into the workspace, a multiple of 256.
  static Parameter workspace(Expression offset);
  static Parameter i32(Expression value);
  static Parameter i64(Expression value);

  Kind kind;
  unsigned index = 0;
  unsigned alignment = 16;
  Expression value = 0;
};

/// One launch of a function of a GPU's image. A grid with an extent of 0 is
/// nothing to do.
struct Launch {
  std::string symbol;
  std::array<Expression, 3> grid = {1, 1, 1};
  std::array<uint32_t, 3> block = {1, 1, 1};
  /// Blocks a cluster; none means what the function declares.
  std::optional<std::array<uint32_t, 3>> cluster;
  uint32_t sharedBytes = 0; ///< dynamic shared memory
  std::vector<Parameter> parameters;
};

/// How a kernel runs on a GPU: launches on one stream, one after the other.
struct Program {
  Expression workspace = 0; ///< bytes
  std::vector<Launch> launches;
};

/// What a kernel is called, takes and promises.
struct Kernel {
  std::string name;                ///< for the user
  std::string symbol;              ///< of its convrt_entry in a CPU's image
  std::string kind;                ///< the operation, such as "long_conv"
  std::string plan;                ///< #conv.plan<...> as text
  std::string arithmetic;          ///< of the transform: f32, f16, bf16
  double relativeL2Bound = 0;      ///< see convrt_kernel_info
  std::vector<Argument> arguments; ///< inputs, then outputs
  Program program;                 ///< in a GPU's image, in place of `symbol`
};

/// The dynamic dimensions of a kernel in order of first appearance: the order
/// of the `dims` that its entry gets.
std::vector<std::string> dynamicDimensions(const Kernel &kernel);

enum class ImageKind {
  object, ///< an ELF shared object for a CPU
  cubin,  ///< machine code of an NVIDIA GPU
  ptx,    ///< text that the GPU's driver compiles
};

/// The kernels compiled for one level or architecture.
struct Image {
  ImageKind kind = ImageKind::object;
  std::string triple; ///< "x86_64-unknown-linux-gnu", "nvptx64-nvidia-cuda"
  /// baseline, avx2, avx512, avx512fp16 or neon; sm_90a, sm_80, ... of a GPU.
  std::string isa;
  /// CPU features that the code uses beyond the level, such as "amx_bf16".
  std::vector<std::string> requiredFeatures;
  std::vector<Kernel> kernels;
  std::string bytes;
};

/// Puts images together.
class Writer {
public:
  /// Add the kernels for one more level or architecture. All images must offer
  /// the same kernels with the same arguments; plans and numerics may differ.
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
