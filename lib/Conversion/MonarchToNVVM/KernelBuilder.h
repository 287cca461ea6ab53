//===- KernelBuilder.h - Write a CUDA kernel in llvm and nvvm ---*- C++ -*-===//
//
// The words in which kernels are emitted: 32-bit index arithmetic that folds
// constants, pointers into global and shared memory, asynchronous copies,
// barriers, structured branches and loops. Everything is built as llvm and nvvm
// ops, one kernel function at a time, in a gpu.module.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_CONVERSION_MONARCHTONVVM_KERNELBUILDER_H
#define CONV_CONVERSION_MONARCHTONVVM_KERNELBUILDER_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

#include "llvm/ADT/StringMap.h"

namespace conv::nvidia {

using mlir::Type;
using mlir::Value;

/// An index that is known while the kernel is emitted, or a value of i32.
/// Arithmetic on known ones is done at once and emits nothing.
class Index {
public:
  Index(int64_t known) : known(known) {}
  Index(Value value) : value(value) {}

  bool isKnown() const { return !value; }
  int64_t getKnown() const { return known; }
  Value getValue() const { return value; }

private:
  Value value;
  int64_t known = 0;
};

/// A parameter of a kernel.
struct Parameter {
  enum Kind { input, output, i32, i64 } kind;
  int64_t alignment = 16; ///< of a pointer, in bytes
};

/// A kernel function under construction. Values that do not change live in its
/// entry block, so that they are made once.
class KernelBuilder : public mlir::ImplicitLocOpBuilder {
public:
  /// Start the kernel `name` of `threads` threads a block in `module`.
  KernelBuilder(mlir::gpu::GPUModuleOp module, mlir::Location loc,
                llvm::StringRef name, llvm::ArrayRef<Parameter> parameters,
                int64_t threads);
  /// End the kernel: writes `return` where the builder is.
  void finish();

  mlir::LLVM::LLVMFuncOp getFunction() const { return function; }
  /// Ask LLVM to leave the kernel in the order in which it was written. Its
  /// optimizer brings loads forward, and a kernel that needs nearly all
  /// registers then spills.
  void keepOrder();
  /// Whether the module's chip has stmatrix, which came with sm_90.
  bool hasStoreMatrix();
  /// The argument of parameter `i`: a pointer, or a number.
  Value argument(unsigned i) { return function.getArgument(i); }

  // Constants, in the entry block, each once.
  Value i32(int64_t value);
  Value i64(int64_t value);
  Value f32(double value);
  /// Both halves of a vector<2xf16>.
  Value half2(double value);
  Value asValue(Index index) {
    return index.isKnown() ? i32(index.getKnown()) : index.getValue();
  }

  // 32-bit arithmetic.
  Index add(Index a, Index b);
  Index sub(Index a, Index b);
  Index mul(Index a, Index b);
  Index bitAnd(Index a, Index b);
  Index bitOr(Index a, Index b);
  Index bitXor(Index a, Index b);
  Index shl(Index a, int64_t bits);
  Index lshr(Index a, int64_t bits);
  /// Unsigned quotient and remainder by a constant; shifts for powers of two.
  Index div(Index a, int64_t divisor);
  Index mod(Index a, int64_t divisor);
  Index min(Index a, Index b);
  Value less(Index a, Index b); ///< signed a < b
  Value select(Value condition, Value a, Value b);
  Value sext(Index a); ///< to i64
  Value zext(Index a);

  // Where a thread is.
  int64_t threads();
  Index threadIndex();
  Index blockIndex(unsigned dimension);
  Index gridExtent(unsigned dimension);
  Index laneIndex() { return bitAnd(threadIndex(), 31); }
  Index warpIndex() { return lshr(threadIndex(), 5); }

  // Memory. Offsets are bytes.
  Type globalPointer() { return pointer(1); }
  Type sharedPointer() { return pointer(3); }
  Value offset(Value base, int64_t bytes);
  Value offset(Value base, Index bytes);
  Value offset64(Value base, Value bytes);
  /// Start of the block's dynamic shared memory, aligned to 1024 bytes.
  Value sharedBase();
  /// The same as a number of 32 bits, for address arithmetic.
  Index sharedBaseIndex();
  Value sharedAt(Index address);
  /// A constant table in global memory, 16-byte aligned.
  Value table(llvm::StringRef name, llvm::ArrayRef<uint32_t> words);
  Value load(Type type, Value pointer, int64_t alignment,
             bool invariant = false);
  void store(Value value, Value pointer, int64_t alignment,
             bool streaming = false);

  // Copies from global to shared memory that go on while the warp computes.
  /// `valid` of the `bytes` (4, 8 or 16) are read, the rest are zeros.
  void copyAsync(Value shared, Value global, int64_t bytes,
                 Value valid = Value());
  /// Begin to copy `bytes`, a multiple of 16, to offset `to` of the block's
  /// shared memory, by all its threads.
  void copyToShared(int64_t to, Value global, int64_t bytes);
  void commitCopies();
  void waitCopies(int64_t pending);

  void syncWarp();
  void syncBlock();

  // Control. The builder stands behind the construct afterwards.
  void ifThen(Value condition, llvm::function_ref<void()> then);
  /// while (condition(v)) v = body(v), on values carried from pass to pass.
  llvm::SmallVector<Value>
  loop(llvm::ArrayRef<Value> initial,
       llvm::function_ref<Value(mlir::ValueRange)> condition,
       llvm::function_ref<llvm::SmallVector<Value>(mlir::ValueRange)> body);

  /// `value`, of 32 bits, of which nothing is known: what is computed from it
  /// is computed here, and not kept from before.
  Value opaque(Value value);

  // Registers.
  llvm::SmallVector<Value> unpackStruct(Value structure, unsigned count);
  Value bitcast(Value value, Type type);
  Type half2Type() { return mlir::VectorType::get({2}, getF16Type()); }

private:
  Type pointer(unsigned space) {
    return mlir::LLVM::LLVMPointerType::get(getContext(), space);
  }
  Value constant(Type type, mlir::Attribute value);
  /// A value made once, in the entry block.
  Value once(llvm::StringRef key, llvm::function_ref<Value()> make);
  mlir::Block *addBlock();
  template <typename Op, typename Fold>
  Index binary(Index a, Index b, Fold fold);

  mlir::gpu::GPUModuleOp module;
  mlir::LLVM::LLVMFuncOp function;
  /// The terminator of the entry block, before which constants are put; the
  /// body grows in a block of its own.
  mlir::Operation *entryEnd = nullptr;
  llvm::DenseMap<std::pair<Type, mlir::Attribute>, Value> constants;
  llvm::StringMap<Value> singles;
};

} // namespace conv::nvidia

#endif // CONV_CONVERSION_MONARCHTONVVM_KERNELBUILDER_H
