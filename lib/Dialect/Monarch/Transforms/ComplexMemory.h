//===- ComplexMemory.h - Runs of complex numbers in memory ------*- C++ -*-===//
//
// The tensors of a transform hold complex numbers as pairs (re, im). A memref
// of complex elements has no vector loads, and memref ops cannot view it as one
// of twice as many floats. So the kernels take its aligned pointer once, and
// load 2 L floats through `llvm.load`, which shuffles part into a register of L
// real and one of L imaginary parts. Memory of our own is planar: all real
// parts, then all imaginary parts, in two memrefs.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_LIB_MONARCH_COMPLEXMEMORY_H
#define CONV_LIB_MONARCH_COMPLEXMEMORY_H

#include "VectorBuilder.h"

namespace conv::monarch {

/// Within its lifetime a builder's registers have other lanes, or another
/// element type.
class VectorScope {
public:
  VectorScope(VectorBuilder &b, int64_t lanes)
      : VectorScope(b, lanes, b.compute) {}
  VectorScope(VectorBuilder &b, int64_t lanes, mlir::Type compute)
      : b(b), lanes(b.lanes), compute(b.compute) {
    set(lanes, compute);
  }
  ~VectorScope() { set(lanes, compute); }
  VectorScope(const VectorScope &) = delete;
  VectorScope &operator=(const VectorScope &) = delete;

private:
  void set(int64_t newLanes, mlir::Type newCompute) {
    b.lanes = newLanes;
    b.compute = newCompute;
    b.vectorType = mlir::VectorType::get({newLanes}, newCompute);
  }

  VectorBuilder &b;
  int64_t lanes;
  mlir::Type compute;
};

/// Complex numbers side by side, loaded and stored b.lanes at a time. An
/// inverse transform is the forward one between memories with re and im
/// swapped: conj(z) i = swap(z).
class ComplexMemory {
public:
  ComplexMemory() = default;
  /// The elements of a memref<?xcomplex<T>>.
  static ComplexMemory pairs(VectorBuilder &b, mlir::Value memref);
  /// Two regions of the compute type.
  static ComplexMemory planar(Address re, Address im);

  /// This memory from element `offset` on.
  ComplexMemory at(VectorBuilder &b, mlir::Value offset) const;
  /// The same with real and imaginary parts exchanged.
  ComplexMemory swapped() const;
  /// The same, but what is stored is multiplied by `factor` first.
  ComplexMemory scaled(double factor) const;

  Complex load(VectorBuilder &b, mlir::Value index) const;
  void store(VectorBuilder &b, Complex z, mlir::Value index) const;

private:
  mlir::Value pairAddress(VectorBuilder &b, mlir::Value index) const;

  mlir::Value pointer; ///< of pairs; null where the memory is planar
  mlir::Value offset;  ///< of pairs
  Address re, im;
  bool swap = false;
  double scale = 1;
};

/// Exchange the number of a register with the lane, of R registers, a power of
/// two up to b.lanes: lane a R + c of register r goes to lane a R + r of
/// register c. For R = b.lanes that is a transpose.
void transpose(VectorBuilder &b, llvm::MutableArrayRef<mlir::Value> registers);

} // namespace conv::monarch

#endif // CONV_LIB_MONARCH_COMPLEXMEMORY_H
