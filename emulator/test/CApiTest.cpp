//===- CApiTest.cpp - The C interface, from the shared library ------------===//
#include "ptxemu/c.h"

#include <cstring>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

extern "C" int doubleOnDevice(const char *ptx, size_t bytes, float *values,
                              uint32_t count);

namespace {

/// x[i] = 2 x[i] for i < n, through shared memory with a stride of two words.
const std::string twice = R"(.version 8.0
.target sm_80
.address_size 64
.visible .global .align 4 .u32 version = 7;
.extern .shared .align 16 .b8 rows[];
.visible .entry twice(.param .u64 x, .param .u32 n) .maxntid 256, 1, 1
{
  .reg .pred %p<2>;
  .reg .b32 %r<8>;
  .reg .f32 %f<3>;
  .reg .b64 %rd<4>;
  ld.param.u64 %rd1, [x];
  ld.param.u32 %r1, [n];
  mov.u32 %r2, %ctaid.x;
  mov.u32 %r3, %ntid.x;
  mov.u32 %r4, %tid.x;
  mad.lo.u32 %r5, %r2, %r3, %r4;
  setp.ge.u32 %p1, %r5, %r1;
  @%p1 bra DONE;
  mul.wide.u32 %rd2, %r5, 4;
  add.u64 %rd1, %rd1, %rd2;
  ld.global.f32 %f1, [%rd1];
  add.f32 %f2, %f1, %f1;
  st.global.f32 [%rd1], %f2;
DONE:
  ret;
}
.visible .entry strided()
{
  .reg .b32 %r<4>;
  mov.u32 %r1, %tid.x;
  shl.b32 %r1, %r1, 3;
  mov.u32 %r2, rows;
  add.u32 %r1, %r1, %r2;
  st.shared.u32 [%r1], %r2;
  ret;
}
)";

struct Session {
  ptxemu_device *device = nullptr;
  ptxemu_module *module = nullptr;
  explicit Session(const char *name = "sm_90a",
                   const std::string &ptx = twice) {
    EXPECT_EQ(ptxemu_device_create(name, &device), PTXEMU_OK);
    EXPECT_EQ(ptxemu_module_load(device, ptx.data(), ptx.size(), &module),
              PTXEMU_OK)
        << ptxemu_last_error();
  }
  ~Session() { ptxemu_device_destroy(device); }
  ptxemu_function *function(const char *name) {
    ptxemu_function *f = nullptr;
    EXPECT_EQ(ptxemu_module_function(module, name, &f), PTXEMU_OK)
        << ptxemu_last_error();
    return f;
  }
  uint64_t allocate(uint64_t bytes) {
    uint64_t address = 0;
    EXPECT_EQ(ptxemu_memory_allocate(device, bytes, &address), PTXEMU_OK);
    return address;
  }
  void options(void (*change)(ptxemu_options &)) {
    ptxemu_options o = {};
    o.struct_size = sizeof(o);
    change(o);
    EXPECT_EQ(ptxemu_device_set_options(device, &o), PTXEMU_OK);
  }
};

ptxemu_launch_config shape(uint32_t grid, uint32_t block) {
  ptxemu_launch_config c = {};
  c.struct_size = sizeof(c);
  c.grid[0] = grid;
  c.block[0] = block;
  return c;
}

bool lastErrorHas(const char *text) {
  return std::strstr(ptxemu_last_error(), text) != nullptr;
}

TEST(CInterface, RunsFromC) {
  float values[150];
  for (int i = 0; i < 150; ++i)
    values[i] = float(i) / 4;
  ASSERT_EQ(doubleOnDevice(twice.data(), twice.size(), values, 150), 0)
      << ptxemu_last_error();
  for (int i = 0; i < 150; ++i)
    EXPECT_EQ(values[i], float(i) / 2);
}

TEST(CInterface, DescribesDevicesAndKernels) {
  EXPECT_EQ(ptxemu_api_version(), PTXEMU_API_VERSION);
  size_t devices = 0;
  while (ptxemu_device_name(devices))
    ++devices;
  EXPECT_EQ(devices, 6u);
  EXPECT_STREQ(ptxemu_device_for_module(twice.data(), twice.size()), "sm_80");
  Session s("sm_86");
  ptxemu_facts facts = {};
  EXPECT_EQ(ptxemu_device_facts(s.device, &facts), PTXEMU_ERROR_ARGUMENT);
  facts.struct_size = sizeof(facts);
  EXPECT_EQ(ptxemu_device_facts(s.device, &facts), PTXEMU_OK);
  EXPECT_EQ(facts.compute_capability, 86u);
  EXPECT_EQ(facts.shared_bytes_per_block_optin, 99u * 1024);
  EXPECT_EQ(facts.max_warps_per_multiprocessor, 48u);
  EXPECT_STREQ(ptxemu_module_kernel(s.module, 0), "strided");
  EXPECT_STREQ(ptxemu_module_kernel(s.module, 1), "twice");
  EXPECT_EQ(ptxemu_module_kernel(s.module, 2), nullptr);
  ptxemu_function *f = s.function("twice");
  ptxemu_function_info info = {};
  info.struct_size = sizeof(info);
  EXPECT_EQ(ptxemu_function_describe(f, &info), PTXEMU_OK);
  EXPECT_EQ(info.parameter_count, 2u);
  EXPECT_EQ(info.max_threads, 256u);
  uint64_t bytes = 0;
  uint32_t align = 0;
  EXPECT_EQ(ptxemu_function_parameter(f, 1, &bytes, &align), PTXEMU_OK);
  EXPECT_EQ(bytes, 4u);
  EXPECT_EQ(align, 4u);
  EXPECT_EQ(ptxemu_function_parameter(f, 2, &bytes, &align),
            PTXEMU_ERROR_ARGUMENT);
  uint64_t address = 0;
  EXPECT_EQ(ptxemu_module_global(s.module, "version", &address, &bytes),
            PTXEMU_OK);
  uint32_t version = 0;
  EXPECT_EQ(bytes, 4u);
  EXPECT_EQ(ptxemu_memory_copy_out(s.device, &version, address, 4), PTXEMU_OK);
  EXPECT_EQ(version, 7u);
  EXPECT_EQ(ptxemu_module_global(s.module, "none", &address, nullptr),
            PTXEMU_ERROR_NOT_FOUND);
}

/// A program built with an older, shorter structure.
TEST(CInterface, HonoursTheSizeOfStructures) {
  Session s;
  ptxemu_facts facts;
  std::memset(&facts, 0x5a, sizeof(facts));
  facts.struct_size = offsetof(ptxemu_facts, warp_size);
  EXPECT_EQ(ptxemu_device_facts(s.device, &facts), PTXEMU_OK);
  EXPECT_EQ(facts.multiprocessors, 132u);
  EXPECT_EQ(facts.warp_size, 0x5a5a5a5au);
  ptxemu_launch_config c = shape(1, 64);
  c.cooperative = 1;
  c.struct_size = offsetof(ptxemu_launch_config, cluster);
  c.cluster[0] = 7; // not part of it
  uint64_t x = s.allocate(256);
  uint32_t n = 64;
  void *parameters[] = {&x, &n};
  EXPECT_EQ(ptxemu_launch(s.function("twice"), &c, parameters), PTXEMU_OK)
      << ptxemu_last_error();
}

TEST(CInterface, SaysWhatIsWrong) {
  ptxemu_device *none = nullptr;
  EXPECT_EQ(ptxemu_device_create("sm_75", &none), PTXEMU_ERROR_DEVICE);
  EXPECT_TRUE(lastErrorHas("sm_90a"));
  EXPECT_EQ(none, nullptr);
  EXPECT_EQ(ptxemu_device_create(nullptr, &none), PTXEMU_ERROR_ARGUMENT);
  Session s;
  ptxemu_module *m = nullptr;
  std::string bad = twice;
  bad.replace(bad.find("add.f32"), 7, "add.f33");
  EXPECT_EQ(ptxemu_module_load(s.device, bad.data(), bad.size(), &m),
            PTXEMU_ERROR_MODULE);
  EXPECT_TRUE(lastErrorHas("add.f33")) << ptxemu_last_error();
  EXPECT_TRUE(lastErrorHas("line 23")) << ptxemu_last_error();
  ptxemu_function *f = nullptr;
  EXPECT_EQ(ptxemu_module_function(s.module, "thrice", &f),
            PTXEMU_ERROR_NOT_FOUND);
  EXPECT_TRUE(lastErrorHas("twice"));
  EXPECT_EQ(ptxemu_memory_free(s.device, 12), PTXEMU_ERROR_MEMORY);
  f = s.function("twice");
  uint64_t x = s.allocate(256);
  uint32_t n = 64;
  void *parameters[] = {&x, &n};
  ptxemu_launch_config c = shape(1, 512);
  EXPECT_EQ(ptxemu_launch(f, &c, parameters), PTXEMU_ERROR_LAUNCH);
  EXPECT_TRUE(lastErrorHas("256 threads")) << ptxemu_last_error();
  parameters[1] = nullptr;
  EXPECT_EQ(ptxemu_launch(f, &c, parameters), PTXEMU_ERROR_ARGUMENT);
}

TEST(CInterface, WantsDynamicSharedMemoryToBeAskedFor) {
  Session s;
  ptxemu_function *f = s.function("strided");
  ptxemu_launch_config c = shape(1, 32);
  c.dynamic_shared_bytes = 48 * 1024;
  EXPECT_EQ(ptxemu_launch(f, &c, nullptr), PTXEMU_OK) << ptxemu_last_error();
  c.dynamic_shared_bytes = 100 * 1024;
  EXPECT_EQ(ptxemu_launch(f, &c, nullptr), PTXEMU_ERROR_LAUNCH);
  EXPECT_TRUE(lastErrorHas("set_dynamic_shared"));
  EXPECT_EQ(ptxemu_function_set_dynamic_shared(f, 228 * 1024),
            PTXEMU_ERROR_LAUNCH);
  EXPECT_EQ(ptxemu_function_set_dynamic_shared(f, 100 * 1024), PTXEMU_OK);
  EXPECT_EQ(ptxemu_launch(f, &c, nullptr), PTXEMU_OK) << ptxemu_last_error();
}

TEST(CInterface, ReportsWhatTheSanitizerFound) {
  Session s;
  s.options([](ptxemu_options &o) {
    o.sanitize = 1;
    o.order = 2;
    o.seed = 99;
  });
  uint64_t x = s.allocate(100);
  uint32_t n = 64;
  void *parameters[] = {&x, &n};
  ptxemu_launch_config c = shape(1, 64);
  EXPECT_EQ(ptxemu_launch(s.function("twice"), &c, parameters),
            PTXEMU_ERROR_KERNEL);
  EXPECT_TRUE(lastErrorHas("out-of-bounds"));
  ASSERT_EQ(ptxemu_report_count(s.device), 2u); // the load and the store
  ptxemu_report r = {};
  r.struct_size = sizeof(r);
  EXPECT_EQ(ptxemu_report_at(s.device, 0, &r), PTXEMU_OK);
  EXPECT_STREQ(r.kind, "out-of-bounds");
  EXPECT_STREQ(r.kernel, "twice");
  EXPECT_EQ(r.ptx_line, 22);
  EXPECT_EQ(r.repeats, 64u - 25 - 1);
  EXPECT_NE(std::strstr(r.text, "ld.global.f32"), nullptr);
  EXPECT_EQ(ptxemu_report_at(s.device, 2, &r), PTXEMU_ERROR_NOT_FOUND);
  n = 25;
  EXPECT_EQ(ptxemu_launch(s.function("twice"), &c, parameters), PTXEMU_OK);
  EXPECT_EQ(ptxemu_report_count(s.device), 0u);
}

TEST(CInterface, SumsStatisticsByKernel) {
  Session s;
  s.options([](ptxemu_options &o) {
    o.statistics = 1;
    o.threads = 3;
  });
  uint64_t x = s.allocate(4096);
  uint32_t n = 1024;
  void *parameters[] = {&x, &n};
  ptxemu_launch_config c = shape(8, 128);
  ptxemu_function *f = s.function("twice"), *g = s.function("strided");
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(ptxemu_launch(f, &c, parameters), PTXEMU_OK);
  c = shape(1, 32);
  c.dynamic_shared_bytes = 256;
  EXPECT_EQ(ptxemu_launch(g, &c, nullptr), PTXEMU_OK) << ptxemu_last_error();
  ptxemu_statistics t = {};
  t.struct_size = sizeof(t);
  EXPECT_EQ(ptxemu_function_statistics(f, &t), PTXEMU_OK);
  EXPECT_EQ(t.launches, 2u);
  EXPECT_EQ(t.global_bytes_read, 2u * 4096);
  EXPECT_EQ(t.global_sectors, 2u * 2 * 128);
  EXPECT_EQ(t.shared_requests, 0u);
  EXPECT_EQ(t.warp_instructions, 2u * 32 * 14);
  uint64_t classes = 0, opcodes = 0, count;
  for (size_t i = 0; ptxemu_class_name(i); ++i)
    classes += t.by_class[i];
  EXPECT_EQ(classes, t.warp_instructions);
  for (size_t i = 0; ptxemu_function_opcode(f, i, &count); ++i)
    opcodes += count;
  EXPECT_EQ(opcodes, t.warp_instructions);
  EXPECT_STREQ(ptxemu_function_opcode(f, 0, &count), "add.f32");
  EXPECT_EQ(count, 64u);
  EXPECT_EQ(ptxemu_function_statistics(g, &t), PTXEMU_OK);
  EXPECT_EQ(t.shared_wavefronts, 2u);
  EXPECT_EQ(t.shared_ideal_wavefronts, 1u);
  EXPECT_NE(std::strstr(ptxemu_function_report_statistics(g), "x2.00"),
            nullptr);
  ptxemu_loop loop = {};
  loop.struct_size = sizeof(loop);
  EXPECT_EQ(ptxemu_function_loop(g, 0, &loop, nullptr), PTXEMU_ERROR_NOT_FOUND);
  ptxemu_function_reset_statistics(f);
  EXPECT_EQ(ptxemu_function_statistics(f, &t), PTXEMU_OK);
  EXPECT_EQ(t.launches, 0u);
}

TEST(CInterface, GivesLoops) {
  Session s("sm_80", ".version 8.0\n.target sm_80\n.address_size 64\n"
                     ".visible .entry k(.param .u32 n) {\n"
                     ".reg .b32 %r<3>;\n.reg .pred %p;\n"
                     "ld.param.u32 %r1, [n];\nL:\nsub.u32 %r1, %r1, 1;\n"
                     "setp.ne.u32 %p, %r1, 0;\n@%p bra L;\nret;\n}\n");
  s.options([](ptxemu_options &o) { o.statistics = 1; });
  ptxemu_function *f = s.function("k");
  uint32_t n = 9;
  void *parameters[] = {&n};
  ptxemu_launch_config c = shape(2, 32);
  EXPECT_EQ(ptxemu_launch(f, &c, parameters), PTXEMU_OK);
  ptxemu_loop loop = {};
  loop.struct_size = sizeof(loop);
  ptxemu_statistics t = {};
  t.struct_size = sizeof(t);
  ASSERT_EQ(ptxemu_function_loop(f, 0, &loop, &t), PTXEMU_OK);
  EXPECT_STREQ(loop.function, "k");
  EXPECT_EQ(loop.first_line, 9);
  EXPECT_EQ(loop.last_line, 11);
  EXPECT_EQ(loop.iterations, 2u * 9);
  EXPECT_EQ(t.warp_instructions, 2u * 9 * 3);
  EXPECT_EQ(t.by_class[0], 2u * 9 * 2); // integer
}

TEST(CInterface, CopiesAndFills) {
  Session s;
  s.options([](ptxemu_options &o) { o.memory_limit = 1 << 20; });
  uint64_t a = s.allocate(64), too = 0;
  uint8_t bytes[64];
  EXPECT_EQ(ptxemu_memory_fill(s.device, a, 3, 32), PTXEMU_OK);
  EXPECT_EQ(ptxemu_memory_copy(s.device, a + 16, a, 32), PTXEMU_OK);
  EXPECT_EQ(ptxemu_memory_copy_out(s.device, bytes, a, 64), PTXEMU_OK);
  for (int i = 0; i < 64; ++i)
    EXPECT_EQ(bytes[i], i < 48 ? 3 : 0xff);
  EXPECT_EQ(ptxemu_memory_copy(s.device, a + 48, a, 32), PTXEMU_ERROR_MEMORY);
  EXPECT_EQ(ptxemu_memory_allocate(s.device, 1 << 20, &too),
            PTXEMU_ERROR_MEMORY);
  EXPECT_EQ(too, 0u);
  EXPECT_EQ(ptxemu_memory_free(s.device, a), PTXEMU_OK);
}

/// Errors belong to the thread, and calls on one device take turns.
TEST(CInterface, ServesSeveralThreads) {
  Session s;
  ptxemu_function *f = s.function("twice");
  std::vector<std::thread> threads;
  std::vector<int> good(4, 0);
  for (size_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      std::vector<float> values(1000, float(t + 1));
      uint64_t x = 0;
      ptxemu_memory_allocate(s.device, 4000, &x);
      ptxemu_memory_copy_in(s.device, x, values.data(), 4000);
      uint32_t n = 1000;
      void *parameters[] = {&x, &n};
      ptxemu_launch_config c = shape(8, 128);
      for (int i = 0; i < 10; ++i)
        good[t] += ptxemu_launch(f, &c, parameters) == PTXEMU_OK;
      ptxemu_memory_copy_out(s.device, values.data(), x, 4000);
      good[t] += values[999] == float(t + 1) * 1024;
      good[t] += !*ptxemu_last_error();
    });
  for (std::thread &t : threads)
    t.join();
  EXPECT_EQ(good, std::vector<int>(4, 12));
}

TEST(CInterface, EncodesTensorMaps) {
  ptxemu_tensor_map_config c = {};
  c.struct_size = sizeof(c);
  c.type = 6;
  c.rank = 2;
  c.address = 4096;
  c.extent[0] = c.extent[1] = 64;
  c.stride[1] = 128;
  c.box[0] = c.box[1] = 64;
  alignas(64) uint8_t map[128];
  EXPECT_EQ(ptxemu_tensor_map_encode(&c, map), PTXEMU_OK);
  c.stride[1] = 120;
  EXPECT_EQ(ptxemu_tensor_map_encode(&c, map), PTXEMU_ERROR_ARGUMENT);
  EXPECT_TRUE(lastErrorHas("stride"));
}

} // namespace
