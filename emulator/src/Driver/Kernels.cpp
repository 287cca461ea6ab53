//===- Kernels.cpp - Launches of the emulated driver ----------------------===//
#include "Driver/State.h"

using namespace ptxemu;
using namespace ptxemu::driver;

namespace {

/// What CUDA reports for the kind of a finding.
CUresult resultOf(ReportKind kind) {
  switch (kind) {
  case ReportKind::OutOfBounds:
    return CUDA_ERROR_ILLEGAL_ADDRESS;
  case ReportKind::Misaligned:
    return CUDA_ERROR_MISALIGNED_ADDRESS;
  case ReportKind::Deadlock:
  case ReportKind::StepLimit:
    return CUDA_ERROR_LAUNCH_TIMEOUT;
  default:
    return CUDA_ERROR_LAUNCH_FAILED;
  }
}

CUresult run(State &s, CUfunction function, LaunchConfig config) {
  if (!s.knows(function))
    return fail(CUDA_ERROR_INVALID_HANDLE, "no such function");
  const Settings &settings = s.settings;
  config.sanitize = settings.sanitize;
  config.statistics = settings.statistics;
  config.seed = settings.seed;
  config.order = settings.order;
  config.async = settings.async;
  config.threads = settings.threads;
  LaunchResult result = function->module->gpu->device.launch(
      function->module->handle, function->info.name, config);
  if (settings.statistics) {
    s.counters.add(result.statistics);
    ++s.launches;
  }
  if (result.ok)
    return CUDA_SUCCESS;
  if (result.reports.empty())
    return fail(CUDA_ERROR_INVALID_VALUE, result.error);
  std::string text;
  for (const Report &report : result.reports)
    text += (text.empty() ? "" : "\n") + report.text();
  return fail(resultOf(result.reports[0].kind), text);
}

/// The launch as the emulator takes it; empty text if nothing is wrong.
std::string translate(const CUlaunchConfig &from, CUfunction function,
                      void **parameters, LaunchConfig &to) {
  const KernelInfo &info = function->info;
  to.grid[0] = from.gridDimX;
  to.grid[1] = from.gridDimY;
  to.grid[2] = from.gridDimZ;
  to.block[0] = from.blockDimX;
  to.block[1] = from.blockDimY;
  to.block[2] = from.blockDimZ;
  to.dynamicSharedBytes = from.sharedMemBytes;
  if (from.gridDimY > 65535 || from.gridDimZ > 65535)
    return "a grid has at most 65535 blocks in y and z";
  if (from.sharedMemBytes > function->dynamicLimit)
    return std::to_string(from.sharedMemBytes) +
           " bytes of dynamic shared memory; the function may have " +
           std::to_string(function->dynamicLimit) + " (cuFuncSetAttribute)";
  for (unsigned i = 0; i < from.numAttrs; ++i) {
    const CUlaunchAttribute &attribute = from.attrs[i];
    if (attribute.id != CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION)
      return "launch attribute " + std::to_string(attribute.id) +
             " is not emulated";
    to.cluster[0] = attribute.value.clusterDim.x;
    to.cluster[1] = attribute.value.clusterDim.y;
    to.cluster[2] = attribute.value.clusterDim.z;
  }
  if (!parameters && !info.parameterBytes.empty())
    return "the parameters are NULL";
  for (size_t i = 0; i < info.parameterBytes.size(); ++i)
    if (!parameters[i])
      return "parameter " + std::to_string(i) + " is NULL";
  Device::setArguments(to, info, parameters);
  return "";
}

} // namespace

PTXEMU_EXPORT CUresult cuLaunchKernelEx(const CUlaunchConfig *config,
                                        CUfunction function, void **parameters,
                                        void **extra) {
  return withGpu([&](State &s, Gpu &gpu) {
    if (!config || extra)
      return fail(CUDA_ERROR_INVALID_VALUE,
                  "the configuration is NULL, or extra is not");
    if (!s.knows(function) || function->module->gpu != &gpu)
      return fail(CUDA_ERROR_INVALID_HANDLE,
                  "the function is not one of the current device");
    LaunchConfig launch;
    std::string problem = translate(*config, function, parameters, launch);
    if (!problem.empty())
      return fail(CUDA_ERROR_INVALID_VALUE, problem);
    return enqueue(s, config->hStream,
                   [&s, function, launch] { return run(s, function, launch); });
  });
}

PTXEMU_EXPORT CUresult cuLaunchKernel(CUfunction function, unsigned gridX,
                                      unsigned gridY, unsigned gridZ,
                                      unsigned blockX, unsigned blockY,
                                      unsigned blockZ, unsigned shared,
                                      CUstream stream, void **parameters,
                                      void **extra) {
  CUlaunchConfig config = {gridX,  gridY,  gridZ,  blockX,  blockY,
                           blockZ, shared, stream, nullptr, 0};
  return cuLaunchKernelEx(&config, function, parameters, extra);
}
