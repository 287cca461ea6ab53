//===- LaneTable.cpp - Choosing the instruction set -----------------------===//
#include "Exec/LaneOps.h"

#include <string>
#include <unordered_map>

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

Choice choose() {
#if PTXEMU_X86_ISAS
  __builtin_cpu_init();
  bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
              __builtin_cpu_supports("f16c") && __builtin_cpu_supports("bmi2");
  if (avx2 && __builtin_cpu_supports("avx512f") &&
      __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd"))
    return {&isa_avx512::table, "avx512"};
  if (avx2)
    return {&isa_avx2::table, "avx2"};
#endif
  return {&isa_base::table, "base"};
}

const Choice &choice() {
  static const Choice c = choose();
  return c;
}

} // namespace

const LaneTable &laneTable() { return *choice().table; }
const char *laneIsaName() { return choice().name; }

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
