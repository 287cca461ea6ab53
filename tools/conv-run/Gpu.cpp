//===- Gpu.cpp - A GPU, or the emulator of one ----------------------------===//

#include "Machine.h"

#include "conv/Target/NVIDIA/Compile.h"
#include "convrt/cuda.h"

#include "mlir/IR/BuiltinOps.h"

#include <chrono>
#include <numeric>

using namespace conv;

namespace {

/// The architecture to compile for: with the features of the very device where
/// kernels use them.
std::string architectureOf(const convrt_cuda_device_info &info) {
  bool hasOwnFeatures = info.major == 9 || info.major == 10;
  return "sm_" + std::to_string(10 * info.major + info.minor) +
         (hasOwnFeatures ? "a" : "");
}

/// Device memory for a tensor.
class Copy {
public:
  Copy(convrt_cuda_device *device, const DLTensor &host)
      : device(device), host(host), view(host) {
    bytes =
        std::accumulate(host.shape, host.shape + host.ndim,
                        size_t(host.dtype.bits / 8), std::multiplies<size_t>());
    view.device = convrt_cuda_describe(device)->dlpack;
    view.data = nullptr;
  }
  ~Copy() { convrt_cuda_release(device, view.data); }
  Copy(const Copy &) = delete;

  convrt_status upload() {
    convrt_status status = convrt_cuda_allocate(device, bytes, &view.data);
    return status ? status
                  : convrt_cuda_copy_to_device(device, view.data, host.data,
                                               bytes);
  }
  convrt_status download() {
    return convrt_cuda_copy_to_host(device, host.data, view.data, bytes);
  }
  const DLTensor *dlpack() const { return &view; }

private:
  convrt_cuda_device *device;
  const DLTensor &host;
  DLTensor view;
  size_t bytes;
};

class Gpu : public Machine {
public:
  explicit Gpu(convrt_cuda_device *device)
      : device(device), info(*convrt_cuda_describe(device)) {}
  ~Gpu() override {
    convrt_cuda_timer_destroy(timer);
    convrt_cuda_unload(module);
    convrt_cuda_close(device);
  }

  mlir::FailureOr<llvm::SmallVector<char, 0>>
  compile(mlir::ModuleOp source, cpu::StageTimes &times) override {
    auto start = std::chrono::steady_clock::now();
    nvidia::CompileOptions options;
    options.archs = {architectureOf(info)};
    // The emulator runs PTX only.
    options.assemble = !info.emulated;
    auto package = nvidia::compileToPackage(source, options);
    times.push_back({"compile", std::chrono::duration<double>(
                                    std::chrono::steady_clock::now() - start)
                                    .count()});
    return package;
  }

  convrt_status load(convrt_package *package) override {
    if (convrt_status status = convrt_cuda_timer_create(device, &timer))
      return status;
    return convrt_cuda_load(device, package, &module);
  }

  const convrt_kernel *find(const std::string &name) const override {
    return convrt_cuda_description(convrt_cuda_find(module, name.c_str()));
  }

  convrt_status run(const convrt_kernel *kernel,
                    llvm::ArrayRef<const DLTensor *> tensors, unsigned runs,
                    std::vector<double> &seconds) override {
    std::vector<std::unique_ptr<Copy>> copies;
    std::vector<const DLTensor *> arguments;
    for (const DLTensor *tensor : tensors) {
      copies.push_back(std::make_unique<Copy>(device, *tensor));
      if (convrt_status status = copies.back()->upload())
        return status;
      arguments.push_back(copies.back()->dlpack());
    }
    const convrt_kernel_info *description = convrt_kernel_describe(kernel);
    const convrt_cuda_kernel *loaded =
        convrt_cuda_find(module, description->name);
    for (unsigned i = 0; i < runs; ++i) {
      double elapsed;
      convrt_status status = convrt_cuda_timer_start(timer, nullptr);
      if (!status)
        status = convrt_cuda_run(loaded, arguments.data(), arguments.size(),
                                 /*options=*/nullptr);
      if (!status)
        status = convrt_cuda_timer_stop(timer, nullptr, &elapsed);
      if (status)
        return status;
      seconds.push_back(elapsed);
    }
    for (size_t i = description->input_count; i < copies.size(); ++i)
      if (convrt_status status = copies[i]->download())
        return status;
    return CONVRT_OK;
  }

  std::string describe() const override { return info.name; }
  unsigned threads() const override { return 0; }
  bool isEmulated() const override { return info.emulated; }

private:
  convrt_cuda_device *device;
  const convrt_cuda_device_info &info;
  convrt_cuda_module *module = nullptr;
  convrt_cuda_timer *timer = nullptr;
};

} // namespace

llvm::Expected<std::unique_ptr<Machine>>
conv::openGpu(const std::string &name) {
  convrt_cuda_device *device;
  if (convrt_cuda_open(name.c_str(), /*library=*/nullptr, &device) != CONVRT_OK)
    return llvm::createStringError(convrt_last_error());
  return std::make_unique<Gpu>(device);
}
