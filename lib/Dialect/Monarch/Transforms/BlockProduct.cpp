//===- BlockProduct.cpp - Block-Toeplitz product in frequency -------------===//

#include "BlockProduct.h"
#include "RightAngleTables.h"

using namespace mlir;

namespace conv::monarch {

using plan::ProductShape;

static int64_t roundUpToTile(int64_t v) {
  return (v + ProductShape::tile - 1) / ProductShape::tile * ProductShape::tile;
}

namespace {

/// Products that half precision adds up one after the other. The rounding error
/// of such a chain grows with the root of its length, so longer sums are sums
/// of chains.
constexpr int64_t longestHalfChain = 2 * ProductShape::tile;

class ProductEmitter {
public:
  ProductEmitter(VectorBuilder &b, const ProductShape &shape,
                 int64_t spectrumVector, int64_t blockSize)
      : b(b), shape(shape), spectrumVector(spectrumVector),
        blockSize(blockSize), chained(b.compute.isF16() && !shape.banded &&
                                      shape.blocks > longestHalfChain) {}

  /// All groups of one slot.
  void run(Address transform, Address result, Address spectrum) {
    this->transform = transform;
    this->result = result;
    this->spectrum = spectrum;
    int64_t rest = shape.blocks % ProductShape::tile;
    int64_t whole = shape.blocks - rest;
    if (rest)
      group(b.index(whole), rest);
    b.loop(0, whole, ProductShape::tile, [&](Value i) {
      Value base = b.subi(b.index(whole - ProductShape::tile), i);
      group(base, ProductShape::tile);
    });
  }

private:
  using Sums = SmallVector<Complex, ProductShape::tile>;

  /// `count` outputs from block `base` on, summed over all inputs they see.
  void group(Value base, int64_t count) {
    Sums sums = zeros(count);
    if (shape.banded) {
      for (int64_t i = -shape.last; i < count - shape.first; ++i)
        addInput(sums, b.addi(base, i), -i);
    } else if (shape.inPlace()) {
      // Whole tiles before the diagonal one, then the triangle.
      Value lower = lowerTile(base);
      sums = tiles(sums, base, lower, base);
      addChain(sums, [&](Sums &chain) {
        for (int64_t i = 0; i < count; ++i)
          addInput(chain, b.addi(base, i), -i);
      });
    } else {
      int64_t rest = shape.blocks % ProductShape::tile;
      Value whole = b.index(shape.blocks - rest);
      int64_t reach = roundUpToTile(-shape.first);
      Value upper = arith::MinSIOp::create(
          b, whole, b.addi(base, reach + ProductShape::tile));
      sums = tiles(sums, base, lowerTile(base), upper);
      if (rest)
        sums = lastInputs(sums, base, whole, rest, reach);
    }
    for (int64_t q = 0; q < count; ++q)
      b.storeComplex(sums[q], b.at(block(result, base), q * blockSize));
  }

  /// First tile of inputs within the band of output `base`.
  Value lowerTile(Value base) {
    if (shape.last >= shape.blocks - 1)
      return b.index(0);
    int64_t reach = roundUpToTile(shape.last);
    return arith::MaxSIOp::create(b, b.index(0), b.addi(base, -reach));
  }

  Sums zeros(size_t count) { return Sums(count, {b.splat(0), b.splat(0)}); }

  /// Let `body` add products to `sums`, through a chain of its own where sums
  /// are chained.
  void addChain(Sums &sums, llvm::function_ref<void(Sums &)> body) {
    if (!chained)
      return body(sums);
    Sums chain = zeros(sums.size());
    body(chain);
    for (auto [sum, part] : llvm::zip_equal(sums, chain))
      sum = {b.add(sum.re, part.re), b.add(sum.im, part.im)};
  }

  Sums tiles(const Sums &sums, Value base, Value lower, Value upper) {
    if (!chained)
      return chain(sums, base, lower, upper);
    return carry(sums, [&](ValueRange init, auto body) {
      return b.loop(lower, upper, longestHalfChain, init,
                    [&](Value i, ValueRange carried) {
                      Value end = arith::MinSIOp::create(
                          b, b.addi(i, longestHalfChain), upper);
                      return body(carried, [&](Sums &inner) {
                        addChain(inner, [&](Sums &part) {
                          part = chain(part, base, i, end);
                        });
                      });
                    });
    });
  }

  Sums chain(const Sums &sums, Value base, Value lower, Value upper) {
    return carry(sums, [&](ValueRange init, auto body) {
      return b.loop(lower, upper, ProductShape::tile, init,
                    [&](Value i, ValueRange carried) {
                      return body(carried, [&](Sums &inner) {
                        addInputs(inner, base, i, ProductShape::tile);
                      });
                    });
    });
  }

  /// The inputs after the last whole tile, where they are within the band.
  Sums lastInputs(const Sums &sums, Value base, Value whole, int64_t rest,
                  int64_t reach) {
    Value near =
        arith::CmpIOp::create(b, arith::CmpIPredicate::slt, whole,
                              b.addi(base, reach + ProductShape::tile));
    Value upper = arith::SelectOp::create(b, near, b.addi(whole, 1), whole);
    return carry(sums, [&](ValueRange init, auto body) {
      return b.loop(whole, upper, 1, init, [&](Value i, ValueRange carried) {
        return body(carried, [&](Sums &inner) {
          addChain(inner, [&](Sums &part) { addInputs(part, base, i, rest); });
        });
      });
    });
  }

  /// Thread the sums through a loop's carried values.
  template <typename Loop> Sums carry(const Sums &sums, Loop loop) {
    SmallVector<Value> init;
    for (Complex z : sums)
      init.append({z.re, z.im});
    auto unpack = [&](ValueRange values) {
      Sums result;
      for (size_t q = 0; q < sums.size(); ++q)
        result.push_back({values[2 * q], values[2 * q + 1]});
      return result;
    };
    auto body = [&](ValueRange carried, llvm::function_ref<void(Sums &)> f) {
      Sums inner = unpack(carried);
      f(inner);
      SmallVector<Value> yielded;
      for (Complex z : inner)
        yielded.append({z.re, z.im});
      return yielded;
    };
    return unpack(loop(ValueRange(init), body));
  }

  void addInputs(Sums &sums, Value base, Value input, int64_t count) {
    Value distance = b.subi(base, input);
    for (int64_t r = 0; r < count; ++r) {
      Complex u = b.loadComplex(b.at(block(transform, input), r * blockSize));
      for (size_t q = 0; q < sums.size(); ++q)
        sums[q] =
            b.cfma(u, filter(distance, static_cast<int64_t>(q) - r), sums[q]);
    }
  }

  /// One input whose distance to output base is known: only outputs within the
  /// band take part.
  void addInput(Sums &sums, Value input, int64_t distance) {
    Complex u = b.loadComplex(block(transform, input));
    for (size_t q = 0; q < sums.size(); ++q) {
      int64_t d = distance + static_cast<int64_t>(q);
      if (d >= shape.first && d <= shape.last)
        sums[q] = b.cfma(u, filter(Value(), d), sums[q]);
    }
  }

  /// K' of distance `distance` + `offset`.
  Complex filter(Value distance, int64_t offset) {
    Address address =
        b.at(spectrum, (offset - shape.storedFirst) * spectrumVector);
    if (distance)
      address = b.at(address, b.muli(distance, spectrumVector));
    if (spectrumVector == 2 * b.lanes)
      return b.loadComplex(address);
    return {b.loadGroup(address), b.loadGroup(b.at(address, leafLanes))};
  }

  Address block(Address base, Value index) {
    return b.at(base, b.muli(index, blockSize));
  }

  VectorBuilder &b;
  const ProductShape &shape;
  int64_t spectrumVector, blockSize;
  bool chained; ///< sums are of chains, not of products
  Address transform, result, spectrum;
};

} // namespace

void emitBlockProduct(VectorBuilder &b, const plan::ProductShape &shape,
                      Address transform, Address result, Address spectrum,
                      int64_t spectrumVector, int64_t blockSize,
                      int64_t slotSize) {
  ProductEmitter emitter(b, shape, spectrumVector, blockSize);
  b.loop(0, leafSlots, 1, [&](Value slot) {
    emitter.run(b.at(transform, b.muli(slot, slotSize)),
                b.at(result, b.muli(slot, slotSize)),
                b.at(spectrum, b.muli(slot, shape.stored * spectrumVector)));
  });
}

} // namespace conv::monarch
