//===- cuda_run.c - Run a kernel on a GPU ---------------------------------===//

#include "arguments.h"
#include "cuda_module.h"

#include <inttypes.h>
#include <stdio.h>

enum { workspaceAlignment = 256 };

/// One call: what the expressions of the program depend on.
typedef struct call {
  const convrt_cuda_kernel *kernel;
  const char *name;
  const int64_t *dims;
  const convrt_span *spans;
  uintptr_t workspace;
  int64_t workspaceBytes;
} call;

static convrt_status evaluate(const call *c,
                              const convrt_expression *expression,
                              const char *what, int64_t low, int64_t high,
                              int64_t *value) {
  const char *problem = convrt_expression_evaluate(
      expression, c->dims, c->kernel->module->device->info.multiprocessors,
      value);
  if (problem)
    return convrt_fail(CONVRT_ERROR_SHAPE,
                       "kernel '%s': the tensors are too large: %s %s", c->name,
                       what, problem);
  if (*value >= low && *value <= high)
    return CONVRT_OK;
  return convrt_fail(CONVRT_ERROR_SHAPE,
                     "kernel '%s': for these tensors %s is %" PRId64
                     ", but must be from %" PRId64 " to %" PRId64,
                     c->name, what, *value, low, high);
}

static convrt_status workspaceBytes(const call *c, int64_t *bytes) {
  return evaluate(c, &c->kernel->kernel->program->workspace, "the workspace", 0,
                  PTRDIFF_MAX, bytes);
}

//===----------------------------------------------------------------------===//
// Launches
//===----------------------------------------------------------------------===//

/// The values of one launch's parameters. CUDA wants a pointer to each.
typedef struct values {
  int64_t wide[CONVRT_MAX_PARAMETERS];
  int32_t narrow[CONVRT_MAX_PARAMETERS];
  void *pointers[CONVRT_MAX_PARAMETERS];
} values;

static convrt_status setParameter(const call *c,
                                  const convrt_parameter *parameter, size_t i,
                                  values *v) {
  convrt_status status = CONVRT_OK;
  int64_t value = 0;
  v->pointers[i] = &v->wide[i];
  switch (parameter->kind) {
  case CONVRT_PARAMETER_BUFFER:
    value = (int64_t)c->spans[parameter->buffer].begin;
    break;
  case CONVRT_PARAMETER_WORKSPACE:
    status = evaluate(c, &parameter->value, "an offset into the workspace", 0,
                      c->workspaceBytes, &value);
    if (!status && value % workspaceAlignment != 0)
      status = convrt_fail(CONVRT_ERROR_FORMAT,
                           "kernel '%s': an offset into the workspace is "
                           "%" PRId64 ", not a multiple of %d",
                           c->name, value, workspaceAlignment);
    value += (int64_t)c->workspace;
    break;
  case CONVRT_PARAMETER_I32:
    status = evaluate(c, &parameter->value, "a 32-bit parameter", INT32_MIN,
                      INT32_MAX, &value);
    v->narrow[i] = (int32_t)value;
    v->pointers[i] = &v->narrow[i];
    break;
  case CONVRT_PARAMETER_I64:
    status = evaluate(c, &parameter->value, "a 64-bit parameter", INT64_MIN,
                      INT64_MAX, &value);
    break;
  }
  v->wide[i] = value;
  return status;
}

/// Work out a launch. `*empty` tells that its grid has no blocks.
static convrt_status prepare(const call *c, const convrt_program_launch *launch,
                             cu_launch_config *config,
                             cu_launch_attribute *attribute, values *v,
                             bool *empty) {
  static const int64_t limits[3] = {INT32_MAX, 65535, 65535};
  *empty = false;
  for (int i = 0; i < 3; ++i) {
    int64_t extent;
    convrt_status status =
        evaluate(c, &launch->grid[i], "the grid", 0, limits[i], &extent);
    if (status)
      return status;
    config->grid[i] = (uint32_t)extent;
    config->block[i] = launch->block[i];
    *empty |= extent == 0;
    if (launch->cluster[i] && extent % launch->cluster[i] != 0)
      return convrt_fail(
          CONVRT_ERROR_FORMAT,
          "kernel '%s': the grid of '%s' has %" PRId64
          " blocks in dimension %d, no multiple of the cluster's "
          "%u",
          c->name, launch->symbol, extent, i, launch->cluster[i]);
    attribute->value.cluster[i] = launch->cluster[i];
  }
  config->shared = launch->shared;
  attribute->id = CU_LAUNCH_CLUSTER;
  config->attributes = attribute;
  config->attributeCount = launch->cluster[0] ? 1 : 0;
  for (size_t i = 0; i < launch->parameterCount; ++i) {
    convrt_status status = setParameter(c, &launch->parameters[i], i, v);
    if (status)
      return status;
  }
  return CONVRT_OK;
}

/// Work out all launches, and put them on the stream unless it is a rehearsal:
/// a program that fails half way must not have begun.
static convrt_status runLaunches(const call *c, cu_stream stream,
                                 bool rehearsal) {
  const convrt_program *program = c->kernel->kernel->program;
  const convrt_driver *driver = &c->kernel->module->device->driver;
  for (size_t i = 0; i < program->launchCount; ++i) {
    const convrt_program_launch *launch = &program->launches[i];
    cu_launch_config config = {.stream = stream};
    cu_launch_attribute attribute = {0};
    values v;
    bool empty;
    convrt_status status = prepare(c, launch, &config, &attribute, &v, &empty);
    if (status)
      return status;
    if (rehearsal || empty)
      continue;
    cu_result result =
        driver->launch(&config, c->kernel->functions[i], v.pointers, NULL);
    if (result) {
      char what[640];
      snprintf(what, sizeof what, "kernel '%s': launching '%s'", c->name,
               launch->symbol);
      return convrt_driver_fail_call(driver, result, what);
    }
  }
  return CONVRT_OK;
}

//===----------------------------------------------------------------------===//
// Workspace
//===----------------------------------------------------------------------===//

static convrt_status useGiven(call *c, const convrt_cuda_options *options) {
  c->workspace = (uintptr_t)options->workspace;
  if (c->workspace % workspaceAlignment != 0)
    return convrt_fail(CONVRT_ERROR_LAYOUT,
                       "kernel '%s': the workspace is not aligned to %d bytes",
                       c->name, workspaceAlignment);
  if (options->workspace_bytes >= (size_t)c->workspaceBytes)
    return CONVRT_OK;
  return convrt_fail(CONVRT_ERROR_ARGUMENT,
                     "kernel '%s' needs a workspace of %" PRId64
                     " bytes, given were %zu",
                     c->name, c->workspaceBytes, options->workspace_bytes);
}

/// Borrow the workspace from the device's pool, in stream order.
static convrt_status borrow(call *c, cu_stream stream) {
  const convrt_cuda_device *device = c->kernel->module->device;
  const convrt_driver *driver = &device->driver;
  int capturing = CU_CAPTURE_NONE;
  cu_result result = driver->streamIsCapturing(stream, &capturing);
  if (result)
    return convrt_driver_fail_call(driver, result, "cuStreamIsCapturing");
  if (!device->pool || capturing != CU_CAPTURE_NONE)
    return convrt_fail(CONVRT_ERROR_ARGUMENT,
                       "kernel '%s' needs a workspace of %" PRId64
                       " bytes from the caller: %s",
                       c->name, c->workspaceBytes,
                       device->pool ? "the stream is being captured"
                                    : "the device has no memory pools");
  cu_pointer address = 0;
  result = driver->poolAllocate(&address, (size_t)c->workspaceBytes,
                                device->pool, stream);
  if (result) {
    char what[384];
    snprintf(what, sizeof what,
             "kernel '%s': cannot get a workspace of %" PRId64 " bytes",
             c->name, c->workspaceBytes);
    return convrt_driver_fail_call(driver, result, what);
  }
  c->workspace = (uintptr_t)address;
  return CONVRT_OK;
}

/// Run with a workspace; the context is current.
static convrt_status runInContext(call *c, const convrt_cuda_options *options) {
  const convrt_driver *driver = &c->kernel->module->device->driver;
  convrt_status status = workspaceBytes(c, &c->workspaceBytes);
  if (!status)
    status = runLaunches(c, options->stream, /*rehearsal=*/true);
  if (status)
    return status;
  if (c->workspaceBytes == 0)
    return runLaunches(c, options->stream, /*rehearsal=*/false);
  if (options->workspace) {
    status = useGiven(c, options);
    return status ? status : runLaunches(c, options->stream, false);
  }
  status = borrow(c, options->stream);
  if (status)
    return status;
  status = runLaunches(c, options->stream, false);
  cu_result result =
      driver->poolRelease((cu_pointer)c->workspace, options->stream);
  return status || !result
             ? status
             : convrt_driver_fail_call(driver, result, "cuMemFreeAsync");
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

/// DLPack says that the tensors are on the device; ask the driver, because a
/// wrong address would spoil the whole context.
static convrt_status checkPointers(const convrt_cuda_kernel *kernel,
                                   const convrt_span *spans) {
  const convrt_cuda_device *device = kernel->module->device;
  const convrt_driver *driver = &device->driver;
  const convrt_kernel *description = kernel->kernel;
  for (size_t i = 0; i < description->info.argument_count; ++i) {
    if (spans[i].bytes == 0)
      continue;
    unsigned type = 0, managed = 0;
    int ordinal = -1;
    cu_pointer address = (cu_pointer)spans[i].begin;
    cu_result result =
        driver->pointerGetAttribute(&type, CU_POINTER_MEMORY_TYPE, address);
    if (!result)
      result =
          driver->pointerGetAttribute(&ordinal, CU_POINTER_ORDINAL, address);
    if (!result && type == CU_MEMORY_IS_DEVICE &&
        ordinal == device->info.dlpack.device_id)
      continue;
    // Managed memory may be anywhere at the moment.
    if (!result &&
        driver->pointerGetAttribute(&managed, CU_POINTER_IS_MANAGED, address) ==
            CU_OK &&
        managed)
      continue;
    const char *name = description->arguments[i].name;
    if (result || type != CU_MEMORY_IS_DEVICE)
      return convrt_fail(CONVRT_ERROR_DEVICE,
                         "kernel '%s': the data of argument '%s' is not in "
                         "memory of a GPU; copy it first",
                         description->info.name, name);
    return convrt_fail(CONVRT_ERROR_DEVICE,
                       "kernel '%s': the data of argument '%s' is on CUDA "
                       "device %d, but the kernel is loaded on %d; copy it "
                       "first",
                       description->info.name, name, ordinal,
                       (int)device->info.dlpack.device_id);
  }
  return CONVRT_OK;
}

convrt_status convrt_cuda_workspace(const convrt_cuda_kernel *kernel,
                                    const DLTensor *const *arguments,
                                    size_t count, size_t *bytes) {
  if (!kernel || !bytes)
    return convrt_fail(CONVRT_ERROR_ARGUMENT, "kernel or bytes is NULL");
  convrt_binding dims;
  convrt_status status =
      convrt_arguments_count(kernel->kernel, arguments, count);
  if (!status)
    status = convrt_arguments_bind(kernel->kernel, arguments, &dims);
  if (status)
    return status;
  call c = {
      .kernel = kernel, .name = kernel->kernel->info.name, .dims = dims.values};
  int64_t value = 0;
  status = workspaceBytes(&c, &value);
  *bytes = (size_t)value;
  return status;
}

convrt_status convrt_cuda_run(const convrt_cuda_kernel *kernel,
                              const DLTensor *const *arguments, size_t count,
                              const convrt_cuda_options *options) {
  if (!kernel)
    return convrt_fail(CONVRT_ERROR_ARGUMENT, "kernel is NULL");
  static const convrt_cuda_options zeros = {0};
  const convrt_cuda_device *device = kernel->module->device;
  const convrt_kernel *description = kernel->kernel;
  const convrt_place place = {.isGpu = true,
                              .ordinal = device->info.dlpack.device_id,
                              .alignments = description->program->alignments};
  convrt_binding dims;
  convrt_span spans[CONVRT_MAX_ARGUMENTS];
  convrt_status status = convrt_arguments_count(description, arguments, count);
  if (!status)
    status =
        convrt_arguments_check(description, arguments, &place, &dims, spans);
  if (status || convrt_arguments_nothing(description, spans))
    return status;
  bool pushed;
  status = convrt_cuda_enter(device, &pushed);
  if (status)
    return status;
  status = checkPointers(kernel, spans);
  if (!status) {
    call c = {.kernel = kernel,
              .name = description->info.name,
              .dims = dims.values,
              .spans = spans};
    status = runInContext(&c, options ? options : &zeros);
  }
  convrt_cuda_leave(device, pushed);
  return status;
}
