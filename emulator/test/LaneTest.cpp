//===- LaneTest.cpp - Lane code of every instruction set agrees -----------===//
#include "Exec/LaneOps.h"
#include "TestSupport.h"

using namespace ptxemu;

namespace {

class LaneTest : public ::testing::TestWithParam<const char *> {
protected:
  const LaneTable *table = laneTableOf(GetParam());
  const LaneTable &base = *laneTableOf("base");
  std::mt19937 rng{uint32_t(testSeed())};

  void SetUp() override {
    if (!table)
      GTEST_SKIP() << "this CPU has no " << GetParam();
  }
  /// Random words, small integers, floats around 1, special patterns.
  uint64_t word() {
    static const uint64_t special[] = {
        0,          1,          0x7fff,     0x8000,     0x7c00,
        0x7f80,     0x7fffffff, 0x80000000, 0x7f800000, 0xff800000,
        0x7fc00000, 0x007fffff, 0x3f800000, ~0ull,      0x7ff0000000000000ull};
    uint64_t w = uint64_t(rng()) << 32 | rng();
    switch (rng() % 5) {
    case 0:
      return special[rng() % (sizeof(special) / 8)];
    case 1:
      return rng() % 70;
    case 2: {
      uint32_t pair[2];
      for (uint32_t &bits : pair) {
        float f = float(int(rng() % 4001) - 2000) / 64;
        std::memcpy(&bits, &f, 4);
      }
      return uint64_t(pair[1]) << 32 | pair[0];
    }
    default:
      return w;
    }
  }
  void fill(std::vector<uint8_t> &registers) {
    for (size_t i = 0; i < registers.size(); i += 8) {
      uint64_t w = word();
      std::memcpy(registers.data() + i, &w, 8);
    }
  }
};

/// Library functions may be compiled to other code, but agree to an ulp.
bool transcendental(const std::string &name) {
  for (const char *f : {"sin", "cos", "lg2", "ex2", "tanh"})
    if (name.compare(0, std::strlen(f), f) == 0)
      return true;
  return false;
}

class VectorLaneTest : public LaneTest {};

TEST_P(VectorLaneTest, AgreesWithTheBaseline) {
  ASSERT_EQ(table->count, base.count);
  const size_t bytes = 256; // 32 lanes of 64 bits
  for (int i = 0; i < base.count; ++i) {
    const LaneEntry &mine = table->entries[i], &theirs = base.entries[i];
    ASSERT_STREQ(mine.name, theirs.name);
    for (int round = 0; round < 40; ++round) {
      std::vector<uint8_t> a(bytes), b(bytes), c(bytes), d(bytes);
      for (auto *r : {&a, &b, &c, &d})
        fill(*r);
      std::vector<uint8_t> e = d;
      uint32_t mask = round % 2 ? ~0u : rng(), imm = rng() % 256;
      if (std::string(mine.name) == "prmt_32")
        imm %= 7;
      mine.fn(d.data(), a.data(), b.data(), c.data(), mask, imm);
      theirs.fn(e.data(), a.data(), b.data(), c.data(), mask, imm);
      if (d == e)
        continue;
      ASSERT_TRUE(transcendental(mine.name)) << mine.name;
      for (size_t l = 0; l < 32; ++l) {
        int32_t x, y;
        std::memcpy(&x, d.data() + 4 * l, 4);
        std::memcpy(&y, e.data() + 4 * l, 4);
        ASSERT_LE(std::abs(int64_t(x) - y), 1) << mine.name;
      }
    }
  }
}

TEST_P(LaneTest, WorksInPlace) {
  // d may be any of the operands.
  const size_t bytes = 256;
  for (int i = 0; i < table->count; ++i) {
    std::vector<uint8_t> a(bytes), b(bytes), c(bytes), d(bytes);
    for (auto *r : {&a, &b, &c})
      fill(*r);
    LaneFn fn = table->entries[i].fn;
    fn(d.data(), a.data(), b.data(), c.data(), ~0u, 1);
    // Predicates and narrow results fill the first bytes only.
    std::vector<uint8_t> other(bytes, 0x5a);
    fn(other.data(), a.data(), b.data(), c.data(), ~0u, 1);
    for (std::vector<uint8_t> *source : {&a, &b, &c}) {
      std::vector<uint8_t> saved = *source;
      fn(source->data(), a.data(), b.data(), c.data(), ~0u, 1);
      for (size_t j = 0; j < bytes; ++j)
        if (d[j] == other[j] && other[j] != 0x5a)
          ASSERT_EQ((*source)[j], d[j]) << table->entries[i].name << " " << j;
      *source = saved;
    }
  }
}

TEST_P(LaneTest, MultipliesTilesExactly) {
  struct {
    int m, n, k;
  } shapes[] = {{16, 8, 16}, {64, 24, 16}, {64, 256, 16}, {16, 8, 4}};
  for (auto &s : shapes) {
    std::vector<float> a(size_t(s.m * s.k)), b(size_t(s.k * s.n)),
        acc(size_t(s.m * s.n)), want;
    for (auto *v : {&a, &b, &acc})
      for (float &x : *v)
        x = float(int(rng() % 33) - 16);
    want = acc;
    for (int i = 0; i < s.m; ++i)
      for (int j = 0; j < s.n; ++j)
        for (int p = 0; p < s.k; ++p)
          want[size_t(i * s.n + j)] +=
              a[size_t(i * s.k + p)] * b[size_t(p * s.n + j)];
    table->multiplyTile(acc.data(), a.data(), b.data(), s.m, s.n, s.k);
    EXPECT_EQ(acc, want);
  }
}

TEST_P(LaneTest, WidensAndNarrowsEveryValue) {
  std::vector<uint16_t> all(65536), back(65536), backBase(65536);
  std::vector<float> wide(65536), wideBase(65536);
  for (size_t i = 0; i < all.size(); ++i)
    all[i] = uint16_t(i);
  auto same = [&] {
    return !std::memcmp(wide.data(), wideBase.data(), 4 * wide.size());
  };
  table->widenBF16(wide.data(), all.data(), 65536);
  base.widenBF16(wideBase.data(), all.data(), 65536);
  EXPECT_TRUE(same());
  table->widenF16(wide.data(), all.data(), 65536);
  base.widenF16(wideBase.data(), all.data(), 65536);
  for (size_t i = 0; i < all.size(); ++i) // payloads of NaN may differ
    if (wide[i] == wide[i])
      ASSERT_EQ(wide[i], wideBase[i]) << i;
  table->narrowF16(back.data(), wide.data(), 65536);
  base.narrowF16(backBase.data(), wide.data(), 65536);
  EXPECT_EQ(back, backBase);
  for (size_t i = 0; i < all.size(); ++i)
    if (wide[i] == wide[i])
      ASSERT_EQ(back[i], i);
}

INSTANTIATE_TEST_SUITE_P(All, VectorLaneTest,
                         ::testing::Values("avx2", "avx512"),
                         [](const auto &info) { return info.param; });
INSTANTIATE_TEST_SUITE_P(All, LaneTest,
                         ::testing::Values("base", "avx2", "avx512"),
                         [](const auto &info) { return info.param; });

} // namespace
