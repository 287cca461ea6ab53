//===- conv-bench.cpp - One convolution against FFTW and memcpy -*- C++ -*-===//
//
// Measures one shape in one process, the contenders taking turns in each round,
// so that a ratio compares what ran side by side. Prints one JSON object.
//
//   conv-bench --length=4096 --batch=8 --channels=1024 --package=conv.pkg
//
// The package has two kernels: `prepare` (filter [H,K] to spectrum) and `conv`
// (u, spectrum[, pregate, postgate] to y). Without a package only the baselines
// are measured. Every contender's result is checked against float64.
//
//===----------------------------------------------------------------------===//

#include "Fftw.h"
#include "Kernel.h"
#include "conv/Reference/Reference.h"

#include <cinttypes>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>

using namespace conv::bench;

namespace {

enum class DType { f32, f16, bf16 };

struct Options {
  int64_t length = 4096, batch = 8, channels = 1024, taps = 0;
  int64_t threads = 2, repeat = 5, seed = 0;
  DType dtype = DType::f32;
  bool gated = false, fftw = true;
  std::string package;
};

[[noreturn]] void die(const std::string &message) {
  std::fprintf(stderr, "conv-bench: %s\n", message.c_str());
  std::exit(1);
}

Options parse(int argc, char **argv) {
  Options options;
  std::map<std::string, int64_t *> numbers{
      {"--length", &options.length},     {"--batch", &options.batch},
      {"--channels", &options.channels}, {"--taps", &options.taps},
      {"--threads", &options.threads},   {"--repeat", &options.repeat},
      {"--seed", &options.seed}};
  for (int i = 1; i < argc; ++i) {
    std::string argument = argv[i], key = argument, value;
    if (size_t at = argument.find('='); at != std::string::npos) {
      key = argument.substr(0, at);
      value = argument.substr(at + 1);
    }
    if (auto number = numbers.find(key); number != numbers.end()) {
      char *end = nullptr;
      *number->second = std::strtoll(value.c_str(), &end, 10);
      if (value.empty() || *end)
        die(key + " needs a number, not '" + value + "'");
    } else if (key == "--package")
      options.package = value;
    else if (key == "--gated")
      options.gated = true;
    else if (key == "--no-fftw")
      options.fftw = false;
    else if (argument == "--dtype=f32")
      options.dtype = DType::f32;
    else if (argument == "--dtype=f16")
      options.dtype = DType::f16;
    else if (argument == "--dtype=bf16")
      options.dtype = DType::bf16;
    else
      die("unknown option " + argument);
  }
  if (options.taps == 0)
    options.taps = options.length;
  if (options.seed == 0)
    options.seed = int64_t(std::random_device{}() | 1);
  if (options.length < 1 || options.batch < 1 || options.channels < 1 ||
      options.taps < 1 || options.taps > options.length ||
      options.threads < 1 || options.repeat < 1)
    die("sizes must be positive, and taps at most the length");
  return options;
}

/// A tensor [batch, channels, length] in the dtype of the inputs.
class Data {
public:
  Data(DType dtype, int64_t count)
      : dtype(dtype), buffer(count * (dtype == DType::f32 ? 4 : 2)) {
    if (!buffer)
      die("out of memory");
  }

  double get(int64_t i) const {
    if (dtype == DType::f32)
      return buffer.as<float>()[i];
    if (dtype == DType::f16)
      return buffer.as<_Float16>()[i];
    return buffer.as<BFloat16>()[i];
  }

  void set(int64_t i, float value) {
    if (dtype == DType::f32)
      buffer.as<float>()[i] = value;
    else if (dtype == DType::f16)
      buffer.as<_Float16>()[i] = _Float16(value);
    else
      buffer.as<BFloat16>()[i] = BFloat16(value);
  }

  Tensor tensor(std::vector<int64_t> shape) const {
    DLDataType type{kDLFloat, 32, 1};
    if (dtype == DType::f16)
      type.bits = 16;
    if (dtype == DType::bf16)
      type = {kDLBfloat, 16, 1};
    return {buffer.as<void>(), type, std::move(shape)};
  }

  /// Elements of the type T that `dtype` names; null where there are none.
  template <typename T> T *as() const { return buffer.as<T>(); }

private:
  DType dtype;
  Buffer buffer;
};

/// Everything one run measures.
class Bench {
public:
  explicit Bench(const Options &options);
  void print();

private:
  int64_t count() const {
    return options.batch * options.channels * options.length;
  }
  void prepareKernel();
  double error(const Data &got) const;
  template <typename T> void runTheirs(int threads);
  void printThreads(int threads);

  Options options;
  Data u, ours, pregate, postgate, copy;
  std::vector<float> filter;
  std::unique_ptr<FftwConv> fftw;
  std::unique_ptr<Data> theirs;
  Package package;
  const convrt_kernel *kernel = nullptr;
  std::unique_ptr<Buffer> spectrum;
  std::vector<Tensor> arguments;
};

} // namespace

Bench::Bench(const Options &options)
    : options(options), u(options.dtype, count()), ours(options.dtype, count()),
      pregate(options.dtype, options.gated ? count() : 1),
      postgate(options.dtype, options.gated ? count() : 1),
      copy(options.dtype, count()) {
  // A table of Gaussians, read at scattered places: drawing a fresh one for
  // every sample of a large tensor would take longer than the benchmark.
  std::mt19937_64 random{uint64_t(options.seed)};
  std::normal_distribution<float> normal;
  std::vector<float> table(1 << 16);
  for (float &value : table)
    value = normal(random);
  auto fill = [&](Data &data, uint64_t salt) {
    for (int64_t i = 0; i < count(); ++i)
      data.set(i, table[((uint64_t(i) + salt) * 0x9E3779B97F4A7C15u) >> 48]);
  };
  fill(u, 1);
  if (options.gated) {
    fill(pregate, 77777);
    fill(postgate, 999999);
  }
  // Filters of unit norm, so that results are as large as inputs: as in a
  // model, and within the range of FP16 arithmetic.
  float scale = std::sqrt(8.0f / float(options.taps));
  filter.resize(options.channels * options.taps);
  for (int64_t h = 0; h < options.channels; ++h)
    for (int64_t j = 0; j < options.taps; ++j)
      filter[h * options.taps + j] =
          scale * normal(random) *
          std::exp(-4.0f * float(j) / float(options.taps));
  if (options.fftw) {
    fftw = std::make_unique<FftwConv>(options.length, options.channels,
                                      options.taps, filter.data(),
                                      int(options.threads));
    theirs = std::make_unique<Data>(options.dtype, count());
  }
  if (!options.package.empty())
    prepareKernel();
}

void Bench::prepareKernel() {
  if (!package.open(options.package))
    die(convrt_last_error());
  const convrt_kernel *prepare = package.find("prepare");
  kernel = package.find("conv");
  if (!prepare || !kernel)
    die("the package has no kernels named prepare and conv");
  DLDataType f32{kDLFloat, 32, 1};
  std::vector<int64_t> filterShape{options.channels, options.taps};
  DLTensor view{nullptr, {kDLCPU, 0}, 2, f32, filterShape.data(), nullptr, 0};
  const DLTensor *inputs[] = {&view};
  std::vector<int64_t> shape(2);
  if (convrt_kernel_infer_shape(prepare, inputs, 1, 1, shape.data()) !=
      CONVRT_OK)
    die(convrt_last_error());
  spectrum = std::make_unique<Buffer>(sizeof(float) * shape[0] * shape[1]);
  std::vector<Tensor> preparation{{filter.data(), f32, filterShape},
                                  {spectrum->as<void>(), f32, shape}};
  if (!run(prepare, preparation, nullptr))
    die(convrt_last_error());

  std::vector<int64_t> rows{options.batch, options.channels, options.length};
  arguments = {u.tensor(rows), {spectrum->as<void>(), f32, shape}};
  if (options.gated) {
    arguments.push_back(pregate.tensor(rows));
    arguments.push_back(postgate.tensor(rows));
  }
  arguments.push_back(ours.tensor(rows));
}

/// Relative L2 against float64 over the first and the last row.
double Bench::error(const Data &got) const {
  std::vector<double> have, want;
  for (int64_t row : {int64_t(0), options.batch * options.channels - 1}) {
    int64_t h = row % options.channels, length = options.length;
    std::vector<double> input(length), taps(options.taps), pre, post;
    for (int64_t n = 0; n < length; ++n)
      input[n] = u.get(row * length + n);
    for (int64_t j = 0; j < options.taps; ++j)
      taps[j] = filter[h * options.taps + j];
    conv::reference::LongConv problem;
    problem.length = length;
    problem.taps = options.taps;
    problem.input = input.data();
    problem.filter = taps.data();
    if (options.gated) {
      for (int64_t n = 0; n < length; ++n) {
        pre.push_back(pregate.get(row * length + n));
        post.push_back(postgate.get(row * length + n));
      }
      problem.pregate = pre.data();
      problem.postgate = post.data();
    }
    for (double value : conv::reference::longConv(problem))
      want.push_back(value);
    for (int64_t n = 0; n < length; ++n)
      have.push_back(got.get(row * length + n));
  }
  return conv::reference::relativeL2(have, want);
}

static void printContender(const char *name,
                           const std::vector<Seconds> &rounds) {
  std::vector<double> wall, cpu;
  for (const Seconds &round : rounds) {
    wall.push_back(round.wall);
    cpu.push_back(round.cpu);
  }
  std::printf(", \"%s\": {\"wall\": %.6e, \"cpu\": %.6e}", name, median(wall),
              median(cpu));
}

/// The median over the rounds of what `a` took over what `b` took.
static void printRatio(const char *name, const std::vector<Seconds> &a,
                       const std::vector<Seconds> &b) {
  std::vector<double> wall, cpu;
  for (size_t i = 0; i < a.size(); ++i) {
    wall.push_back(a[i].wall / b[i].wall);
    cpu.push_back(a[i].cpu / b[i].cpu);
  }
  std::printf(", \"%s\": {\"wall\": %.4f, \"cpu\": %.4f}", name, median(wall),
              median(cpu));
}

template <typename T> void Bench::runTheirs(int threads) {
  fftw->run<T>(
      options.batch, u.as<T>(), options.gated ? pregate.as<T>() : nullptr,
      options.gated ? postgate.as<T>() : nullptr, theirs->as<T>(), threads);
}

void Bench::printThreads(int threads) {
  convrt_pool *pool = nullptr;
  if (kernel && convrt_pool_create(uint32_t(threads), &pool) != CONVRT_OK)
    die(convrt_last_error());
  size_t bytes = count() * (options.dtype == DType::f32 ? 4 : 2);
  auto runKernel = [&] {
    if (!run(kernel, arguments, pool))
      die(convrt_last_error());
  };
  auto runFftw = [&] {
    if (options.dtype == DType::f32)
      runTheirs<float>(threads);
    else if (options.dtype == DType::f16)
      runTheirs<_Float16>(threads);
    else
      runTheirs<BFloat16>(threads);
  };
  auto runCopy = [&] {
    const char *from = u.as<char>();
    char *to = copy.as<char>();
    divide(int64_t(bytes), threads, [&](int64_t begin, int64_t end, int) {
      std::memcpy(to + begin, from + begin, end - begin);
    });
  };
  std::vector<Seconds> kernelRounds, fftwRounds, copyRounds;
  for (int round = -1; round < options.repeat; ++round) {
    Seconds kernelSeconds, fftwSeconds, copySeconds;
    if (kernel)
      kernelSeconds = measure(runKernel);
    if (fftw)
      fftwSeconds = measure(runFftw);
    copySeconds = measure(runCopy);
    if (round < 0)
      continue; // the first round only warms up
    kernelRounds.push_back(kernelSeconds);
    fftwRounds.push_back(fftwSeconds);
    copyRounds.push_back(copySeconds);
  }
  convrt_pool_destroy(pool);
  std::printf("{\"threads\": %d", threads);
  printContender("copy", copyRounds);
  if (fftw) {
    printContender("fftw", fftwRounds);
    printRatio("fftw_over_copy", fftwRounds, copyRounds);
  }
  if (kernel) {
    printContender("ours", kernelRounds);
    printRatio("ours_over_copy", kernelRounds, copyRounds);
    if (fftw)
      printRatio("fftw_over_ours", fftwRounds, kernelRounds);
  }
  std::printf("}");
}

void Bench::print() {
  const char *names[] = {"f32", "f16", "bf16"};
  std::printf("{\"length\": %" PRId64 ", \"batch\": %" PRId64
              ", \"channels\": %" PRId64 ", \"taps\": %" PRId64
              ", \"dtype\": \"%s\", \"gated\": %s, \"seed\": %" PRId64,
              options.length, options.batch, options.channels, options.taps,
              names[int(options.dtype)], options.gated ? "true" : "false",
              options.seed);
  if (kernel)
    std::printf(", \"isa\": \"%s\", \"plan\": \"%s\"", package.isa(),
                convrt_kernel_describe(kernel)->plan);
  std::printf(", \"runs\": [");
  for (int threads = 1; threads <= options.threads; ++threads) {
    if (threads > 1)
      std::printf(", ");
    printThreads(threads);
  }
  std::printf("], \"error\": {");
  if (fftw)
    std::printf("\"fftw\": %.3e%s", error(*theirs), kernel ? ", " : "");
  if (kernel) {
    double bound = convrt_kernel_describe(kernel)->relative_l2_bound;
    double ourError = error(ours);
    if (!(ourError <= bound))
      die("relative error " + std::to_string(ourError) +
          " exceeds the package's bound " + std::to_string(bound));
    std::printf("\"ours\": %.3e", ourError);
  }
  std::printf("}}\n");
}

int main(int argc, char **argv) {
  Bench bench(parse(argc, argv));
  bench.print();
  return 0;
}
