//===- ParserFuzz.cpp - Hostile PTX ---------------------------------------===//
//
// Any text must either load or give an error; what loads is also run for a few
// steps. With a compiler that has libFuzzer this is a fuzz target; without, the
// program mutates the files given to it.
//
//===----------------------------------------------------------------------===//
#include "ptxemu/Emulator.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>

using namespace ptxemu;

namespace {

void tryText(const std::string &text) {
  Device device;
  ModuleHandle m = device.loadModule(text);
  if (m < 0) {
    if (device.lastError().empty())
      std::abort(); // an error must say something
    return;
  }
  for (const std::string &kernel : device.kernels(m)) {
    KernelInfo info;
    device.kernelInfo(m, kernel, info);
    LaunchConfig config;
    config.block[0] = info.requiredThreads[0] ? info.requiredThreads[0] : 33;
    config.sanitize = true;
    config.statistics = true;
    config.stepLimit = 2000;
    for (uint64_t bytes : info.parameterBytes)
      config.arguments.emplace_back(bytes < 65536 ? bytes : 0);
    device.launch(m, kernel, config);
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  tryText(std::string(reinterpret_cast<const char *>(data), size));
  return 0;
}

#ifndef PTXEMU_LIBFUZZER
/// ParserFuzz ROUNDS SEED FILE...: cut, swap, repeat and damage pieces.
int main(int argc, char **argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: %s ROUNDS SEED FILE.ptx...\n", argv[0]);
    return 2;
  }
  std::vector<std::string> corpus;
  for (int i = 3; i < argc; ++i) {
    std::ifstream in(argv[i], std::ios::binary);
    corpus.emplace_back((std::istreambuf_iterator<char>(in)),
                        std::istreambuf_iterator<char>());
    tryText(corpus.back());
  }
  std::mt19937 rng{uint32_t(std::strtoul(argv[2], nullptr, 0))};
  const char alphabet[] = "{}[]();:,.@!%|+-<>\"/*0123456789abfrx_$ \n";
  for (long round = std::strtol(argv[1], nullptr, 0); round > 0; --round) {
    std::string text = corpus[rng() % corpus.size()];
    for (unsigned n = 1 + rng() % 6; n && !text.empty(); --n) {
      size_t at = rng() % text.size(), length = 1 + rng() % 40;
      switch (rng() % 6) {
      case 0:
        text.erase(at, length);
        break;
      case 1:
        text.insert(at, text.substr(rng() % text.size(), length));
        break;
      case 2:
        text[at] = alphabet[rng() % (sizeof(alphabet) - 1)];
        break;
      case 3:
        text[at] = char(rng());
        break;
      case 4: { // a piece of another file
        const std::string &other = corpus[rng() % corpus.size()];
        text.insert(at, other.substr(rng() % (other.size() + 1), length));
        break;
      }
      default:
        text.resize(at);
      }
    }
    tryText(text);
  }
  return 0;
}
#endif
