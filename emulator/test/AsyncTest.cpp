//===- AsyncTest.cpp - mbarriers, bulk copies, st.async -------------------===//
#include "AsyncFixture.h"

using namespace ptxemu;

namespace {

//===- mbarrier -----------------------------------------------------------===//

/// Three threads of different warps; one leaves after the first phase.
TEST_F(Async, ArriveDropLowersTheCountOfLaterPhases) {
  load(".shared .align 8 .b8 bar[8];\n",
       "mov.u32 %r2, bar;\nsetp.ne.u32 %p1, %r1, 0;\n@%p1 bra READY;\n"
       "mbarrier.init.shared::cta.b64 [%r2], 3;\nREADY: bar.sync 0;\n"
       "and.b32 %r3, %r1, 31;\nsetp.ne.u32 %p1, %r3, 0;\n@%p1 ret;\n"
       "shr.u32 %r4, %r1, 5;\nsetp.eq.u32 %p2, %r4, 2;\n"
       "@!%p2 bra STAY;\n"
       "mbarrier.arrive_drop.shared::cta.b64 %rd3, [%r2];\nret;\n"
       "STAY: mov.u32 %r5, 0;\n"
       "NEXT: mbarrier.arrive.shared::cta.b64 %rd3, [%r2];\n"
       "WAIT: mbarrier.test_wait.shared::cta.b64 %p3, [%r2], %rd3;\n"
       "@!%p3 bra WAIT;\nadd.u32 %r5, %r5, 1;\n"
       "setp.lt.u32 %p4, %r5, 5;\n@%p4 bra NEXT;\n"
       "mul.wide.u32 %rd4, %r4, 4;\nadd.u64 %rd4, %rd4, %rd1;\n"
       "st.global.u32 [%rd4], %r5;\nret;",
       1);
  config.block[0] = 96;
  std::unique_ptr<Buffer<uint32_t>> out;
  run(
      [&] {
        out = std::make_unique<Buffer<uint32_t>>(device,
                                                 std::vector<uint32_t>(2));
        config.addArgument(uint64_t(*out));
      },
      [&] { ASSERT_EQ(out->values(), (std::vector<uint32_t>{5, 5})); });
}

/// Tokens tell how many arrivals were outstanding before their own.
TEST_F(Async, NoCompleteAndPendingCount) {
  load(
      ".shared .align 8 .b8 bar[8];\n",
      "mov.u32 %r2, bar;\n"
      "mbarrier.init.shared::cta.b64 [%r2], 10;\n"
      "mbarrier.arrive.noComplete.release.cta.shared::cta.b64 %rd3, [%r2], 3;\n"
      "mbarrier.pending_count.b64 %r3, %rd3;\n"
      "mbarrier.arrive_drop.noComplete.shared::cta.b64 %rd3, [%r2], 2;\n"
      "mbarrier.pending_count.b64 %r4, %rd3;\n"
      "mbarrier.arrive.shared::cta.b64 %rd4, [%r2], 5;\n" // ends the phase
      "mbarrier.pending_count.b64 %r5, %rd4;\n"
      "mbarrier.test_wait.shared::cta.b64 %p1, [%r2], %rd3;\n"
      "selp.u32 %r6, 1, 0, %p1;\n"
      "mbarrier.arrive.shared::cta.b64 %rd5, [%r2];\n" // of 8 now
      "mbarrier.pending_count.b64 %r7, %rd5;\n"
      "mbarrier.test_wait.shared::cta.b64 %p1, [%r2], %rd5;\n"
      "selp.u32 %r8, 1, 0, %p1;\n"
      "mbarrier.inval.shared::cta.b64 [%r2];\n"
      "st.global.v2.u32 [%rd1], {%r3, %r4};\n"
      "st.global.v2.u32 [%rd1+8], {%r5, %r6};\n"
      "st.global.v2.u32 [%rd1+16], {%r7, %r8};\nret;",
      1);
  std::unique_ptr<Buffer<uint32_t>> out;
  run(
      [&] {
        out = std::make_unique<Buffer<uint32_t>>(device,
                                                 std::vector<uint32_t>(6));
        config.addArgument(uint64_t(*out));
      },
      [&] {
        ASSERT_EQ(out->values(), (std::vector<uint32_t>{10, 7, 5, 1, 8, 0}));
      });
}

TEST_F(Async, NoCompleteThatCompletesIsReported) {
  load(".shared .align 8 .b8 bar[8];\n",
       "mov.u32 %r2, bar;\nmbarrier.init.shared::cta.b64 [%r2], 2;\n"
       "mbarrier.arrive.noComplete.shared::cta.b64 %rd3, [%r2], 2;\nret;",
       0);
  LaunchResult r = device.launch(module, "k", config);
  EXPECT_TRUE(hasReport(r, ReportKind::BarrierMisuse)) << allReports(r);
}

/// CTA 0 of a cluster of three is told by the others that they are there.
TEST_F(Async, RemoteArrivals) {
  load(".shared .align 8 .b8 bar[8];\n",
       "mov.u32 %r2, bar;\nmov.u32 %r3, %cluster_ctarank;\n"
       "mbarrier.init.shared::cta.b64 [%r2], 3;\n"
       "fence.mbarrier_init.release.cluster;\n"
       "barrier.cluster.arrive;\nbarrier.cluster.wait;\n"
       "mapa.shared::cluster.u32 %r4, %r2, 0;\n"
       "mbarrier.arrive.release.cluster.shared::cluster.b64 _, [%r4];\n"
       "setp.ne.u32 %p1, %r3, 0;\n@%p1 bra DONE;\n" +
           wait("W", "%r2", "0") +
           "mov.u32 %r5, 77;\nst.global.u32 [%rd1], %r5;\n"
           "DONE: barrier.cluster.arrive;\nbarrier.cluster.wait;\nret;",
       1);
  config.grid[0] = config.cluster[0] = 3;
  std::unique_ptr<Buffer<uint32_t>> out;
  run(
      [&] {
        out = std::make_unique<Buffer<uint32_t>>(device,
                                                 std::vector<uint32_t>(1));
        config.addArgument(uint64_t(*out));
      },
      [&] { ASSERT_EQ(out->values()[0], 77u); });
}

//===- Stores into the cluster --------------------------------------------===//

/// Each CTA gives its neighbour vectors and counts, and waits for its own.
TEST_F(Async, StAsyncAndRedAsync) {
  load(".shared .align 16 .b8 s[1024];\n.shared .align 8 .b8 bar[8];\n",
       "mov.u32 %r2, s;\nmov.u32 %r3, bar;\nmov.u32 %r4, %cluster_ctarank;\n"
       "shl.b32 %r5, %r1, 4;\nadd.u32 %r6, %r2, %r5;\n"
       "setp.ne.u32 %p1, %r1, 0;\n@%p1 bra READY;\n"
       "mbarrier.init.shared::cta.b64 [%r3], 1;\n"
       "fence.mbarrier_init.release.cluster;\n"
       "mov.u32 %r7, 0;\nst.shared.u32 [%r2+512], %r7;\n"
       "mov.u32 %r7, 100;\nst.shared.u32 [%r2+516], %r7;\n"
       "mov.b64 %rd5, 0;\nst.shared.u64 [%r2+520], %rd5;\n"
       // 32 lanes: 16 bytes of st.async, 4 + 4 + 8 of red.async
       "mbarrier.arrive.expect_tx.shared::cta.b64 _, [%r3], 1024;\n"
       "READY: fence.proxy.async;\n"
       "barrier.cluster.arrive;\nbarrier.cluster.wait;\n"
       "xor.b32 %r8, %r4, 1;\nmapa.shared::cluster.u32 %r9, %r6, %r8;\n"
       "mapa.shared::cluster.u32 %r10, %r3, %r8;\n"
       "mapa.shared::cluster.u32 %r11, %r2, %r8;\n"
       "mad.lo.u32 %r12, %r4, 1000, %r1;\nadd.u32 %r13, %r12, 1;\n"
       "add.u32 %r14, %r12, 2;\nadd.u32 %r15, %r12, 3;\n"
       "st.async.weak.shared::cluster.mbarrier::complete_tx::bytes.v4.u32 "
       "[%r9], {%r12, %r13, %r14, %r15}, [%r10];\n"
       "red.async.relaxed.cluster.shared::cluster.mbarrier::complete_tx::bytes"
       ".add.u32 [%r11+512], %r12, [%r10];\n"
       "red.async.relaxed.cluster.shared::cluster.mbarrier::complete_tx::bytes"
       ".min.s32 [%r11+516], %r1, [%r10];\n"
       "cvt.u64.u32 %rd6, %r1;\nshl.b64 %rd6, %rd6, 33;\n"
       "red.async.relaxed.cluster.shared::cluster.mbarrier::complete_tx::bytes"
       ".add.u64 [%r11+520], %rd6, [%r10];\n" +
           wait("W", "%r3", "0") +
           "ld.shared.v4.u32 {%r20, %r21, %r22, %r23}, [%r6];\n"
           "add.u32 %r20, %r20, %r21;\nadd.u32 %r22, %r22, %r23;\n"
           "add.u32 %r20, %r20, %r22;\n"
           "mad.lo.u32 %r24, %r4, 36, %r1;\nmul.wide.u32 %rd7, %r24, 4;\n"
           "add.u64 %rd7, %rd7, %rd1;\nst.global.u32 [%rd7], %r20;\n"
           "@%p1 bra DONE;\n"
           "ld.shared.u32 %r25, [%r2+512];\nst.global.u32 [%rd7+128], %r25;\n"
           "ld.shared.u32 %r25, [%r2+516];\nst.global.u32 [%rd7+132], %r25;\n"
           "ld.shared.v2.u32 {%r25, %r26}, [%r2+520];\n"
           "st.global.u32 [%rd7+136], %r25;\nst.global.u32 [%rd7+140], %r26;\n"
           "DONE: barrier.cluster.arrive;\nbarrier.cluster.wait;\nret;",
       1);
  config.grid[0] = 4;
  config.cluster[0] = 2;
  config.block[0] = 32;
  std::unique_ptr<Buffer<uint32_t>> out;
  run(
      [&] {
        out = std::make_unique<Buffer<uint32_t>>(device,
                                                 std::vector<uint32_t>(72));
        config.grid[0] = 2;
        config.addArgument(uint64_t(*out));
      },
      [&] {
        std::vector<uint32_t> got = out->values();
        for (uint32_t rank = 0; rank < 2; ++rank) {
          uint32_t other = 1 - rank;
          const uint32_t *mine = &got[rank * 36];
          for (uint32_t l = 0; l < 32; ++l)
            ASSERT_EQ(mine[l], 4 * (other * 1000 + l) + 6);
          ASSERT_EQ(mine[32], 32 * other * 1000 + 496);
          ASSERT_EQ(mine[33], 0u);
          ASSERT_EQ(mine[34], 0u);
          ASSERT_EQ(mine[35], 2u * 496);
        }
      });
}

//===- Bulk copies --------------------------------------------------------===//

/// cp.async whose completion counts as an arrival.
TEST_F(Async, CpAsyncArrivesOnAnMbarrier) {
  for (bool noinc : {true, false}) {
    load(".shared .align 16 .b8 s[1024];\n.shared .align 8 .b8 bar[8];\n",
         "mov.u32 %r2, s;\nmov.u32 %r3, bar;\nshl.b32 %r5, %r1, 4;\n"
         "setp.ne.u32 %p1, %r1, 0;\n@%p1 bra READY;\n"
         "mbarrier.init.shared::cta.b64 [%r3], " +
             std::string(noinc ? "64" : "128") +
             ";\nREADY: bar.sync 0;\nadd.u32 %r6, %r2, %r5;\n"
             "cvt.u64.u32 %rd5, %r5;\nadd.u64 %rd6, %rd1, %rd5;\n"
             "cp.async.ca.shared.global [%r6], [%rd6], 16;\n"
             "cp.async.mbarrier.arrive" +
             (noinc ? ".noinc" : "") + ".shared.b64 [%r3];\n" +
             // Without .noinc the pending count goes up first: arrive twice.
             (noinc ? "" : "mbarrier.arrive.shared::cta.b64 _, [%r3], 2;\n") +
             wait("W", "%r3", "0") +
             "sub.u32 %r7, 1008, %r5;\nadd.u32 %r7, %r7, %r2;\n"
             "ld.shared.u32 %r8, [%r7];\nshl.b32 %r9, %r1, 2;\n"
             "cvt.u64.u32 %rd7, %r9;\nadd.u64 %rd7, %rd2, %rd7;\n"
             "st.global.u32 [%rd7], %r8;\nret;",
         2);
    config.block[0] = 64;
    std::vector<uint32_t> x(256);
    std::iota(x.begin(), x.end(), 5u);
    Buffer<uint32_t> in(device, x);
    std::unique_ptr<Buffer<uint32_t>> out;
    run(
        [&] {
          out = std::make_unique<Buffer<uint32_t>>(device,
                                                   std::vector<uint32_t>(64));
          config.addArgument(uint64_t(in));
          config.addArgument(uint64_t(*out));
        },
        [&] {
          std::vector<uint32_t> got = out->values();
          for (uint32_t i = 0; i < 64; ++i)
            ASSERT_EQ(got[i], 5 + 4 * (63 - i));
        });
  }
}

/// Reductions from shared to global memory by type and operation.
TEST_F(Async, BulkReductions) {
  struct {
    const char *operation;
    int bytes;
    double (*f)(double, double);
  } cases[] = {
      {"add.u32", 4, [](double a, double b) { return a + b; }},
      {"min.s32", 4, [](double a, double b) { return std::min(a, b); }},
      {"max.u64", 8, [](double a, double b) { return std::max(a, b); }},
      {"add.noftz.f16", 2, [](double a, double b) { return a + b; }},
      {"min.f16", 2, [](double a, double b) { return std::min(a, b); }},
      {"add.f32", 5, [](double a, double b) { return a + b; }},
      {"add.noftz.bf16", 3, [](double a, double b) { return a + b; }},
      {"or.b32", 4,
       [](double a, double b) { return double(uint32_t(a) | uint32_t(b)); }}};
  // bytes 3 is bf16, 5 is f32.
  auto store = [](int kind, double v) {
    uint64_t bits = uint64_t(v);
    if (kind == 2)
      bits = halfBits(float(v));
    if (kind == 3 || kind == 5) {
      float f = float(v);
      uint32_t word;
      std::memcpy(&word, &f, 4);
      bits = kind == 3 ? word >> 16 : word;
    }
    return bits;
  };
  for (auto &c : cases) {
    SCOPED_TRACE(c.operation);
    int bytes = c.bytes == 3 ? 2 : c.bytes == 5 ? 4 : c.bytes;
    load(".shared .align 128 .b8 s[1024];\n",
         "mov.u32 %r2, s;\nshl.b32 %r3, %r1, 3;\nadd.u32 %r4, %r2, %r3;\n"
         "cvt.u64.u32 %rd5, %r3;\nadd.u64 %rd6, %rd1, %rd5;\n"
         "ld.global.u64 %rd7, [%rd6];\nst.shared.u64 [%r4], %rd7;\n"
         "fence.proxy.async.shared::cta;\nbar.sync 0;\n"
         "setp.ne.u32 %p1, %r1, 0;\n@%p1 ret;\n"
         "cp.reduce.async.bulk.global.shared::cta.bulk_group." +
             std::string(c.operation) +
             " [%rd2], [%r2], 1024;\ncp.async.bulk.commit_group;\n"
             "cp.async.bulk.wait_group 0;\nret;",
         2);
    config.block[0] = 128;
    size_t n = 1024 / size_t(bytes);
    std::vector<double> x(n), y(n);
    std::vector<uint8_t> bx(1024), by(1024);
    for (size_t i = 0; i < n; ++i) {
      x[i] = double(rng() % 100);
      y[i] = double(rng() % 100);
      uint64_t u = store(c.bytes, x[i]), v = store(c.bytes, y[i]);
      std::memcpy(&bx[i * size_t(bytes)], &u, size_t(bytes));
      std::memcpy(&by[i * size_t(bytes)], &v, size_t(bytes));
    }
    Buffer<uint8_t> in(device, bx);
    std::unique_ptr<Buffer<uint8_t>> out;
    run(
        [&] {
          out = std::make_unique<Buffer<uint8_t>>(device, by);
          config.addArgument(uint64_t(in));
          config.addArgument(uint64_t(*out));
        },
        [&] {
          std::vector<uint8_t> got = out->values();
          for (size_t i = 0; i < n; ++i) {
            uint64_t word = 0;
            std::memcpy(&word, &got[i * size_t(bytes)], size_t(bytes));
            ASSERT_EQ(word, store(c.bytes, c.f(y[i], x[i]))) << i;
          }
        });
  }
}

/// One CTA of four reads a row and gives it to those that a mask names.
TEST_F(Async, BulkMulticast) {
  load(".shared .align 128 .b8 s[512];\n.shared .align 8 .b8 bar[8];\n",
       "mov.u32 %r2, s;\nmov.u32 %r3, bar;\nmov.u32 %r4, %cluster_ctarank;\n"
       "shl.b32 %r5, %r1, 2;\nadd.u32 %r6, %r2, %r5;\n"
       "mov.u32 %r7, 9;\nst.shared.u32 [%r6], %r7;\n"
       "setp.ne.u32 %p1, %r1, 0;\n@%p1 bra READY;\n"
       "mbarrier.init.shared::cta.b64 [%r3], 1;\n"
       "fence.mbarrier_init.release.cluster;\n"
       "READY: fence.proxy.async;\n"
       "barrier.cluster.arrive;\nbarrier.cluster.wait;\n"
       // Ranks 0, 1 and 3 expect bytes.
       "setp.eq.u32 %p2, %r4, 2;\n@%p1 bra ISSUED;\n@%p2 bra ISSUED;\n"
       "mbarrier.arrive.expect_tx.shared::cta.b64 _, [%r3], 512;\n"
       "setp.ne.u32 %p3, %r4, 1;\n@%p3 bra ISSUED;\nmov.u16 %h1, 11;\n"
       "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes"
       ".multicast::cluster [%r2], [%rd1], 512, [%r3], %h1;\n"
       "ISSUED: @%p2 bra READ;\n" +
           wait("W", "%r3", "0") +
           "READ: ld.shared.u32 %r8, [%r6];\nmad.lo.u32 %r9, %r4, 512, %r5;\n"
           "cvt.u64.u32 %rd5, %r9;\nadd.u64 %rd5, %rd5, %rd2;\n"
           "st.global.u32 [%rd5], %r8;\n"
           "barrier.cluster.arrive;\nbarrier.cluster.wait;\nret;",
       2);
  config.grid[0] = config.cluster[0] = 4;
  config.block[0] = 128;
  std::vector<uint32_t> x(128);
  std::iota(x.begin(), x.end(), 1000u);
  Buffer<uint32_t> in(device, x);
  std::unique_ptr<Buffer<uint32_t>> out;
  run(
      [&] {
        out = std::make_unique<Buffer<uint32_t>>(device,
                                                 std::vector<uint32_t>(512));
        config.addArgument(uint64_t(in));
        config.addArgument(uint64_t(*out));
      },
      [&] {
        std::vector<uint32_t> got = out->values();
        for (uint32_t i = 0; i < 512; ++i)
          ASSERT_EQ(got[i], i / 128 == 2 ? 9 : 1000 + i % 128) << i;
      });
}

} // namespace
