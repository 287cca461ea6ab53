//===- GpuCost.cpp - Predict the cost of a plan on a GPU ------------------===//

#include "conv/Plan/GpuCost.h"

#include "conv/Plan/Planner.h"
#include "conv/Plan/TensorPlan.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace conv::plan {

namespace {

/// A grid of this many blocks has enough for every multiprocessor; a block then
/// takes several rows of a channel and pays once for its tables.
constexpr int64_t enoughBlocks = 1056;
/// Clocks from a load's issue until its data is there, with memory busy.
constexpr double memoryLatency = 1200;
/// What one warp alone issues a clock: products and the arithmetic that waits
/// for them leave about every other slot empty.
constexpr double warpIssue = 0.5;
constexpr int64_t mostRegisters = 255;

/// Warp instructions of what is done to tiles of 16x16 samples. Those on shared
/// memory move 512 bytes, in four wavefronts.
struct TileWork {
  double mma = 0, half2 = 0, conversions = 0;
  double matrixMoves = 0; ///< ldmatrix, stmatrix
  double vectorMoves = 0; ///< 16 bytes a lane to or from shared memory
  double globalMoves = 0; ///< 16 bytes a lane to or from memory
  double addressing = 0;

  TileWork &add(const TileWork &work, double times) {
    mma += times * work.mma;
    half2 += times * work.half2;
    conversions += times * work.conversions;
    matrixMoves += times * work.matrixMoves;
    vectorMoves += times * work.vectorMoves;
    globalMoves += times * work.globalMoves;
    addressing += times * work.addressing;
    return *this;
  }
};

/// Half2 operations of a Fourier transform of R complex numbers.
double butterflyOps(int64_t radix) {
  switch (radix) {
  case 2:
    return 4;
  case 4:
    return 16;
  case 8:
    return 56;
  case 16:
    return 160;
  }
  return 0;
}

/// A complex product of every element of a tile: two multiplications and two
/// multiply-adds on each of its four registers of pairs.
constexpr double tileProduct = 16;

/// A contraction of a tile by a matrix of 16x16. Four mma give real parts and
/// imaginary ones of a real tile, or the real parts alone of a complex one.
TileWork contraction(bool realIn, bool realOut) {
  TileWork work;
  work.mma = realIn || realOut ? 4 : 8;
  work.conversions = realOut ? 4 : 8;
  return work;
}

/// The right-angle transform of 16 R 16 samples that stay in a warp's
/// registers, times a spectrum, and back: what one of its R tiles takes.
/// `sharing` rows use one load of a table.
TileWork warpTransform(int64_t tiles, bool real, double sharing,
                       bool spectrumInShared) {
  TileWork work;
  work.add(contraction(real, false), 1);  // S1
  work.add(contraction(false, false), 2); // S3 and back
  work.add(contraction(false, real), 1);  // S1 back
  // S2 and back on each of a tile's four registers; twiddles, spectrum.
  work.half2 =
      3 * tileProduct + 8 * butterflyOps(tiles) / static_cast<double>(tiles);
  double samples = real ? 1 : 2;
  work.matrixMoves = 8 / sharing + 2 * samples; // A, T both ways; in and out
  (spectrumInShared ? work.vectorMoves : work.globalMoves) = 2;
  return work;
}

double rowsOf(const Problem &problem) {
  return static_cast<double>(problem.batch > 0 ? problem.batch : assumedBatch);
}

/// Rows that go through a thread block that begins with copying tables.
double rowsPerBlock(const Problem &problem, const Choice &choice) {
  double rows = rowsOf(problem);
  double blocks =
      std::ceil(enoughBlocks / static_cast<double>(problem.channels));
  // A block takes a row for each of its warps at a time, or one with all.
  bool together = tensorShape(choice).family == Family::block;
  double enough =
      std::ceil(rows / static_cast<double>(together ? 1 : choice.tensor.warps));
  return rows / std::max(1.0, std::min(blocks, enough));
}

double rowBytes(const Problem &problem) {
  return static_cast<double>(problem.elementBytes * problem.length);
}

KernelCounts summed(const TileWork &work, bool convert) {
  KernelCounts counts;
  counts.mma = work.mma;
  counts.half2 = work.half2;
  counts.conversions = convert ? work.conversions : 0;
  counts.matrixMoves = work.matrixMoves;
  counts.sharedWavefronts = 4 * (work.matrixMoves + work.vectorMoves);
  counts.instructions = counts.mma + counts.half2 + counts.conversions +
                        work.matrixMoves + work.vectorMoves + work.globalMoves +
                        work.addressing;
  return counts;
}

/// Gates and skip at the edges of a row of `tiles`, staged in shared memory.
TileWork stagedEdges(const Problem &problem) {
  double gates = static_cast<double>(problem.gates);
  double again = problem.skip ? 1 + (problem.gates > 0) : 0;
  TileWork work;
  work.half2 = 4 * (gates + again);
  work.matrixMoves = gates + again;
  work.vectorMoves = gates;
  return work;
}

KernelCounts countWarp(const Plan &plan) {
  const Problem &problem = plan.problem;
  int64_t tiles = tensorShape(plan.choice).tiles;
  double count = static_cast<double>(tiles);
  TileWork tile = warpTransform(tiles, /*real=*/true, /*sharing=*/1,
                                /*spectrumInShared=*/true);
  tile.add(stagedEdges(problem), 1);
  tile.vectorMoves += 2; // the row's copy into shared memory, and out of it
  tile.globalMoves += 1; // the store
  tile.addressing += 6;
  TileWork row;
  row.add(tile, count);
  row.addressing += 40; // the loop
  // Once for each block: A, T, the spectrum and, if they are parked, F's
  // fragments, which every row then reads.
  double perBlock = rowsPerBlock(problem, plan.choice);
  bool parks = parksFourier(tiles);
  row.vectorMoves += (6 * count + (parks ? 4 : 0)) / perBlock + (parks ? 4 : 0);

  KernelCounts counts =
      summed(row, plan.choice.tensor.accumulate == Arithmetic::f32);
  double samples = static_cast<double>(2 + problem.gates) * rowBytes(problem);
  double copies = parks ? 1 : static_cast<double>(plan.choice.tensor.warps);
  counts.memoryBytes = samples + 1024 * count / rowsOf(problem);
  counts.l2Bytes = samples + (3072 * count + 2048 * copies) / perBlock;
  return counts;
}

/// The rows' pass of the block and three-pass families, a tile of it. With
/// `real`, samples come in and go out, otherwise complex numbers.
TileWork blockTile(const Choice &choice, bool real) {
  int64_t tiles = tensorShape(choice).tiles;
  double sharing = 16.0 / static_cast<double>(choice.tensor.warps);
  double samples = real ? 1 : 2;
  TileWork work =
      warpTransform(tiles, /*real=*/false, sharing, blockKeepsSpectrum(choice));
  work.add(contraction(real, false), 1);
  work.add(contraction(false, real), 1);
  work.half2 += 2 * tileProduct;
  work.matrixMoves += samples + 2 + 2 + samples; // to and from the exchange
  work.vectorMoves += 2;           // twiddles of the outer digit, both ways
  work.vectorMoves += 2 * samples; // from and to memory
  work.globalMoves += samples;
  work.addressing += 6;
  return work;
}

KernelCounts countBlock(const Plan &plan) {
  const Problem &problem = plan.problem;
  double tiles = static_cast<double>(tensorShape(plan.choice).capacity) / 256;
  TileWork tile = blockTile(plan.choice, /*real=*/true);
  double gates = static_cast<double>(problem.gates);
  // The pregate is staged like the samples; where there is one gate it is that
  // one. The postgate is read where it is needed.
  double pregate = std::min(gates, 1.0);
  tile.matrixMoves += pregate;
  tile.vectorMoves += pregate;
  tile.globalMoves += gates - pregate;
  tile.half2 += 4 * (gates + (problem.skip ? 1 : 0));
  TileWork row;
  row.add(tile, tiles);
  // Every warp loads A_0 on both its ways.
  double warps = static_cast<double>(plan.choice.tensor.warps);
  row.matrixMoves += 4 * warps;
  row.addressing += 40 * warps;
  // Once for each block: A, T, A_0, the twiddles, the matrices of its 16 rows
  // and, if it keeps it, the spectrum.
  double spectrum = 2 * static_cast<double>(plan.spectrumSize());
  bool keeps = blockKeepsSpectrum(plan.choice);
  double staged = 1024 * (3 * tiles / 16 + 1) + (keeps ? spectrum : 0);
  double perBlock = rowsPerBlock(problem, plan.choice);
  row.vectorMoves += staged / 512 / perBlock;
  KernelCounts counts =
      summed(row, plan.choice.tensor.accumulate == Arithmetic::f32);
  double samples = (2 + gates) * rowBytes(problem);
  counts.memoryBytes = samples + spectrum / rowsOf(problem);
  counts.passBytes = keeps ? 0 : spectrum;
  counts.l2Bytes = samples + (staged + 16 * 2048) / perBlock + counts.passBytes;
  return counts;
}

KernelCounts countThreePass(const Plan &plan, const GpuFacts &gpu) {
  const Problem &problem = plan.problem;
  const std::vector<int64_t> &factors = plan.choice.factors;
  TileWork tile = blockTile(plan.choice, /*real=*/false);
  for (size_t i = 0; i + 4 < factors.size(); ++i) {
    bool real = i == 0;
    if (factors[i] == 16) {
      tile.add(contraction(real, false), 1);
      tile.add(contraction(false, real), 1);
    } else {
      double radix = static_cast<double>(factors[i]);
      tile.half2 += 8 * butterflyOps(factors[i]) / radix / (real ? 2 : 1);
    }
    tile.half2 += 2 * tileProduct;
    if (i > 0)
      tile.matrixMoves += 2 * 4; // an exchange there and back
  }
  // The first pass takes samples and leaves complex numbers; the last one
  // undoes that.
  tile.matrixMoves += 2 * (1 + 2);
  tile.vectorMoves += 2 * (1 + 2);
  tile.globalMoves += 2 + 1 + static_cast<double>(problem.gates);
  tile.half2 += 4 * static_cast<double>(problem.gates + problem.skip);
  tile.addressing += 12;
  double points = static_cast<double>(tensorShape(plan.choice).capacity);
  TileWork row;
  row.add(tile, points / 256);
  KernelCounts counts =
      summed(row, plan.choice.tensor.accumulate == Arithmetic::f32);
  double samples = static_cast<double>(2 + problem.gates) * rowBytes(problem);
  double spectrum = 2 * static_cast<double>(plan.spectrumSize());
  // Complex rows between the passes, written and read twice. They rest in L2 if
  // two rows fit, one being written while another is read.
  double between = 4 * 4 * points;
  bool inL2 = 2 * 4 * points <= gpu.l2Bytes;
  counts.memoryBytes =
      samples + spectrum / rowsOf(problem) + (inL2 ? 0 : between);
  counts.passBytes = inL2 ? between : 0;
  counts.l2Bytes = samples + spectrum + between;
  return counts;
}

/// Products of 16 rows with the Toeplitz matrix: every 8 outputs are a sum of
/// products with 16 inputs each, those that the lags reach.
double toeplitzProducts(const Problem &problem) {
  int64_t length = problem.length;
  int64_t first = firstLag(problem), last = lastLag(problem);
  auto productsOf = [&](int64_t n) {
    int64_t from = std::max<int64_t>(0, n - last) / 16;
    int64_t to = std::min(length, n + 8 - first);
    return static_cast<double>((to + 15) / 16 - from);
  };
  double sum = 0;
  auto add = [&](int64_t begin, int64_t end) {
    for (int64_t n = begin; n < end; n += 8)
      sum += productsOf(n);
  };
  // Away from the ends it repeats every 16 outputs.
  int64_t head = (last + 16) / 16 * 16, tail = (length + first - 16) / 16 * 16;
  if (head >= tail) {
    add(0, length);
    return sum;
  }
  add(0, head);
  sum += static_cast<double>((tail - head) / 16) *
         (productsOf(head) + productsOf(head + 8));
  add(tail, length);
  return sum;
}

/// 16 rows at a time.
KernelCounts countToeplitz(const Plan &plan) {
  const Problem &problem = plan.problem;
  TileWork work;
  double tiles = static_cast<double>(problem.length) / 16;
  work.mma = toeplitzProducts(problem);
  work.conversions = 4 * tiles;
  work.matrixMoves = 2 * tiles; // operands in, sums out
  work.vectorMoves = 2 * tiles;
  work.globalMoves = 2 * tiles; // the store, and the matrix's diagonals
  work.addressing = 4 * tiles;
  double gates = static_cast<double>(problem.gates);
  work.half2 = 4 * tiles * (gates + (problem.skip ? 1 : 0));
  work.globalMoves += tiles * gates;
  TileWork row;
  row.add(work, 1.0 / 16);
  KernelCounts counts = summed(row, /*convert=*/true);
  double samples = (2 + gates) * rowBytes(problem);
  double taps = 4 * static_cast<double>(problem.taps);
  counts.memoryBytes = samples + taps / rowsOf(problem);
  counts.l2Bytes = samples + taps / 16;
  return counts;
}

} // namespace

KernelCounts countKernel(const Plan &plan, const GpuFacts &gpu) {
  assert(plan.choice.isTensor());
  KernelCounts counts;
  switch (tensorShape(plan.choice).family) {
  case Family::warp:
    counts = countWarp(plan);
    break;
  case Family::block:
    counts = countBlock(plan);
    break;
  case Family::threePass:
    counts = countThreePass(plan, gpu);
    break;
  case Family::toeplitz:
    counts = countToeplitz(plan);
    break;
  }
  counts.sharedBytes =
      static_cast<double>(sharedBytes(plan.problem, plan.choice));
  return counts;
}

int64_t expectedRegisters(const Choice &choice) {
  TensorShape shape = tensorShape(choice);
  if (shape.family == Family::toeplitz)
    return 168;
  // Grows with the tiles of a warp; a warp of a block with 8 warps has two
  // rows.
  int64_t tiles = shape.tiles;
  if (shape.family != Family::warp)
    tiles *= std::max<int64_t>(1, 16 / choice.tensor.warps);
  int64_t wanted = tiles <= 1   ? 80
                   : tiles == 2 ? 104
                   : tiles == 4 ? 128
                   : tiles == 8 ? 168
                                : mostRegisters;
  // The compiler fits a whole block into a multiprocessor.
  return shape.family == Family::warp
             ? wanted
             : std::min(wanted, 65536 / (32 * choice.tensor.warps));
}

int64_t residentBlocks(const Problem &problem, const Choice &choice,
                       const GpuFacts &gpu) {
  int64_t shared = sharedBytes(problem, choice);
  if (shared > gpu.sharedBytesPerBlock)
    return 0;
  int64_t warps = choice.tensor.warps;
  int64_t registers = (expectedRegisters(choice) + 7) / 8 * 8 * 32 * warps;
  return std::min(
      {gpu.registers / registers, gpu.warps / warps, gpu.blocks,
       gpu.sharedBytesPerMultiprocessor / (shared + gpu.sharedBytesReserved)});
}

std::string checkFit(const Problem &problem, const Choice &choice,
                     const GpuFacts &gpu) {
  if (sharedBytes(problem, choice) <= gpu.sharedBytesPerBlock)
    return "";
  return describe(choice) + " needs " +
         std::to_string(sharedBytes(problem, choice)) +
         " bytes of shared memory, but a thread block on " + gpu.name +
         " has at most " + std::to_string(gpu.sharedBytesPerBlock) +
         "; use fewer warps, one buffer or a smaller transform";
}

Cost estimate(const Plan &plan, const GpuFacts &gpu) {
  const Problem &problem = plan.problem;
  const TensorChoice &tensor = plan.choice.tensor;
  Family family = tensorShape(plan.choice).family;
  Cost cost;
  KernelCounts &counts = cost.kernel = countKernel(plan, gpu);
  cost.flops = 4096 * counts.mma + 64 * counts.half2;
  cost.bytes = counts.memoryBytes;
  cost.scratchBytes = counts.sharedBytes;

  double memory = counts.memoryBytes / gpu.memoryBytesPerClock();
  bool isHalf = tensor.accumulate == Arithmetic::f16;
  double products =
      4096 * counts.mma / (isHalf ? gpu.mmaFlopsF16 : gpu.mmaFlopsF32);
  double issue = std::max(counts.instructions / gpu.issuePerClock,
                          counts.half2 / gpu.half2PerClock);
  double shared = counts.sharedWavefronts / gpu.sharedWavefrontsPerClock;
  double sum = std::pow(memory, 4) + std::pow(products / 0.9, 4) +
               std::pow(issue / 0.8, 4) + std::pow(shared / 0.9, 4) +
               std::pow(counts.passBytes / gpu.l2BytesPerClock(), 4);
  double clocks = std::pow(sum, 0.25);

  // What the resident warps manage who wait for memory.
  double blocks =
      static_cast<double>(residentBlocks(problem, plan.choice, gpu));
  double warps = static_cast<double>(tensor.warps);
  double rowsInFlight = blocks, rowsAtOnce = 1;
  if (family == Family::warp)
    rowsInFlight *= std::min(warps, rowsOf(problem));
  if (family == Family::toeplitz) {
    rowsAtOnce = 16;
    rowsInFlight *= 16 * std::min(warps, std::ceil(rowsOf(problem) / 16));
  }
  bool together = family == Family::block || family == Family::threePass;
  double own =
      counts.instructions * rowsAtOnce / warpIssue / (together ? warps : 1);
  double waiting = memoryLatency * (family == Family::threePass ? 3 : 1);
  double turn = tensor.buffers == 2 ? std::max(own, waiting) : own + waiting;
  clocks = std::max(clocks, turn / std::max(1.0, rowsInFlight));

  double perClock = 1 / gpu.clockGHz / static_cast<double>(gpu.multiprocessors);
  cost.nanoseconds = clocks * perClock;
  cost.floorNanoseconds = static_cast<double>(2 + problem.gates) *
                          rowBytes(problem) / gpu.memoryGBs;
  return cost;
}

} // namespace conv::plan
