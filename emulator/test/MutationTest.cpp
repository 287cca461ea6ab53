//===- MutationTest.cpp - Planted bugs are found --------------------------===//
//
// Kernels of mutants/*.ptx are right and run clean under many schedules. Each
// mutant changes one place of one kernel; the sanitizer must report it, with
// the right kind. A few bugs only change values (a wrong swizzle): for them the
// comparison with the reference is the detector.
//
//===----------------------------------------------------------------------===//
#include "TestSupport.h"

#include <cmath>
#include <functional>

using namespace ptxemu;

namespace {

struct Outcome {
  LaunchResult result;
  bool right = false;
};

uint16_t toHalf(int v) {
  _Float16 h = _Float16(float(v));
  uint16_t bits;
  std::memcpy(&bits, &h, 2);
  return bits;
}

std::vector<uint32_t> numbers(size_t n) {
  std::mt19937 rng{uint32_t(testSeed())};
  std::vector<uint32_t> v(n);
  for (uint32_t &x : v)
    x = rng() % 1000;
  return v;
}

using Runner = Outcome (*)(Device &, ModuleHandle, LaunchConfig);

Outcome runReverse(Device &d, ModuleHandle m, LaunchConfig c) {
  std::vector<uint32_t> x = numbers(200), want(200);
  Buffer<uint32_t> in(d, x), out(d, std::vector<uint32_t>(200, ~0u));
  for (size_t i = 0; i < 200; ++i)
    want[i] = x[i] + 1; // reversed twice
  c.grid[0] = 2;
  c.block[0] = 128;
  c.addArgument(uint64_t(in));
  c.addArgument(uint64_t(out));
  c.addArgument(200);
  Outcome o{d.launch(m, "reverse", c)};
  o.right = out.values() == want;
  return o;
}

Outcome runExchange(Device &d, ModuleHandle m, LaunchConfig c) {
  std::vector<uint32_t> x = numbers(32), sum(32), want(32);
  for (size_t i = 0; i < 32; ++i)
    sum[i] = x[i] + x[i ^ 1] + (i & 1 ? 100 : 0);
  for (size_t i = 0; i < 32; ++i)
    want[i] = sum[i ^ 2] + 0x55555555u;
  Buffer<uint32_t> in(d, x), out(d, x);
  c.block[0] = 32;
  c.addArgument(uint64_t(in));
  c.addArgument(uint64_t(out));
  Outcome o{d.launch(m, "exchange", c)};
  o.right = out.values() == want;
  return o;
}

Outcome runCopies(Device &d, ModuleHandle m, LaunchConfig c) {
  const uint32_t tiles = 5;
  std::vector<uint32_t> x = numbers(tiles * 256), want(64);
  for (uint32_t t = 0; t < 64; ++t)
    for (uint32_t i = 0; i < tiles; ++i)
      want[t] = want[t] * 3 + x[i * 256 + (63 - t) * 4] +
                x[i * 256 + (63 - t) * 4 + 1];
  Buffer<uint32_t> in(d, x), out(d, std::vector<uint32_t>(64));
  c.block[0] = 64;
  c.addArgument(uint64_t(in));
  c.addArgument(uint64_t(out));
  c.addArgument(tiles);
  Outcome o{d.launch(m, "copies", c)};
  o.right = out.values() == want;
  return o;
}

Outcome runSwizzle(Device &d, ModuleHandle m, LaunchConfig c) {
  std::mt19937 rng{uint32_t(testSeed())};
  std::vector<int> a(256), b(128);
  std::vector<uint16_t> ha, hb;
  for (int &v : a)
    ha.push_back(toHalf(v = int(rng() % 17) - 8));
  for (int &v : b)
    hb.push_back(toHalf(v = int(rng() % 17) - 8));
  std::vector<float> want(128);
  for (int i = 0; i < 16; ++i)
    for (int j = 0; j < 8; ++j)
      for (int k = 0; k < 16; ++k)
        want[size_t(i * 8 + j)] +=
            float(a[size_t(i * 16 + k)] * b[size_t(k * 8 + j)]);
  Buffer<uint16_t> da(d, ha), db(d, hb);
  Buffer<float> dc(d, std::vector<float>(128));
  c.block[0] = 32;
  for (uint64_t p : {uint64_t(da), uint64_t(db), uint64_t(dc)})
    c.addArgument(p);
  Outcome o{d.launch(m, "swizzle", c)};
  o.right = dc.values() == want;
  return o;
}

Outcome runRing(Device &d, ModuleHandle m, LaunchConfig c) {
  const uint32_t tiles = 7;
  std::vector<uint32_t> x = numbers(tiles * 128), want(32);
  for (uint32_t l = 0; l < 32; ++l)
    for (uint32_t i = 0; i < tiles; ++i) {
      const uint32_t *v = &x[i * 128 + l * 4];
      want[l] = want[l] * 5 + v[0] + v[1] + v[2] + v[3];
    }
  Buffer<uint32_t> in(d, x), out(d, std::vector<uint32_t>(32));
  c.block[0] = 64;
  c.addArgument(uint64_t(in));
  c.addArgument(uint64_t(out));
  c.addArgument(tiles);
  Outcome o{d.launch(m, "ring", c)};
  o.right = out.values() == want;
  return o;
}

Outcome runNamed(Device &d, ModuleHandle m, LaunchConfig c) {
  const uint32_t tiles = 4;
  std::vector<uint32_t> x = numbers(tiles * 32), want(32);
  for (uint32_t l = 0; l < 32; ++l)
    for (uint32_t i = 0; i < tiles; ++i)
      want[l] = want[l] * 3 + x[i * 32 + 31 - l];
  Buffer<uint32_t> in(d, x), out(d, std::vector<uint32_t>(32));
  c.block[0] = 64;
  c.addArgument(uint64_t(in));
  c.addArgument(uint64_t(out));
  c.addArgument(tiles);
  Outcome o{d.launch(m, "named", c)};
  o.right = out.values() == want;
  return o;
}

Outcome runCluster(Device &d, ModuleHandle m, LaunchConfig c) {
  std::vector<uint32_t> x = numbers(128), want(128);
  for (uint32_t i = 0; i < 128; ++i)
    want[i] = x[i ^ 32] + x[i ^ 31];
  Buffer<uint32_t> in(d, x), out(d, x);
  c.grid[0] = 4;
  c.block[0] = 32;
  c.addArgument(uint64_t(in));
  c.addArgument(uint64_t(out));
  Outcome o{d.launch(m, "cluster", c)};
  o.right = out.values() == want;
  return o;
}

Outcome runLastCta(Device &d, ModuleHandle m, LaunchConfig c) {
  std::vector<uint32_t> x = numbers(6 * 32);
  uint32_t sum = 0;
  for (uint32_t v : x)
    sum += v;
  Buffer<uint32_t> in(d, x), partial(d, std::vector<uint32_t>(6)),
      counter(d, std::vector<uint32_t>(1)), out(d, std::vector<uint32_t>(1));
  c.grid[0] = 6;
  c.block[0] = 32;
  for (uint64_t p :
       {uint64_t(in), uint64_t(partial), uint64_t(counter), uint64_t(out)})
    c.addArgument(p);
  Outcome o{d.launch(m, "lastcta", c)};
  o.right = out.values()[0] == sum;
  return o;
}

Outcome runWgmma(Device &d, ModuleHandle m, LaunchConfig c) {
  std::mt19937 rng{uint32_t(testSeed())};
  std::vector<int> a(4096), b(4096);
  std::vector<uint16_t> ha, hb;
  for (int &v : a)
    ha.push_back(toHalf(v = int(rng() % 17) - 8));
  for (int &v : b)
    hb.push_back(toHalf(v = int(rng() % 17) - 8));
  Buffer<uint16_t> da(d, ha), db(d, hb);
  Buffer<float> dc(d, std::vector<float>(4096, NAN));
  auto map = [&](TensorType type, uint64_t address, unsigned bytes,
                 uint32_t box, Swizzle swizzle) {
    TensorMapConfig t;
    t.type = type;
    t.address = address;
    t.extent[0] = t.extent[1] = 64;
    t.stride[1] = 64 * bytes;
    t.box[0] = box;
    t.box[1] = 64;
    t.swizzle = swizzle;
    TensorMap out;
    std::string error;
    EXPECT_TRUE(encodeTensorMap(t, out, error)) << error;
    return out;
  };
  c.addArgument(map(TensorType::F16, da, 2, 64, Swizzle::Bytes128));
  c.addArgument(map(TensorType::F16, db, 2, 64, Swizzle::Bytes128));
  c.addArgument(map(TensorType::F32, dc, 4, 64, Swizzle::None));
  c.block[0] = 128;
  Outcome o{d.launch(m, "wgmma", c)};
  std::vector<float> got = dc.values();
  o.right = true;
  for (int i = 0; i < 64; ++i)
    for (int j = 0; j < 64; ++j) {
      int sum = 0;
      for (int k = 0; k < 64; ++k)
        sum += a[size_t(i * 64 + k)] * b[size_t(j * 64 + k)];
      o.right &= got[size_t(i * 64 + j)] == float(sum);
    }
  return o;
}

struct Kernel {
  const char *name;
  Runner run;
};
const Kernel kernels[] = {
    {"reverse", runReverse}, {"exchange", runExchange}, {"copies", runCopies},
    {"swizzle", runSwizzle}, {"ring", runRing},         {"named", runNamed},
    {"cluster", runCluster}, {"lastcta", runLastCta},   {"wgmma", runWgmma},
};

/// Replace the n-th occurrence (from 1) of `find` by `replace`.
struct Mutant {
  const char *kernel, *name;
  int occurrence;
  const char *find, *replace;
  ReportKind expected;
  bool byValue = false; ///< found by the comparison, not by a report
  /// What some orders of execution show instead.
  ReportKind otherwise = ReportKind::Trap;
};

constexpr ReportKind OOB = ReportKind::OutOfBounds,
                     Misaligned = ReportKind::Misaligned,
                     Uninit = ReportKind::Uninitialised,
                     Race = ReportKind::SharedRace,
                     GlobalRace = ReportKind::GlobalRace,
                     Wait = ReportKind::MissingWait,
                     Fence = ReportKind::MissingProxyFence,
                     Misuse = ReportKind::BarrierMisuse,
                     Diverge = ReportKind::Divergence,
                     Exited = ReportKind::ExitedLane,
                     Deadlock = ReportKind::Deadlock,
                     Steps = ReportKind::StepLimit;

const Mutant mutants[] = {
    {"reverse", "first_barrier_dropped", 1, "bar.sync 0;", "", Race},
    {"reverse", "second_barrier_dropped", 2, "bar.sync 0;", "", Race},
    {"reverse", "third_barrier_dropped", 3, "bar.sync 0;", "", Race},
    {"reverse", "barrier_moved_before_store", 1,
     "st.shared.u32 [%r7], %r10;\n  bar.sync 0;",
     "bar.sync 0;\n  st.shared.u32 [%r7], %r10;", Race},
    {"reverse", "predicate_dropped_on_store", 1, "@%p1 st.global.u32 [%rd5]",
     "st.global.u32 [%rd5]", OOB},
    {"reverse", "predicate_dropped_on_load", 1, "@%p1 ld.global.u32",
     "ld.global.u32", OOB},
    {"reverse", "tile_one_too_far", 1, "add.u32 %r7, %r5, %r6;",
     "add.u32 %r7, %r5, %r6;\n  add.u32 %r7, %r7, 4;", OOB},
    {"reverse", "tile_read_before_start", 1, "mov.u32 %r8, 508;",
     "mov.u32 %r8, 504;", Uninit},
    {"reverse", "misaligned_tile", 1, "mov.u32 %r8, 508;", "mov.u32 %r8, 506;",
     Misaligned},
    {"reverse", "half_of_the_tile_stored", 1, "st.shared.u32 [%r7], %r10;",
     "setp.lt.u32 %p2, %r2, 64;\n  @%p2 st.shared.u32 [%r7], %r10;", Uninit},
    {"reverse", "default_value_dropped", 1, "mov.u32 %r10, 7;", "", Uninit},
    {"reverse", "barrier_in_divergent_branch", 1, "bar.sync 0;",
     "setp.lt.u32 %p2, %r2, 40;\n  @%p2 bar.sync 0;", Diverge},
    {"reverse", "barrier_skipped_by_a_warp", 2, "bar.sync 0;",
     "setp.lt.u32 %p2, %r2, 32;\n  @%p2 bra SKIP;\n  bar.sync 3;\nSKIP:", Race},
    {"reverse", "endless_loop", 1, "ret;", "AGAIN:\n  bra AGAIN;\n  ret;",
     Steps},
    {"exchange", "first_sync_dropped", 1, "bar.warp.sync 0xffffffff;", "",
     Race},
    {"exchange", "second_sync_dropped", 2, "bar.warp.sync 0xffffffff;", "",
     Race},
    {"exchange", "third_sync_dropped", 3, "bar.warp.sync 0xffffffff;", "",
     Race},
    {"exchange", "shuffle_in_divergent_branch", 1, "add.u32 %r9, %r9, 100;",
     "shfl.sync.bfly.b32 %r9, %r9, 2, 31, 0xffffffff;", Diverge},
    {"exchange", "mask_without_the_lane", 1, "%r9, 2, 31, 0xffffffff;",
     "%r9, 2, 31, 0x0000ffff;", Diverge},
    {"exchange", "odd_lanes_exit_early", 1, "add.u32 %r9, %r9, 100;", "exit;",
     Exited},
    {"copies", "wait_dropped", 1, "cp.async.wait_group 1;", "", Wait},
    {"copies", "wait_for_too_few", 1, "cp.async.wait_group 1;",
     "cp.async.wait_group 2;", Wait},
    {"copies", "commit_dropped", 2, "cp.async.commit_group;", "", Wait},
    {"copies", "barrier_after_wait_dropped", 1, "bar.sync 0;", "", Race},
    {"copies", "barrier_before_wait", 1,
     "cp.async.wait_group 1;\n  bar.sync 0;",
     "bar.sync 0;\n  cp.async.wait_group 1;", Race},
    {"copies", "barrier_before_refill_dropped", 1, "bar.sync 1;", "", Race},
    {"copies", "refill_of_the_buffer_in_use", 1, "and.b32 %r10, %r9, 1;",
     "and.b32 %r10, %r7, 1;", Wait},
    {"copies", "one_tile_too_many", 1, "setp.ge.u32 %p1, %r9, %r1;",
     "setp.gt.u32 %p1, %r9, %r1;", OOB},
    {"copies", "misaligned_copy", 1, "mul.wide.u32 %rd3, %r2, 16;",
     "mul.wide.u32 %rd3, %r2, 8;", Misaligned},
    {"swizzle", "store_without_swizzle", 1, "xor.b32 %r9, %r7, %r8;",
     "mov.u32 %r9, %r7;", OOB, true},
    {"swizzle", "load_with_wrong_swizzle", 1, "and.b32 %r21, %r19, 1;",
     "and.b32 %r21, %r19, 2;\n  shr.u32 %r21, %r21, 1;", OOB, true},
    {"swizzle", "sync_dropped", 1, "bar.warp.sync 0xffffffff;", "", Race},
    {"swizzle", "trans_dropped", 1, "x2.trans.", "x2.", OOB, true},
    {"swizzle", "matrix_rows_one_too_far", 1, "add.u32 %r26, %r16, %r25;",
     "add.u32 %r26, %r16, %r25;\n  add.u32 %r26, %r26, 16;", OOB},
    {"swizzle", "misaligned_matrix", 1, "add.u32 %r26, %r16, %r25;",
     "add.u32 %r26, %r16, %r25;\n  add.u32 %r26, %r26, 8;", Misaligned},
    {"ring", "full_wait_dropped", 1, "@!%p3 bra WAITFULL;", "", Wait, false,
     Uninit}, // when the copy has not even started
    {"ring", "empty_wait_dropped", 1, "@!%p3 bra WAITEMPTY;", "", Race, false,
     Wait}, // when the producer runs far ahead
    {"ring", "released_before_the_read", 1,
     "ld.shared.v4.u32 {%r20, %r21, %r22, %r23}, [%r14];\n"
     "  mbarrier.arrive.shared::cta.b64 _, [%r12];",
     "mbarrier.arrive.shared::cta.b64 _, [%r12];\n"
     "  ld.shared.v4.u32 {%r20, %r21, %r22, %r23}, [%r14];",
     Race},
    {"ring", "empty_parity_flipped", 1, "xor.b32 %r16, %r15, 1;",
     "mov.u32 %r16, %r15;", Deadlock},
    {"ring", "full_parity_flipped", 1, "and.b32 %r15, %r15, 1;\nWAITFULL:",
     "not.b32 %r15, %r15;\n  and.b32 %r15, %r15, 1;\nWAITFULL:", Deadlock,
     false, Wait},
    {"ring", "release_dropped", 1, "mbarrier.arrive.shared::cta.b64 _, [%r12];",
     "", Deadlock},
    {"ring", "expects_too_much", 1, "[%r11], 512;\n  cp", "[%r11], 528;\n  cp",
     Deadlock},
    {"ring", "too_many_arrivals", 1, "[%r5], 32;", "[%r5], 16;", Deadlock},
    {"ring", "arrival_for_too_many", 1, "_, [%r12];", "_, [%r12], 33;", Misuse},
    {"ring", "too_few_arrivals", 1, "[%r5+8], 32;", "[%r5+8], 33;", Deadlock},
    {"ring", "barrier_after_init_dropped", 1, "bar.sync 0;", "", Race, false,
     Uninit},
    {"ring", "init_not_fenced", 1, "fence.mbarrier_init.release.cluster;", "",
     Fence},
    {"ring", "copy_past_the_input", 1, "setp.lt.u32 %p4, %r6, %r1;",
     "setp.le.u32 %p4, %r6, %r1;", OOB},
    {"named", "store_after_arrive", 1,
     "st.shared.u32 [%r6], %r10;\n  bar.arrive 1, 64;",
     "bar.arrive 1, 64;\n  st.shared.u32 [%r6], %r10;", Race},
    {"named", "early_release", 1,
     "ld.shared.u32 %r11, [%r7];\n  mad.lo.u32 %r9, %r9, 3, %r11;\n"
     "  bar.arrive 2, 64;",
     "bar.arrive 2, 64;\n  ld.shared.u32 %r11, [%r7];\n"
     "  mad.lo.u32 %r9, %r9, 3, %r11;",
     Race},
    {"named", "arrive_dropped", 1, "bar.arrive 1, 64;", "", Deadlock},
    {"named", "other_barrier", 1, "bar.sync 1, 64;", "bar.sync 4, 64;",
     Deadlock},
    {"named", "other_count", 1, "bar.sync 1, 64;", "bar.sync 1, 96;", Misuse},
    {"named", "odd_count", 1, "bar.arrive 2, 64;", "bar.arrive 2, 48;", Misuse},
    {"cluster", "first_barrier_dropped", 1,
     "barrier.cluster.arrive.aligned;\n  barrier.cluster.wait.aligned;", "",
     Race},
    {"cluster", "second_barrier_dropped", 2,
     "barrier.cluster.arrive.aligned;\n  barrier.cluster.wait.aligned;", "",
     Race},
    {"cluster", "third_barrier_dropped", 3,
     "barrier.cluster.arrive.aligned;\n  barrier.cluster.wait.aligned;", "",
     Race},
    {"cluster", "rank_outside", 1, "xor.b32 %r6, %r3, 1;",
     "xor.b32 %r6, %r3, 2;", OOB},
    {"cluster", "own_window_only", 1, "ld.shared::cluster.u32 %r11",
     "ld.shared::cta.u32 %r11", OOB},
    {"lastcta", "fence_dropped", 1, "fence.acq_rel.gpu;", "", GlobalRace},
    {"lastcta", "acquire_dropped", 1, "fence.sc.gpu;", "", GlobalRace},
    {"lastcta", "not_atomic", 1,
     "atom.relaxed.gpu.global.add.u32 %r7, [%rd3], 1;",
     "ld.global.u32 %r7, [%rd3];\n  add.u32 %r8, %r7, 1;\n"
     "  st.global.u32 [%rd3], %r8;",
     GlobalRace},
    {"lastcta", "same_slot", 1, "mul.wide.u32 %rd7, %r2, 4;",
     "mul.wide.u32 %rd7, %r2, 0;", GlobalRace},
    {"wgmma", "load_not_waited_for", 1, "@!%p2 bra WAIT;", "", Wait},
    {"wgmma", "parity_flipped", 1, "[%r5], 0;\n  @!%p2", "[%r5], 1;\n  @!%p2",
     Wait},
    {"wgmma", "wgmma_fence_dropped", 1, "wgmma.fence.sync.aligned;", "", Wait},
    {"wgmma", "wgmma_wait_dropped", 1, "wgmma.wait_group.sync.aligned 0;", "",
     Wait},
    {"wgmma", "wgmma_waits_for_none", 1, "wgmma.wait_group.sync.aligned 0;",
     "wgmma.wait_group.sync.aligned 1;", Wait},
    {"wgmma", "wgmma_commit_dropped", 1, "wgmma.commit_group.sync.aligned;", "",
     Wait},
    {"wgmma", "operand_overwritten", 1, "wgmma.commit_group.sync.aligned;",
     "wgmma.commit_group.sync.aligned;\n  st.shared.u32 [%r3], %r7;", Wait},
    {"wgmma", "proxy_fence_dropped", 1, "fence.proxy.async.shared::cta;", "",
     Fence},
    {"wgmma", "barrier_before_store_dropped", 1, "bar.sync 1;", "", Race, false,
     Uninit},
    {"wgmma", "store_not_waited_for", 1, "cp.async.bulk.wait_group.read 0;", "",
     Wait},
    {"wgmma", "init_fence_dropped", 1, "fence.mbarrier_init.release.cluster;",
     "", Fence},
    {"wgmma", "expects_half", 1, "[%r5], 16384;", "[%r5], 8192;", Wait},
    {"wgmma", "descriptor_swizzle", 1, "0x4000004000010000",
     "0x8000004000010000", OOB, true},
    {"wgmma", "descriptor_stride", 1, "0x4000004000010000",
     "0x4000002000010000", OOB, true},
    {"wgmma", "step_of_k_wrong", 1, "add.s64 %rd5, %rd5, 2;",
     "add.s64 %rd5, %rd5, 4;", OOB, true},
    {"wgmma", "tile_misaligned", 1, "mov.u32 %r2, sa;", "mov.u32 %r2, sa+64;",
     Misaligned},
};

std::string mutate(std::string text, const Mutant &m) {
  size_t at = 0;
  for (int n = 0; n < m.occurrence; ++n) {
    at = text.find(m.find, n ? at + 1 : 0);
    EXPECT_NE(at, std::string::npos) << m.kernel << " " << m.name;
    if (at == std::string::npos)
      return text;
  }
  return text.replace(at, std::strlen(m.find), m.replace);
}

const Kernel &findKernel(const std::string &name) {
  for (const Kernel &k : kernels)
    if (name == k.name)
      return k;
  ADD_FAILURE() << name;
  return kernels[0];
}

class MutantTest : public ::testing::TestWithParam<Mutant> {};

TEST_P(MutantTest, IsFound) {
  const Mutant &m = GetParam();
  std::string text =
      mutate(readTestFile(std::string("mutants/") + m.kernel + ".ptx"), m);
  Device device;
  ModuleHandle module = loadOrFail(device, text);
  ASSERT_GE(module, 0);
  // Found in every order, not by luck of one.
  for (Order order : {Order::InOrder, Order::Reverse, Order::Random}) {
    LaunchConfig c;
    c.sanitize = true;
    c.order = order;
    c.seed = testSeed();
    c.stepLimit = 300000;
    Outcome o = findKernel(m.kernel).run(device, module, c);
    if (m.byValue) {
      EXPECT_FALSE(o.right);
      continue;
    }
    EXPECT_FALSE(o.result.ok);
    EXPECT_TRUE(hasReport(o.result, m.expected) ||
                hasReport(o.result, m.otherwise))
        << "expected " << reportKindName(m.expected) << "; order " << int(order)
        << "\n"
        << allReports(o.result);
    for (const Report &r : o.result.reports) {
      EXPECT_EQ(r.kernel, m.kernel);
      EXPECT_GE(r.warp, 0);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, MutantTest, ::testing::ValuesIn(mutants),
                         [](const auto &info) {
                           return std::string(info.param.kernel) + "_" +
                                  info.param.name;
                         });

class CleanTest : public ::testing::TestWithParam<Kernel> {};

TEST_P(CleanTest, UnderTwentySchedules) {
  Device device;
  ModuleHandle module = loadOrFail(
      device, readTestFile(std::string("mutants/") + GetParam().name + ".ptx"));
  ASSERT_GE(module, 0);
  for (uint64_t i = 0; i < 24; ++i) {
    LaunchConfig c;
    c.sanitize = true;
    c.seed = testSeed() + i;
    c.order = i == 0 ? Order::InOrder : i == 1 ? Order::Reverse : Order::Random;
    c.async = i % 3 == 0   ? AsyncMode::Late
              : i % 3 == 1 ? AsyncMode::Random
                           : AsyncMode::Eager;
    Outcome o = GetParam().run(device, module, c);
    EXPECT_TRUE(o.result.ok) << "schedule " << i << "\n"
                             << allReports(o.result);
    EXPECT_TRUE(o.right) << "schedule " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(All, CleanTest, ::testing::ValuesIn(kernels),
                         [](const auto &info) { return info.param.name; });

} // namespace
