//===- AsyncFixture.h - Kernels whose operations take effect later --------===//
#ifndef PTXEMU_TEST_ASYNC_FIXTURE_H
#define PTXEMU_TEST_ASYNC_FIXTURE_H

#include "MatrixSupport.h"

#include <numeric>

namespace ptxemu {

/// Every operation is right whenever it takes effect, in any order of warps.
class Async : public ::testing::Test {
protected:
  Device device;
  LaunchConfig config;
  std::mt19937 rng{uint32_t(testSeed())};
  ModuleHandle module = -1;

  /// A kernel with 64-bit parameters p0, p1, ... and tensor maps m0, m1, ...;
  /// the text finds %rd1, %rd2, ... holding them, and %r1 the thread.
  void load(const std::string &shared, const std::string &body, int pointers,
            int maps = 0) {
    std::string parameters, loads;
    for (int i = 0; i < maps; ++i) {
      std::string n = std::to_string(i);
      parameters +=
          (i ? ", " : "") + std::string(".param .align 64 .b8 m") + n + "[128]";
      loads += "mov.b64 %map" + n + ", m" + n + ";\ncvta.param.u64 %map" + n +
               ", %map" + n + ";\n";
    }
    for (int i = 0; i < pointers; ++i) {
      parameters += (maps || i ? ", " : "") + std::string(".param .u64 p") +
                    std::to_string(i);
      loads += "ld.param.u64 %rd" + std::to_string(i + 1) + ", [p" +
               std::to_string(i) + "];\n";
    }
    module = loadOrFail(
        device, ".version 8.8\n.target sm_90a\n.address_size 64\n"
                ".visible .entry k(" +
                    parameters +
                    ") {\n.reg .pred %p<8>;\n.reg .b16 %h<8>;\n.reg .b32 "
                    "%r<40>;\n.reg .f32 %f<8>;\n.reg .b64 %rd<32>;\n.reg .b64 "
                    "%map<4>;\n" +
                    shared + loads + "mov.u32 %r1, %tid.x;\n" + body + "\n}\n");
  }

  /// Run under several schedules; `check` looks at the results of each.
  template <typename Reset, typename Check> void run(Reset reset, Check check) {
    for (AsyncMode mode :
         {AsyncMode::Late, AsyncMode::Eager, AsyncMode::Random})
      for (Order order : {Order::InOrder, Order::Reverse, Order::Random}) {
        config.arguments.clear();
        reset();
        config.async = mode;
        config.order = order;
        config.seed = rng();
        config.sanitize = true;
        LaunchResult r = device.launch(module, "k", config);
        ASSERT_TRUE(r.ok) << int(mode) << int(order) << allReports(r);
        check();
        if (HasFatalFailure())
          return;
      }
  }
};

/// Wait for parity %r`p` of the mbarrier at %r`bar`.
inline std::string wait(const std::string &label, const std::string &bar,
                        const std::string &parity) {
  return label + ": mbarrier.try_wait.parity.shared::cta.b64 %p7, [" + bar +
         "], " + parity + ";\n@!%p7 bra " + label + ";\n";
}

} // namespace ptxemu

#endif
