//===- RowStaging.cpp - Rows between global and shared memory -------------===//

#include "RowStaging.h"

#include "llvm/Support/MathExtras.h"

#include <map>

using namespace mlir;

namespace conv::nvidia {

RowStaging::RowStaging(KernelBuilder &b, int64_t tiles, int64_t length,
                       int64_t alignment)
    : b(b), tiles(tiles), length(length), granule(alignment), chunks(2 * tiles),
      swizzle(std::min<int64_t>(chunks, 8)),
      rowShift(llvm::Log2_64(8 / swizzle)) {}

Index RowStaging::swizzled(Index row, Index chunk) {
  Index place = b.bitXor(b.bitAnd(b.lshr(row, rowShift), swizzle - 1), chunk);
  return b.add(b.mul(row, 32 * tiles), b.shl(place, 4));
}

SmallVector<Value> RowStaging::pieceAddresses(Index buffer) {
  // Piece 32 i + lane lies in chunk (32 i + lane) / p, with p pieces a chunk.
  // From one i to the next the matrix row grows by a constant and the place
  // changes by an exclusive or with one, of which there are few.
  int64_t p = 16 / granule;
  Index lane = b.laneIndex();
  Index chunk = b.div(lane, p);
  SmallVector<Value> addresses;
  if (p == 1) {
    Index first =
        b.add(buffer, swizzled(b.div(chunk, chunks), b.mod(chunk, chunks)));
    std::map<int64_t, Value> bases;
    for (int64_t i = 0; i < tiles; ++i) {
      int64_t row = 32 * i / chunks;
      int64_t flip = ((row >> rowShift) & (swizzle - 1)) << 4;
      Value &base = bases[flip];
      if (!base)
        base = b.sharedAt(b.bitXor(first, flip));
      addresses.push_back(b.offset(base, 512 * i));
    }
    return addresses;
  }
  Index within = b.mul(b.mod(lane, p), granule);
  for (int64_t i = 0; i < pieces() / 32; ++i) {
    Index c = b.add(chunk, 32 / p * i);
    Index at = swizzled(b.div(c, chunks), b.mod(c, chunks));
    addresses.push_back(b.sharedAt(b.add(b.add(buffer, at), within)));
  }
  return addresses;
}

void RowStaging::forPieces(function_ref<void(int64_t, Value)> some,
                           function_ref<void(int64_t)> none) {
  for (int64_t i = 0; i < pieces() / 32; ++i) {
    if (32 * (i + 1) <= existing())
      some(i, Value());
    else if (32 * i < existing())
      some(i, b.less(b.laneIndex(), existing() - 32 * i));
    else
      none(i);
  }
}

/// The integer or vector type of `bytes`.
static Type pieceType(KernelBuilder &b, int64_t bytes) {
  if (bytes == 16)
    return VectorType::get({4}, b.getI32Type());
  return b.getIntegerType(8 * bytes);
}

static Value zero(KernelBuilder &b, Type type) {
  return LLVM::ZeroOp::create(b, type);
}

void RowStaging::fetch(Value global, Index buffer) {
  SmallVector<Value> addresses = pieceAddresses(buffer);
  Type type = pieceType(b, granule);
  Value from = b.offset(global, b.mul(b.laneIndex(), granule));
  auto source = [&](int64_t i) { return b.offset(from, 32 * granule * i); };
  forPieces(
      [&](int64_t i, Value exists) {
        if (granule >= 4) {
          Value valid =
              exists ? b.select(exists, b.i32(granule), b.i32(0)) : Value();
          b.copyAsync(addresses[i], source(i), granule, valid);
          return;
        }
        auto copy = [&] {
          b.store(b.load(type, source(i), granule), addresses[i], granule);
        };
        if (!exists)
          return copy();
        b.store(zero(b, type), addresses[i], granule);
        b.ifThen(exists, copy);
      },
      [&](int64_t i) { b.store(zero(b, type), addresses[i], granule); });
}

void RowStaging::flush(Index buffer, Value global) {
  SmallVector<Value> addresses = pieceAddresses(buffer);
  Type type = pieceType(b, granule);
  Value to = b.offset(global, b.mul(b.laneIndex(), granule));
  forPieces(
      [&](int64_t i, Value exists) {
        auto copy = [&] {
          b.store(b.load(type, addresses[i], granule),
                  b.offset(to, 32 * granule * i), granule);
        };
        if (exists)
          b.ifThen(exists, copy);
        else
          copy();
      },
      [](int64_t) {});
}

SmallVector<Value> RowStaging::tileAddresses(Index buffer) {
  Index lane = b.laneIndex();
  Index quarter = b.lshr(lane, 3);
  Index row = b.add(b.bitAnd(lane, 7), b.shl(b.bitAnd(quarter, 1), 3));
  Index first = b.add(buffer, swizzled(row, b.lshr(quarter, 1)));
  // Tile n2 starts at chunk 2 n2: an exclusive or within the places, and whole
  // groups of places above them.
  int64_t near = std::max<int64_t>(1, swizzle / 2);
  SmallVector<Value> bases, addresses;
  for (int64_t n2 = 0; n2 < tiles; ++n2) {
    if (n2 < near)
      bases.push_back(b.sharedAt(b.bitXor(first, n2 << 5)));
    addresses.push_back(b.offset(bases[n2 % near], n2 / near * near * 32));
  }
  return addresses;
}

} // namespace conv::nvidia
