//===- ternary-bench.cpp - Integer products against reading memory -*- C++ -*-//
//
// Times one product of a package in turns with a loop that only reads the same
// weights, over so many copies of the weights that no cache holds them, or over
// one copy. Prints one JSON object with medians, in seconds a product.
//
//   ternary-bench --package=p.pkg --rows=1 --outputs=2048 --inputs=2048
//       --weight-bytes=1048576 --copies=256 --threads=1 --repeat=7
//
// The package has the kernel `product` (x [M, K] i8, w) -> y [M, N] i32, whose
// weights may have any shape of that many bytes in all.
//
//===----------------------------------------------------------------------===//

#include "Kernel.h"
#include "Measure.h"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <string>

using namespace conv::bench;

namespace {

[[noreturn]] void die(const std::string &message) {
  std::fprintf(stderr, "ternary-bench: %s\n", message.c_str());
  std::exit(1);
}

struct Options {
  int64_t rows = 1, outputs = 2048, inputs = 2048, weightBytes = 0, copies = 1,
          threads = 1, repeat = 7;
  std::string package;
};

Options parse(int argc, char **argv) {
  Options options;
  std::map<std::string, int64_t *> numbers{
      {"--rows", &options.rows},     {"--outputs", &options.outputs},
      {"--inputs", &options.inputs}, {"--weight-bytes", &options.weightBytes},
      {"--copies", &options.copies}, {"--threads", &options.threads},
      {"--repeat", &options.repeat}};
  for (int i = 1; i < argc; ++i) {
    std::string argument = argv[i];
    size_t at = argument.find('=');
    std::string key = argument.substr(0, at);
    std::string value = at == std::string::npos ? "" : argument.substr(at + 1);
    if (key == "--package" && !value.empty())
      options.package = value;
    else if (auto it = numbers.find(key);
             it != numbers.end() && std::atoll(value.c_str()) > 0)
      *it->second = std::atoll(value.c_str());
    else
      die("unknown or malformed argument '" + argument + "'");
  }
  if (options.package.empty() || options.weightBytes == 0)
    die("--package and --weight-bytes are needed");
  return options;
}

/// The exclusive or of a block of memory, in eight streams of one another.
uint64_t readAll(const char *from, int64_t bytes) {
  uint64_t sums[64] = {};
  const auto *words = reinterpret_cast<const uint64_t *>(from);
  for (int64_t i = 0; i + 64 <= bytes / 8; i += 64) {
    __builtin_prefetch(words + i + 512);
    for (int64_t j = 0; j < 64; ++j)
      sums[j] ^= words[i + j];
  }
  uint64_t all = 0;
  for (uint64_t sum : sums)
    all ^= sum;
  return all;
}

/// The shape of an input of the kernel, whose dynamic sizes are `rows`.
std::vector<int64_t> shapeOf(const convrt_kernel *kernel, size_t index,
                             int64_t rows) {
  const convrt_argument *argument = convrt_kernel_argument(kernel, index);
  std::vector<int64_t> shape;
  for (int32_t i = 0; i < argument->rank; ++i)
    shape.push_back(argument->shape[i].symbol ? rows
                                              : argument->shape[i].extent);
  return shape;
}

} // namespace

int main(int argc, char **argv) {
  Options options = parse(argc, argv);
  Package package;
  const convrt_kernel *kernel =
      package.open(options.package) ? package.find("product") : nullptr;
  convrt_pool *pool = nullptr;
  if (!kernel || convrt_pool_create(options.threads, &pool) != CONVRT_OK)
    die(convrt_last_error());

  Buffer x(options.rows * options.inputs),
      weights(options.weightBytes * options.copies),
      y(options.rows * options.outputs * 4);
  if (!x || !weights || !y)
    die("out of memory");
  std::mt19937_64 random(1);
  for (int64_t i = 0; i < options.rows * options.inputs; ++i)
    x.as<int8_t>()[i] = int8_t(random());
  // Codes 0 to 2 in every field: also bytes that int8 weights may have.
  for (int64_t i = 0; i < options.weightBytes; ++i) {
    int byte = 0;
    for (int field = 0; field < 4; ++field)
      byte |= int(random() % 3) << 2 * field;
    weights.as<uint8_t>()[i] = uint8_t(byte);
  }
  for (int64_t copy = 1; copy < options.copies; ++copy)
    std::memcpy(weights.as<char>() + copy * options.weightBytes,
                weights.as<char>(), options.weightBytes);

  std::vector<Tensor> tensors{
      {x.as<void>(), {kDLInt, 8, 1}, shapeOf(kernel, 0, options.rows)},
      {nullptr, {kDLInt, 8, 1}, shapeOf(kernel, 1, options.rows)},
      {y.as<void>(), {kDLInt, 32, 1}, {options.rows, options.outputs}}};
  auto multiply = [&] {
    for (int64_t copy = 0; copy < options.copies; ++copy) {
      tensors[1].data = weights.as<char>() + copy * options.weightBytes;
      if (!run(kernel, tensors, pool))
        die(convrt_last_error());
    }
  };
  std::vector<uint64_t> sinks(options.threads);
  auto read = [&] {
    divide(options.weightBytes * options.copies, int(options.threads),
           [&](int64_t begin, int64_t end, int thread) {
             begin = begin / 64 * 64;
             sinks[thread] ^= readAll(weights.as<char>() + begin, end - begin);
           });
  };
  multiply();
  std::map<std::string, std::vector<double>> times;
  for (int64_t round = 0; round < options.repeat; ++round) {
    Seconds ours = measure(multiply), floor = measure(read);
    times["wall"].push_back(ours.wall / options.copies);
    times["cpu"].push_back(ours.cpu / options.copies);
    times["read_wall"].push_back(floor.wall / options.copies);
    times["read_cpu"].push_back(floor.cpu / options.copies);
    times["ratio_wall"].push_back(ours.wall / floor.wall);
    times["ratio_cpu"].push_back(ours.cpu / floor.cpu);
  }
  std::printf("{\"isa\": \"%s\", \"checksum\": %d", package.isa(),
              int(sinks[0] & 1));
  for (auto &[name, values] : times) {
    std::printf(", \"%s\": %.9g", name.c_str(), median(values));
    std::printf(", \"%s_best\": %.9g", name.c_str(),
                *std::min_element(values.begin(), values.end()));
  }
  std::printf("}\n");
  convrt_pool_destroy(pool);
}
