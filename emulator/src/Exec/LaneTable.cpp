//===- LaneTable.cpp - Choosing the instruction set -----------------------===//
#include "Exec/LaneOps.h"

#include <cstdlib>
#include <cstring>
#include <string>
#include <unordered_map>
#include <vector>

namespace ptxemu {

namespace isa_base {
extern const LaneTable table;
}
#if PTXEMU_X86_ISAS
namespace isa_avx2 {
extern const LaneTable table;
}
namespace isa_avx512 {
extern const LaneTable table;
}
#endif

namespace {

struct Choice {
  const LaneTable *table;
  const char *name;
};

/// Best first; only what this CPU has.
std::vector<Choice> choices() {
  std::vector<Choice> list;
#if PTXEMU_X86_ISAS
  __builtin_cpu_init();
  bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
              __builtin_cpu_supports("f16c") && __builtin_cpu_supports("bmi2");
  if (avx2 && __builtin_cpu_supports("avx512f") &&
      __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd"))
    list.push_back({&isa_avx512::table, "avx512"});
  if (avx2)
    list.push_back({&isa_avx2::table, "avx2"});
#endif
  list.push_back({&isa_base::table, "base"});
  return list;
}

/// The best one, unless PTXEMU_ISA names a lower one.
const Choice &choice() {
  static const Choice c = [] {
    std::vector<Choice> list = choices();
    const char *wanted = std::getenv("PTXEMU_ISA");
    for (const Choice &choice : list)
      if (wanted && !std::strcmp(wanted, choice.name))
        return choice;
    return list[0];
  }();
  return c;
}

} // namespace

const LaneTable &laneTable() { return *choice().table; }
const char *laneIsaName() { return choice().name; }

const LaneTable *laneTableOf(const char *isa) {
  for (const Choice &c : choices())
    if (!std::strcmp(isa, c.name))
      return c.table;
  return nullptr;
}

LaneFn findLane(const char *name) {
  static const std::unordered_map<std::string, LaneFn> map = [] {
    std::unordered_map<std::string, LaneFn> m;
    for (int i = 0; i < laneTable().count; ++i)
      m[laneTable().entries[i].name] = laneTable().entries[i].fn;
    return m;
  }();
  auto it = map.find(name);
  return it == map.end() ? nullptr : it->second;
}

} // namespace ptxemu
