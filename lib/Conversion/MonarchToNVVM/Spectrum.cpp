//===- Spectrum.cpp - The kernel that prepares filters --------------------===//

#include "Spectrum.h"
#include "BlockFourier.h"
#include "ElementOps.h"

#include "conv/Plan/TensorPlan.h"

using namespace mlir;

namespace conv::nvidia {

namespace {

/// A row of this many points or fewer is transformed as a whole; a longer one
/// is divided among up to `mostResidues` thread blocks, each of which reads all
/// taps, so that its points fit the shared memory of every device and few
/// channels still fill one.
constexpr int64_t wholeRow = 4096, mostResidues = 4, mostPoints = 8192;
/// Short rows share a thread block, up to this many threads.
constexpr int64_t fewestThreads = 64;

int64_t residuesOf(int64_t capacity) {
  return std::clamp<int64_t>(capacity / wholeRow, 1, mostResidues);
}

class SpectrumKernel {
public:
  SpectrumKernel(KernelBuilder &b, const plan::Plan &plan, Type element,
                 int64_t channels)
      : b(b), problem(plan.problem), element(element), channels(channels),
        shape(plan::tensorShape(plan.choice)), f(b, Accumulator::f32),
        fourier(b, shape.capacity / residues(), residues()),
        rows(std::max<int64_t>(1, fewestThreads / fourier.threads())) {}

  void run();
  int64_t threads() const { return rows * fourier.threads(); }
  int64_t blocks() const { return (channels + rows - 1) / rows * residues(); }
  int64_t sharedBytes() const { return rows * fourier.bytes(); }

private:
  int64_t residues() const { return residuesOf(shape.capacity); }
  int64_t transforms() const { return shape.capacity / shape.inner; }
  // In shared memory a tile of 1024 bytes is followed by a gap of 16, so that
  // the lanes, which write to different tiles, reach different banks.
  static constexpr int64_t tileBytes = 1024, tileStride = 1040;

  Value tap(Index index, int64_t first);
  Complex sample(Index n);
  Complex residueSample(Index n, ArrayRef<Complex> turns);
  void stage(Index shared, Index frequency, ArrayRef<Complex> values);
  void copyOut(Index shared, Index thread, Index residue, Index channel);

  KernelBuilder &b;
  const plan::Problem &problem;
  const Type element;
  const int64_t channels;
  const plan::TensorShape shape;
  Fragments f;
  BlockFourier fourier;
  const int64_t rows; ///< of a thread block
  Value taps;         ///< of this thread's row
};

} // namespace

/// Tap `index` in f32 if it is one of first..K-1, else zero.
Value SpectrumKernel::tap(Index index, int64_t first) {
  Value offset = b.asValue(b.sub(index, first));
  Value valid = LLVM::ICmpOp::create(b, LLVM::ICmpPredicate::ult, offset,
                                     b.i32(problem.taps - first));
  Index safe = b.select(valid, b.asValue(index), b.i32(0));
  int64_t bytes = element.getIntOrFloatBitWidth() / 8;
  Value value = loadFloat(b, element, b.offset(taps, b.mul(safe, bytes)));
  return b.select(valid, value, b.f32(0));
}

/// kappa[n] + i kappa[n + L]; the imaginary part is null if all are zero.
Complex SpectrumKernel::sample(Index n) {
  int64_t center = -plan::firstLag(problem);
  if (problem.kind == plan::Kind::circular)
    center = 0;
  Value re = tap(b.add(n, center), 0);
  // Lag n - L, from -(L - 1) on; of a circular filter from -(N - 1) on.
  int64_t past = shape.capacity - center, first = 0;
  if (problem.kind == plan::Kind::circular) {
    past = shape.capacity - problem.length;
    first = 1;
  }
  if (past == shape.capacity || first == problem.taps)
    return {re, Value()};
  return {re, tap(b.sub(n, past), first)};
}

/// z_r[n]; `turns` are the powers of exp(-2 pi i t).
Complex SpectrumKernel::residueSample(Index n, ArrayRef<Complex> turns) {
  Complex sum = sample(n);
  int64_t points = shape.capacity / residues();
  for (int64_t d = 1; d < residues(); ++d) {
    Complex next = sample(b.add(n, d * points));
    sum = fourier.add(sum, fourier.mul(next, turns[d]));
  }
  return sum;
}

/// Round the values of frequencies k + j L/16 to f16 and put them where
/// `copyOut` expects them.
void SpectrumKernel::stage(Index shared, Index frequency,
                           ArrayRef<Complex> values) {
  Index transform = b.mod(frequency, transforms());
  Index inner = b.div(frequency, transforms());
  Index k1 = b.mod(inner, 16), k2 = b.div(inner, 16);
  Index tile = b.add(b.mul(b.div(transform, residues()), shape.tiles), k2);
  // plan::spectrumPosition, for k3 = j.
  Index at = b.add(b.shl(b.bitAnd(k1, 7), 6), b.shl(b.lshr(k1, 3), 2));
  Value base = b.sharedAt(b.add(shared, b.add(b.mul(tile, tileStride), at)));
  for (int64_t j = 0; j < 16; j += 2) {
    auto store = [&](Value low, Value high, int64_t part) {
      Value pair = LLVM::PoisonOp::create(b, f.float2());
      pair = LLVM::InsertElementOp::create(b, pair, low, b.i32(0));
      pair = LLVM::InsertElementOp::create(b, pair, high, b.i32(1));
      int64_t offset = part + 16 * ((j & 7) >> 1) + 8 * (j >> 3);
      b.store(f.round(pair, f.half2()), b.offset(base, offset), 4);
    };
    store(values[j].re, values[j + 1].re, 0);
    store(values[j].im, values[j + 1].im, tileBytes / 2);
  }
}

void SpectrumKernel::copyOut(Index shared, Index thread, Index residue,
                             Index channel) {
  Type type = VectorType::get({4}, b.getI32Type());
  Value bytes =
      LLVM::MulOp::create(b, b.zext(channel), b.i64(4 * shape.capacity));
  Value row = b.offset64(b.argument(1), bytes);
  int64_t points = shape.capacity / residues();
  for (int64_t piece = 0; piece < points / 4; piece += fourier.threads()) {
    Index at = b.add(thread, piece);
    Index tile = b.div(at, 64), within = b.shl(b.mod(at, 64), 4);
    Index transform =
        b.add(b.mul(b.div(tile, shape.tiles), residues()), residue);
    Index to = b.add(b.mul(transform, shape.tiles), b.mod(tile, shape.tiles));
    Value from =
        b.sharedAt(b.add(b.add(shared, b.mul(tile, tileStride)), within));
    b.store(b.load(type, from, 16),
            b.offset(row, b.add(b.mul(to, tileBytes), within)), 16);
  }
}

void SpectrumKernel::run() {
  Index thread = b.threadIndex(), block = b.blockIndex(0);
  Index group = b.div(thread, fourier.threads());
  thread = b.mod(thread, fourier.threads());
  if (rows == 1)
    group = 0;
  // The blocks of a channel follow one another, while its taps are in cache.
  Index residue = residues() == 1 ? Index(0) : b.mod(block, residues());
  Index channel = b.add(b.mul(b.div(block, residues()), rows), group);
  Index safe = b.min(channel, channels - 1);
  int64_t tapBytes = problem.taps * element.getIntOrFloatBitWidth() / 8;
  taps = b.offset64(
      b.argument(0),
      LLVM::MulOp::create(b, b.zext(safe), b.i64(tapBytes)).getResult());
  Index shared = b.add(b.sharedBaseIndex(), b.mul(group, fourier.bytes()));

  auto turns =
      fourier.powers(fourier.turn(residue), 4 * residues(), residues());
  fourier.run(
      shared, thread, residue, [&](Index n) { return residueSample(n, turns); },
      [&](Index frequency, ArrayRef<Complex> values) {
        stage(shared, frequency, values);
      });
  b.syncBlock();
  auto copy = [&] { copyOut(shared, thread, residue, safe); };
  if (channels % rows == 0)
    copy();
  else
    b.ifThen(b.less(channel, channels), copy);
  b.finish();
}

FailureOr<Kernel> emitSpectrum(gpu::GPUModuleOp module, StringRef name,
                               const plan::Plan &plan, monarch::SpectrumOp op) {
  int64_t capacity = plan::tensorShape(plan.choice).capacity;
  if (capacity / residuesOf(capacity) > mostPoints)
    return op.emitOpError("prepares rows of ")
           << capacity << " points, but its CUDA kernel prepares at most "
           << mostPoints * mostResidues << "; use fewer or smaller factors";
  auto taps = cast<MemRefType>(op.getTaps().getType());
  auto spectrum = cast<MemRefType>(op.getSpectrum().getType());
  if (!spectrum.getElementType().isF16())
    return op.emitOpError("writes ")
           << spectrum << ", but spectra of tensor-core plans are of f16";
  int64_t channels = taps.getDimSize(0);
  if (ShapedType::isDynamic(channels))
    return op.emitOpError("prepares ")
           << taps << ", but the number of filters must be static";
  Type element = taps.getElementType();
  int64_t points = capacity / residuesOf(capacity);
  int64_t threads = std::max(fewestThreads, points / 16);
  SmallVector<Parameter> parameters = {
      {Parameter::input, element.getIntOrFloatBitWidth() / 8},
      {Parameter::output}};
  KernelBuilder b(module, op.getLoc(), name, parameters, threads);
  SpectrumKernel kernel(b, plan, element, channels);
  assert(kernel.threads() == threads);
  kernel.run();
  return Kernel{b.getFunction().getSymNameAttr(),
                {GridExtent{kernel.blocks(), std::nullopt}},
                threads,
                kernel.sharedBytes()};
}

} // namespace conv::nvidia
