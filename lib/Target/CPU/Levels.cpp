//===- Levels.cpp - Instruction-set levels of CPU kernels -----------------===//

#include "conv/Target/CPU/Levels.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

using namespace conv::cpu;
using llvm::StringRef;

static constexpr StringRef x86Triple = "x86_64-unknown-linux-gnu";

// The levels are the x86-64 psABI's (baseline, v3, v4), which every CPU with
// the named extension has in full, and v4 with the extensions that came with
// FP16 arithmetic. -prefer-256-bit undoes a tuning default that would split
// 512-bit vectors.
static constexpr Level levels[] = {
    {"baseline", x86Triple, "x86-64", "x86-64", "", "cpu-baseline", 128,
     /*hasFma=*/false, /*hasF16Arithmetic=*/false, /*hasF16Conversion=*/false,
     /*hasBF16Conversion=*/false, /*mayHaveTiles=*/false,
     conv::lowbit::Dot::pairs},
    {"avx2", x86Triple, "x86-64-v3", "haswell", "", "cpu-avx2", 256, true,
     false, true, false, false, conv::lowbit::Dot::pairs},
    {"avx512", x86Triple, "x86-64-v4", "icelake-server", "-prefer-256-bit",
     "cpu-avx512", 512, true, false, true, false, false,
     conv::lowbit::Dot::pairs},
    {"avx512fp16", x86Triple, "x86-64-v4", "sapphirerapids",
     "-prefer-256-bit,+avx512fp16,+avx512bf16,+avx512vnni,+avx512vbmi,"
     "+avx512vbmi2,+amx-tile,+amx-bf16,+amx-int8",
     "cpu-avx512", 512, true, true, true, true, true, conv::lowbit::Dot::bytes},
    {"neon", "aarch64-unknown-linux-gnu", "generic", "generic", "+neon",
     "cpu-neon", 128, true, false, true, false, false,
     conv::lowbit::Dot::portable},
};

llvm::ArrayRef<Level> conv::cpu::allLevels() { return levels; }

const Level *conv::cpu::findLevel(StringRef name) {
  const Level *found = llvm::find_if(
      levels, [&](const Level &level) { return level.name == name; });
  return found == std::end(levels) ? nullptr : found;
}

const Level *conv::cpu::hostLevel() {
  llvm::Triple triple(llvm::sys::getProcessTriple());
  if (triple.isAArch64())
    return findLevel("neon");
  if (triple.getArch() != llvm::Triple::x86_64)
    return nullptr;
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  auto has = [&](std::initializer_list<StringRef> names) {
    return llvm::all_of(names,
                        [&](StringRef name) { return features.lookup(name); });
  };
  bool avx2 = has({"avx2", "fma", "f16c", "bmi", "bmi2", "lzcnt", "movbe"});
  bool avx512 =
      avx2 && has({"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"});
  bool fp16 = avx512 && has({"avx512fp16", "avx512bf16", "avx512vnni",
                             "avx512vbmi", "avx512vbmi2"});
  return findLevel(fp16     ? "avx512fp16"
                   : avx512 ? "avx512"
                   : avx2   ? "avx2"
                            : "baseline");
}

llvm::Expected<llvm::SmallVector<const Level *>>
conv::cpu::parseLevels(StringRef list) {
  llvm::SmallVector<const Level *> result;
  auto add = [&](const Level *level) {
    if (!llvm::is_contained(result, level))
      result.push_back(level);
  };
  const Level *host = hostLevel();
  for (StringRef name :
       llvm::split(list.trim(), list.contains(';') ? ';' : ',')) {
    name = name.trim();
    if (name == "host") {
      if (!host)
        return llvm::createStringError("this CPU has none of the known levels; "
                                       "name one, such as \"baseline\"");
      add(host);
      continue;
    }
    if (name == "all") {
      for (const Level &level : levels)
        if (level.triple == (host ? host->triple : x86Triple))
          add(&level);
      continue;
    }
    const Level *level = findLevel(name);
    if (!level)
      return llvm::createStringError(
          "unknown level \"" + name.str() + "\"; the levels are host, all, " +
          llvm::join(
              llvm::map_range(
                  levels, [](const Level &level) { return level.name.str(); }),
              ", "));
    add(level);
  }
  return result;
}
