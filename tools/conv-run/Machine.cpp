//===- Machine.cpp - What conv-run compiles for and runs on ---------------===//

#include "Machine.h"

#include "Session.h"

#include "mlir/IR/BuiltinOps.h"

#include <chrono>

using namespace conv;

namespace {

class Cpu : public Machine {
public:
  Cpu(cpu::CompileOptions options, convrt_pool *pool)
      : options(std::move(options)), pool(pool) {}
  ~Cpu() override { convrt_pool_destroy(pool); }

  mlir::FailureOr<llvm::SmallVector<char, 0>>
  compile(mlir::ModuleOp module, cpu::StageTimes &times) override {
    return cpu::compileToPackage(module, options, &times);
  }

  convrt_status load(convrt_package *newPackage) override {
    package = newPackage;
    return convrt_package_load(package);
  }

  const convrt_kernel *find(const std::string &name) const override {
    return convrt_package_find(package, name.c_str());
  }

  convrt_status run(const convrt_kernel *kernel,
                    llvm::ArrayRef<const DLTensor *> tensors, unsigned runs,
                    std::vector<double> &seconds) override {
    for (unsigned i = 0; i < runs; ++i) {
      auto start = std::chrono::steady_clock::now();
      if (convrt_status status =
              convrt_run(kernel, tensors.data(), tensors.size(), pool))
        return status;
      seconds.push_back(std::chrono::duration<double>(
                            std::chrono::steady_clock::now() - start)
                            .count());
    }
    return CONVRT_OK;
  }

  std::string describe() const override {
    return std::to_string(threads()) +
           (threads() == 1 ? " thread" : " threads");
  }
  unsigned threads() const override { return convrt_pool_host(pool)->threads; }
  bool isEmulated() const override { return false; }

private:
  cpu::CompileOptions options;
  convrt_pool *pool;
  convrt_package *package = nullptr;
};

} // namespace

static llvm::Expected<std::unique_ptr<Machine>>
openCpu(const RunOptions &options) {
  auto levels = cpu::parseLevels(options.level);
  if (!levels)
    return llvm::createStringError("--level: " +
                                   llvm::toString(levels.takeError()));
  if (levels->size() != 1)
    return llvm::createStringError("--level names " +
                                   llvm::Twine(levels->size()) +
                                   " levels; one can run");
  if (options.arithmetic != "f32" && options.arithmetic != "f16")
    return llvm::createStringError("--arithmetic: unknown \"" +
                                   options.arithmetic +
                                   "\"; known are: f32, f16");
  cpu::CompileOptions compileOptions;
  compileOptions.levels = *levels;
  compileOptions.arithmetic = options.arithmetic;
  convrt_pool *pool;
  if (convrt_pool_create(options.threads, &pool) != CONVRT_OK)
    return llvm::createStringError(convrt_last_error());
  return std::make_unique<Cpu>(std::move(compileOptions), pool);
}

llvm::Expected<std::unique_ptr<Machine>>
Machine::open(const RunOptions &options) {
  llvm::StringRef kind = llvm::StringRef(options.target).split(':').first;
  if (options.target == "cpu")
    return openCpu(options);
  if (kind == "cuda" || kind == "emulate")
    return openGpu(options.target);
  return llvm::createStringError(
      "unknown target \"" + options.target +
      "\"; the targets are: cpu, cuda, cuda:N, emulate, emulate:sm_NN");
}
