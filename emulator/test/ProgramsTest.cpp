//===- ProgramsTest.cpp - CUDA programs compiled by nvcc ------------------===//
//
// programs/*.ptx is what `nvcc -arch=sm_90a -ptx` makes of programs/*.cu.
//
//===----------------------------------------------------------------------===//
#include "ProgramsFixture.h"

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace ptxemu;

namespace {

TEST_F(Programs, Reduce) {
  std::vector<int> small = ints(5000, -8, 8);
  std::vector<float> x(small.begin(), small.end());
  Buffer<float> dx(device, x), out(device, std::vector<float>{0});
  LaunchConfig c = shape(3, 256);
  c.addArgument(uint64_t(dx));
  c.addArgument(uint64_t(out));
  c.addArgument(int(x.size()));
  float sum = float(std::accumulate(small.begin(), small.end(), 0));
  runAll(
      "programs/basic.ptx", "reduce", c, [&] { device.fill(out, 0, 4); },
      [&] { EXPECT_EQ(out.values()[0], sum); });
}

TEST_F(Programs, Scan) {
  std::vector<int> x = ints(250, -100, 100), want(x.size());
  std::partial_sum(x.begin(), x.end(), want.begin());
  Buffer<int> dx(device, x), dy(device, std::vector<int>(x.size()));
  LaunchConfig c = shape(1, 256);
  c.dynamicSharedBytes = 2 * 256 * 4;
  c.addArgument(uint64_t(dx));
  c.addArgument(uint64_t(dy));
  c.addArgument(int(x.size()));
  runAll(
      "programs/basic.ptx", "scan", c,
      [&] { device.fill(dy, 0xff, x.size() * 4); },
      [&] { EXPECT_EQ(dy.values(), want); });
}

TEST_F(Programs, Transpose) {
  int rows = 70, cols = 45;
  std::vector<float> x = floats(size_t(rows * cols));
  Buffer<float> dx(device, x), dy(device, x);
  LaunchConfig c = shape(2, 32);
  c.grid[1] = 3;
  c.block[1] = 8;
  c.addArgument(uint64_t(dx));
  c.addArgument(uint64_t(dy));
  c.addArgument(rows);
  c.addArgument(cols);
  runAll(
      "programs/basic.ptx", "transpose", c,
      [&] { device.fill(dy, 0xff, x.size() * 4); },
      [&] {
        std::vector<float> y = dy.values();
        for (int r = 0; r < rows; ++r)
          for (int k = 0; k < cols; ++k)
            ASSERT_EQ(y[size_t(k * rows + r)], x[size_t(r * cols + k)]);
      });
}

TEST_F(Programs, Histogram) {
  std::vector<uint8_t> x(10000);
  std::vector<unsigned> want(256);
  for (uint8_t &v : x)
    ++want[v = uint8_t(rng() & rng())];
  Buffer<uint8_t> dx(device, x);
  Buffer<unsigned> bins(device, want);
  LaunchConfig c = shape(4, 128);
  c.addArgument(uint64_t(dx));
  c.addArgument(uint64_t(bins));
  c.addArgument(int(x.size()));
  runAll(
      "programs/basic.ptx", "histogram", c, [&] { device.fill(bins, 0, 1024); },
      [&] { EXPECT_EQ(bins.values(), want); });
}

TEST_F(Programs, Bitonic) {
  std::vector<int> x = ints(512, -1000, 1000), want = x;
  std::sort(want.begin(), want.end());
  Buffer<int> dx(device, x);
  LaunchConfig c = shape(1, 512);
  c.addArgument(uint64_t(dx));
  runAll(
      "programs/basic.ptx", "bitonic", c,
      [&] { device.copyToDevice(dx, x.data(), 2048); },
      [&] { EXPECT_EQ(dx.values(), want); });
}

TEST_F(Programs, Mandelbrot) {
  int width = 48, limit = 60;
  Buffer<int> out(device, std::vector<int>(size_t(width * width)));
  LaunchConfig c = shape(uint32_t(width * width / 64), 64);
  c.addArgument(uint64_t(out));
  c.addArgument(width);
  c.addArgument(limit);
  runAll(
      "programs/basic.ptx", "mandelbrot", c,
      [&] { device.fill(out, 0xff, uint64_t(width * width) * 4); },
      [&] {
        std::vector<int> got = out.values();
        int differing = 0;
        for (int i = 0; i < width * width; ++i) {
          double cr = -2.0 + 3.0 * (i % width) / width,
                 ci = -1.5 + 3.0 * (i / width) / width, zr = 0, zi = 0;
          int n = 0;
          while (n < limit && zr * zr + zi * zi < 4.0) {
            double t = zr * zr - zi * zi + cr;
            zi = 2 * zr * zi + ci;
            zr = t;
            ++n;
          }
          differing += got[size_t(i)] != n;
        }
        // nvcc contracts to fma: orbits at the very edge may differ.
        EXPECT_LE(differing, width * width / 100);
      });
}

TEST_F(Programs, Softmax) {
  int rows = 8, cols = 100;
  std::vector<uint16_t> x(size_t(rows * cols));
  for (uint16_t &v : x)
    v = halfBits(std::uniform_real_distribution<float>(-4, 4)(rng));
  Buffer<uint16_t> dx(device, x), dy(device, x);
  LaunchConfig c = shape(2, 128);
  c.addArgument(uint64_t(dx));
  c.addArgument(uint64_t(dy));
  c.addArgument(cols);
  runAll(
      "programs/basic.ptx", "softmax", c,
      [&] { device.fill(dy, 0xff, x.size() * 2); },
      [&] {
        std::vector<uint16_t> y = dy.values();
        for (int r = 0; r < rows; ++r) {
          double sum = 0;
          for (int k = 0; k < cols; ++k)
            sum += std::exp(double(halfValue(x[size_t(r * cols + k)])));
          for (int k = 0; k < cols; ++k) {
            double want =
                std::exp(double(halfValue(x[size_t(r * cols + k)]))) / sum;
            ASSERT_NEAR(halfValue(y[size_t(r * cols + k)]), want,
                        want * 1e-3 + 1e-7);
          }
        }
      });
}

TEST_F(Programs, SparseMatrixVector) {
  int rows = 40, cols = 64;
  std::vector<int> start{0}, column;
  std::vector<float> value, x = floats(size_t(cols));
  std::vector<double> want(static_cast<size_t>(rows));
  for (int r = 0; r < rows; ++r) {
    for (int n = int(rng() % 70); n > 0; --n) {
      column.push_back(int(rng() % unsigned(cols)));
      value.push_back(floats(1)[0]);
      want[size_t(r)] += double(value.back()) * x[size_t(column.back())];
    }
    start.push_back(int(column.size()));
  }
  Buffer<int> ds(device, start), dc(device, column);
  Buffer<float> dv(device, value), dx(device, x),
      dy(device, std::vector<float>(size_t(rows)));
  LaunchConfig c = shape(uint32_t(rows) / 4 + 1, 128);
  for (uint64_t p :
       {uint64_t(ds), uint64_t(dc), uint64_t(dv), uint64_t(dx), uint64_t(dy)})
    c.addArgument(p);
  c.addArgument(rows);
  runAll(
      "programs/basic.ptx", "spmv", c,
      [&] { device.fill(dy, 0xff, uint64_t(rows) * 4); },
      [&] {
        std::vector<float> y = dy.values();
        for (int r = 0; r < rows; ++r)
          ASSERT_NEAR(y[size_t(r)], want[size_t(r)], 1e-4);
      });
}

int ackermannish(int m, int n) {
  if (m == 0)
    return n + 1;
  if (n == 0)
    return ackermannish(m - 1, 1);
  return ackermannish(m - 1, ackermannish(m, n - 1) % 5);
}

TEST_F(Programs, CallsAndLocalMemory) {
  Buffer<int> out(device, std::vector<int>(64));
  LaunchConfig c = shape(1, 64);
  c.addArgument(uint64_t(out));
  runAll(
      "programs/basic.ptx", "calls", c, [&] { device.fill(out, 0xff, 256); },
      [&] {
        std::vector<int> got = out.values();
        for (int t = 0; t < 64; ++t) {
          int memo[16];
          for (int i = 0; i < 16; ++i)
            memo[(i * 7 + t) % 16] = i * i;
          ASSERT_EQ(got[size_t(t)], ackermannish(t % 3, t % 4) + memo[t % 16]);
        }
      });
}

uint32_t reverseBits(uint32_t v) {
  uint32_t r = 0;
  for (int i = 0; i < 32; ++i)
    r |= (v >> i & 1) << (31 - i);
  return r;
}

TEST_F(Programs, Integers) {
  size_t n = 500;
  std::vector<uint64_t> a(n), b(n), want(n);
  for (size_t i = 0; i < n; ++i) {
    a[i] = (uint64_t(rng()) << 32 | rng()) >> (rng() % 64);
    b[i] = (uint64_t(rng()) << 32 | rng()) >> (rng() % 64);
    uint64_t x = a[i], y = b[i] | 1, r = x / y + x % y;
    r ^= uint64_t((unsigned __int128)x * y >> 64);
    int64_t q = int64_t(y) == -1 ? int64_t(0 - x) : int64_t(x) / int64_t(y);
    r += uint64_t(q) * 3;
    r ^= uint64_t(__builtin_popcountll(x)) << 40 |
         uint64_t(__builtin_clzll(y)) << 20 |
         uint64_t(__builtin_ffsll(int64_t(x)));
    uint32_t x32 = uint32_t(x), y32 = uint32_t(y);
    uint32_t permuted = (x32 & 0xff) | (y32 & 0xff) << 8 |
                        (x32 >> 8 & 0xff) << 16 | (y32 >> 8 & 0xff) << 24;
    r += reverseBits(x32) ^ permuted;
    int32_t dot = 7;
    for (int k = 0; k < 4; ++k)
      dot += int8_t(x32 >> (8 * k)) * int8_t(y32 >> (8 * k));
    // int + uint64_t + unsigned: the dot product extends its sign.
    r += uint64_t(int64_t(dot)) + (x >> (y & 63)) +
         uint32_t(y32 << 9 | x32 >> 23);
    switch (x % 7) {
    case 0:
      r += 11;
      break;
    case 1:
      r *= 3;
      break;
    case 2:
      r ^= 0x55;
      break;
    case 3:
      r -= y;
      break;
    case 4:
      r = ~r;
      break;
    case 5:
      r = r << 3 | r >> 61;
      break;
    default:
      r += x;
      break;
    }
    want[i] = r;
  }
  Buffer<uint64_t> da(device, a), db(device, b), out(device, a);
  LaunchConfig c = shape(4, 128);
  for (uint64_t p : {uint64_t(da), uint64_t(db), uint64_t(out)})
    c.addArgument(p);
  c.addArgument(int(n));
  runAll(
      "programs/basic.ptx", "integers", c,
      [&] { device.fill(out, 0xff, n * 8); },
      [&] { EXPECT_EQ(out.values(), want); });
}

TEST_F(Programs, LastBlock) {
  int blocks = 6, perBlock = 300;
  std::vector<int> small = ints(size_t(blocks * perBlock), -9, 9);
  std::vector<float> x(small.begin(), small.end());
  Buffer<float> dx(device, x), partial(device, std::vector<float>(6)),
      out(device, std::vector<float>(1));
  LaunchConfig c = shape(uint32_t(blocks), 128);
  for (uint64_t p : {uint64_t(dx), uint64_t(partial), uint64_t(out)})
    c.addArgument(p);
  c.addArgument(perBlock);
  float want = float(std::accumulate(small.begin(), small.end(), 0));
  runAll(
      "programs/basic.ptx", "lastBlock", c, [&] { device.fill(out, 0xff, 4); },
      [&] { EXPECT_EQ(out.values()[0], want); });
}

TEST_F(Programs, Stencil) {
  int width = 40, height = 25;
  std::vector<float> x = floats(size_t(width * height));
  Buffer<float> dx(device, x), dy(device, x);
  LaunchConfig c = shape(3, 16);
  c.grid[1] = 2;
  c.block[1] = 16;
  c.addArgument(uint64_t(dx));
  c.addArgument(uint64_t(dy));
  c.addArgument(width);
  c.addArgument(height);
  runAll(
      "programs/basic.ptx", "stencil", c,
      [&] { device.fill(dy, 0xff, x.size() * 4); },
      [&] {
        std::vector<float> y = dy.values();
        auto at = [&](int i, int j) {
          i = std::min(std::max(i, 0), width - 1);
          j = std::min(std::max(j, 0), height - 1);
          return double(x[size_t(j * width + i)]);
        };
        for (int j = 0; j < height; ++j)
          for (int i = 0; i < width; ++i)
            ASSERT_NEAR(y[size_t(j * width + i)],
                        0.5 * at(i, j) + 0.125 * (at(i - 1, j) + at(i + 1, j) +
                                                  at(i, j - 1) + at(i, j + 1)),
                        1e-6);
      });
}

TEST_F(Programs, WmmaGemm) {
  int m = 48, n = 64, k = 80;
  std::vector<uint16_t> a(size_t(m * k)), b(size_t(k * n));
  for (uint16_t &v : a)
    v = halfBits(float(int(rng() % 9) - 4));
  for (uint16_t &v : b)
    v = halfBits(float(int(rng() % 9) - 4));
  Buffer<uint16_t> da(device, a), db(device, b);
  Buffer<float> dc(device, std::vector<float>(size_t(m * n)));
  LaunchConfig c = shape(2, 64);
  c.grid[1] = 3;
  for (uint64_t p : {uint64_t(da), uint64_t(db), uint64_t(dc)})
    c.addArgument(p);
  c.addArgument(n);
  c.addArgument(k);
  runAll(
      "programs/tensor.ptx", "wmmaGemm", c,
      [&] { device.fill(dc, 0xff, uint64_t(m * n) * 4); },
      [&] {
        std::vector<float> got = dc.values();
        for (int i = 0; i < m; ++i)
          for (int j = 0; j < n; ++j) {
            float sum = 0;
            for (int p = 0; p < k; ++p)
              sum += halfValue(a[size_t(i * k + p)]) *
                     halfValue(b[size_t(p * n + j)]);
            ASSERT_EQ(got[size_t(i * n + j)], sum) << i << "," << j;
          }
      });
}

TEST_F(Programs, CooperativeGroups) {
  std::vector<int> small = ints(3000, -3, 3);
  std::vector<float> x(small.begin(), small.end());
  float want = 0;
  for (int v : small)
    want += float(v * v);
  Buffer<float> dx(device, x), partial(device, std::vector<float>(4)),
      out(device, std::vector<float>(1));
  LaunchConfig c = shape(4, 128);
  c.cooperative = true;
  for (uint64_t p : {uint64_t(dx), uint64_t(partial), uint64_t(out)})
    c.addArgument(p);
  c.addArgument(int(x.size()));
  runAll(
      "programs/tensor.ptx", "cooperative", c,
      [&] { device.fill(out, 0xff, 4); },
      [&] { EXPECT_EQ(out.values()[0], want); });
}

TEST_F(Programs, Pipelined) {
  int blocks = 2, tiles = 5;
  std::vector<float> x = floats(size_t(blocks * tiles * 128 * 4));
  Buffer<float> dx(device, x),
      dy(device, std::vector<float>(size_t(blocks) * 128));
  LaunchConfig c = shape(uint32_t(blocks), 128);
  c.addArgument(uint64_t(dx));
  c.addArgument(uint64_t(dy));
  c.addArgument(tiles);
  runAll(
      "programs/tensor.ptx", "pipelined", c,
      [&] { device.fill(dy, 0xff, uint64_t(blocks) * 512); },
      [&] {
        std::vector<float> y = dy.values();
        for (int b = 0; b < blocks; ++b)
          for (int t = 0; t < 128; ++t) {
            double sum = 0;
            for (int i = 0; i < tiles; ++i) {
              const float *v =
                  &x[size_t(((b * tiles + i) * 128 + 127 - t) * 4)];
              sum += double(v[0]) - v[1] + 2 * v[2] - v[3];
            }
            ASSERT_NEAR(y[size_t(b * 128 + t)], sum, 1e-4);
          }
      });
}

TEST_F(Programs, ClusterSwap) {
  std::vector<int> x = ints(256, 0, 1000), want(256);
  for (int i = 0; i < 256; ++i)
    want[size_t(i)] = x[size_t((i / 64 ^ 1) * 64 + 63 - i % 64)];
  Buffer<int> dx(device, x), dy(device, x);
  LaunchConfig c = shape(4, 64);
  c.addArgument(uint64_t(dx));
  c.addArgument(uint64_t(dy));
  runAll(
      "programs/tensor.ptx", "clusterSwap", c,
      [&] { device.fill(dy, 0xff, 1024); },
      [&] { EXPECT_EQ(dy.values(), want); });
}

TEST_F(Programs, LanesThatPartAndMeet) {
  std::vector<int> x = ints(32, 0, 40), want(32);
  unsigned odd = 0;
  int sum = 0, most = 0;
  bool three = false;
  for (int i = 0; i < 32; ++i) {
    int v = x[size_t(i)];
    odd |= unsigned(v & 1) << i;
    sum += v & 1 ? v : 0;
    most = v & 1 ? most : std::max(most, v);
    three |= v == 3;
  }
  for (int i = 0; i < 32; ++i) {
    int v = x[size_t(i)], r;
    if (v & 1) {
      unsigned same = 0;
      for (int j = 0; j < 32; ++j)
        if ((odd >> j & 1) && x[size_t(j)] % 5 == v % 5)
          same |= 1u << j;
      r = sum;
      if (__builtin_popcount(same) > 2)
        r += x[size_t(__builtin_ctz(same))];
    } else {
      r = most + __builtin_popcount(~odd);
    }
    want[size_t(i)] = r + three + 2;
  }
  Buffer<int> dx(device, x), dy(device, x);
  LaunchConfig c = shape(1, 32);
  c.addArgument(uint64_t(dx));
  c.addArgument(uint64_t(dy));
  runAll(
      "programs/tensor.ptx", "lanes", c, [&] { device.fill(dy, 0xff, 128); },
      [&] { EXPECT_EQ(dy.values(), want); });
}

} // namespace
