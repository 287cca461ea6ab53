//===- VectorBuilder.h - Short names for vector IR --------------*- C++ -*-===//
//
// The kernels are emitted op by op. This builder gives the few forms they use
// short names, so that the emitters read like the formulas they implement.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_LIB_MONARCH_VECTORBUILDER_H
#define CONV_LIB_MONARCH_VECTORBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/TypeUtilities.h"

#include <functional>

namespace conv::monarch {

/// A vector of complex numbers, real and imaginary parts in two registers.
struct Complex {
  mlir::Value re, im;
};

/// An address in a one-dimensional memref: base plus an element offset.
struct Address {
  mlir::Value memref;
  mlir::Value offset;
};

class VectorBuilder : public mlir::ImplicitLocOpBuilder {
public:
  /// `lanes` values of `compute` type make one register of the kernel.
  VectorBuilder(mlir::Location loc, mlir::OpBuilder &builder,
                mlir::Type compute, int64_t lanes)
      : ImplicitLocOpBuilder(loc, builder), compute(compute), lanes(lanes),
        vectorType(mlir::VectorType::get({lanes}, compute)) {}

  mlir::Type compute;
  int64_t lanes;
  mlir::VectorType vectorType;

  // Index arithmetic.
  mlir::Value index(int64_t v) {
    return mlir::arith::ConstantIndexOp::create(*this, v);
  }
  mlir::Value addi(mlir::Value a, mlir::Value b);
  mlir::Value addi(mlir::Value a, int64_t b);
  mlir::Value subi(mlir::Value a, mlir::Value b);
  mlir::Value muli(mlir::Value a, int64_t b);
  mlir::Value muli(mlir::Value a, mlir::Value b);
  Address at(Address base, mlir::Value offset) {
    return {base.memref, addi(base.offset, offset)};
  }
  Address at(Address base, int64_t offset) {
    return {base.memref, addi(base.offset, offset)};
  }

  // Floating point on registers.
  mlir::Value splat(double v);
  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value sub(mlir::Value a, mlir::Value b);
  mlir::Value mul(mlir::Value a, mlir::Value b);
  mlir::Value neg(mlir::Value a);
  /// a * b + c
  mlir::Value fma(mlir::Value a, mlir::Value b, mlir::Value c);
  /// c - a * b
  mlir::Value fnma(mlir::Value a, mlir::Value b, mlir::Value c);
  /// z * (re + i im), and with the conjugate factor.
  Complex cmul(Complex z, Complex w);
  /// acc + z * w
  Complex cfma(Complex z, Complex w, Complex acc);

  // Memory. Loads widen to the compute type, stores narrow to the memref's.
  mlir::Value load(Address address);
  mlir::Value load(Address base, int64_t offset) {
    return load(at(base, offset));
  }
  /// 16 values, repeated to fill `count` groups of 16 lanes (all by default).
  mlir::Value loadGroup(Address address, int64_t count = 0);
  mlir::Value loadScalar(Address address);
  /// One register of groups of 16 lanes, and the group of that index.
  mlir::Value concatenate(mlir::ValueRange groups);
  mlir::Value group(mlir::Value v, int64_t index);
  /// One element, repeated in every lane.
  mlir::Value broadcast(Address address);
  void store(mlir::Value v, Address address, bool nontemporal = false);
  Complex loadComplex(Address address);
  void storeComplex(Complex z, Address address);
  /// Narrow or widen a scalar or vector between float types.
  mlir::Value convert(mlir::Value v, mlir::Type element);

  /// for i in [lower, upper) step: body(i).
  void loop(mlir::Value lower, mlir::Value upper, int64_t step,
            llvm::function_ref<void(mlir::Value)> body);
  void loop(int64_t lower, int64_t upper, int64_t step,
            llvm::function_ref<void(mlir::Value)> body);
  /// A loop that carries values.
  llvm::SmallVector<mlir::Value>
  loop(mlir::Value lower, mlir::Value upper, int64_t step,
       mlir::ValueRange init,
       llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value,
                                                         mlir::ValueRange)>
           body);
  void ifElse(mlir::Value condition, llvm::function_ref<void()> thenBody,
              llvm::function_ref<void()> elseBody);

  /// Lanes picked from a and b: result lane l is lane mask[l] of (a, b).
  mlir::Value shuffle(mlir::Value a, mlir::Value b,
                      llvm::ArrayRef<int64_t> mask);
};

/// Exchange the index q of four registers with a radix-4 digit of the lane
/// index, of weight `stride` (1 or 4): register q, lane l becomes register
/// (l / stride) % 4, lane l with that digit replaced by q.
void exchange(VectorBuilder &b, llvm::MutableArrayRef<mlir::Value> registers,
              int64_t stride);
void exchange(VectorBuilder &b, llvm::MutableArrayRef<Complex> registers,
              int64_t stride);

} // namespace conv::monarch

#endif // CONV_LIB_MONARCH_VECTORBUILDER_H
