//===- package-fuzzer.cpp - Feed the package reader arbitrary bytes -------===//
//
// Every input is opened twice: as it is, and with its checksums made right, so
// that what lies behind them is reached too. What opens is described in full.
// No code is loaded: a fuzzed image must not run.
//
//===----------------------------------------------------------------------===//

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "convrt/convrt.h"
extern "C" {
#include "elf_check.h"
#include "metadata.h"
#include "sha256.h"
}

static void require(bool condition) {
  if (!condition)
    std::abort();
}

static uint64_t load64(const std::string &bytes, size_t at) {
  uint64_t value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

/// Make the checksums right of as many records as can be told apart.
static void restoreChecksums(std::string &bytes) {
  const std::string key("sha256\0", 7);
  const std::string zeros(CONVRT_SHA256_HEX, '0');
  for (size_t begin = 0; bytes.size() - begin >= 16;) {
    uint64_t size =
        std::min<uint64_t>(load64(bytes, begin + 8), bytes.size() - begin);
    size_t at = bytes.find(key, begin);
    if (size == 0 || at == std::string::npos ||
        at + key.size() + zeros.size() > begin + size)
      return;
    at += key.size();
    bytes.replace(at, zeros.size(), zeros);
    convrt_sha256 hash;
    convrt_sha256_begin(&hash);
    convrt_sha256_add(&hash, bytes.data() + begin, size);
    convrt_sha256_end(&hash, bytes.data() + at);
    begin += size;
  }
}

static void describe(const convrt_kernel *kernel) {
  const convrt_kernel_info *info = convrt_kernel_describe(kernel);
  require(info->name && *info->name && info->kind && info->plan &&
          *info->arithmetic && info->isa && info->relative_l2_bound >= 0);
  require(info->input_count < info->argument_count);
  for (size_t i = 0; i < info->dim_count; ++i)
    require(*convrt_kernel_dim(kernel, i) != '\0');
  require(!convrt_kernel_dim(kernel, info->dim_count));
  int64_t shapes[64][8];
  DLTensor tensors[64] = {};
  const DLTensor *inputs[64];
  for (size_t i = 0; i < info->argument_count; ++i) {
    const convrt_argument *argument = convrt_kernel_argument(kernel, i);
    require(*argument->name && argument->dtype_name && argument->rank <= 8);
    require(argument->role ==
            (i < info->input_count ? CONVRT_INPUT : CONVRT_OUTPUT));
    for (int32_t d = 0; d < argument->rank; ++d) {
      const convrt_dim &dim = argument->shape[d];
      require((dim.extent == -1) == (dim.symbol != nullptr) &&
              dim.extent >= -1);
      shapes[i][d] = dim.symbol ? 3 : dim.extent;
    }
    tensors[i].ndim = argument->rank;
    tensors[i].shape = shapes[i];
    inputs[i] = &tensors[i];
  }
  require(!convrt_kernel_argument(kernel, info->argument_count));
  // Shapes made from the description fit it.
  for (size_t i = 0; i < info->argument_count; ++i) {
    int64_t shape[8];
    convrt_status status =
        convrt_kernel_infer_shape(kernel, inputs, info->input_count, i, shape);
    if (status == CONVRT_OK)
      require(std::equal(shape, shape + tensors[i].ndim, shapes[i]));
    else // a dimension that only outputs have
      require(status == CONVRT_ERROR_SHAPE && i >= info->input_count);
  }
}

/// Evaluate all expressions of a GPU's kernel: what was checked has a value, or
/// a reason why not, for any sizes.
static void evaluate(const convrt_kernel *kernel) {
  const convrt_program *program = kernel->program;
  if (!program)
    return;
  auto visit = [&](const convrt_expression &expression) {
    for (int64_t size : {INT64_C(0), INT64_C(7), INT64_MAX}) {
      int64_t dims[64];
      std::fill(dims, dims + 64, size);
      int64_t value = 0;
      const char *problem =
          convrt_expression_evaluate(&expression, dims, 132, &value);
      require(!problem || *problem);
    }
  };
  visit(program->workspace);
  for (size_t i = 0; i < program->launchCount; ++i) {
    const convrt_program_launch &launch = program->launches[i];
    require(*launch.symbol != '\0');
    for (int d = 0; d < 3; ++d) {
      visit(launch.grid[d]);
      require(launch.block[d] >= 1 && launch.block[d] <= 1024);
    }
    for (size_t p = 0; p < launch.parameterCount; ++p) {
      const convrt_parameter &parameter = launch.parameters[p];
      if (parameter.kind == CONVRT_PARAMETER_BUFFER)
        require(parameter.buffer < kernel->info.argument_count);
      else
        visit(parameter.value);
    }
  }
}

static void open(const std::string &bytes) {
  // Of the exact size on the heap, for the address sanitizer.
  uint8_t *exact = static_cast<uint8_t *>(std::malloc(bytes.size()));
  if (!bytes.empty())
    std::memcpy(exact, bytes.data(), bytes.size());
  convrt_package *package = nullptr;
  convrt_status status =
      convrt_package_open_memory(exact, bytes.size(), CONVRT_BORROW, &package);
  require((status == CONVRT_OK) == (package != nullptr));
  require(status == CONVRT_OK || *convrt_last_error());
  for (size_t k = 0; k < convrt_package_kernel_count(package); ++k) {
    const convrt_kernel *kernel = convrt_package_kernel(package, k);
    describe(kernel);
    evaluate(kernel);
    require(convrt_package_find(
                package, convrt_kernel_describe(kernel)->name) == kernel);
  }
  for (size_t i = 0; i < convrt_package_image_count(package); ++i)
    require(convrt_package_image_isa(package, i) != nullptr);
  convrt_package_close(package);
  convrt_elf_check(exact, bytes.size());
  std::free(exact);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string bytes(reinterpret_cast<const char *>(data), size);
  open(bytes);
  restoreChecksums(bytes);
  open(bytes);
  return 0;
}
