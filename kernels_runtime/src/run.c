//===- run.c - Run a kernel on the CPU ------------------------------------===//

#include "arguments.h"
#include "package.h"
#include "pool.h"

convrt_status convrt_run(const convrt_kernel *kernel,
                         const DLTensor *const *arguments, size_t count,
                         convrt_pool *pool) {
  if (!kernel)
    return convrt_fail(CONVRT_ERROR_ARGUMENT, "kernel is NULL");
  const convrt_kernel_info *info = &kernel->info;
  const convrt_place place = {.isGpu = false};
  convrt_binding dims;
  convrt_span spans[CONVRT_MAX_ARGUMENTS];
  convrt_status status = convrt_arguments_count(kernel, arguments, count);
  if (!status)
    status = convrt_arguments_check(kernel, arguments, &place, &dims, spans);
  if (!status)
    status = convrt_package_load(kernel->package);
  if (!status && kernel->program)
    status = convrt_fail(CONVRT_ERROR_UNSUPPORTED,
                         "kernel '%s' is that of a GPU (%s); run it with "
                         "convrt_cuda_run",
                         info->name, info->isa);
  if (!status && !pool)
    status = convrt_pool_default(&pool);
  if (status)
    return status;

  void *buffers[CONVRT_MAX_ARGUMENTS];
  if (convrt_arguments_nothing(kernel, spans))
    return CONVRT_OK;
  for (size_t i = 0; i < count; ++i)
    buffers[i] = (void *)spans[i].begin;
  int32_t result =
      kernel->entry(convrt_pool_services(pool), buffers, dims.values);
  switch (result) {
  case CONVRT_ENTRY_OK:
    return CONVRT_OK;
  case CONVRT_ENTRY_OUT_OF_MEMORY:
    return convrt_fail(CONVRT_ERROR_MEMORY,
                       "kernel '%s' could not get its temporary memory",
                       info->name);
  default:
    return convrt_fail(CONVRT_ERROR_KERNEL, "kernel '%s' failed with code %d",
                       info->name, result);
  }
}

convrt_status convrt_run_managed(const convrt_kernel *kernel,
                                 DLManagedTensor *const *arguments,
                                 size_t count, convrt_pool *pool) {
  const DLTensor *tensors[CONVRT_MAX_ARGUMENTS];
  if (!arguments)
    return convrt_run(kernel, NULL, count, pool);
  // A count beyond the limit cannot be the kernel's, which convrt_run reports.
  for (size_t i = 0; i < count && i < CONVRT_MAX_ARGUMENTS; ++i)
    tensors[i] = arguments[i] ? &arguments[i]->dl_tensor : NULL;
  return convrt_run(kernel, tensors, count, pool);
}
