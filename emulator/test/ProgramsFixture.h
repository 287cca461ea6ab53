//===- ProgramsFixture.h - Run compiled kernels in several modes ----------===//
#ifndef PTXEMU_TEST_PROGRAMS_FIXTURE_H
#define PTXEMU_TEST_PROGRAMS_FIXTURE_H

#include "MatrixSupport.h"

#include <functional>

namespace ptxemu {

/// Every kernel runs three times: plainly on two host threads, and with the
/// sanitizer in order and in random order; results must be right and reports
/// absent.
class Programs : public ::testing::Test {
protected:
  Device device;
  std::mt19937 rng{uint32_t(testSeed())};

  /// Run under each mode; `reset` restores what the kernel changes.
  void runAll(const char *file, const char *kernel, LaunchConfig config,
              const std::function<void()> &reset,
              const std::function<void()> &check) {
    ModuleHandle m = loadOrFail(device, readTestFile(file));
    ASSERT_GE(m, 0);
    for (int mode = 0; mode < 3; ++mode) {
      SCOPED_TRACE(mode);
      reset();
      config.sanitize = mode > 0;
      config.threads = mode == 0 ? 2 : 1;
      config.order = mode == 2 ? Order::Random : Order::InOrder;
      config.async = mode == 2 ? AsyncMode::Random : AsyncMode::Late;
      config.seed = testSeed();
      LaunchResult r = device.launch(m, kernel, config);
      EXPECT_TRUE(r.ok) << allReports(r);
      check();
    }
    device.unloadModule(m);
  }

  std::vector<float> floats(size_t n) {
    std::uniform_real_distribution<float> d(-1, 1);
    std::vector<float> v(n);
    for (float &x : v)
      x = d(rng);
    return v;
  }
  std::vector<int> ints(size_t n, int lo, int hi) {
    std::uniform_int_distribution<int> d(lo, hi);
    std::vector<int> v(n);
    for (int &x : v)
      x = d(rng);
    return v;
  }
};

inline LaunchConfig shape(uint32_t grid, uint32_t block) {
  LaunchConfig c;
  c.grid[0] = grid;
  c.block[0] = block;
  return c;
}

} // namespace ptxemu

#endif
