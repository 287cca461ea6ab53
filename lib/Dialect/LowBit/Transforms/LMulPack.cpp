//===- LMulPack.cpp - Operands of a product by L-Mul as words -------------===//

#include "LMulMatmul.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace conv::lowbit {

/// Numbers of this size multiply, and add their carries and the terms of the
/// equation, within the normal numbers of f32.
static constexpr uint32_t smallestTame = (127 - 59) << 23;
static constexpr uint32_t pastTame = (127 + 62) << 23;
static constexpr uint32_t infinityWord = 0x7f800000;

/// Lanes of a vector of words.
static constexpr int64_t lanes = 16;

Value ceilDiv(ImplicitLocOpBuilder &b, Value x, int64_t y) {
  auto constant = [&](int64_t v) {
    return arith::ConstantIndexOp::create(b, v).getResult();
  };
  if (y == 1)
    return x;
  Value up = arith::AddIOp::create(b, x, constant(y - 1));
  return arith::DivUIOp::create(b, up, constant(y));
}

Value wordConstant(VectorBuilder &b, Value like, uint32_t value) {
  TypedAttr scalar = b.getI32IntegerAttr(static_cast<int32_t>(value));
  if (auto vector = dyn_cast<VectorType>(like.getType()))
    scalar =
        DenseElementsAttr::get(vector.clone(b.getI32Type()), Attribute(scalar));
  return arith::ConstantOp::create(b, scalar);
}

/// The type of the shape of `like` with another element.
static Type typeLike(Value like, Type element) {
  auto vector = dyn_cast<VectorType>(like.getType());
  return vector ? Type(vector.clone(element)) : element;
}

namespace {
/// Integer arithmetic with constants on words.
struct Words {
  VectorBuilder &b;

  Value band(Value v, uint32_t mask) {
    return arith::AndIOp::create(b, v, wordConstant(b, v, mask));
  }
  Value add(Value v, uint32_t other) {
    return arith::AddIOp::create(b, v, wordConstant(b, v, other));
  }
  Value shl(Value v, uint32_t bits) {
    return bits ? arith::ShLIOp::create(b, v, wordConstant(b, v, bits))
                      .getResult()
                : v;
  }
  Value shr(Value v, uint32_t bits) {
    return arith::ShRUIOp::create(b, v, wordConstant(b, v, bits));
  }
  Value compare(arith::CmpIPredicate predicate, Value v, uint32_t other) {
    return arith::CmpIOp::create(b, predicate, v, wordConstant(b, v, other));
  }
  Value below(Value v, uint32_t limit) {
    return compare(arith::CmpIPredicate::ult, v, limit);
  }
  Value select(Value condition, Value yes, Value no) {
    return arith::SelectOp::create(b, condition, yes, no);
  }
};
} // namespace

Value powerOf(VectorBuilder &b, Value word) {
  return Words{b}.band(word, 0xff800000);
}

Word emitWord(VectorBuilder &b, const MatmulSignature &signature,
              Value number) {
  Words w{b};
  LMulFormat format(signature.element, signature.kept);
  Value bits = arith::BitcastOp::create(
      b, typeLike(number, b.getIntegerType(format.width)), number);
  if (format.width < 32)
    bits = arith::ExtUIOp::create(b, typeLike(number, b.getI32Type()), bits);
  Value raw = w.band(bits, format.magnitude);
  Value magnitude = raw;
  if (unsigned dropped = format.mantissa - format.kept) {
    Value odd = w.band(w.shr(raw, dropped), 1);
    magnitude = arith::AddIOp::create(
        b, w.add(raw, (uint32_t(1) << (dropped - 1)) - 1), odd);
    magnitude = w.band(magnitude, ~((uint32_t(1) << dropped) - 1));
  }
  Value isPast =
      w.compare(arith::CmpIPredicate::uge, magnitude, format.pastLargest);
  Value isNan = format.hasInfinity ? w.compare(arith::CmpIPredicate::ugt, raw,
                                               format.pastLargest)
                                   : isPast;
  int64_t bias = format.biasField >> format.mantissa;
  Value word = w.add(w.shl(magnitude, 23 - format.mantissa),
                     static_cast<uint32_t>(127 - bias) << 23);
  word = w.select(isPast, wordConstant(b, word, infinityWord), word);
  word = w.select(isNan, wordConstant(b, word, infinityWord | 1 << 22), word);
  Value isZero = w.below(raw, format.smallest);
  Value sign = w.shl(w.band(bits, format.signBit), 32 - format.width);
  Value zero = wordConstant(b, word, 0);
  Word result;
  result.bits = w.select(isZero, zero, arith::OrIOp::create(b, word, sign));
  if (!signature.checked)
    return result;
  Value isTame = w.below(w.add(word, -smallestTame), pastTame - smallestTame);
  result.flags =
      w.select(isZero, wordConstant(b, word, flagZero),
               w.select(isTame, zero, wordConstant(b, word, flagWild)));
  return result;
}

namespace {

/// Emits the packing of b.
class PackEmitter {
public:
  PackEmitter(ModuleOp module, Location loc, const MatmulSignature &signature)
      : module(module), signature(signature), builder(module.getContext()),
        b(loc, builder, builder.getF32Type(), lanes) {}

  func::FuncOp run();

private:
  void packFull(Value column);
  void packRest(Value column, Value valid);
  void packTransposed(Value column);
  /// Turn a number into what a panel holds; remembers its flags.
  Value convert(Value number);
  Value source(Value k, Value column) {
    return signature.transposeB ? b.addi(b.muli(column, sizeK), k)
                                : b.addi(b.muli(k, sizeN), column);
  }
  Value loadVector(Value offset) {
    return vector::LoadOp::create(b,
                                  VectorType::get({lanes}, signature.element),
                                  input, b.addi(inputStart, offset));
  }
  void store(Value word, Value offset) {
    Value at = b.addi(panelStart, offset);
    if (isa<VectorType>(word.getType()))
      vector::StoreOp::create(b, word, words, at);
    else
      memref::StoreOp::create(b, word, words, at);
  }
  /// Flags live in memory while a panel is packed: one lane each, and one for
  /// the numbers that are packed one by one.
  void remember(Value flags);

  ModuleOp module;
  const MatmulSignature &signature;
  OpBuilder builder;
  VectorBuilder b;
  Value input, words, sizeN, sizeK;
  Value inputStart, panelStart;
  Address laneFlags, scalarFlags;
};

} // namespace

void PackEmitter::remember(Value flags) {
  if (!flags)
    return;
  if (auto type = dyn_cast<VectorType>(flags.getType())) {
    Value before =
        vector::LoadOp::create(b, type, laneFlags.memref, laneFlags.offset);
    vector::StoreOp::create(b, arith::OrIOp::create(b, before, flags),
                            laneFlags.memref, laneFlags.offset);
    return;
  }
  Value before =
      memref::LoadOp::create(b, scalarFlags.memref, scalarFlags.offset);
  memref::StoreOp::create(b, arith::OrIOp::create(b, before, flags),
                          scalarFlags.memref, scalarFlags.offset);
}

Value PackEmitter::convert(Value number) {
  Word word = emitWord(b, signature, number);
  remember(word.flags);
  if (signature.form == Form::integer)
    return word.bits;
  // y - (1 - c) P = (y - P) + c P: every step is exact, and so is the bf16
  // number that it ends with.
  Words w{b};
  Type real = typeLike(number, b.getF32Type());
  Value power = powerOf(b, word.bits);
  Value realPower = arith::BitcastOp::create(b, real, power);
  double c = std::ldexp(1.0, -correctionExponent(signature.kept));
  TypedAttr factor = b.getF32FloatAttr(static_cast<float>(c));
  if (auto vector = dyn_cast<VectorType>(real))
    factor = DenseElementsAttr::get(vector, Attribute(factor));
  Value rest = arith::AddFOp::create(
      b,
      arith::SubFOp::create(b, arith::BitcastOp::create(b, real, word.bits),
                            realPower),
      arith::MulFOp::create(b, realPower,
                            arith::ConstantOp::create(b, factor)));
  Value high = w.band(arith::BitcastOp::create(b, word.bits.getType(), rest),
                      0xffff0000);
  return arith::OrIOp::create(b, w.shr(power, 16), high);
}

void PackEmitter::packFull(Value column) {
  b.loop(b.index(0), sizeK, 1, [&](Value k) {
    for (int64_t c = 0; c < signature.columns; c += lanes)
      store(convert(loadVector(source(k, b.addi(column, c)))),
            b.addi(b.muli(k, signature.columns), c));
  });
}

void PackEmitter::packTransposed(Value column) {
  // Blocks of 16 columns and 16 k, transposed in registers.
  auto block = VectorType::get({lanes, lanes}, b.getI32Type());
  Value whole = b.muli(arith::DivUIOp::create(b, sizeK, b.index(lanes)), lanes);
  for (int64_t c = 0; c < signature.columns; c += lanes) {
    b.loop(b.index(0), whole, lanes, [&](Value k) {
      Value square = arith::ConstantOp::create(b, b.getZeroAttr(block));
      for (int64_t row = 0; row < lanes; ++row)
        square = vector::InsertOp::create(
            b, convert(loadVector(source(k, b.addi(column, c + row)))), square,
            row);
      square = vector::TransposeOp::create(b, square, ArrayRef<int64_t>{1, 0});
      for (int64_t row = 0; row < lanes; ++row)
        store(vector::ExtractOp::create(b, square, row),
              b.addi(b.muli(b.addi(k, row), signature.columns), c));
    });
    b.loop(whole, sizeK, 1, [&](Value k) {
      b.loop(c, c + lanes, 1, [&](Value lane) {
        Value at = b.addi(inputStart, source(k, b.addi(column, lane)));
        store(convert(memref::LoadOp::create(b, input, at)),
              b.addi(b.muli(k, signature.columns), lane));
      });
    });
  }
}

void PackEmitter::packRest(Value column, Value valid) {
  // Columns past the last are ones, which are multiplied and thrown away.
  auto one = [&] {
    return convert(
        arith::ConstantOp::create(b, b.getFloatAttr(signature.element, 1.0)));
  };
  b.loop(b.index(0), sizeK, 1, [&](Value k) {
    Value row = b.muli(k, signature.columns);
    b.loop(b.index(0), valid, 1, [&](Value c) {
      Value at = b.addi(inputStart, source(k, b.addi(column, c)));
      store(convert(memref::LoadOp::create(b, input, at)), b.addi(row, c));
    });
    b.loop(valid, b.index(signature.columns), 1,
           [&](Value c) { store(one(), b.addi(row, c)); });
  });
}

func::FuncOp PackEmitter::run() {
  Type index = b.getIndexType();
  auto flat = [](Type element) {
    return MemRefType::get({ShapedType::kDynamic}, element);
  };
  func::FuncOp function = monarch::startKernelBody(
      module, builder, b.getLoc(), "lowbit_lmul_pack",
      {flat(signature.element), flat(b.getI8Type()), flat(b.getI32Type()),
       index, index, index, index});
  b.setInsertionPointToStart(&function.getBody().front());
  ValueRange arguments = function.getArguments();
  input = arguments[0];
  Value bytes = memref::DimOp::create(b, arguments[1], 0);
  words = memref::ViewOp::create(
      b, flat(b.getI32Type()), arguments[1], b.index(0),
      ValueRange{arith::DivUIOp::create(b, bytes, b.index(4))});
  Value flags = arguments[2], panels = arguments[5], origin = arguments[6];
  sizeN = ShapedType::isDynamic(signature.n) ? Value(arguments[3])
                                             : b.index(signature.n);
  sizeK = ShapedType::isDynamic(signature.k) ? Value(arguments[4])
                                             : b.index(signature.k);
  Value begin = arguments[7], end = arguments[8], workspace = arguments[9];
  auto region = [&](int64_t offset) {
    return monarch::Workspace::region(b, workspace, offset, lanes,
                                      b.getI32Type());
  };
  laneFlags = region(0);
  scalarFlags = region(lanes * 4);

  Value padded =
      b.muli(ceilDiv(b, sizeK, signature.innerStep()), signature.innerStep());
  auto vectorOfFlags = VectorType::get({lanes}, b.getI32Type());
  b.loop(begin, end, 1, [&](Value item) {
    Value batch = arith::DivUIOp::create(b, item, panels);
    Value column =
        b.muli(arith::RemUIOp::create(b, item, panels), signature.columns);
    inputStart = b.muli(b.muli(batch, sizeK), sizeN);
    panelStart =
        b.muli(b.muli(b.subi(item, origin), padded), signature.columns);
    Value none = arith::ConstantOp::create(b, b.getZeroAttr(vectorOfFlags));
    for (Address at : {laneFlags, scalarFlags})
      vector::StoreOp::create(b, none, at.memref, at.offset);
    Value left = b.subi(sizeN, column);
    Value isFull = arith::CmpIOp::create(b, arith::CmpIPredicate::sge, left,
                                         b.index(signature.columns));
    b.ifElse(
        isFull,
        [&] {
          signature.transposeB ? packTransposed(column) : packFull(column);
        },
        [&] { packRest(column, left); });
    b.loop(sizeK, padded, 1, [&](Value k) {
      b.loop(0, signature.columns, lanes, [&](Value c) {
        store(none, b.addi(b.muli(k, signature.columns), c));
      });
    });
    auto combined = [&](Address at) {
      Value all =
          vector::LoadOp::create(b, vectorOfFlags, at.memref, at.offset);
      return vector::ReductionOp::create(b, vector::CombiningKind::OR, all);
    };
    Value both =
        arith::OrIOp::create(b, combined(laneFlags), combined(scalarFlags));
    memref::StoreOp::create(b, both, flags, b.subi(item, origin));
  });
  func::ReturnOp::create(b);
  return function;
}

func::FuncOp emitPackB(ModuleOp module, Location loc,
                       const MatmulSignature &signature) {
  return PackEmitter(module, loc, signature).run();
}

} // namespace conv::lowbit
