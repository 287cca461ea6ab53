//===- Session.cpp - One run of conv-run ----------------------------------===//

#include "Session.h"

#include "Machine.h"
#include "Program.h"
#include "Report.h"
#include "Tensors.h"

#include "conv/Dialect/Conv/IR/ConvOps.h"
#include "conv/Reference/Reference.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/WithColor.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>

using namespace mlir;

static double secondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
      .count();
}

namespace {

class Session {
public:
  Session(const conv::RunOptions &options, MLIRContext &context)
      : options(options), context(context) {}
  ~Session() {
    machine.reset(); // what it loaded is the package's
    convrt_package_close(package);
  }

  int run() {
    if (failed(compile()) || failed(makeArguments()) || failed(execute()))
      return 1;
    if (options.check && failed(check()))
      return 1;
    if (failed(writeOutputs()))
      return 1;
    report.print(options.json);
    return options.check && !report.ok() ? 2 : 0;
  }

private:
  LogicalResult error(const llvm::Twine &message) {
    llvm::WithColor::error() << message << "\n";
    return failure();
  }
  LogicalResult check(convrt_status status) {
    return status == CONVRT_OK ? success() : error(convrt_last_error());
  }

  LogicalResult compile() {
    auto opened = conv::Machine::open(options);
    if (!opened)
      return error(llvm::toString(opened.takeError()));
    machine = std::move(*opened);
    auto start = std::chrono::steady_clock::now();
    auto loaded = conv::loadProgram(options.file, options.entry, context);
    if (failed(loaded))
      return failure();
    program = std::move(*loaded);
    report.stages.push_back({"read", secondsSince(start)});
    auto compiled = machine->compile(*program.module, report.stages);
    if (failed(compiled))
      return failure();
    bytes = std::move(*compiled);
    auto load = std::chrono::steady_clock::now();
    if (failed(check(convrt_package_open_memory(bytes.data(), bytes.size(),
                                                CONVRT_BORROW, &package))) ||
        failed(check(machine->load(package))))
      return failure();
    report.stages.push_back({"load", secondsSince(load)});
    report.compileSeconds = secondsSince(start);
    kernel = machine->find(program.entry);
    info = convrt_kernel_describe(kernel);
    report.entry = program.entry;
    report.isa = info->isa;
    report.plan = info->plan;
    report.machine = machine->describe();
    report.threads = machine->threads();
    report.emulated = machine->isEmulated();
    return success();
  }

  /// Split NAME=value arguments of an option.
  LogicalResult parseNamed(const char *option,
                           const std::vector<std::string> &arguments,
                           std::map<std::string, std::string> &result) {
    for (llvm::StringRef argument : arguments) {
      auto [name, value] = argument.split('=');
      if (name.empty() || value.empty())
        return error("--" + llvm::Twine(option) + "=" + argument +
                     " is not of the form NAME=value");
      if (!result.insert({name.str(), value.str()}).second)
        return error("--" + llvm::Twine(option) + " names " + name + " twice");
    }
    return success();
  }

  /// Fail if a name of the command line is not one of the kernel's.
  LogicalResult checkNames(const char *option,
                           const std::map<std::string, std::string> &given,
                           const std::vector<std::string> &known) {
    for (const auto &[name, value] : given)
      if (!llvm::is_contained(known, name))
        return error("--" + llvm::Twine(option) + ": @" + program.entry +
                     " has no \"" + name + "\"; it has " +
                     (known.empty() ? "none" : llvm::join(known, ", ")));
    return success();
  }

  /// The taps of the prepared spectrum that an argument is, or null.
  const convrt_kernel *prepareKernel(size_t argument) {
    return machine->find(conv::prepareName(argument));
  }

  /// What the caller provides for an argument: itself, or the taps.
  const convrt_argument *provided(size_t argument) {
    const convrt_kernel *prepare = prepareKernel(argument);
    return prepare ? convrt_kernel_argument(prepare, 0)
                   : convrt_kernel_argument(kernel, argument);
  }

  LogicalResult makeArguments() {
    std::map<std::string, std::string> inputFiles, dimValues;
    if (failed(parseNamed("input", options.inputs, inputFiles)) ||
        failed(parseNamed("output", options.outputs, outputFiles)) ||
        failed(parseNamed("dim", options.dims, dimValues)))
      return failure();
    std::vector<std::string> inputNames, outputNames, dimNames;
    for (size_t i = 0; i < info->argument_count; ++i)
      (i < info->input_count ? inputNames : outputNames)
          .push_back(convrt_kernel_argument(kernel, i)->name);
    for (size_t i = 0; i < info->dim_count; ++i)
      dimNames.push_back(convrt_kernel_dim(kernel, i));
    if (failed(checkNames("input", inputFiles, inputNames)) ||
        failed(checkNames("output", outputFiles, outputNames)) ||
        failed(checkNames("dim", dimValues, dimNames)))
      return failure();

    std::map<size_t, conv::NpyArray> files;
    for (size_t i = 0; i < info->input_count; ++i) {
      auto given = inputFiles.find(inputNames[i]);
      if (given == inputFiles.end())
        continue;
      auto array = conv::readNpy(given->second, provided(i)->dtype_name);
      if (!array)
        return error("--input=" + inputNames[i] + ": " +
                     llvm::toString(array.takeError()));
      if (failed(matchShape(given->second, *provided(i), array->shape)))
        return failure();
      files[i] = std::move(*array);
    }
    for (const auto &[name, value] : dimValues) {
      int64_t size;
      if (llvm::StringRef(value).getAsInteger(10, size) || size < 0)
        return error("--dim=" + name + "=" + value + " is not a size");
      auto [it, isNew] = sizes.insert({name, size});
      if (!isNew && it->second != size)
        return error("--dim=" + name + "=" + value + ", but an input has " +
                     llvm::Twine(it->second));
    }

    report.seed = options.seed;
    if (report.seed == 0)
      report.seed = std::random_device()() | 1u;
    std::mt19937_64 random(report.seed);
    for (size_t i = 0; i < info->argument_count; ++i) {
      const convrt_argument *argument = convrt_kernel_argument(kernel, i);
      tensors.push_back(conv::Tensor::poisoned(*argument, resolve(*argument)));
      if (i >= info->input_count)
        continue;
      conv::Tensor given =
          conv::Tensor::poisoned(*provided(i), resolve(*provided(i)));
      if (files.count(i))
        given.fillFrom(files[i]);
      else
        given.fillRandom(random, scaleOf(i));
      if (options.check)
        referenceInputs.push_back(given.toArray());
      if (const convrt_kernel *prepare = prepareKernel(i)) {
        const DLTensor *operands[] = {given.dlpack(), tensors[i].dlpack()};
        std::vector<double> seconds;
        if (failed(check(machine->run(prepare, operands, 1, seconds))))
          return failure();
      } else {
        tensors[i] = std::move(given);
      }
    }
    return success();
  }

  /// Compare the shape of a file with that of an argument, and learn sizes.
  LogicalResult matchShape(const std::string &file,
                           const convrt_argument &argument,
                           const std::vector<int64_t> &shape) {
    std::string wanted;
    bool matches = static_cast<size_t>(argument.rank) == shape.size();
    for (int32_t dim = 0; dim < argument.rank; ++dim) {
      const convrt_dim &extent = argument.shape[dim];
      wanted += (dim ? "x" : "") +
                (extent.symbol ? extent.symbol : std::to_string(extent.extent));
      if (!matches)
        continue;
      if (!extent.symbol)
        matches = shape[dim] == extent.extent;
      else
        matches = sizes.insert({extent.symbol, shape[dim]}).first->second ==
                  shape[dim];
      if (!matches && extent.symbol)
        wanted += "=" + std::to_string(sizes[extent.symbol]);
    }
    if (matches)
      return success();
    std::string got;
    for (int64_t extent : shape)
      got += (got.empty() ? "" : "x") + std::to_string(extent);
    return error(file + ": has shape " + got + ", but " + argument.name +
                 " is " + wanted);
  }

  /// The shape of an argument; sizes that nothing gives are 2.
  std::vector<int64_t> resolve(const convrt_argument &argument) {
    std::vector<int64_t> shape;
    for (int32_t dim = 0; dim < argument.rank; ++dim) {
      const convrt_dim &extent = argument.shape[dim];
      shape.push_back(extent.symbol
                          ? sizes.insert({extent.symbol, 2}).first->second
                          : extent.extent);
    }
    return shape;
  }

  /// Random filters are scaled so that the output is as large as the input.
  double scaleOf(size_t argument) {
    Value value = program.referenceFunction().getArgument(argument);
    for (OpOperand &use : value.getUses()) {
      Value filter;
      if (auto conv = dyn_cast<conv::RowConvolutionOpInterface>(use.getOwner()))
        filter = conv.getFilter();
      else if (auto spectrum = dyn_cast<conv::FilterSpectrumOp>(use.getOwner()))
        filter = spectrum.getFilter();
      if (filter == value) {
        const convrt_argument *taps = provided(argument);
        return 1 / std::sqrt(
                       std::max<double>(1, taps->shape[taps->rank - 1].extent));
      }
    }
    return 1;
  }

  LogicalResult execute() {
    std::vector<const DLTensor *> operands;
    for (conv::Tensor &tensor : tensors) {
      operands.push_back(tensor.dlpack());
      report.bytes += tensor.bytes();
    }
    // The first of several runs warms the caches and is not counted.
    std::vector<double> times;
    unsigned warm = options.repeat > 1;
    if (failed(check(
            machine->run(kernel, operands, options.repeat + warm, times))))
      return failure();
    times.erase(times.begin(), times.begin() + warm);
    std::sort(times.begin(), times.end());
    report.repeat = options.repeat;
    report.minimumSeconds = times.front();
    report.medianSeconds = times[times.size() / 2];
    return success();
  }

  /// Compare each output with float64.
  LogicalResult check() {
    auto want = conv::evaluate(program.referenceFunction(), referenceInputs);
    if (failed(want))
      return failure();
    for (auto [index, expected] : llvm::enumerate(*want)) {
      const conv::Tensor &tensor = tensors[info->input_count + index];
      conv::Array got = tensor.toArray();
      auto parts = [](const conv::Array &array) {
        return reinterpret_cast<const double *>(array.values.data());
      };
      conv::OutputReport output;
      output.name =
          convrt_kernel_argument(kernel, info->input_count + index)->name;
      output.relativeL2 = conv::reference::relativeL2(
          parts(got), parts(expected), 2 * got.size());
      // The package states a bound for any data; for these data, rounding to 16
      // bits may cost 1.2 times what it must.
      output.tolerance = info->relative_l2_bound;
      if (expected.scale > 0) {
        double norm = expected.norm();
        output.tolerance *= expected.scale / (norm > 0 ? norm : 1);
      }
      if (double rounding = conv::roundingError(expected, tensor.dtype()))
        if (llvm::StringRef(info->arithmetic) == "f32")
          output.tolerance = std::min(output.tolerance, 1.2 * rounding);
      report.outputs.push_back(output);
    }
    return success();
  }

  LogicalResult writeOutputs() {
    for (size_t i = info->input_count; i < info->argument_count; ++i) {
      const char *name = convrt_kernel_argument(kernel, i)->name;
      auto file = outputFiles.find(name);
      if (file == outputFiles.end())
        continue;
      if (llvm::Error failed = conv::writeNpy(file->second, tensors[i].toNpy()))
        return error("--output=" + llvm::Twine(name) + ": cannot write " +
                     file->second + ": " + llvm::toString(std::move(failed)));
    }
    return success();
  }

  const conv::RunOptions &options;
  MLIRContext &context;
  conv::Program program;
  conv::Report report;
  llvm::SmallVector<char, 0> bytes;
  convrt_package *package = nullptr;
  std::unique_ptr<conv::Machine> machine;
  const convrt_kernel *kernel = nullptr;
  const convrt_kernel_info *info = nullptr;
  std::map<std::string, std::string> outputFiles;
  std::map<std::string, int64_t> sizes; ///< of dynamic dimensions
  std::vector<conv::Tensor> tensors;
  std::vector<conv::Array> referenceInputs;
};

} // namespace

int conv::runSession(const RunOptions &options, MLIRContext &context) {
  return Session(options, context).run();
}
