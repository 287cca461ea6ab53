//===- TensorCopyTest.cpp - Tensor maps: loads, stores, reductions --------===//
#include "AsyncFixture.h"

using namespace ptxemu;

namespace {

using TensorCopy = Async;

TensorMap encode(const TensorMapConfig &t) {
  TensorMap map;
  std::string error;
  EXPECT_TRUE(encodeTensorMap(t, map, error)) << error;
  return map;
}

/// A rank-3 tensor of u16 with a box that sticks out on two sides.
TEST_F(TensorCopy, LoadsFillWhatIsOutsideAndSwizzle) {
  for (Swizzle swizzle :
       {Swizzle::None, Swizzle::Bytes32, Swizzle::Bytes64, Swizzle::Bytes128}) {
    std::vector<uint16_t> x(40 * 6 * 3);
    std::iota(x.begin(), x.end(), uint16_t(1));
    Buffer<uint16_t> dx(device, x);
    uint32_t inner = swizzle == Swizzle::Bytes32 ? 16 : 32;
    TensorMapConfig t;
    t.type = TensorType::U16;
    t.rank = 3;
    t.address = dx;
    t.extent[0] = 40;
    t.extent[1] = 6;
    t.extent[2] = 3;
    t.stride[1] = 80;
    t.stride[2] = 480;
    t.box[0] = inner;
    t.box[1] = 4;
    t.box[2] = 2;
    t.swizzle = swizzle;
    uint32_t bytes = inner * 4 * 2 * 2;
    load(".shared .align 1024 .b8 s[1024];\n.shared .align 8 .b8 bar[8];\n",
         "mov.u32 %r2, s;\nmov.u32 %r3, bar;\n"
         "setp.ne.u32 %p1, %r1, 0;\n@%p1 bra READY;\n"
         "mbarrier.init.shared::cta.b64 [%r3], 1;\n"
         "fence.proxy.async.shared::cta;\n"
         "mov.u32 %r4, 30;\nmov.u32 %r5, -1;\nmov.u32 %r6, 1;\n"
         "mbarrier.arrive.expect_tx.shared::cta.b64 _, [%r3], " +
             std::to_string(bytes) +
             ";\ncp.async.bulk.tensor.3d.shared::cluster.global.tile.mbarrier::"
             "complete_tx::bytes [%r2], [%map0, {%r4, %r5, %r6}], [%r3];\n"
             "READY: bar.sync 0;\n" +
             wait("W", "%r3", "0") + "L: setp.ge.u32 %p3, %r1, " +
             std::to_string(bytes / 4) +
             ";\n@%p3 ret;\nshl.b32 %r7, %r1, 2;\nadd.u32 %r8, %r2, %r7;\n"
             "ld.shared.u32 %r9, [%r8];\ncvt.u64.u32 %rd3, %r7;\n"
             "add.u64 %rd3, %rd3, %rd1;\nst.global.u32 [%rd3], %r9;\n"
             "add.u32 %r1, %r1, 32;\nbra L;",
         1, 1);
    config.block[0] = 32;
    std::unique_ptr<Buffer<uint16_t>> out;
    run(
        [&] {
          out = std::make_unique<Buffer<uint16_t>>(
              device, std::vector<uint16_t>(inner * 4 * 2, 0xffff));
          config.addArgument(encode(t));
          config.addArgument(uint64_t(*out));
        },
        [&] {
          std::vector<uint16_t> got = out->values();
          for (uint32_t z = 0; z < 2; ++z)
            for (uint32_t y = 0; y < 4; ++y)
              for (uint32_t i = 0; i < inner; ++i) {
                int sx = 30 + int(i), sy = int(y) - 1, sz = int(z) + 1;
                bool inside = sx < 40 && sy >= 0 && sy < 6 && sz < 3;
                uint16_t want = inside ? x[size_t(sz * 240 + sy * 40 + sx)] : 0;
                // Chunks of 16 bytes move within a row of the swizzle's width.
                uint32_t at = ((z * 4 + y) * inner + i) * 2;
                uint32_t width = swizzle == Swizzle::None      ? 0
                                 : swizzle == Swizzle::Bytes32 ? 32
                                 : swizzle == Swizzle::Bytes64 ? 64
                                                               : 128;
                if (width) {
                  uint32_t chunk = at % width / 16, line = at / 128;
                  chunk ^= line % (width / 16);
                  at = at / width * width + chunk * 16 + at % 16;
                }
                ASSERT_EQ(got[at / 2], want)
                    << int(swizzle) << ": " << i << "," << y << "," << z;
              }
        });
  }
}

/// A tile of f32 or f16 is stored, or reduced into a tensor it sticks out of.
TEST_F(TensorCopy, StoresAndReductions) {
  struct {
    const char *operation; ///< empty: a store
    TensorType type;
    float (*f)(float, float);
  } cases[] = {
      {"", TensorType::F32, [](float, float b) { return b; }},
      {".add", TensorType::F32, [](float a, float b) { return a + b; }},
      {".add", TensorType::F16, [](float a, float b) { return a + b; }},
      {".max", TensorType::F16,
       [](float a, float b) { return std::max(a, b); }},
      {".min", TensorType::S32,
       [](float a, float b) { return std::min(a, b); }},
  };
  for (auto &c : cases) {
    SCOPED_TRACE(c.operation);
    const uint32_t columns = 24, rows = 10;
    uint32_t bytes = c.type == TensorType::F16 ? 2 : 4;
    auto pack = [&](float v) {
      uint32_t word = uint32_t(int32_t(v));
      if (c.type == TensorType::F16)
        word = halfBits(v);
      if (c.type == TensorType::F32)
        std::memcpy(&word, &v, 4);
      return word;
    };
    std::vector<float> tile(8 * 16), tensor(columns * rows);
    for (auto *v : {&tile, &tensor})
      for (float &x : *v)
        x = float(rng() % 64);
    std::vector<uint8_t> tileBytes(tile.size() * bytes),
        tensorBytes(tensor.size() * bytes);
    for (size_t i = 0; i < tile.size(); ++i) {
      uint32_t word = pack(tile[i]);
      std::memcpy(&tileBytes[i * bytes], &word, bytes);
    }
    for (size_t i = 0; i < tensor.size(); ++i) {
      uint32_t word = pack(tensor[i]);
      std::memcpy(&tensorBytes[i * bytes], &word, bytes);
    }
    load(".shared .align 128 .b8 s[512];\n",
         "mov.u32 %r2, s;\nshl.b32 %r3, %r1, 2;\nadd.u32 %r4, %r2, %r3;\n"
         "setp.ge.u32 %p1, %r3, " +
             std::to_string(tileBytes.size()) +
             ";\n@%p1 bra STORED;\ncvt.u64.u32 %rd5, %r3;\n"
             "add.u64 %rd5, %rd5, %rd1;\nld.global.u32 %r5, [%rd5];\n"
             "st.shared.u32 [%r4], %r5;\nSTORED:\n"
             "fence.proxy.async.shared::cta;\nbar.sync 0;\n"
             "setp.ne.u32 %p2, %r1, 0;\n@%p2 ret;\n"
             "mov.u32 %r6, 12;\nmov.u32 %r7, -3;\ncp." +
             (*c.operation ? "reduce." : "") +
             "async.bulk.tensor.2d.global.shared::cta" + c.operation +
             ".tile.bulk_group [%map0, {%r6, %r7}], [%r2];\n"
             "cp.async.bulk.commit_group;\ncp.async.bulk.wait_group 0;\nret;",
         1, 1);
    config.block[0] = 128;
    Buffer<uint8_t> in(device, tileBytes);
    std::unique_ptr<Buffer<uint8_t>> out;
    run(
        [&] {
          out = std::make_unique<Buffer<uint8_t>>(device, tensorBytes);
          TensorMapConfig t;
          t.type = c.type;
          t.rank = 2;
          t.address = *out;
          t.extent[0] = columns;
          t.extent[1] = rows;
          t.stride[1] = columns * bytes;
          t.box[0] = 16;
          t.box[1] = 8;
          config.addArgument(encode(t));
          config.addArgument(uint64_t(in));
        },
        [&] {
          std::vector<uint8_t> got = out->values();
          for (uint32_t y = 0; y < rows; ++y)
            for (uint32_t x = 0; x < columns; ++x) {
              float want = tensor[y * columns + x];
              if (x >= 12 && y < 5)
                want = c.f(want, tile[(y + 3) * 16 + x - 12]);
              uint32_t word = 0;
              std::memcpy(&word, &got[(y * columns + x) * bytes], bytes);
              ASSERT_EQ(word, pack(want)) << x << "," << y;
            }
        });
  }
}

/// Halves of a tile, each loaded by one CTA and given to both.
TEST_F(TensorCopy, Multicast) {
  load(".shared .align 128 .b8 s[512];\n.shared .align 8 .b8 bar[8];\n",
       "mov.u32 %r2, s;\nmov.u32 %r3, bar;\nmov.u32 %r4, %cluster_ctarank;\n"
       "setp.ne.u32 %p1, %r1, 0;\n@%p1 bra READY;\n"
       "mbarrier.init.shared::cta.b64 [%r3], 1;\n"
       "fence.mbarrier_init.release.cluster;\n"
       "mbarrier.arrive.expect_tx.shared::cta.b64 _, [%r3], 512;\n"
       "READY: barrier.cluster.arrive;\nbarrier.cluster.wait;\n"
       "@%p1 bra ISSUED;\nshl.b32 %r5, %r4, 8;\nadd.u32 %r6, %r2, %r5;\n"
       "shl.b32 %r7, %r4, 2;\nmov.u32 %r8, 0;\nmov.u16 %h1, 3;\n"
       "cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::"
       "complete_tx::bytes.multicast::cluster [%r6], [%map0, {%r8, %r7}], "
       "[%r3], %h1;\nISSUED:\n" +
           wait("W", "%r3", "0") +
           "shl.b32 %r9, %r1, 2;\nadd.u32 %r10, %r2, %r9;\n"
           "ld.shared.u32 %r11, [%r10];\nmad.lo.u32 %r12, %r4, 512, %r9;\n"
           "cvt.u64.u32 %rd5, %r12;\nadd.u64 %rd5, %rd5, %rd1;\n"
           "st.global.u32 [%rd5], %r11;\n"
           "barrier.cluster.arrive;\nbarrier.cluster.wait;\nret;",
       1, 1);
  config.grid[0] = config.cluster[0] = 2;
  config.block[0] = 128;
  std::vector<uint32_t> x(16 * 8);
  std::iota(x.begin(), x.end(), 1u);
  Buffer<uint32_t> in(device, x);
  std::unique_ptr<Buffer<uint32_t>> out;
  TensorMapConfig t;
  t.type = TensorType::U32;
  t.rank = 2;
  t.address = in;
  t.extent[0] = t.box[0] = 16;
  t.extent[1] = 8;
  t.box[1] = 4;
  t.stride[1] = 64;
  run(
      [&] {
        out = std::make_unique<Buffer<uint32_t>>(device,
                                                 std::vector<uint32_t>(256));
        config.addArgument(encode(t));
        config.addArgument(uint64_t(*out));
      },
      [&] {
        std::vector<uint32_t> got = out->values();
        for (uint32_t i = 0; i < 256; ++i)
          ASSERT_EQ(got[i], 1 + i % 128) << i;
      });
}

} // namespace
