//===- BlockExchange.cpp - Rows in a block's shared memory ----------------===//

#include "BlockExchange.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace conv::nvidia {

BlockExchange::BlockExchange(KernelBuilder &b, int64_t tiles, int64_t warps,
                             int64_t length, int64_t alignment)
    : b(b), base(b.sharedBaseIndex()), tiles(tiles), warps(warps),
      length(length), granule(alignment), rowBytes(512 * tiles),
      chunks(2 * rows * tiles / warps), foldShift(tiles == 8 ? 4 : 3) {}

Value BlockExchange::address(int64_t plane, const Place &place, Index within) {
  // The known part of the exclusive or may flip bits 4 to 6 of the address
  // after all else is added but what leaves them alone, the known row and the
  // known groups of 8 chunks.
  Index low = b.bitXor(b.bitAnd(b.lshr(place.chunk, foldShift), 7),
                       b.bitAnd(place.row, 7));
  Index chunk = b.bitXor(place.chunk, low);
  Index at = b.add(base, b.add(b.mul(place.row, rowBytes), b.shl(chunk, 4)));
  int64_t flip =
      (place.knownChunk ^ fold(place.knownChunk) ^ place.knownRow) & 7;
  int64_t rest = place.knownRow * rowBytes + place.knownChunk / 8 * 128;
  at = b.add(b.bitXor(at, flip << 4), within);
  return b.offset(b.sharedAt(at), plane + rest);
}

Value BlockExchange::columnTile(int64_t plane, int64_t i) {
  Index lane = b.laneIndex();
  Index quarter = b.lshr(lane, 3);
  Place place;
  place.row = b.add(b.bitAnd(lane, 7), b.shl(b.bitAnd(quarter, 1), 3));
  place.chunk = b.add(b.mul(b.warpIndex(), chunks), b.lshr(quarter, 1));
  place.knownChunk = 2 * i;
  return address(plane, place);
}

Value BlockExchange::rowTile(int64_t plane, int64_t sequence, int64_t n2) {
  Index lane = b.laneIndex();
  Index quarter = b.lshr(lane, 3);
  Index n1 = b.add(b.bitAnd(lane, 7), b.shl(b.bitAnd(quarter, 1), 3));
  Place place;
  place.row = b.warpIndex();
  place.knownRow = warps * sequence;
  place.chunk = b.add(b.mul(n1, 2 * tiles), b.lshr(quarter, 1));
  place.knownChunk = 2 * n2;
  return address(plane, place);
}

BlockExchange::Place BlockExchange::piece(int64_t i) {
  // Chunk number q of the warp's columns is chunk q mod `chunks` of row
  // q / chunks. Lanes that write together have 8 chunks; where these are in
  // several rows, the rows are taken in an order in which they differ in the
  // bits that the chunks do not: the lower three bits of the row, rotated.
  int64_t perChunk = 16 / granule;
  int64_t rotation = std::min<int64_t>(llvm::Log2_64(chunks), 3);
  auto rotated = [&](Index row) {
    Index low = b.bitAnd(row, 7), high = b.bitAnd(row, 8);
    low = b.bitOr(b.bitAnd(b.shl(low, rotation), 7), b.lshr(low, 3 - rotation));
    return b.bitOr(low, high);
  };
  Index lane = b.div(b.laneIndex(), perChunk);
  int64_t known = 32 / perChunk * i;
  Place place;
  place.row = rotated(b.div(lane, chunks));
  place.chunk = b.add(b.mul(b.warpIndex(), chunks), b.mod(lane, chunks));
  place.knownRow = rotated(known / chunks).getKnown();
  place.knownChunk = known % chunks;
  return place;
}

Index BlockExchange::offsetInRow(const Place &place) {
  Index within = b.mul(b.mod(b.laneIndex(), 16 / granule), granule);
  Index lane = b.add(b.mul(place.row, rowBytes), b.shl(place.chunk, 4));
  return b.add(b.add(lane, within),
               place.knownRow * rowBytes + place.knownChunk * 16);
}

void BlockExchange::split(const Place &place, function_ref<void(Value)> some,
                          function_ref<void()> none) {
  // A piece is in the row `knownRow` at least, and the lanes are spread over
  // less than 8 rows, or 16 if the block has one chunk a row and warp.
  int64_t bytes = 2 * length;
  int64_t lanes = std::max<int64_t>(1, 32 * granule / 16 / chunks);
  int64_t spread = lanes > 8 ? 16 : lanes > 1 ? 8 : 1;
  if ((place.knownRow + spread) * rowBytes <= bytes)
    some(Value());
  else if (place.knownRow * rowBytes + place.knownChunk * 16 < bytes)
    some(b.less(offsetInRow(place), bytes));
  else
    none();
}

/// The integer or vector type of `bytes`.
static Type pieceType(KernelBuilder &b, int64_t bytes) {
  if (bytes == 16)
    return VectorType::get({4}, b.getI32Type());
  return b.getIntegerType(8 * bytes);
}

void BlockExchange::fetch(Value global, int64_t plane) {
  Type type = pieceType(b, granule);
  Index within = b.mul(b.mod(b.laneIndex(), 16 / granule), granule);
  for (int64_t i = 0; i < pieces(); ++i) {
    Place place = piece(i);
    Value shared = address(plane, place, within);
    auto source = [&] { return b.offset(global, offsetInRow(place)); };
    auto clear = [&] {
      b.store(LLVM::ZeroOp::create(b, type), shared, granule);
    };
    split(
        place,
        [&](Value exists) {
          if (granule >= 4) {
            Value valid =
                exists ? b.select(exists, b.i32(granule), b.i32(0)) : Value();
            b.copyAsync(shared, source(), granule, valid);
            return;
          }
          auto copy = [&] {
            b.store(b.load(type, source(), granule), shared, granule);
          };
          if (!exists)
            return copy();
          clear();
          b.ifThen(exists, copy);
        },
        clear);
  }
}

void BlockExchange::forPieces(
    int64_t plane, function_ref<void(Value shared, Index offset)> each) {
  Index within = b.mul(b.mod(b.laneIndex(), 16 / granule), granule);
  for (int64_t i = 0; i < pieces(); ++i) {
    Place place = piece(i);
    auto visit = [&] {
      each(address(plane, place, within), offsetInRow(place));
    };
    split(
        place,
        [&](Value exists) {
          if (exists)
            b.ifThen(exists, visit);
          else
            visit();
        },
        [] {});
  }
}

} // namespace conv::nvidia
