//===- arguments.c - Do the tensors of a call fit the kernel? -------------===//

#include "arguments.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

static void unbind(convrt_binding *dims) {
  for (size_t i = 0; i < CONVRT_MAX_DIMS; ++i)
    dims->values[i] = -1;
}

/// Index of a symbol among the kernel's dims; the metadata reader has seen to
/// it that both are the same pointer.
static size_t dimIndex(const convrt_kernel *kernel, const char *symbol) {
  size_t i = 0;
  while (kernel->dims[i] != symbol)
    ++i;
  return i;
}

static convrt_status bindShape(const convrt_kernel *kernel,
                               const convrt_argument *argument,
                               const DLTensor *tensor, convrt_binding *dims) {
  const char *name = kernel->info.name;
  if (tensor->ndim != argument->rank)
    return convrt_fail(CONVRT_ERROR_SHAPE,
                       "kernel '%s': argument '%s' has %d dimensions, expected "
                       "%d",
                       name, argument->name, tensor->ndim, argument->rank);
  if (argument->rank > 0 && !tensor->shape)
    return convrt_fail(CONVRT_ERROR_SHAPE,
                       "kernel '%s': the shape of argument '%s' is NULL", name,
                       argument->name);
  for (int32_t d = 0; d < argument->rank; ++d) {
    int64_t given = tensor->shape[d];
    const convrt_dim *dim = &argument->shape[d];
    if (given < 0)
      return convrt_fail(CONVRT_ERROR_SHAPE,
                         "kernel '%s': dimension %d of argument '%s' is "
                         "%" PRId64,
                         name, d, argument->name, given);
    if (!dim->symbol) {
      if (given != dim->extent)
        return convrt_fail(CONVRT_ERROR_SHAPE,
                           "kernel '%s': dimension %d of argument '%s' is "
                           "%" PRId64 ", expected %" PRId64,
                           name, d, argument->name, given, dim->extent);
      continue;
    }
    size_t i = dimIndex(kernel, dim->symbol);
    if (dims->values[i] >= 0 && dims->values[i] != given)
      return convrt_fail(CONVRT_ERROR_SHAPE,
                         "kernel '%s': dimension %d (%s) of argument '%s' is "
                         "%" PRId64 ", but argument '%s' has %" PRId64,
                         name, d, dim->symbol, argument->name, given,
                         dims->source[i], dims->values[i]);
    dims->values[i] = given;
    dims->source[i] = argument->name;
  }
  return CONVRT_OK;
}

convrt_status convrt_kernel_infer_shape(const convrt_kernel *kernel,
                                        const DLTensor *const *inputs,
                                        size_t input_count, size_t index,
                                        int64_t *shape) {
  if (!kernel)
    return convrt_fail(CONVRT_ERROR_ARGUMENT, "kernel is NULL");
  const convrt_kernel_info *info = &kernel->info;
  if (index >= info->argument_count || input_count != info->input_count)
    return convrt_fail(CONVRT_ERROR_ARGUMENT,
                       "kernel '%s' has %zu inputs and %zu arguments; given "
                       "were %zu inputs and argument %zu",
                       info->name, info->input_count, info->argument_count,
                       input_count, index);
  const convrt_argument *argument = &kernel->arguments[index];
  if ((!inputs && input_count > 0) || (!shape && argument->rank > 0))
    return convrt_fail(CONVRT_ERROR_ARGUMENT, "inputs or shape is NULL");
  convrt_binding dims;
  unbind(&dims);
  for (size_t i = 0; i < input_count; ++i) {
    if (!inputs[i])
      return convrt_fail(CONVRT_ERROR_ARGUMENT,
                         "kernel '%s': argument '%s' is NULL", info->name,
                         kernel->arguments[i].name);
    convrt_status status =
        bindShape(kernel, &kernel->arguments[i], inputs[i], &dims);
    if (status)
      return status;
  }
  for (int32_t d = 0; d < argument->rank; ++d) {
    const convrt_dim *dim = &argument->shape[d];
    shape[d] =
        dim->symbol ? dims.values[dimIndex(kernel, dim->symbol)] : dim->extent;
    if (shape[d] < 0)
      return convrt_fail(CONVRT_ERROR_SHAPE,
                         "kernel '%s': no input has the dimension '%s' of "
                         "argument '%s'",
                         info->name, dim->symbol, argument->name);
  }
  return CONVRT_OK;
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

static convrt_status layoutError(const convrt_kernel *kernel,
                                 const convrt_argument *argument,
                                 const char *what) {
  return convrt_fail(CONVRT_ERROR_LAYOUT, "kernel '%s': argument '%s' %s",
                     kernel->info.name, argument->name, what);
}

static convrt_status checkDtype(const convrt_kernel *kernel,
                                const convrt_argument *argument,
                                const DLTensor *tensor) {
  DLDataType given = tensor->dtype, wanted = argument->dtype;
  if (given.code == wanted.code && given.bits == wanted.bits &&
      given.lanes == wanted.lanes)
    return CONVRT_OK;
  static const char *const codes[] = {"int",    "uint",    "float", "opaque",
                                      "bfloat", "complex", "bool"};
  return convrt_fail(
      CONVRT_ERROR_DTYPE,
      "kernel '%s': argument '%s' has elements of type %s (code %d) with %d "
      "bits and %d lanes, expected %s",
      kernel->info.name, argument->name,
      given.code < sizeof codes / sizeof *codes ? codes[given.code] : "unknown",
      given.code, given.bits, given.lanes, argument->dtype_name);
}

/// Check that a tensor whose shape is right lies dense and aligned in the
/// address space, and find where.
static convrt_status checkMemory(const convrt_kernel *kernel,
                                 const convrt_argument *argument,
                                 const DLTensor *tensor, size_t alignment,
                                 convrt_span *where) {
  *where = (convrt_span){0};
  int64_t elements = 1;
  bool empty = false;
  bool overflow = false;
  for (int32_t d = 0; d < tensor->ndim; ++d) {
    if (tensor->shape[d] == 0)
      empty = true;
    else
      overflow |= __builtin_mul_overflow(elements, tensor->shape[d], &elements);
  }
  if (empty)
    return CONVRT_OK;
  size_t bytes;
  overflow |= __builtin_mul_overflow(elements,
                                     convrt_dtype_bytes(tensor->dtype), &bytes);
  if (overflow || bytes > (size_t)PTRDIFF_MAX)
    return convrt_fail(CONVRT_ERROR_SHAPE,
                       "kernel '%s': the size of argument '%s' overflows",
                       kernel->info.name, argument->name);
  if (tensor->strides) {
    int64_t dense = 1;
    for (int32_t d = tensor->ndim; d-- > 0;) {
      if (tensor->shape[d] != 1 && tensor->strides[d] != dense)
        return convrt_fail(CONVRT_ERROR_LAYOUT,
                           "kernel '%s': argument '%s' is not contiguous: the "
                           "stride of dimension %d is %" PRId64 " elements, "
                           "row-major needs %" PRId64 "; copy it first",
                           kernel->info.name, argument->name, d,
                           tensor->strides[d], dense);
      dense *= tensor->shape[d];
    }
  }
  if (!tensor->data)
    return layoutError(kernel, argument, "has no data (NULL)");
  uintptr_t end;
  if (__builtin_add_overflow((uintptr_t)tensor->data, tensor->byte_offset,
                             &where->begin) ||
      __builtin_add_overflow(where->begin, bytes, &end))
    return layoutError(kernel, argument, "leaves the address space");
  if (alignment < convrt_dtype_alignment(tensor->dtype))
    alignment = convrt_dtype_alignment(tensor->dtype);
  if (where->begin % alignment != 0)
    return convrt_fail(CONVRT_ERROR_LAYOUT,
                       "kernel '%s': the data of argument '%s' is not aligned "
                       "to %zu bytes; copy it first",
                       kernel->info.name, argument->name, alignment);
  where->bytes = bytes;
  return CONVRT_OK;
}

static bool overlap(const convrt_span *a, const convrt_span *b) {
  return a->bytes > 0 && b->bytes > 0 && a->begin < b->begin + b->bytes &&
         b->begin < a->begin + a->bytes;
}

//===----------------------------------------------------------------------===//
// All of it
//===----------------------------------------------------------------------===//

/// "CPU memory", "CUDA device 1": where a tensor is.
static const char *describePlace(DLDevice device, char *text, size_t size) {
  switch ((int)device.device_type) {
  case kDLCPU:
    return "in CPU memory";
  case kDLCUDAHost:
    return "in pinned CPU memory";
  case kDLCUDA:
    snprintf(text, size, "on CUDA device %d", (int)device.device_id);
    return text;
  default:
    snprintf(text, size, "on DLPack device %d", (int)device.device_type);
    return text;
  }
}

static convrt_status checkPlace(const convrt_kernel *kernel,
                                const convrt_argument *argument,
                                const DLTensor *tensor,
                                const convrt_place *place) {
  int type = (int)tensor->device.device_type;
  char given[48];
  if (!place->isGpu) {
    if (type == kDLCPU || type == kDLCUDAHost)
      return CONVRT_OK;
    return convrt_fail(CONVRT_ERROR_DEVICE,
                       "kernel '%s': argument '%s' is %s, not in CPU memory; "
                       "copy it first",
                       kernel->info.name, argument->name,
                       describePlace(tensor->device, given, sizeof given));
  }
  if ((type == kDLCUDA && tensor->device.device_id == place->ordinal) ||
      type == kDLCUDAManaged)
    return CONVRT_OK;
  return convrt_fail(CONVRT_ERROR_DEVICE,
                     "kernel '%s': argument '%s' is %s, but the kernel is "
                     "loaded on CUDA device %d; copy it first",
                     kernel->info.name, argument->name,
                     describePlace(tensor->device, given, sizeof given),
                     (int)place->ordinal);
}

convrt_status convrt_arguments_count(const convrt_kernel *kernel,
                                     const DLTensor *const *tensors,
                                     size_t count) {
  const convrt_kernel_info *info = &kernel->info;
  if (!tensors || count != info->argument_count)
    return convrt_fail(
        CONVRT_ERROR_ARGUMENT, "kernel '%s' has %zu arguments, given were %zu",
        info->name, info->argument_count, tensors ? count : (size_t)0);
  for (size_t i = 0; i < count; ++i)
    if (!tensors[i])
      return convrt_fail(CONVRT_ERROR_ARGUMENT,
                         "kernel '%s': argument '%s' is NULL", info->name,
                         kernel->arguments[i].name);
  return CONVRT_OK;
}

convrt_status convrt_arguments_bind(const convrt_kernel *kernel,
                                    const DLTensor *const *tensors,
                                    convrt_binding *dims) {
  unbind(dims);
  for (size_t i = 0; i < kernel->info.argument_count; ++i) {
    convrt_status status =
        bindShape(kernel, &kernel->arguments[i], tensors[i], dims);
    if (status)
      return status;
  }
  return CONVRT_OK;
}

convrt_status convrt_arguments_check(const convrt_kernel *kernel,
                                     const DLTensor *const *tensors,
                                     const convrt_place *place,
                                     convrt_binding *dims, convrt_span *spans) {
  unbind(dims);
  for (size_t i = 0; i < kernel->info.argument_count; ++i) {
    const convrt_argument *argument = &kernel->arguments[i];
    const DLTensor *tensor = tensors[i];
    convrt_status status = checkPlace(kernel, argument, tensor, place);
    if (!status)
      status = checkDtype(kernel, argument, tensor);
    if (!status)
      status = bindShape(kernel, argument, tensor, dims);
    if (!status)
      status =
          checkMemory(kernel, argument, tensor,
                      place->alignments ? place->alignments[i] : 1, &spans[i]);
    if (status)
      return status;
    for (size_t j = 0; argument->role == CONVRT_OUTPUT && j < i; ++j)
      if (overlap(&spans[i], &spans[j]))
        return convrt_fail(CONVRT_ERROR_LAYOUT,
                           "kernel '%s': output '%s' overlaps argument '%s'; "
                           "give it memory of its own",
                           kernel->info.name, argument->name,
                           kernel->arguments[j].name);
  }
  return CONVRT_OK;
}

bool convrt_arguments_nothing(const convrt_kernel *kernel,
                              const convrt_span *spans) {
  for (size_t i = kernel->info.input_count; i < kernel->info.argument_count;
       ++i)
    if (spans[i].bytes > 0)
      return false;
  return true;
}
