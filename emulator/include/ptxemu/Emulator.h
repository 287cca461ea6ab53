//===- Emulator.h - A device that runs PTX on the CPU ---------------------===//
//
// The library's interface: a Device allocates memory, copies, loads modules of
// PTX text and launches their kernels, as a CUDA device does. A launch returns
// what happened: reports of the sanitizer, statistics, and whether it ran to
// its end.
//
//   ptxemu::Device device;
//   ptxemu::ModuleHandle m = device.loadModule(ptxText);
//   uint64_t x = device.allocate(bytes);
//   device.copyToDevice(x, host, bytes);
//   ptxemu::LaunchConfig config;
//   config.grid[0] = 4; config.block[0] = 128;
//   config.addArgument(x);
//   ptxemu::LaunchResult r = device.launch(m, "kernel", config);
//
//===----------------------------------------------------------------------===//
#ifndef PTXEMU_EMULATOR_H
#define PTXEMU_EMULATOR_H

#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace ptxemu {

enum class ReportKind {
  OutOfBounds, ///< global, shared or local access outside of memory
  Misaligned,
  Uninitialised,     ///< shared bytes or a register nothing wrote
  SharedRace,        ///< unordered accesses to shared memory
  GlobalRace,        ///< unordered accesses of two CTAs to global memory
  MissingWait,       ///< asynchronous operation used before its wait
  MissingProxyFence, ///< generic writes read by the async proxy
  BarrierMisuse,     ///< mbarrier or bar used against its rules
  Divergence,        ///< collective without all of its lanes
  ExitedLane,        ///< collective names a lane that has exited
  Deadlock,
  StepLimit,
  Trap,
  InvalidOperation, ///< anything else PTX leaves undefined
};
const char *reportKindName(ReportKind kind);

struct Report {
  ReportKind kind;
  std::string kernel;
  uint32_t cta[3] = {0, 0, 0};
  int warp = -1;
  int lane = -1;
  uint64_t address = 0;
  int ptxLine = 0;
  std::string ptxText;
  std::string sourceFile; ///< from .loc, empty when there is none
  int sourceLine = 0;
  std::string message;
  uint64_t repeats = 0; ///< further occurrences at the same line
  /// One line (a deadlock: one for each warp) for people.
  std::string text() const;
};

/// When asynchronous operations take effect.
enum class AsyncMode {
  Late,  ///< as late as the program allows: finds missing waits
  Eager, ///< at once
  Random
};
enum class Order { InOrder, Reverse, Random };

/// What one instruction, loop or launch did.
struct Counters {
  uint64_t warpInstructions = 0, threadInstructions = 0;
  uint64_t sharedRequests = 0, sharedWavefronts = 0;
  /// Wavefronts the same words would take without any bank conflict.
  uint64_t sharedIdealWavefronts = 0;
  uint64_t globalRequests = 0, globalSectors = 0;
  uint64_t globalBytesRead = 0, globalBytesWritten = 0;
  uint64_t tensorOperations = 0; ///< multiply-adds count two
  uint64_t barriers = 0;
  void add(const Counters &other);
  /// 1 without bank conflicts (or without accesses).
  double bankConflictFactor() const;
};

/// A natural loop; what is in nested loops counts in the outer one too.
struct LoopStatistics {
  std::string function;
  int firstLine = 0, lastLine = 0; ///< of the PTX text; first is the header
  std::string sourceFile;          ///< of the header, from .loc
  int sourceLine = 0;
  int depth = 1;           ///< 1 is outermost
  uint64_t iterations = 0; ///< times a warp ran the header
  Counters counters;
  std::vector<uint64_t> byClass;
};

struct Statistics : Counters {
  uint64_t launches = 0;
  /// Warp instructions by class, in the order of statisticsClassName().
  std::vector<uint64_t> byClass;
  /// Warp instructions by opcode and modifiers.
  std::map<std::string, uint64_t> byOpcode;
  /// By header, callees after the kernel; the same in every launch of a kernel.
  std::vector<LoopStatistics> loops;
  /// Warp instructions whose opcode is this word: "mma", "ldmatrix", "wgmma".
  uint64_t opcodeCount(const std::string &opcode) const;
  /// Another launch of the same kernel.
  void add(const Statistics &other);
  /// A table for people.
  std::string text() const;
};
/// "" past the last class.
const char *statisticsClassName(size_t index);

struct LaunchConfig {
  uint32_t grid[3] = {1, 1, 1};
  uint32_t block[3] = {1, 1, 1};
  uint32_t cluster[3] = {0, 0, 0}; ///< 0: what the kernel declares, or 1
  uint32_t dynamicSharedBytes = 0;
  /// The kernel's parameters, in order; each placed at its own alignment.
  std::vector<std::vector<uint8_t>> arguments;
  bool sanitize = false;
  bool statistics = false;
  bool cooperative = false; ///< all CTAs resident, for grid-wide barriers
  AsyncMode async = AsyncMode::Late;
  Order order = Order::InOrder;
  uint64_t seed = 1;
  uint64_t stepLimit = uint64_t(1) << 33; ///< warp instructions of a launch
  /// Host threads; 0 is one a core. The sanitizer always uses one, so that
  /// its reports do not depend on timing.
  unsigned threads = 1;
  size_t maxReports = 64;

  template <typename T> void addArgument(const T &value) {
    arguments.emplace_back(sizeof(T));
    std::memcpy(arguments.back().data(), &value, sizeof(T));
  }
};

struct LaunchResult {
  bool ok = false;   ///< ran to its end without any report
  std::string error; ///< why it did not start, or the first report
  std::vector<Report> reports;
  Statistics statistics;
};

enum class Swizzle : uint8_t { None, Bytes32, Bytes64, Bytes128 };
enum class TensorType : uint8_t {
  U8,
  U16,
  U32,
  S32,
  U64,
  S64,
  F16,
  F32,
  F64,
  BF16,
  TF32
};

/// The 128 bytes a kernel takes as a tensor-map parameter.
struct alignas(64) TensorMap {
  uint8_t bytes[128];
};
struct TensorMapConfig {
  TensorType type = TensorType::F16;
  unsigned rank = 2;
  uint64_t address = 0;    ///< device address, 16-byte aligned
  uint64_t extent[5] = {}; ///< elements, innermost first
  uint64_t stride[5] = {}; ///< bytes; stride[0] is ignored
  uint32_t box[5] = {};    ///< elements
  uint32_t elementStride[5] = {1, 1, 1, 1, 1};
  Swizzle swizzle = Swizzle::None;
  bool fillNan = false; ///< outside the tensor: NaN instead of zero
};
/// Checks the driver's rules; on failure `error` says which one is broken.
bool encodeTensorMap(const TensorMapConfig &config, TensorMap &map,
                     std::string &error);

struct KernelInfo {
  std::string name;
  std::vector<uint64_t> parameterBytes;
  std::vector<uint32_t> parameterAlign;
  uint32_t staticSharedBytes = 0;
  uint32_t requiredThreads[3] = {0, 0, 0};
  uint32_t maxThreads[3] = {0, 0, 0};
  uint32_t clusterDims[3] = {0, 0, 0};
  uint32_t dynamicSharedAddress = 0; ///< of the dynamic part
  uint32_t localBytes = 0;           ///< a thread
};

using ModuleHandle = int;

/// What a kernel can find on a device, and what it must not exceed.
struct DeviceFacts {
  const char *name;           ///< "sm_90a"
  uint32_t computeCapability; ///< 90
  uint32_t multiprocessors;
  uint32_t maxWarpsPerMultiprocessor, maxBlocksPerMultiprocessor;
  uint32_t registersPerMultiprocessor;
  uint32_t sharedBytesPerMultiprocessor;
  uint32_t sharedBytesPerBlockOptin; ///< static and dynamic together
  uint32_t maxClusterSize;           ///< 1: no clusters
  uint64_t l2Bytes;
};
/// Threads of a block, and shared bytes it has without asking for more.
constexpr uint32_t maxThreadsPerBlock = 1024;
constexpr uint32_t sharedBytesPerBlock = 48 * 1024;
/// The devices there are facts of.
const std::vector<DeviceFacts> &knownDevices();
/// Facts by name ("sm_86"; "sm_90" means sm_90a), or null.
const DeviceFacts *findDevice(const std::string &name);
/// The least device that runs a module, from its .target; null when there is
/// none or the text has no target.
const DeviceFacts *deviceForModule(const std::string &ptx);

class Device {
public:
  /// A device with the facts of sm_90a, or with others.
  Device();
  explicit Device(const DeviceFacts &facts);
  ~Device();
  Device(const Device &) = delete;
  Device &operator=(const Device &) = delete;

  const DeviceFacts &facts() const;

  /// Parse and check a module; every kernel in it is decoded, so anything
  /// unknown is found here, and so is a .target the device does not have. -1 on
  /// failure, see lastError().
  ModuleHandle loadModule(const std::string &ptx);
  void unloadModule(ModuleHandle module);
  std::vector<std::string> kernels(ModuleHandle module) const;
  bool kernelInfo(ModuleHandle module, const std::string &kernel,
                  KernelInfo &info) const;
  /// Address and size of a .global or .const variable; 0 when unknown.
  uint64_t globalAddress(ModuleHandle module, const std::string &name,
                         uint64_t *bytes = nullptr) const;

  /// 256-byte aligned memory; 0 on failure. It is filled with 0xFF, which is
  /// a NaN in every format, so that what is never written shows.
  uint64_t allocate(uint64_t bytes);
  bool release(uint64_t address);
  /// Refuse allocations beyond this sum; without it there is the host's memory.
  void setMemoryLimit(uint64_t bytes);
  uint64_t memoryLimit() const;
  uint64_t memoryInUse() const;
  /// Where the memory that holds an address begins and how long it is; false
  /// when the address is not the device's.
  bool findMemory(uint64_t address, uint64_t &begin, uint64_t &bytes) const;
  bool copyToDevice(uint64_t to, const void *from, uint64_t bytes);
  bool copyToHost(void *to, uint64_t from, uint64_t bytes);
  /// Between two places on the device, which may overlap.
  bool copy(uint64_t to, uint64_t from, uint64_t bytes);
  bool fill(uint64_t address, uint8_t value, uint64_t bytes);
  /// Let kernels use host memory in place; it must outlive its use.
  bool registerMemory(void *memory, uint64_t bytes, bool readOnly = false);
  bool unregisterMemory(void *memory);

  /// Shared-memory address of the dynamic part, for kernels that take it as a
  /// parameter; 0 when the kernel is unknown.
  uint32_t dynamicSharedAddress(ModuleHandle module,
                                const std::string &kernel) const;

  /// The values that a launch passes, given pointers to them in order, as for
  /// cuLaunchKernel.
  static void setArguments(LaunchConfig &config, const KernelInfo &kernel,
                           const void *const *parameters);
  LaunchResult launch(ModuleHandle module, const std::string &kernel,
                      const LaunchConfig &config);

  const std::string &lastError() const;

  struct Impl;

private:
  std::unique_ptr<Impl> impl;
};

/// Instruction set the arithmetic runs on: "avx512", "avx2" or "base".
const char *hostInstructionSet();

} // namespace ptxemu

#endif
