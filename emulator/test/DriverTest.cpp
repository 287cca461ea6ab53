//===- DriverTest.cpp - The emulator behind CUDA's driver API -------------===//
#include "ptxemu/Driver.h"
#include "Driver/Abi.h"
#include "TestSupport.h"

#include <cstdlib>
#include <cstring>

using ptxemu::kernelText;

extern "C" {
CUresult cuInit(unsigned);
CUresult cuDriverGetVersion(int *);
CUresult cuDeviceGetCount(int *);
CUresult cuDeviceGet(CUdevice *, int);
CUresult cuDeviceGetName(char *, int, CUdevice);
CUresult cuDeviceGetAttribute(int *, CUdeviceAttribute, CUdevice);
CUresult cuDevicePrimaryCtxRetain(CUcontext *, CUdevice);
CUresult cuDevicePrimaryCtxRelease_v2(CUdevice);
CUresult cuDevicePrimaryCtxGetState(CUdevice, unsigned *, int *);
CUresult cuCtxCreate_v2(CUcontext *, unsigned, CUdevice);
CUresult cuCtxDestroy_v2(CUcontext);
CUresult cuCtxGetCurrent(CUcontext *);
CUresult cuCtxSetCurrent(CUcontext);
CUresult cuCtxPushCurrent_v2(CUcontext);
CUresult cuCtxPopCurrent_v2(CUcontext *);
CUresult cuCtxGetDevice(CUdevice *);
CUresult cuCtxSynchronize(void);
CUresult cuMemAlloc_v2(CUdeviceptr *, size_t);
CUresult cuMemFree_v2(CUdeviceptr);
CUresult cuMemcpyHtoD_v2(CUdeviceptr, const void *, size_t);
CUresult cuMemcpyDtoH_v2(void *, CUdeviceptr, size_t);
CUresult cuMemcpyDtoHAsync_v2(void *, CUdeviceptr, size_t, CUstream);
CUresult cuMemsetD8_v2(CUdeviceptr, unsigned char, size_t);
CUresult cuMemsetD8Async(CUdeviceptr, unsigned char, size_t, CUstream);
CUresult cuMemPoolCreate(CUmemoryPool *, const CUmemPoolProps *);
CUresult cuMemPoolDestroy(CUmemoryPool);
CUresult cuMemAllocFromPoolAsync(CUdeviceptr *, size_t, CUmemoryPool, CUstream);
CUresult cuMemFreeAsync(CUdeviceptr, CUstream);
CUresult cuPointerGetAttribute(void *, CUpointerAttribute, CUdeviceptr);
CUresult cuModuleLoadDataEx(CUmodule *, const void *, unsigned, CUjitOption *,
                            void **);
CUresult cuModuleUnload(CUmodule);
CUresult cuModuleGetFunction(CUfunction *, CUmodule, const char *);
CUresult cuModuleGetGlobal_v2(CUdeviceptr *, size_t *, CUmodule, const char *);
CUresult cuFuncGetAttribute(int *, CUfunctionAttribute, CUfunction);
CUresult cuFuncSetAttribute(CUfunction, CUfunctionAttribute, int);
CUresult cuFuncGetParamInfo(CUfunction, size_t, size_t *, size_t *);
CUresult cuLaunchKernelEx(const CUlaunchConfig *, CUfunction, void **, void **);
CUresult cuStreamCreate(CUstream *, unsigned);
CUresult cuStreamDestroy_v2(CUstream);
CUresult cuStreamSynchronize(CUstream);
CUresult cuStreamBeginCapture_v2(CUstream, CUstreamCaptureMode);
CUresult cuStreamIsCapturing(CUstream, CUstreamCaptureStatus *);
CUresult cuStreamEndCapture(CUstream, CUgraph *);
CUresult cuGraphInstantiateWithFlags(CUgraphExec *, CUgraph,
                                     unsigned long long);
CUresult cuGraphLaunch(CUgraphExec, CUstream);
CUresult cuGraphDestroy(CUgraph);
CUresult cuGraphExecDestroy(CUgraphExec);
CUresult cuEventCreate(CUevent *, unsigned);
CUresult cuEventDestroy_v2(CUevent);
CUresult cuEventRecord(CUevent, CUstream);
CUresult cuEventSynchronize(CUevent);
CUresult cuEventElapsedTime(float *, CUevent, CUevent);
CUresult cuGetErrorName(CUresult, const char **);
CUresult cuGetProcAddress_v2(const char *, void **, int, uint64_t, int *);
}

namespace {

/// y[i] = x[i] + 1 in blocks of 32, with a variable and dynamic shared memory.
std::string addOne(const std::string &target = "sm_90a") {
  std::string text =
      kernelText("ld.param.u64 %rd1, [p0];\nld.param.u64 %rd2, [p1];\n"
                 "mov.u32 %r1, %tid.x;\nmov.u32 %r2, %ctaid.x;\n"
                 "mad.lo.u32 %r1, %r2, 32, %r1;\nmul.wide.u32 %rd3, %r1, 4;\n"
                 "add.u64 %rd1, %rd1, %rd3;\nadd.u64 %rd2, %rd2, %rd3;\n"
                 "ld.global.u32 %r3, [%rd1];\nadd.u32 %r3, %r3, 1;\n"
                 "st.global.u32 [%rd2], %r3;\nret;",
                 2);
  text.replace(text.find("sm_90a"), 6, target);
  text.insert(text.find(".visible"),
              ".visible .global .align 4 .u32 g = 7;\n"
              ".extern .shared .align 16 .b8 dynamic[];\n");
  return text;
}

/// Every lane of 64 writes the same shared word: a race.
std::string racing() {
  return kernelText(".shared .align 4 .b8 s[4];\nmov.u32 %r1, %tid.x;\n"
                    "st.shared.u32 [s], %r1;\nret;",
                    0);
}

class Driver : public ::testing::Test {
protected:
  Driver() {
    EXPECT_EQ(cuInit(0), CUDA_SUCCESS) << ptxemuDriverError();
    EXPECT_EQ(cuDevicePrimaryCtxRetain(&context, 0), CUDA_SUCCESS);
    EXPECT_EQ(cuCtxSetCurrent(context), CUDA_SUCCESS);
  }
  ~Driver() override {
    for (CUmodule module : modules)
      EXPECT_EQ(cuModuleUnload(module), CUDA_SUCCESS);
    for (CUdeviceptr address : memory)
      EXPECT_EQ(cuMemFree_v2(address), CUDA_SUCCESS);
    EXPECT_EQ(cuCtxSetCurrent(nullptr), CUDA_SUCCESS);
    EXPECT_EQ(cuDevicePrimaryCtxRelease_v2(0), CUDA_SUCCESS);
    for (const char *setting : {"sanitize", "statistics"})
      EXPECT_EQ(ptxemuDriverSet(setting, "0"), CUDA_SUCCESS);
  }

  CUfunction load(const std::string &text, const char *name = "k") {
    CUmodule module;
    EXPECT_EQ(cuModuleLoadDataEx(&module, text.c_str(), 0, nullptr, nullptr),
              CUDA_SUCCESS)
        << ptxemuDriverError();
    modules.push_back(module);
    CUfunction function = nullptr;
    EXPECT_EQ(cuModuleGetFunction(&function, module, name), CUDA_SUCCESS);
    return function;
  }

  CUdeviceptr allocate(size_t bytes) {
    CUdeviceptr address = 0;
    EXPECT_EQ(cuMemAlloc_v2(&address, bytes), CUDA_SUCCESS);
    memory.push_back(address);
    return address;
  }

  /// Launch addOne on two blocks of what `x` and `y` are then.
  CUresult launch(CUfunction function, CUstream stream = nullptr,
                  unsigned shared = 0, unsigned threads = 32) {
    CUlaunchConfig config = {};
    config.gridDimX = 2;
    config.gridDimY = config.gridDimZ = 1;
    config.blockDimX = threads;
    config.blockDimY = config.blockDimZ = 1;
    config.sharedMemBytes = shared;
    config.hStream = stream;
    void *parameters[] = {&x, &y};
    return cuLaunchKernelEx(&config, function, parameters, nullptr);
  }

  uint32_t wordAt(CUdeviceptr address, size_t index) {
    uint32_t word = 0;
    EXPECT_EQ(cuMemcpyDtoH_v2(&word, address + 4 * index, 4), CUDA_SUCCESS)
        << ptxemuDriverError();
    return word;
  }

  static bool errorHas(const char *text) {
    return std::strstr(ptxemuDriverError(), text) != nullptr;
  }

  CUcontext context = nullptr;
  std::vector<CUmodule> modules;
  std::vector<CUdeviceptr> memory;
  CUdeviceptr x = 0, y = 0;
};

TEST_F(Driver, HasDevices) {
  int version = 0, count = 0;
  EXPECT_EQ(cuDriverGetVersion(&version), CUDA_SUCCESS);
  EXPECT_GE(version, 12000);
  EXPECT_EQ(cuDeviceGetCount(&count), CUDA_SUCCESS);
  EXPECT_GE(count, 6);
  auto attribute = [](CUdeviceAttribute name, CUdevice device) {
    int value = -1;
    EXPECT_EQ(cuDeviceGetAttribute(&value, name, device), CUDA_SUCCESS);
    return value;
  };
  EXPECT_EQ(attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, 0), 9);
  EXPECT_EQ(attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, 0), 0);
  EXPECT_EQ(attribute(CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, 0), 132);
  EXPECT_EQ(attribute(CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN, 0),
            227 * 1024);
  bool has86 = false;
  for (int device = 0; device < count; ++device) {
    char name[32];
    EXPECT_EQ(cuDeviceGetName(name, sizeof name, device), CUDA_SUCCESS);
    if (std::strcmp(name, "emulated sm_86") == 0) {
      has86 = true;
      EXPECT_EQ(attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, device),
                6);
      EXPECT_EQ(attribute(CU_DEVICE_ATTRIBUTE_CLUSTER_LAUNCH, device), 0);
    }
  }
  EXPECT_TRUE(has86);
  int value;
  EXPECT_EQ(cuDeviceGet(&value, count), CUDA_ERROR_INVALID_DEVICE);
  EXPECT_EQ(cuDeviceGetAttribute(&value, CUdeviceAttribute(9999), 0),
            CUDA_ERROR_INVALID_VALUE);
}

TEST_F(Driver, KeepsAStackOfContexts) {
  CUcontext own = nullptr, current = nullptr;
  ASSERT_EQ(cuCtxCreate_v2(&own, 0, 1), CUDA_SUCCESS);
  EXPECT_EQ(cuCtxGetCurrent(&current), CUDA_SUCCESS);
  EXPECT_EQ(current, own);
  CUdevice device;
  EXPECT_EQ(cuCtxGetDevice(&device), CUDA_SUCCESS);
  EXPECT_EQ(device, 1);
  EXPECT_EQ(cuCtxPushCurrent_v2(context), CUDA_SUCCESS);
  EXPECT_EQ(cuCtxGetDevice(&device), CUDA_SUCCESS);
  EXPECT_EQ(device, 0);
  EXPECT_EQ(cuCtxPopCurrent_v2(&current), CUDA_SUCCESS);
  EXPECT_EQ(current, context);
  EXPECT_EQ(cuCtxDestroy_v2(own), CUDA_SUCCESS);
  EXPECT_EQ(cuCtxPushCurrent_v2(own), CUDA_ERROR_INVALID_CONTEXT);
  EXPECT_EQ(cuCtxGetCurrent(&current), CUDA_SUCCESS);
  EXPECT_EQ(current, context);

  unsigned flags;
  int active;
  EXPECT_EQ(cuDevicePrimaryCtxGetState(0, &flags, &active), CUDA_SUCCESS);
  EXPECT_TRUE(active);
  EXPECT_EQ(cuDevicePrimaryCtxGetState(1, &flags, &active), CUDA_SUCCESS);
  EXPECT_FALSE(active);
  EXPECT_EQ(cuDevicePrimaryCtxRelease_v2(1), CUDA_ERROR_INVALID_CONTEXT);
}

TEST_F(Driver, NeedsAContext) {
  EXPECT_EQ(cuCtxSetCurrent(nullptr), CUDA_SUCCESS);
  CUdeviceptr address;
  EXPECT_EQ(cuMemAlloc_v2(&address, 16), CUDA_ERROR_INVALID_CONTEXT);
  EXPECT_EQ(cuCtxSetCurrent(context), CUDA_SUCCESS);
}

TEST_F(Driver, KnowsItsMemory) {
  CUdeviceptr a = allocate(100);
  char bytes[200] = {};
  EXPECT_EQ(cuMemcpyHtoD_v2(a, bytes, 100), CUDA_SUCCESS);
  EXPECT_EQ(cuMemcpyHtoD_v2(a, bytes, 101), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuMemsetD8_v2(a + 1, 5, 99), CUDA_SUCCESS);
  EXPECT_EQ(cuMemcpyDtoH_v2(bytes, a, 100), CUDA_SUCCESS);
  EXPECT_EQ(bytes[0], 0);
  EXPECT_EQ(bytes[99], 5);
  unsigned type = 0;
  int ordinal = -1;
  CUdeviceptr base = 0;
  EXPECT_EQ(
      cuPointerGetAttribute(&type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, a + 99),
      CUDA_SUCCESS);
  EXPECT_EQ(type, unsigned(CU_MEMORYTYPE_DEVICE));
  EXPECT_EQ(
      cuPointerGetAttribute(&ordinal, CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL, a),
      CUDA_SUCCESS);
  EXPECT_EQ(ordinal, 0);
  EXPECT_EQ(cuPointerGetAttribute(&base, CU_POINTER_ATTRIBUTE_RANGE_START_ADDR,
                                  a + 50),
            CUDA_SUCCESS);
  EXPECT_EQ(base, a);
  EXPECT_EQ(cuPointerGetAttribute(&type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE,
                                  reinterpret_cast<CUdeviceptr>(bytes)),
            CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuMemFree_v2(a + 1), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuMemFree_v2(0), CUDA_SUCCESS);
}

TEST_F(Driver, HasMemoryPools) {
  CUmemPoolProps properties = {};
  properties.allocType = CU_MEM_ALLOCATION_TYPE_PINNED;
  properties.location = {CU_MEM_LOCATION_TYPE_DEVICE, 0};
  CUmemoryPool pool;
  ASSERT_EQ(cuMemPoolCreate(&pool, &properties), CUDA_SUCCESS);
  CUdeviceptr address;
  ASSERT_EQ(cuMemAllocFromPoolAsync(&address, 64, pool, nullptr), CUDA_SUCCESS);
  EXPECT_EQ(cuMemsetD8_v2(address, 1, 64), CUDA_SUCCESS);
  EXPECT_EQ(cuMemFreeAsync(address, nullptr), CUDA_SUCCESS);
  EXPECT_EQ(cuMemFreeAsync(address, nullptr), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuMemPoolDestroy(pool), CUDA_SUCCESS);
}

TEST_F(Driver, LoadsModules) {
  std::string good = addOne();
  CUmodule module;
  char log[256] = "";
  CUjitOption options[] = {CU_JIT_ERROR_LOG_BUFFER,
                           CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES};
  void *values[] = {log, reinterpret_cast<void *>(sizeof log)};
  auto loads = [&](const std::string &image) {
    return cuModuleLoadDataEx(&module, image.c_str(), 2, options, values);
  };
  std::string bad = good;
  bad.replace(bad.find("add.u32"), 7, "sub.u99");
  EXPECT_EQ(loads(bad), CUDA_ERROR_INVALID_PTX);
  EXPECT_NE(std::strstr(log, "sub.u99"), nullptr) << log;
  values[1] = reinterpret_cast<void *>(sizeof log);
  EXPECT_EQ(loads("\x7f"
                  "ELF and more"),
            CUDA_ERROR_NO_BINARY_FOR_GPU);
  EXPECT_EQ(loads(addOne("sm_100a")), CUDA_ERROR_INVALID_PTX);
  EXPECT_TRUE(errorHas("sm_100a")) << ptxemuDriverError();
  ASSERT_EQ(loads(good), CUDA_SUCCESS) << ptxemuDriverError();
  CUfunction function;
  EXPECT_EQ(cuModuleGetFunction(&function, module, "nothing"),
            CUDA_ERROR_NOT_FOUND);
  EXPECT_TRUE(errorHas("nothing"));
  CUdeviceptr global;
  size_t bytes;
  ASSERT_EQ(cuModuleGetGlobal_v2(&global, &bytes, module, "g"), CUDA_SUCCESS);
  EXPECT_EQ(bytes, 4u);
  EXPECT_EQ(wordAt(global, 0), 7u);
  EXPECT_EQ(cuMemFree_v2(global), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuModuleUnload(module), CUDA_SUCCESS);
  EXPECT_EQ(cuModuleUnload(module), CUDA_ERROR_INVALID_HANDLE);
}

TEST_F(Driver, Launches) {
  CUfunction function = load(addOne());
  x = allocate(256);
  y = allocate(256);
  EXPECT_EQ(cuMemsetD8_v2(x, 1, 256), CUDA_SUCCESS);
  ASSERT_EQ(ptxemuDriverSet("statistics", "1"), 0);
  ASSERT_EQ(launch(function), CUDA_SUCCESS) << ptxemuDriverError();
  for (size_t i : {0, 31, 32, 63})
    EXPECT_EQ(wordAt(y, i), 0x01010102u);
  ptxemu_driver_counters counters;
  ptxemuDriverCounters(&counters);
  EXPECT_EQ(counters.launches, 1u);
  EXPECT_EQ(counters.global_bytes_read, 256u);
  EXPECT_EQ(counters.global_bytes_written, 256u);
  EXPECT_EQ(counters.warp_instructions, 2 * 12u);

  size_t offset, size;
  EXPECT_EQ(cuFuncGetParamInfo(function, 1, &offset, &size), CUDA_SUCCESS);
  EXPECT_EQ(offset, 8u);
  EXPECT_EQ(size, 8u);
  EXPECT_EQ(cuFuncGetParamInfo(function, 2, &offset, &size),
            CUDA_ERROR_INVALID_VALUE);
}

TEST_F(Driver, LimitsSharedMemory) {
  CUfunction function = load(addOne());
  x = allocate(256);
  y = allocate(256);
  EXPECT_EQ(launch(function, nullptr, 48 * 1024), CUDA_SUCCESS);
  EXPECT_EQ(launch(function, nullptr, 48 * 1024 + 1), CUDA_ERROR_INVALID_VALUE);
  EXPECT_TRUE(errorHas("cuFuncSetAttribute")) << ptxemuDriverError();
  const auto dynamic = CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
  EXPECT_EQ(cuFuncSetAttribute(function, dynamic, 227 * 1024 + 1),
            CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuFuncSetAttribute(function, dynamic, 227 * 1024), CUDA_SUCCESS);
  EXPECT_EQ(launch(function, nullptr, 227 * 1024), CUDA_SUCCESS)
      << ptxemuDriverError();
}

TEST_F(Driver, ReportsWhatTheSanitizerFinds) {
  CUfunction function = load(racing());
  EXPECT_EQ(launch(function, nullptr, 0, 64), CUDA_SUCCESS);
  ASSERT_EQ(ptxemuDriverSet("sanitize", "1"), 0);
  EXPECT_EQ(launch(function, nullptr, 0, 64), CUDA_ERROR_LAUNCH_FAILED);
  EXPECT_TRUE(errorHas("shared-race")) << ptxemuDriverError();
  EXPECT_TRUE(errorHas("st.shared.u32")) << ptxemuDriverError();
  // Outside of memory it needs no sanitizer.
  ASSERT_EQ(ptxemuDriverSet("sanitize", "0"), 0);
  x = y = allocate(128);
  EXPECT_EQ(launch(load(addOne())), CUDA_ERROR_ILLEGAL_ADDRESS);
  EXPECT_TRUE(errorHas("out-of-bounds")) << ptxemuDriverError();
}

TEST_F(Driver, ReadsTheEnvironment) {
  CUfunction function = load(racing());
  setenv("PTXEMU_SANITIZE", "1", 1);
  EXPECT_EQ(launch(function, nullptr, 0, 64), CUDA_SUCCESS);
  EXPECT_EQ(cuInit(0), CUDA_SUCCESS);
  EXPECT_EQ(launch(function, nullptr, 0, 64), CUDA_ERROR_LAUNCH_FAILED);
  unsetenv("PTXEMU_SANITIZE");
  EXPECT_EQ(cuInit(0), CUDA_SUCCESS);
  EXPECT_EQ(launch(function, nullptr, 0, 64), CUDA_SUCCESS);
  setenv("PTXEMU_ORDER", "sideways", 1);
  EXPECT_EQ(cuInit(0), CUDA_ERROR_INVALID_VALUE);
  EXPECT_TRUE(errorHas("PTXEMU_ORDER has the senseless value 'sideways'"));
  unsetenv("PTXEMU_ORDER");
  EXPECT_EQ(cuInit(0), CUDA_SUCCESS);
}

TEST_F(Driver, RefusesSenselessSettings) {
  EXPECT_NE(ptxemuDriverSet("sanitize", "2"), 0);
  EXPECT_NE(ptxemuDriverSet("order", "sideways"), 0);
  EXPECT_TRUE(errorHas("sideways"));
  EXPECT_NE(ptxemuDriverSet("colour", "1"), 0);
  EXPECT_NE(ptxemuDriverSet("seed", "-1"), 0);
  EXPECT_NE(ptxemuDriverSet("seed", ""), 0);
  EXPECT_EQ(ptxemuDriverSet("seed", "18446744073709551615"), 0);
  EXPECT_EQ(ptxemuDriverSet("order", "random"), 0);
  EXPECT_EQ(ptxemuDriverSet("order", "inorder"), 0);
}

TEST_F(Driver, CapturesStreams) {
  CUfunction function = load(addOne());
  x = allocate(256);
  y = allocate(256);
  CUstream stream;
  ASSERT_EQ(cuStreamCreate(&stream, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuStreamBeginCapture_v2(stream, CU_STREAM_CAPTURE_MODE_GLOBAL),
            CUDA_SUCCESS);
  CUstreamCaptureStatus status;
  EXPECT_EQ(cuStreamIsCapturing(stream, &status), CUDA_SUCCESS);
  EXPECT_EQ(status, CU_STREAM_CAPTURE_STATUS_ACTIVE);
  EXPECT_EQ(cuMemsetD8Async(x, 2, 256, stream), CUDA_SUCCESS);
  EXPECT_EQ(launch(function, stream), CUDA_SUCCESS);
  CUgraph graph;
  ASSERT_EQ(cuStreamEndCapture(stream, &graph), CUDA_SUCCESS);
  EXPECT_EQ(wordAt(y, 5), 0xFFFFFFFFu); // nothing ran yet
  CUgraphExec executable;
  ASSERT_EQ(cuGraphInstantiateWithFlags(&executable, graph, 0), CUDA_SUCCESS);
  EXPECT_EQ(cuGraphDestroy(graph), CUDA_SUCCESS);
  EXPECT_EQ(cuGraphLaunch(executable, stream), CUDA_SUCCESS);
  EXPECT_EQ(wordAt(y, 5), 0x02020203u);
  EXPECT_EQ(cuGraphExecDestroy(executable), CUDA_SUCCESS);
  EXPECT_EQ(cuStreamDestroy_v2(stream), CUDA_SUCCESS);
}

TEST_F(Driver, RefusesWhatSpoilsACapture) {
  CUfunction function = load(addOne());
  x = allocate(256);
  y = allocate(256);
  CUstream stream;
  CUgraph graph;
  ASSERT_EQ(cuStreamCreate(&stream, 0), CUDA_SUCCESS);
  auto spoils = [&](auto call, CUresult expected) {
    EXPECT_EQ(cuStreamBeginCapture_v2(stream, CU_STREAM_CAPTURE_MODE_GLOBAL),
              CUDA_SUCCESS);
    EXPECT_EQ(call(), expected);
    EXPECT_EQ(launch(function, stream), CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
    EXPECT_EQ(cuStreamEndCapture(stream, &graph),
              CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
    EXPECT_EQ(graph, nullptr);
  };
  CUdeviceptr address;
  const CUresult unsupported = CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  spoils([&] { return cuMemAlloc_v2(&address, 16); }, unsupported);
  spoils([&] { return cuStreamSynchronize(stream); }, unsupported);
  spoils([&] { return cuCtxSynchronize(); }, unsupported);
  spoils([&] { return cuMemcpyDtoH_v2(&address, x, 8); }, unsupported);
  spoils([&] { return launch(function); }, CUDA_ERROR_STREAM_CAPTURE_IMPLICIT);
  // In relaxed mode allocating is allowed.
  EXPECT_EQ(cuStreamBeginCapture_v2(stream, CU_STREAM_CAPTURE_MODE_RELAXED),
            CUDA_SUCCESS);
  allocate(16);
  EXPECT_EQ(cuStreamEndCapture(stream, &graph), CUDA_SUCCESS);
  EXPECT_EQ(cuGraphDestroy(graph), CUDA_SUCCESS);
  EXPECT_EQ(cuStreamEndCapture(stream, &graph),
            CUDA_ERROR_STREAM_CAPTURE_UNMATCHED);
  EXPECT_EQ(cuStreamDestroy_v2(stream), CUDA_SUCCESS);
}

TEST_F(Driver, MeasuresTime) {
  CUevent start, end;
  ASSERT_EQ(cuEventCreate(&start, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuEventCreate(&end, 0), CUDA_SUCCESS);
  float milliseconds = -1;
  EXPECT_EQ(cuEventElapsedTime(&milliseconds, start, end),
            CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cuEventRecord(start, nullptr), CUDA_SUCCESS);
  EXPECT_EQ(cuEventRecord(end, nullptr), CUDA_SUCCESS);
  EXPECT_EQ(cuEventSynchronize(end), CUDA_SUCCESS);
  EXPECT_EQ(cuEventElapsedTime(&milliseconds, start, end), CUDA_SUCCESS);
  EXPECT_GE(milliseconds, 0);
  EXPECT_EQ(cuEventDestroy_v2(start), CUDA_SUCCESS);
  EXPECT_EQ(cuEventDestroy_v2(end), CUDA_SUCCESS);
  EXPECT_EQ(cuEventDestroy_v2(end), CUDA_ERROR_INVALID_HANDLE);
}

TEST_F(Driver, FindsFunctionsByName) {
  void *found = nullptr;
  int status = -1;
  EXPECT_EQ(cuGetProcAddress_v2("cuMemAlloc", &found, 12000, 0, &status),
            CUDA_SUCCESS);
  EXPECT_EQ(found, reinterpret_cast<void *>(&cuMemAlloc_v2));
  EXPECT_EQ(cuGetProcAddress_v2("cuInit", &found, 12000, 0, &status),
            CUDA_SUCCESS);
  EXPECT_EQ(found, reinterpret_cast<void *>(&cuInit));
  EXPECT_EQ(cuGetProcAddress_v2("cuArrayCreate", &found, 12000, 0, &status),
            CUDA_ERROR_NOT_FOUND);
  EXPECT_EQ(found, nullptr);
  const char *name = nullptr;
  EXPECT_EQ(cuGetErrorName(CUDA_ERROR_INVALID_PTX, &name), CUDA_SUCCESS);
  EXPECT_STREQ(name, "CUDA_ERROR_INVALID_PTX");
  EXPECT_EQ(cuGetErrorName(12345, &name), CUDA_ERROR_INVALID_VALUE);
}

} // namespace
