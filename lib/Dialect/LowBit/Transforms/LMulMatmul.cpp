//===- LMulMatmul.cpp - The kernel of a product by L-Mul ------------------===//

#include "LMulMatmul.h"

#include "mlir/Dialect/AMX/AMXDialect.h"

using namespace mlir;

namespace conv::lowbit {

namespace {

/// Lanes of a vector of sums.
constexpr int64_t lanes = 16;
/// Rows, columns and words of K of an AMX tile.
constexpr int64_t tileSize = 16;
/// The bias of f32 in place: 127 << 23.
constexpr uint32_t biasWord = 0x3f800000;

/// Tiles of rows of a that an item packs at once, for all of its panels.
int64_t blocksPerItem(Form form) { return form == Form::integer ? 4 : 2; }

/// Words from one row of packed a to the next: whole vectors, and one more so
/// that rows of 2^n words do not compete for the same cache sets.
template <typename Builder> Value rowPitch(Builder &b, Value k) {
  auto constant = [&](int64_t v) {
    return arith::ConstantIndexOp::create(b, v).getResult();
  };
  Value vectors = ceilDiv(b, k, lanes);
  vectors = arith::AddIOp::create(b, vectors, constant(1));
  return arith::MulIOp::create(b, vectors, constant(lanes));
}

/// Where an item's data lies in its workspace, in bytes.
struct Layout {
  explicit Layout(const MatmulSignature &s) {
    zeros = s.rows * s.columns * 4;
    blockFlags = zeros + 4 * 64;
    rawFlags = blockFlags + 64;
    packed = rawFlags + 64;
    rows = s.rows * blocksPerItem(s.form);
    // The biased words and the masks, and for the equation biased powers.
    arrays = s.form == Form::matrix_unit       ? 1
             : s.semantics == Semantics::adder ? 2
                                               : 3;
  }
  int64_t zeros, blockFlags, rawFlags, packed, rows, arrays;
};

} // namespace

int64_t rowsPerItem(const MatmulSignature &signature) {
  return signature.rows * blocksPerItem(signature.form);
}

Value matmulWorkspace(ImplicitLocOpBuilder &b, const MatmulSignature &signature,
                      Value k) {
  Layout layout(signature);
  auto constant = [&](int64_t v) {
    return arith::ConstantIndexOp::create(b, v).getResult();
  };
  Value words = arith::MulIOp::create(b, rowPitch(b, k),
                                      constant(layout.rows * layout.arrays));
  if (signature.form == Form::matrix_unit) // a panel in integer form
    words = arith::AddIOp::create(
        b, words, arith::MulIOp::create(b, k, constant(signature.columns)));
  return arith::AddIOp::create(b, arith::MulIOp::create(b, words, constant(4)),
                               constant(layout.packed));
}

namespace {

/// Emits the product.
class MatmulEmitter {
public:
  MatmulEmitter(ModuleOp module, Location loc, const MatmulSignature &signature,
                func::FuncOp rawPack)
      : module(module), signature(signature), rawPack(rawPack),
        layout(signature), builder(module.getContext()),
        b(loc, builder, builder.getF32Type(), lanes),
        wordVector(VectorType::get({lanes}, builder.getI32Type())) {}

  func::FuncOp run();

private:
  enum class Loop { plain, zeros };

  void bind(ValueRange arguments);
  void packA(Value firstRow);
  void packRow(Value row, Value packedRow, Value flagsAt);
  void storeWords(Word word, Value at);
  void multiply(Value block, Value firstRow, Value panel, Value flags);
  func::FuncOp emitTile(Loop loop);
  SmallVector<Value> sumIntegers(Loop loop, ArrayRef<Address> left,
                                 Address right);
  void callTile(Loop loop, Value block, Address to, Value pitch);
  SmallVector<Value> sumTiles(Value block);
  void sumByRules(Value block, Value panel);
  void storeTiles(ArrayRef<Value> sums, Address to, Value pitch);
  void storeSums(ArrayRef<Value> sums, Address to, Value pitch);
  void copyOut(Value firstRow, Value column, Value rows, Value columns);

  uint32_t offset() const {
    uint32_t correction = signature.semantics == Semantics::adder
                              ? uint32_t(1)
                                    << (23 - correctionExponent(signature.kept))
                              : 0;
    return correction - biasWord;
  }
  Address view(Value bytes, Value from, Value count, Type element) {
    auto type = MemRefType::get({ShapedType::kDynamic}, element);
    Value memref =
        memref::ViewOp::create(b, type, bytes, from, ValueRange{count});
    return {memref, b.index(0)};
  }
  Value loadWords(Address at) {
    return vector::LoadOp::create(b, wordVector, at.memref, at.offset);
  }
  Value broadcastWord(Address at) {
    return vector::BroadcastOp::create(
        b, wordVector, memref::LoadOp::create(b, at.memref, at.offset));
  }
  Value sumOfWords(Value x, Value y) { return arith::AddIOp::create(b, x, y); }
  Value real(Value words) {
    return arith::BitcastOp::create(b, b.vectorType, words);
  }
  Value isSet(Value flags, int64_t flag) {
    Type i32 = b.getI32Type();
    Value masked = arith::AndIOp::create(
        b, flags, arith::ConstantOp::create(b, b.getIntegerAttr(i32, flag)));
    return arith::CmpIOp::create(
        b, arith::CmpIPredicate::ne, masked,
        arith::ConstantOp::create(b, b.getIntegerAttr(i32, 0)));
  }
  /// Row p of block `block` in array `array` of packed a.
  Address packedRow(int64_t array, Value block, Value row) {
    Value at = b.addi(b.muli(block, signature.rows), row);
    return b.at(arrays[array], b.muli(at, pitch));
  }
  Value minimum(Value x, Value y) { return arith::MinSIOp::create(b, x, y); }

  ModuleOp module;
  const MatmulSignature &signature;
  func::FuncOp rawPack;
  Layout layout;
  OpBuilder builder;
  VectorBuilder b;
  VectorType wordVector;
  Value a, rightInput, flags, c, rawBytes, panelStart;
  Value sizeM, sizeN, sizeK, panels, workspace;
  Value pitch, inputStart, outputStart;
  Address temporary, zeros, blockFlags, rawFlags;
  Address allWords, panelWords, rawPanel; ///< packed b
  Address tileRows, tileColumns;          ///< packed a and b as bf16
  SmallVector<Address> arrays;
  func::FuncOp tiles[2]; ///< without and with zeros
};

void MatmulEmitter::bind(ValueRange arguments) {
  a = arguments[0];
  rightInput = arguments[1];
  Value words = arguments[2];
  flags = arguments[3];
  c = arguments[4];
  auto size = [&](int64_t known, Value argument) {
    return ShapedType::isDynamic(known) ? argument : b.index(known);
  };
  sizeM = size(signature.m, arguments[5]);
  sizeN = size(signature.n, arguments[6]);
  sizeK = size(signature.k, arguments[7]);
  panels = arguments[8];
  workspace = arguments[11];
  pitch = rowPitch(b, sizeK);

  auto region = [&](int64_t at, int64_t elements, Type element) {
    return monarch::Workspace::region(b, workspace, at, elements, element);
  };
  temporary = region(0, signature.rows * signature.columns, b.getF32Type());
  zeros = region(layout.zeros, 4 * tileSize, b.getF32Type());
  blockFlags = region(layout.blockFlags, tileSize, b.getI32Type());
  Value count = b.muli(pitch, layout.rows);
  Value at = b.index(layout.packed);
  if (signature.form == Form::matrix_unit)
    tileRows = view(workspace, at, b.muli(count, 2), b.getBF16Type());
  for (int64_t array = 0; array < layout.arrays; ++array) {
    arrays.push_back(view(workspace, at, count, b.getI32Type()));
    at = b.addi(at, b.muli(count, 4));
  }
  Value bytes = memref::DimOp::create(b, words, 0);
  Value wordCount = arith::DivUIOp::create(b, bytes, b.index(4));
  Value none = b.index(0);
  allWords = view(words, none, wordCount, b.getI32Type());
  if (signature.form != Form::matrix_unit)
    return;
  tileColumns = view(words, none, b.muli(wordCount, 2), b.getBF16Type());
  rawFlags = {memref::ViewOp::create(
                  b, MemRefType::get({ShapedType::kDynamic}, b.getI32Type()),
                  workspace, b.index(layout.rawFlags),
                  ValueRange{b.index(tileSize)}),
              none};
  rawBytes = memref::ViewOp::create(
      b, MemRefType::get({ShapedType::kDynamic}, b.getI8Type()), workspace, at,
      ValueRange{b.muli(sizeK, 4 * signature.columns)});
  rawPanel =
      view(workspace, at, b.muli(sizeK, signature.columns), b.getI32Type());
}

void MatmulEmitter::storeWords(Word word, Value at) {
  auto store = [&](int64_t array, Value value) {
    Address to = b.at(arrays[array], at);
    if (isa<VectorType>(value.getType()))
      vector::StoreOp::create(b, value, to.memref, to.offset);
    else
      memref::StoreOp::create(b, value, to.memref, to.offset);
  };
  Value bits = word.bits, power = powerOf(b, bits);
  if (signature.form == Form::matrix_unit) {
    Value low = arith::ShRUIOp::create(b, bits, wordConstant(b, bits, 16));
    store(0, arith::OrIOp::create(b, low, power));
    return;
  }
  Value bias = wordConstant(b, bits, offset());
  store(0, arith::AddIOp::create(b, bits, bias));
  Value isZero = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, bits,
                                       wordConstant(b, bits, 0));
  store(1, arith::SelectOp::create(b, isZero, wordConstant(b, bits, 0),
                                   wordConstant(b, bits, ~0u)));
  if (signature.semantics == Semantics::equation)
    store(2, arith::AddIOp::create(b, power, bias));
}

void MatmulEmitter::packRow(Value row, Value packedRow, Value flagsAt) {
  Value start = b.muli(packedRow, pitch);
  auto element = [&](Value k) {
    Value at = signature.transposeA ? b.addi(b.muli(k, sizeM), row)
                                    : b.addi(b.muli(row, sizeK), k);
    return b.addi(inputStart, at);
  };
  auto none = [&](Value like) { return wordConstant(b, like, 0); };
  auto merge = [&](Value before, Word word) -> SmallVector<Value> {
    if (!word.flags)
      return {before};
    return {arith::OrIOp::create(b, before, word.flags)};
  };
  Value noFlags =
      arith::ConstantOp::create(b, b.getIntegerAttr(b.getI32Type(), 0));
  Value whole = b.index(0), lanesFlags;
  if (!signature.transposeA) {
    whole = b.muli(arith::DivUIOp::create(b, sizeK, b.index(lanes)), lanes);
    Value init = arith::ConstantOp::create(b, b.getZeroAttr(wordVector));
    lanesFlags =
        b.loop(b.index(0), whole, lanes, init, [&](Value k, ValueRange before) {
           Value numbers = vector::LoadOp::create(
               b, VectorType::get({lanes}, signature.element), a, element(k));
           Word word = emitWord(b, signature, numbers);
           storeWords(word, b.addi(start, k));
           return merge(before[0], word);
         }).front();
  }
  Value all = b.loop(whole, sizeK, 1, noFlags, [&](Value k, ValueRange before) {
                 Value number = memref::LoadOp::create(b, a, element(k));
                 Word word = emitWord(b, signature, number);
                 storeWords(word, b.addi(start, k));
                 return merge(before[0], word);
               }).front();
  if (signature.form == Form::matrix_unit) {
    // Whole tiles of K; what is past it is multiplied with zeros.
    b.loop(sizeK, b.subi(pitch, b.index(lanes)), 1, [&](Value k) {
      Address to = b.at(arrays[0], b.addi(start, k));
      memref::StoreOp::create(b, none(noFlags), to.memref, to.offset);
    });
  }
  if (lanesFlags)
    all = arith::OrIOp::create(
        b, all,
        vector::ReductionOp::create(b, vector::CombiningKind::OR, lanesFlags));
  Address to = b.at(blockFlags, flagsAt);
  Value before = memref::LoadOp::create(b, to.memref, to.offset);
  memref::StoreOp::create(b, arith::OrIOp::create(b, before, all), to.memref,
                          to.offset);
}

void MatmulEmitter::packA(Value firstRow) {
  Value last = b.subi(sizeM, b.index(1));
  Value noFlags =
      arith::ConstantOp::create(b, b.getIntegerAttr(b.getI32Type(), 0));
  b.loop(0, blocksPerItem(signature.form), 1, [&](Value block) {
    Address to = b.at(blockFlags, block);
    memref::StoreOp::create(b, noFlags, to.memref, to.offset);
    b.loop(0, signature.rows, 1, [&](Value p) {
      Value packed = b.addi(b.muli(block, signature.rows), p);
      // Past the last row, that row again: its sums are thrown away.
      packRow(minimum(b.addi(firstRow, packed), last), packed, block);
    });
  });
}

SmallVector<Value> MatmulEmitter::sumIntegers(Loop kind, ArrayRef<Address> left,
                                              Address rightWords) {
  int64_t vectors = signature.columns / lanes;
  bool equation = signature.semantics == Semantics::equation;
  SmallVector<Value> init(signature.rows * vectors, b.splat(0));
  Value none = arith::ConstantOp::create(b, b.getZeroAttr(wordVector));
  return b.loop(b.index(0), sizeK, 1, init, [&](Value k, ValueRange carried) {
    SmallVector<Value> sums(carried);
    // The words that a's are added to, for each array of a.
    SmallVector<SmallVector<Value>> right(equation ? 2 : 1);
    SmallVector<Value> numberMasks;
    Address row = b.at(rightWords, b.muli(k, signature.columns));
    for (int64_t v = 0; v < vectors; ++v) {
      Value y = loadWords(b.at(row, v * lanes));
      if (kind == Loop::zeros)
        numberMasks.push_back(arith::ExtSIOp::create(
            b, wordVector,
            arith::CmpIOp::create(b, arith::CmpIPredicate::ne, y, none)));
      if (!equation) {
        right[0].push_back(y);
        continue;
      }
      // c P is P with l less in the exponent.
      Value power = powerOf(b, y);
      uint32_t l = correctionExponent(signature.kept);
      Value cPower =
          arith::SubIOp::create(b, power, wordConstant(b, power, l << 23));
      Value rest = b.add(b.sub(real(y), real(power)), real(cPower));
      right[0].push_back(power);
      right[1].push_back(arith::BitcastOp::create(b, wordVector, rest));
    }
    for (int64_t p = 0; p < signature.rows; ++p) {
      auto leftWord = [&](int64_t array) {
        Address start = b.at(left[array], b.muli(pitch, p));
        return broadcastWord(b.at(start, k));
      };
      Value mask;
      if (kind == Loop::zeros)
        mask = leftWord(1);
      for (auto [term, factors] : llvm::enumerate(right)) {
        Value x = leftWord(2 * term);
        for (int64_t v = 0; v < vectors; ++v) {
          Value product = sumOfWords(x, factors[v]);
          if (kind == Loop::zeros) {
            product = arith::AndIOp::create(b, product, mask);
            product = arith::AndIOp::create(b, product, numberMasks[v]);
          }
          Value &sum = sums[p * vectors + v];
          sum = b.add(sum, real(product));
        }
      }
    }
    return sums;
  });
}

func::FuncOp MatmulEmitter::emitTile(Loop loop) {
  // In a function of its own, and kept there: the constants of other loops
  // would take registers that the sums need.
  auto flat = [](Type element) {
    return MemRefType::get({ShapedType::kDynamic}, element);
  };
  Type index = b.getIndexType(), i32 = b.getI32Type();
  SmallVector<Type> types(arrays.size() + 1, flat(i32));
  types.append({flat(b.getF32Type()), index, index, index, index, index});
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(module.getBody());
  StringRef name =
      loop == Loop::plain ? "lowbit_lmul_tile" : "lowbit_lmul_tile_with_zeros";
  auto function = func::FuncOp::create(b, monarch::uniqueName(module, name),
                                       b.getFunctionType(types, {}));
  function.setPrivate();
  function->setAttr("passthrough", b.getStrArrayAttr({"noinline"}));
  b.setInsertionPointToStart(function.addEntryBlock());

  ValueRange arguments = function.getArguments();
  size_t count = arrays.size();
  Value leftAt = arguments[count + 2], rightAt = arguments[count + 3];
  SmallVector<Address> left;
  for (Value array : arguments.take_front(count))
    left.push_back({array, leftAt});
  Value outerK = sizeK, outerPitch = pitch;
  sizeK = ShapedType::isDynamic(signature.k) ? Value(arguments[count + 6])
                                             : b.index(signature.k);
  pitch = rowPitch(b, sizeK);
  storeSums(sumIntegers(loop, left, {arguments[count], rightAt}),
            {arguments[count + 1], arguments[count + 4]}, arguments[count + 5]);
  func::ReturnOp::create(b);
  sizeK = outerK;
  pitch = outerPitch;
  return function;
}

void MatmulEmitter::callTile(Loop loop, Value block, Address to,
                             Value toPitch) {
  func::FuncOp &tile = tiles[loop == Loop::zeros];
  if (!tile)
    tile = emitTile(loop);
  auto flat = [&](Value memref) -> Value {
    auto type = cast<MemRefType>(memref.getType());
    auto flatType =
        MemRefType::get({ShapedType::kDynamic}, type.getElementType());
    return type == flatType ? memref
                            : memref::CastOp::create(b, flatType, memref);
  };
  SmallVector<Value> operands;
  for (Address array : arrays)
    operands.push_back(array.memref);
  Value leftAt = b.muli(b.muli(block, signature.rows), pitch);
  operands.append({panelWords.memref, flat(to.memref), leftAt,
                   panelWords.offset, to.offset, toPitch, sizeK});
  func::CallOp::create(b, tile, operands);
}

SmallVector<Value> MatmulEmitter::sumTiles(Value block) {
  auto sumType = amx::TileType::get({tileSize, tileSize}, b.getF32Type());
  auto factorType =
      amx::TileType::get({tileSize, 2 * tileSize}, b.getBF16Type());
  int64_t down = signature.rows / tileSize;
  int64_t across = signature.columns / tileSize;
  auto load = [&](amx::TileType type, Address at, Value stride) {
    return amx::TileLoadOp::create(b, type, at.memref, ValueRange{at.offset},
                                   stride);
  };
  // A sum begins from loaded zeros, each of its own, or they would become one
  // tile and copies of it.
  SmallVector<Value> sums;
  for (int64_t t = 0; t < down * across; ++t)
    sums.push_back(load(sumType, b.at(zeros, t * tileSize), b.index(0)));
  // Addresses of bf16 pairs count twice those of words.
  Value padded = b.subi(pitch, b.index(lanes));
  Value leftPitch = b.muli(pitch, 2);
  Value rightPitch = b.index(2 * signature.columns);
  Value firstLeft = b.muli(b.muli(block, signature.rows), leftPitch);
  Value firstRight = b.muli(panelStart, 2);
  return b.loop(
      b.index(0), padded, tileSize, sums, [&](Value k, ValueRange carried) {
        SmallVector<Value> left, right, next;
        Address row = b.at(b.at(tileRows, firstLeft), b.muli(k, 2));
        Address panel =
            b.at(b.at(tileColumns, firstRight), b.muli(k, rightPitch));
        for (int64_t t = 0; t < down; ++t)
          left.push_back(load(factorType,
                              b.at(row, b.muli(leftPitch, t * tileSize)),
                              leftPitch));
        for (int64_t t = 0; t < across; ++t)
          right.push_back(
              load(factorType, b.at(panel, t * 2 * tileSize), rightPitch));
        for (int64_t r = 0; r < down; ++r)
          for (int64_t t = 0; t < across; ++t)
            next.push_back(amx::TileMulFOp::create(
                b, sumType, left[r], right[t], carried[r * across + t]));
        return next;
      });
}

void MatmulEmitter::sumByRules(Value block, Value panel) {
  Address from = panelWords;
  if (signature.form == Form::matrix_unit) {
    func::CallOp::create(b, rawPack,
                         ValueRange{rightInput, rawBytes, rawFlags.memref,
                                    sizeN, sizeK, panels, panel, panel,
                                    b.addi(panel, 1), workspace});
    from = rawPanel;
  }
  int64_t vectors = signature.columns / lanes;
  b.loop(0, signature.rows, 1, [&](Value p) {
    SmallVector<Value> init(vectors, b.splat(0));
    SmallVector<Value> sums =
        b.loop(b.index(0), sizeK, 1, init, [&](Value k, ValueRange carried) {
          Value x = broadcastWord(b.at(packedRow(0, block, p), k));
          if (signature.form == Form::matrix_unit)
            x = arith::ShLIOp::create(b, x, wordConstant(b, x, 16));
          else
            x = arith::SubIOp::create(b, x, wordConstant(b, x, offset()));
          SmallVector<Value> next;
          for (int64_t v = 0; v < vectors; ++v) {
            Address row = b.at(from, b.muli(k, signature.columns));
            Value y = loadWords(b.at(row, v * lanes));
            Value product = emitLMul(b, real(x), real(y), signature.semantics,
                                     signature.kept, Range::checked);
            next.push_back(b.add(carried[v], product));
          }
          return next;
        });
    for (int64_t v = 0; v < vectors; ++v)
      b.store(sums[v],
              b.at(temporary, b.addi(b.muli(p, signature.columns), v * lanes)));
  });
}

void MatmulEmitter::storeSums(ArrayRef<Value> sums, Address to, Value pitch) {
  if (signature.form == Form::matrix_unit) {
    int64_t tileColumns = signature.columns / tileSize;
    for (auto [t, sum] : llvm::enumerate(sums)) {
      Value row = b.muli(pitch, int64_t(t) / tileColumns * tileSize);
      Address at = b.at(b.at(to, row), int64_t(t) % tileColumns * tileSize);
      amx::TileStoreOp::create(b, at.memref, ValueRange{at.offset}, sum, pitch);
    }
    return;
  }
  int64_t vectors = signature.columns / lanes;
  for (auto [i, sum] : llvm::enumerate(sums)) {
    Value row = b.muli(pitch, int64_t(i) / vectors);
    b.store(sum, b.at(b.at(to, row), int64_t(i) % vectors * lanes));
  }
}

void MatmulEmitter::copyOut(Value firstRow, Value column, Value rows,
                            Value columns) {
  Value whole =
      b.muli(arith::DivUIOp::create(b, columns, b.index(lanes)), lanes);
  b.loop(b.index(0), rows, 1, [&](Value p) {
    Address from = b.at(temporary, b.muli(p, signature.columns));
    Value row = b.muli(b.addi(firstRow, p), sizeN);
    Address to = {c, b.addi(b.addi(outputStart, row), column)};
    b.loop(b.index(0), whole, lanes,
           [&](Value j) { b.store(b.load(b.at(from, j)), b.at(to, j)); });
    b.loop(whole, columns, 1,
           [&](Value j) { b.store(b.loadScalar(b.at(from, j)), b.at(to, j)); });
  });
}

void MatmulEmitter::multiply(Value block, Value firstRow, Value panel,
                             Value flags) {
  // Whatever is not a whole tile of f32 sums goes through a temporary.
  Value column =
      b.muli(arith::RemUIOp::create(b, panel, panels), signature.columns);
  Value rows = minimum(b.subi(sizeM, firstRow), b.index(signature.rows));
  Value columns = minimum(b.subi(sizeN, column), b.index(signature.columns));
  auto is = [&](Value v, int64_t w) {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::eq, v, b.index(w));
  };
  auto sumTo = [&](Address to, Value toPitch) {
    if (signature.form == Form::matrix_unit)
      return storeSums(sumTiles(block), to, toPitch);
    if (!signature.checked)
      return callTile(Loop::plain, block, to, toPitch);
    b.ifElse(
        isSet(flags, flagZero),
        [&] { callTile(Loop::zeros, block, to, toPitch); },
        [&] { callTile(Loop::plain, block, to, toPitch); });
  };
  auto viaTemporary = [&](llvm::function_ref<void()> sum) {
    sum();
    copyOut(firstRow, column, rows, columns);
  };
  auto byTile = [&] { sumTo(temporary, b.index(signature.columns)); };
  auto fast = [&] {
    if (!signature.result.isF32())
      return viaTemporary(byTile);
    Value isWhole = arith::AndIOp::create(b, is(rows, signature.rows),
                                          is(columns, signature.columns));
    b.ifElse(
        isWhole,
        [&] {
          Value row = b.muli(firstRow, sizeN);
          sumTo({c, b.addi(b.addi(outputStart, row), column)}, sizeN);
        },
        [&] { viaTemporary(byTile); });
  };
  if (!signature.checked)
    return fast();
  b.ifElse(
      isSet(flags, flagWild),
      [&] { viaTemporary([&] { sumByRules(block, panel); }); }, fast);
}

func::FuncOp MatmulEmitter::run() {
  Type index = b.getIndexType(), i32 = b.getI32Type();
  auto flat = [](Type element) {
    return MemRefType::get({ShapedType::kDynamic}, element);
  };
  func::FuncOp function = monarch::startKernelBody(
      module, builder, b.getLoc(), "lowbit_lmul_matmul",
      {flat(signature.element), flat(signature.element), flat(b.getI8Type()),
       flat(i32), flat(signature.result), index, index, index, index});
  b.setInsertionPointToStart(&function.getBody().front());
  ValueRange arguments = function.getArguments();
  bind(arguments);
  if (signature.form == Form::matrix_unit)
    monarch::clear(b, zeros, 4 * tileSize);

  Value rowItems = ceilDiv(b, sizeM, rowsPerItem(signature));
  Value chunks = ceilDiv(b, panels, panelsPerItem);
  Value padded =
      b.muli(ceilDiv(b, sizeK, signature.innerStep()), signature.innerStep());
  b.loop(arguments[9], arguments[10], 1, [&](Value item) {
    // Rows change fastest: neighbouring items share panels.
    Value rowItem = arith::RemUIOp::create(b, item, rowItems);
    Value rest = arith::DivUIOp::create(b, item, rowItems);
    Value chunk = arith::RemUIOp::create(b, rest, chunks);
    Value batch = arith::DivUIOp::create(b, rest, chunks);
    Value firstRow = b.muli(rowItem, rowsPerItem(signature));
    inputStart = b.muli(b.muli(batch, sizeM), sizeK);
    outputStart = b.muli(b.muli(batch, sizeM), sizeN);
    packA(firstRow);
    Value panelOfBatch = signature.sharedB ? b.index(0) : b.muli(batch, panels);
    Value first = b.muli(chunk, panelsPerItem);
    Value last = minimum(b.addi(first, panelsPerItem), panels);
    b.loop(first, last, 1, [&](Value panelOfMatrix) {
      Value panel = b.addi(panelOfBatch, panelOfMatrix);
      panelStart = b.muli(b.muli(panel, padded), signature.columns);
      panelWords = b.at(allWords, panelStart);
      Value panelFlags = memref::LoadOp::create(b, flags, panel);
      Value left = b.subi(sizeM, firstRow);
      Value blocks = minimum(ceilDiv(b, left, signature.rows),
                             b.index(blocksPerItem(signature.form)));
      b.loop(b.index(0), blocks, 1, [&](Value block) {
        Address at = b.at(blockFlags, block);
        Value both = arith::OrIOp::create(
            b, panelFlags, memref::LoadOp::create(b, at.memref, at.offset));
        multiply(block, b.addi(firstRow, b.muli(block, signature.rows)), panel,
                 both);
      });
    });
  });
  func::ReturnOp::create(b);
  return function;
}

} // namespace

func::FuncOp emitMatmul(ModuleOp module, Location loc,
                        const MatmulSignature &signature,
                        func::FuncOp rawPack) {
  return MatmulEmitter(module, loc, signature, rawPack).run();
}

} // namespace conv::lowbit
