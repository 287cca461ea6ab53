//===- MatrixToVector.cpp - Kernels of the quantizing ops -----------------===//

#include "MatrixToVector.h"

#include "FloatFunctions.h"
#include "IntegerBuilder.h"

using namespace mlir;

namespace conv::lowbit {

namespace {

ArrayRef<int64_t> shapeOf(Value v) {
  return cast<ShapedType>(v.getType()).getShape();
}

/// A kernel over rows with the operands of an op as flat memrefs.
class RowKernel {
public:
  RowKernel(ModuleOp module, Operation *op, StringRef name,
            ArrayRef<Type> extra = {})
      : builder(module.getContext()),
        b(op->getLoc(), builder, {Dot::portable, 128, false}) {
    SmallVector<Type> types;
    for (Value operand : op->getOperands())
      types.push_back(MemRefType::get(
          {ShapedType::kDynamic},
          cast<ShapedType>(operand.getType()).getElementType()));
    types.append(extra.begin(), extra.end());
    function =
        monarch::startKernelBody(module, builder, op->getLoc(), name, types);
    b.setInsertionPointToStart(&function.getBody().front());
    begin = function.getArgument(types.size());
    end = function.getArgument(types.size() + 1);
    workspace = function.getArgument(types.size() + 2);
  }

  monarch::KernelBody finish(int64_t workspaceBytes = 0) {
    func::ReturnOp::create(b);
    return {function, workspaceBytes};
  }

  /// For every column of a row that is cut into `parts`: body(column, part).
  void eachColumn(int64_t columns, int64_t parts,
                  function_ref<void(Value, Value)> body) {
    if (parts == columns) { // one loop, so that parts are vectors too
      b.loop(0, columns, 1, [&](Value column) { body(column, column); });
      return;
    }
    int64_t size = columns / parts;
    b.loop(0, parts, 1, [&](Value part) {
      b.loop(0, size, 1,
             [&](Value i) { body(b.addi(b.muli(part, size), i), part); });
    });
  }

  /// The address of a part [R, C] of a row.
  Address part(Value memref, ArrayRef<int64_t> shape, Value row, Value part) {
    return {memref, shape[0] == 1 ? part : b.addi(b.muli(row, shape[1]), part)};
  }

  OpBuilder builder;
  IntegerBuilder b;
  func::FuncOp function;
  Value begin, end, workspace;
};

/// Scales and zero points of one row: their values for the current part.
class Parts {
public:
  Parts(RowKernel &kernel, Value operand, Value argument)
      : kernel(kernel), operand(operand), argument(argument) {}

  int64_t count() const { return operand ? shapeOf(operand)[1] : 1; }
  /// The value for a column; where there are several parts, each is loaded at
  /// its columns, and LLVM takes what does not change out of the loop.
  Value load(Value row, Value column, int64_t columns) {
    if (!operand)
      return Value();
    IntegerBuilder &b = kernel.b;
    int64_t size = columns / count();
    Value part = count() == 1 ? b.index(0)
                 : size == 1  ? column
                              : b.divide(column, size);
    return b.load(kernel.part(argument, shapeOf(operand), row, part));
  }

private:
  RowKernel &kernel;
  Value operand, argument;
};

} // namespace

monarch::KernelBody emitScales(ModuleOp module, ScalesOp op) {
  OpBuilder types(module.getContext());
  RowKernel kernel(module, op, "lowbit_scales", types.getIndexType());
  IntegerBuilder &b = kernel.b;
  Value input = kernel.function.getArgument(0),
        output = kernel.function.getArgument(1),
        inputRows = kernel.function.getArgument(2);
  int64_t columns = shapeOf(op.getInput())[1];
  ArrayRef<int64_t> shape = shapeOf(op.getInit());
  int64_t parts = shape[1];
  bool all = shape[0] == 1;
  Workspace layout;
  Address largest = Workspace::region(
      b, kernel.workspace, layout.reserve(parts, b.i32), parts, b.i32);
  Type f32 = b.getF32Type();
  FloatFunctions f(b, f32);

  // Magnitudes of numbers are ordered as their bits; NaN is above infinity.
  int64_t floorBits = op.getFloor().bitcastToAPInt().getSExtValue();
  auto add = [&](Value row) {
    kernel.eachColumn(columns, parts, [&](Value column, Value part) {
      Value x = b.load({input, b.addi(b.muli(row, columns), column)});
      Value bits =
          arith::AndIOp::create(b, arith::BitcastOp::create(b, b.i32, x),
                                b.integer(b.i32, 0x7fffffff));
      Address at = b.at(largest, part);
      b.store(arith::MaxSIOp::create(b, b.load(at), bits), at);
    });
  };
  b.loop(kernel.begin, kernel.end, 1, [&](Value row) {
    b.loop(0, parts, 1, [&](Value part) {
      b.store(b.integer(b.i32, floorBits), b.at(largest, part));
    });
    if (all)
      b.loop(b.index(0), inputRows, 1, add);
    else
      add(row);
    b.loop(0, parts, 1, [&](Value part) {
      Value v = arith::BitcastOp::create(b, f32, b.load(b.at(largest, part)));
      v = f.power(v, op.getExponent().convertToDouble());
      v = arith::DivFOp::create(b, v,
                                f.constant(op.getDivisor().convertToDouble()));
      b.store(v, kernel.part(output, shape, row, part));
    });
  });
  return kernel.finish(layout.bytes());
}

monarch::KernelBody emitQuantize(ModuleOp module, QuantizeOp op) {
  RowKernel kernel(module, op, "lowbit_quantize");
  IntegerBuilder &b = kernel.b;
  auto argument = [&](Value operand) -> Value {
    for (OpOperand &use : op->getOpOperands())
      if (operand && use.get() == operand)
        return kernel.function.getArgument(use.getOperandNumber());
    return Value();
  };
  Value input = kernel.function.getArgument(0);
  Value output = kernel.function.getArgument(op->getNumOperands() - 1);
  Value columnScales = argument(op.getColumnScales());
  Parts scales(kernel, op.getScales(), argument(op.getScales()));
  Parts zeros(kernel, op.getZeroPoints(), argument(op.getZeroPoints()));
  int64_t columns = shapeOf(op.getInput())[1];
  FloatFunctions f(b, b.getF32Type());
  Value low = b.integer(b.i32, static_cast<int32_t>(op.getLow()));
  Value high = b.integer(b.i32, static_cast<int32_t>(op.getHigh()));

  b.loop(kernel.begin, kernel.end, 1, [&](Value row) {
    Value base = b.muli(row, columns);
    kernel.eachColumn(columns, scales.count(), [&](Value column, Value) {
      Value scale = scales.load(row, column, columns);
      if (columnScales)
        scale = b.mul(scale, b.load({columnScales, column}));
      Value v = arith::DivFOp::create(b, b.load({input, b.addi(base, column)}),
                                      scale);
      Value zero = zeros.load(row, column, columns);
      if (!zero)
        zero = b.integer(b.i32, 0);
      // Clamped before it is rounded: the limits are integers.
      auto limit = [&](Value end) {
        return arith::SIToFPOp::create(b, b.getF32Type(), b.subi(end, zero));
      };
      v = f.clamp(v, limit(low), limit(high));
      Value isNan = arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, v, v);
      v = arith::SelectOp::create(b, isNan, f.constant(0), v);
      Value q = b.addi(f.toInteger(f.roundEven(v)), zero);
      b.store(arith::TruncIOp::create(b, b.i8, q),
              {output, b.addi(base, column)});
    });
  });
  return kernel.finish();
}

monarch::KernelBody emitDequantize(ModuleOp module, DequantizeOp op) {
  RowKernel kernel(module, op, "lowbit_dequantize");
  IntegerBuilder &b = kernel.b;
  Value input = kernel.function.getArgument(0);
  Parts scales(kernel, op.getScales(), kernel.function.getArgument(1));
  Parts zeros(kernel, op.getZeroPoints(),
              op.getZeroPoints() ? Value(kernel.function.getArgument(2))
                                 : Value());
  Value output = kernel.function.getArgument(op->getNumOperands() - 1);
  int64_t columns = shapeOf(op.getInput())[1];
  b.loop(kernel.begin, kernel.end, 1, [&](Value row) {
    Value base = b.muli(row, columns);
    kernel.eachColumn(columns, scales.count(), [&](Value column, Value) {
      Value q = b.load({input, b.addi(base, column)});
      if (q.getType() != b.i32)
        q = arith::ExtSIOp::create(b, b.i32, q);
      if (Value zero = zeros.load(row, column, columns))
        q = b.subi(q, zero);
      Value x = arith::SIToFPOp::create(b, b.getF32Type(), q);
      b.store(b.mul(scales.load(row, column, columns), x),
              {output, b.addi(base, column)});
    });
  });
  return kernel.finish();
}

monarch::KernelBody emitRequantize(ModuleOp module, RequantizeOp op) {
  RowKernel kernel(module, op, "lowbit_requantize");
  IntegerBuilder &b = kernel.b;
  ValueRange arguments = kernel.function.getArguments();
  int64_t columns = shapeOf(op.getInput())[1];
  auto constant = [&](int64_t v) { return b.integer(b.i32, v); };
  Type i64 = b.getI64Type();
  auto each = [&](unsigned index, Value operand, Value column) {
    bool one = shapeOf(operand)[0] == 1;
    return b.load({arguments[index], one ? b.index(0) : column});
  };
  auto compare = [&](arith::CmpIPredicate predicate, Value x, Value y) {
    return arith::CmpIOp::create(b, predicate, x, y);
  };
  int32_t zeroPoint = op.getZeroPoint();
  Value low = constant(static_cast<int32_t>(op.getLow()) - zeroPoint);
  Value high = constant(static_cast<int32_t>(op.getHigh()) - zeroPoint);

  b.loop(kernel.begin, kernel.end, 1, [&](Value row) {
    Value base = b.muli(row, columns);
    b.loop(0, columns, 1, [&](Value column) {
      Value a = b.load({arguments[0], b.addi(base, column)});
      Value m = each(1, op.getMultipliers(), column);
      // Rounding to nearest with ties up is one addition and a shift of which
      // only the low half is wanted, so that it need not be an arithmetic one.
      Value product =
          arith::MulIOp::create(b, arith::ExtSIOp::create(b, i64, a),
                                arith::ExtSIOp::create(b, i64, m));
      product = b.addi(product, b.integer(i64, int64_t(1) << 30));
      Value v = arith::TruncIOp::create(
          b, b.i32, arith::ShRUIOp::create(b, product, b.integer(i64, 31)));
      Value least = constant(INT32_MIN);
      Value saturates =
          arith::AndIOp::create(b, compare(arith::CmpIPredicate::eq, a, least),
                                compare(arith::CmpIPredicate::eq, m, least));
      v = arith::SelectOp::create(b, saturates, constant(INT32_MAX), v);

      Value shift = arith::MinSIOp::create(
          b, constant(31),
          arith::MaxSIOp::create(b, constant(0),
                                 each(2, op.getShifts(), column)));
      Value mask =
          b.subi(arith::ShLIOp::create(b, constant(1), shift), constant(1));
      Value remainder = arith::AndIOp::create(b, v, mask);
      Value isNegative = compare(arith::CmpIPredicate::slt, v, constant(0));
      Value threshold = b.addi(arith::ShRUIOp::create(b, mask, constant(1)),
                               arith::ExtUIOp::create(b, b.i32, isNegative));
      Value up = arith::ExtUIOp::create(
          b, b.i32, compare(arith::CmpIPredicate::sgt, remainder, threshold));
      v = b.addi(arith::ShRSIOp::create(b, v, shift), up);

      // Clamped before the zero point is added, which might wrap.
      v = arith::MaxSIOp::create(b, low, arith::MinSIOp::create(b, high, v));
      Value q =
          arith::TruncIOp::create(b, b.i8, b.addi(v, constant(zeroPoint)));
      b.store(q, {arguments[3], b.addi(base, column)});
    });
  });
  return kernel.finish();
}

} // namespace conv::lowbit
