//===- ToeplitzRows.cpp - Products with the Toeplitz matrix ---------------===//

#include "ToeplitzRows.h"
#include "ElementOps.h"

#include "conv/Plan/ToeplitzShape.h"

#include "llvm/Support/MathExtras.h"

#include <map>

using namespace mlir;

namespace conv::nvidia {

namespace {

/// A grid of more blocks than this has enough for every multiprocessor.
constexpr int64_t enoughBlocks = 1056;
/// Loads of segments that are under way at a time before the first step.
constexpr int64_t segmentsAtOnce = 4;

constexpr int64_t segment = plan::ToeplitzShape::segment;
constexpr int64_t rows = plan::ToeplitzShape::rows;
constexpr int64_t segmentBytes = 2 * segment * rows;

class ToeplitzRows {
public:
  ToeplitzRows(KernelBuilder &b, const plan::Plan &plan,
               const RowSignature &signature, Type tapType)
      : b(b), f(b, plan.choice.tensor.accumulate == plan::Arithmetic::f16
                       ? Accumulator::f16
                       : Accumulator::f32),
        edges(f, signature.element), signature(signature), tapType(tapType),
        problem(plan.problem), warps(plan.choice.tensor.warps),
        shape(plan.problem), granule(signature.alignment()) {}

  void run();

private:
  /// What is on its way from memory for one segment: for each piece of this
  /// lane its words of two samples, and those of its gates.
  struct Pending {
    SmallVector<Value> samples, gates;
  };

  bool isCircular() const { return problem.kind == plan::Kind::circular; }
  int64_t pieceWords() const { return std::max<int64_t>(1, granule / 4); }
  int64_t pieces() const { return segmentBytes / granule / 32; }
  int64_t rowPieces() const { return 2 * segment / granule; }

  // Memory in pieces of `granule` bytes, as words of 32 bits.
  SmallVector<Value> loadWords(Value pointer, bool invariant);
  void storeWords(ArrayRef<Value> words, Value pointer);
  Value global(unsigned argument, int64_t piece, Value offset);

  Value pairTable();
  void loadDiagonals(Value table);
  void placeLane();
  void startRows(Value group);
  Pending load(Index number);
  void deposit(const Pending &pending, Index number);
  void step(Index number);
  void multiplyStep(Index number, MutableArrayRef<Sum> sums);
  void flush(Index number);
  Index slot(Index number);

  KernelBuilder &b;
  Fragments f;
  ElementOps edges;
  const RowSignature &signature;
  const Type tapType;
  const plan::Problem &problem;
  const int64_t warps;
  const plan::ToeplitzShape shape;
  const int64_t granule;

  Index channel = 0;
  Index ring = 0; ///< this warp's segments, then what it is about to store
  std::map<int64_t, Value> diagonals; ///< d to its register
  SmallVector<Index> pieceOffsets;    ///< of this lane in a segment
  SmallVector<Index> tileOffsets;     ///< of 16 columns of a segment
  // Of the 16 rows under way.
  SmallVector<Value> at;       ///< byte offset of the row of each piece
  SmallVector<Value> existing; ///< whether that row exists
};

} // namespace

//===----------------------------------------------------------------------===//
// Pieces
//===----------------------------------------------------------------------===//

SmallVector<Value> ToeplitzRows::loadWords(Value pointer, bool invariant) {
  if (granule == 2) {
    Value half = b.load(b.getI16Type(), pointer, 2, invariant);
    return {LLVM::ZExtOp::create(b, b.getI32Type(), half)};
  }
  if (granule == 4)
    return {b.load(b.getI32Type(), pointer, 4, invariant)};
  Type type = VectorType::get({pieceWords()}, b.getI32Type());
  Value vector = b.load(type, pointer, granule, invariant);
  SmallVector<Value> words;
  for (int64_t i = 0; i < pieceWords(); ++i)
    words.push_back(LLVM::ExtractElementOp::create(b, vector, b.i32(i)));
  return words;
}

void ToeplitzRows::storeWords(ArrayRef<Value> words, Value pointer) {
  if (granule == 2)
    return b.store(LLVM::TruncOp::create(b, b.getI16Type(), words[0]), pointer,
                   2);
  if (granule == 4)
    return b.store(words[0], pointer, 4);
  Type type = VectorType::get({pieceWords()}, b.getI32Type());
  Value vector = LLVM::PoisonOp::create(b, type);
  for (auto [i, word] : llvm::enumerate(words))
    vector = LLVM::InsertElementOp::create(b, vector, word,
                                           b.i32(static_cast<int64_t>(i)));
  b.store(vector, pointer, granule);
}

/// Piece number `piece` of this lane, `offset` bytes into its row.
Value ToeplitzRows::global(unsigned argument, int64_t piece, Value offset) {
  Value row = b.offset64(b.argument(argument), at[piece]);
  return b.offset(row, Index(offset));
}

//===----------------------------------------------------------------------===//
// Taps
//===----------------------------------------------------------------------===//

/// Fill the block's table of pairs of taps in shared memory: for parity p the
/// pairs (m, m - 1) of the lags m = 2 i + p, from the smallest on. Returns this
/// lane's address of block d = 0.
Value ToeplitzRows::pairTable() {
  int64_t pairs = shape.pairs();
  int64_t threads = 32 * warps;
  int64_t firstLag = 8 * shape.firstDiagonal() - 6;
  Index thread = b.threadIndex();
  Value row = b.zext(signature.filterRow(b, channel));
  int64_t tapBytes = tapType.getIntOrFloatBitWidth() / 8;
  Value taps = b.offset64(
      b.argument(signature.filterAt()),
      LLVM::MulOp::create(b, row, b.i64(problem.taps * tapBytes)).getResult());
  Value skip;
  if (signature.skip) {
    int64_t bytes = signature.skip.getIntOrFloatBitWidth() / 8;
    Value pointer =
        b.offset(b.argument(signature.skipAt()), b.mul(channel, bytes));
    skip = loadFloat(b, signature.skip, pointer);
  }
  auto tap = [&](Index lag) -> Value {
    Index index = b.sub(lag, shape.tapZeroLag);
    Value valid = LLVM::ICmpOp::create(
        b, LLVM::ICmpPredicate::ult, b.asValue(b.sub(lag, shape.firstLag)),
        b.i32(shape.lastLag - shape.firstLag + 1));
    Index safe = b.select(valid, b.asValue(index), b.i32(0));
    Value value = loadFloat(b, tapType, b.offset(taps, b.mul(safe, tapBytes)));
    value = b.select(valid, value, b.f32(0));
    if (!skip)
      return value;
    Value isZero = LLVM::ICmpOp::create(b, LLVM::ICmpPredicate::eq,
                                        b.asValue(lag), b.i32(0));
    return b.select(isZero, f.add(value, skip), value);
  };
  for (int64_t from = 0; from < 2 * pairs; from += threads) {
    Index entry = b.add(thread, from);
    auto fill = [&] {
      Index parity = b.div(entry, pairs);
      Index lag = b.add(b.shl(b.sub(entry, b.mul(parity, pairs)), 1),
                        b.add(parity, firstLag));
      Value pair = LLVM::PoisonOp::create(b, f.float2());
      pair = LLVM::InsertElementOp::create(b, pair, tap(lag), b.i32(0));
      pair =
          LLVM::InsertElementOp::create(b, pair, tap(b.sub(lag, 1)), b.i32(1));
      b.store(f.round(pair, f.half2()),
              b.offset(b.sharedBase(), b.shl(entry, 2)), 4);
    };
    if (from + threads <= 2 * pairs)
      fill();
    else
      b.ifThen(b.less(entry, 2 * pairs), fill);
  }
  // Lag 8 d + g - 2 t: parity g mod 2, pair 4 d + g / 2 - t behind the first.
  Index lane = b.laneIndex();
  Index g = b.lshr(lane, 2), t = b.bitAnd(lane, 3);
  Index pair = b.sub(b.add(b.mul(b.bitAnd(g, 1), pairs), b.lshr(g, 1)), t);
  int64_t zero = -firstLag / 2;
  return b.offset(b.sharedBase(), b.shl(b.add(pair, zero), 2));
}

void ToeplitzRows::loadDiagonals(Value table) {
  for (int64_t d = shape.firstDiagonal(); d <= shape.lastDiagonal(); ++d)
    diagonals[d] = b.load(f.half2(), b.offset(table, 16 * d), 4);
}

//===----------------------------------------------------------------------===//
// Samples
//===----------------------------------------------------------------------===//

void ToeplitzRows::placeLane() {
  ring = b.add(b.add(b.sharedBaseIndex(), shape.tableBytes()),
               b.mul(b.warpIndex(), shape.warpBytes()));
  Index lane = b.laneIndex();
  // Pieces of this lane: every 32 / rowPieces rows, or several in a row.
  for (int64_t i = 0; i < pieces(); ++i) {
    Index piece = b.add(lane, 32 * i);
    Index row = b.div(piece, rowPieces());
    Index byte = b.mul(b.mod(piece, rowPieces()), granule);
    Index place = b.bitXor(b.lshr(byte, 4), b.bitAnd(row, 7));
    pieceOffsets.push_back(
        b.add(b.shl(row, 7), b.add(b.shl(place, 4), b.mod(byte, 16))));
  }
  Index quarter = b.lshr(lane, 3);
  Index row = b.add(b.bitAnd(lane, 7), b.shl(b.bitAnd(quarter, 1), 3));
  for (int64_t tile = 0; tile < segment / 16; ++tile) {
    Index chunk = b.add(b.lshr(quarter, 1), 2 * tile);
    tileOffsets.push_back(
        b.add(b.shl(row, 7), b.shl(b.bitXor(chunk, b.bitAnd(row, 7)), 4)));
  }
}

void ToeplitzRows::startRows(Value group) {
  Index firstRow = b.shl(group, 4);
  Value batch = b.argument(signature.batchAt());
  at.clear();
  existing.clear();
  for (int64_t i = 0; i < pieces(); ++i) {
    Index piece = b.add(b.laneIndex(), 32 * i);
    Index row = b.add(firstRow, b.div(piece, rowPieces()));
    existing.push_back(b.less(row, batch));
    Value number =
        LLVM::MulOp::create(b, b.zext(row), b.i64(signature.channels));
    number = LLVM::AddOp::create(b, number, b.zext(channel));
    at.push_back(LLVM::MulOp::create(b, number, b.i64(signature.rowBytes())));
  }
}

/// Where segment `number` lies in the ring.
Index ToeplitzRows::slot(Index number) {
  Index place = number.isKnown()
                    ? Index(llvm::mod(number.getKnown(), shape.ring))
                    : b.bitAnd(number, shape.ring - 1);
  return b.add(ring, b.mul(place, segmentBytes));
}

/// Begin to load segment `number`; what lies outside the row is zero, or, in a
/// circular one, the row's end.
ToeplitzRows::Pending ToeplitzRows::load(Index number) {
  Pending pending;
  int64_t length = signature.length;
  Index base = number.isKnown() ? Index(number.getKnown() * segment)
                                : b.mul(number, segment);
  bool mayPrecede = !base.isKnown() || base.getKnown() < 0;
  if (mayPrecede && isCircular()) {
    if (base.isKnown())
      base = base.getKnown() + length;
    else
      base = b.select(b.less(base, 0), b.asValue(b.add(base, length)),
                      b.asValue(base));
  }
  for (int64_t i = 0; i < pieces(); ++i) {
    Index piece = b.add(b.laneIndex(), 32 * i);
    Index sample = b.add(base, b.mul(b.mod(piece, rowPieces()), granule / 2));
    Value inside = LLVM::ICmpOp::create(b, LLVM::ICmpPredicate::ult,
                                        b.asValue(sample), b.i32(length));
    Value valid = LLVM::AndOp::create(b, inside, existing[i]);
    auto words = [&](unsigned argument) {
      Value offset = b.select(valid, b.asValue(b.shl(sample, 1)), b.i32(0));
      // A row that does not exist: the first one of the channel instead.
      Value row = b.select(valid, at[i], b.i64(0));
      Value pointer =
          b.offset(b.offset64(b.argument(argument), row), Index(offset));
      SmallVector<Value> result;
      for (Value word : loadWords(pointer, /*invariant=*/true))
        result.push_back(b.select(valid, word, b.i32(0)));
      return result;
    };
    pending.samples.append(words(signature.inputAt()));
    if (signature.hasPregate)
      pending.gates.append(words(signature.pregateAt()));
  }
  return pending;
}

/// Put a segment, in f16 and gated, where the products read it.
void ToeplitzRows::deposit(const Pending &pending, Index number) {
  Index base = slot(number);
  int64_t words = pieceWords();
  for (int64_t i = 0; i < pieces(); ++i) {
    SmallVector<Value> ready;
    for (int64_t w = i * words; w < (i + 1) * words; ++w) {
      Type pair = signature.element == Element::bf16 ? f.bfloat2() : f.half2();
      Value gate =
          signature.hasPregate ? b.bitcast(pending.gates[w], pair) : Value();
      Value value = edges.input(b.bitcast(pending.samples[w], pair), gate);
      ready.push_back(b.bitcast(value, b.getI32Type()));
    }
    storeWords(ready, b.sharedAt(b.add(base, pieceOffsets[i])));
  }
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

/// The products of segment `number` of the outputs. Where the number is known,
/// samples outside the row are left out.
void ToeplitzRows::multiplyStep(Index number, MutableArrayRef<Sum> sums) {
  int64_t firstTile = 4 * -shape.before, lastTile = 4 * shape.after + 3;
  for (int64_t tile = firstTile; tile <= lastTile; ++tile) {
    if (number.isKnown() && !isCircular()) {
      int64_t sample = segment * number.getKnown() + 16 * tile;
      if (sample < 0 || sample >= signature.length)
        continue;
    }
    std::optional<Tile> samples;
    for (int64_t block = 0; block < segment / 8; ++block) {
      // Columns j0 and j0 + 8 of the tile; outputs n0 = 8 block.
      int64_t d = block - 2 * tile;
      auto low = diagonals.find(d), high = diagonals.find(d - 1);
      if (low == diagonals.end() && high == diagonals.end())
        continue;
      if (!samples) {
        Index segmentOf = b.add(number, tile >> 2);
        Index offset = tileOffsets[tile & 3];
        samples = f.loadTile(b.sharedAt(b.add(slot(segmentOf), offset)));
      }
      Value zero = b.half2(0);
      sums[block] = f.multiply(
          *samples, low == diagonals.end() ? zero : low->second,
          high == diagonals.end() ? zero : high->second, sums[block]);
    }
  }
}

void ToeplitzRows::step(Index number) {
  SmallVector<Sum> sums(segment / 8);
  multiplyStep(number, sums);
  Index out = b.add(ring, shape.ring * segmentBytes);
  auto halves = [&](const Sum &sum) -> std::array<Value, 2> {
    // Behind the end of a row there may be no product at all.
    if (sum.registers.empty())
      return {b.half2(0), b.half2(0)};
    return f.halves(sum);
  };
  for (int64_t tile = 0; tile < segment / 16; ++tile) {
    auto low = halves(sums[2 * tile]), high = halves(sums[2 * tile + 1]);
    f.storeTile(b.sharedAt(b.add(out, tileOffsets[tile])),
                {low[0], low[1], high[0], high[1]});
  }
  b.syncWarp();
  flush(number);
  b.syncWarp();
}

/// Store the outputs of segment `number`.
void ToeplitzRows::flush(Index number) {
  Index out = b.add(ring, shape.ring * segmentBytes);
  Type pair = signature.element == Element::bf16 ? f.bfloat2() : f.half2();
  for (int64_t i = 0; i < pieces(); ++i) {
    Index piece = b.add(b.laneIndex(), 32 * i);
    Index sample = b.add(b.mul(number, segment),
                         b.mul(b.mod(piece, rowPieces()), granule / 2));
    Value valid = existing[i];
    bool full = number.isKnown() &&
                segment * (number.getKnown() + 1) <= signature.length;
    if (!full)
      valid = LLVM::AndOp::create(b, valid, b.less(sample, signature.length));
    b.ifThen(valid, [&] {
      Value offset = b.asValue(b.shl(sample, 1));
      SmallVector<Value> gates;
      if (signature.hasPostgate)
        gates = loadWords(global(signature.postgateAt(), i, offset), true);
      SmallVector<Value> ready;
      for (auto [w, word] : llvm::enumerate(
               loadWords(b.sharedAt(b.add(out, pieceOffsets[i])), false))) {
        Value sum = b.bitcast(word, f.half2());
        if (edges.wantsFloats())
          sum = f.extend(sum);
        Value gate = gates.empty() ? Value() : b.bitcast(gates[w], pair);
        Value value = edges.output(sum, Value(), Value(), gate);
        ready.push_back(b.bitcast(value, b.getI32Type()));
      }
      storeWords(ready, global(signature.outputAt(), i, offset));
    });
  }
}

void ToeplitzRows::run() {
  channel = b.blockIndex(0);
  Value table = pairTable();
  placeLane();
  b.syncBlock();
  loadDiagonals(table);

  Value batch = b.argument(signature.batchAt());
  Value groups = b.asValue(b.lshr(b.add(Index(batch), rows - 1), 4));
  Value first = b.asValue(b.add(b.mul(b.blockIndex(1), warps), b.warpIndex()));
  Value stride = b.asValue(b.mul(b.gridExtent(1), warps));
  auto run = [&](ValueRange v) -> SmallVector<Value> {
    startRows(v[0]);
    if (shape.isWhole) {
      int64_t from = isCircular() && !shape.isOnce ? -shape.before : 0;
      for (int64_t s = from; s < shape.segments; s += segmentsAtOnce) {
        int64_t to = std::min(s + segmentsAtOnce, shape.segments);
        SmallVector<Pending> pending;
        for (int64_t i = s; i < to; ++i)
          pending.push_back(load(i));
        for (int64_t i = s; i < to; ++i)
          deposit(pending[i - s], i);
      }
      b.syncWarp();
      for (int64_t s = 0; s < shape.segments; ++s)
        step(s);
    } else {
      Index begin = b.mul(b.blockIndex(2), shape.chunk);
      Index end = b.min(b.add(begin, shape.chunk), shape.segments);
      for (int64_t s = -shape.before; s < shape.after; ++s)
        deposit(load(b.add(begin, s)), b.add(begin, s));
      Pending next = load(b.add(begin, shape.after));
      SmallVector<Value> carried = {b.asValue(begin)};
      carried.append(next.samples);
      carried.append(next.gates);
      size_t samples = next.samples.size();
      b.loop(
          carried, [&](ValueRange c) { return b.less(Index(c[0]), end); },
          [&](ValueRange c) -> SmallVector<Value> {
            Index number(c[0]);
            Pending arrived;
            arrived.samples.append(c.begin() + 1, c.begin() + 1 + samples);
            arrived.gates.append(c.begin() + 1 + samples, c.end());
            deposit(arrived, b.add(number, shape.after));
            b.syncWarp();
            Pending following = load(b.add(number, shape.after + 1));
            step(number);
            SmallVector<Value> result = {b.asValue(b.add(number, 1))};
            result.append(following.samples);
            result.append(following.gates);
            return result;
          });
    }
    return {LLVM::AddOp::create(b, v[0], stride)};
  };
  b.loop(
      {first}, [&](ValueRange v) { return b.less(Index(v[0]), groups); }, run);
  b.finish();
}

Kernel emitToeplitzRows(gpu::GPUModuleOp module, Location loc, StringRef name,
                        const plan::Plan &plan, const RowSignature &signature,
                        Type taps) {
  int64_t warps = plan.choice.tensor.warps;
  SmallVector<Parameter> parameters = signature.parameters();
  parameters[signature.filterAt()].alignment = taps.getIntOrFloatBitWidth() / 8;
  KernelBuilder b(module, loc, name, parameters, 32 * warps);
  ToeplitzRows(b, plan, signature, taps).run();
  plan::ToeplitzShape shape(plan.problem);
  int64_t blocks = signature.channels * shape.chunks();
  int64_t perChannel =
      std::max<int64_t>(1, (enoughBlocks + blocks - 1) / blocks);
  return {b.getFunction().getSymNameAttr(),
          {GridExtent{signature.channels, std::nullopt},
           GridExtent{perChannel, rows * warps},
           GridExtent{shape.chunks(), std::nullopt}},
          32 * warps,
          shape.sharedBytes(warps)};
}

} // namespace conv::nvidia
