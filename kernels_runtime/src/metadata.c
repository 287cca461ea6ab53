//===- metadata.c - What an image says about its kernels ------------------===//

#include "metadata.h"
#include "limits.h"
#include "reader.h"

#include <string.h>

static const struct {
  const char *name;
  DLDataType dtype;
} dtypes[] = {
    {"f16", {kDLFloat, 16, 1}},
    {"bf16", {kDLBfloat, 16, 1}},
    {"f8E4M3FN", {kDLFloat8E4M3FN, 8, 1}},
    {"f8E5M2", {kDLFloat8E5M2, 8, 1}},
    {"f32", {kDLFloat, 32, 1}},
    {"f64", {kDLFloat, 64, 1}},
    {"complex64", {kDLComplex, 64, 1}},
    {"complex128", {kDLComplex, 128, 1}},
    {"i8", {kDLInt, 8, 1}},
    {"i16", {kDLInt, 16, 1}},
    {"i32", {kDLInt, 32, 1}},
    {"i64", {kDLInt, 64, 1}},
    {"u8", {kDLUInt, 8, 1}},
};

size_t convrt_dtype_bytes(DLDataType dtype) { return dtype.bits / 8u; }

size_t convrt_dtype_alignment(DLDataType dtype) {
  return dtype.code == kDLComplex ? dtype.bits / 16u : dtype.bits / 8u;
}

//===----------------------------------------------------------------------===//
// Arguments
//===----------------------------------------------------------------------===//

/// A shape, whose symbols are to be among the kernel's dims. `seen` counts the
/// dims met so far: a new one must be the next.
static convrt_status readShape(const convrt_reader *r, const convrt_json *array,
                               const char *const *dims, size_t dimCount,
                               size_t *seen, convrt_argument *argument) {
  if (array->count > CONVRT_MAX_RANK)
    return convrt_reader_fail(r, "an argument has more than 8 dimensions");
  convrt_dim *shape =
      convrt_arena_allocate(r->arena, array->count, sizeof *shape);
  if (!shape)
    return convrt_fail_memory();
  int64_t bytes = (int64_t)convrt_dtype_bytes(argument->dtype);
  size_t d = 0;
  for (const convrt_json *value = array->first; value;
       value = value->next, ++d) {
    if (value->type == CONVRT_JSON_STRING) {
      size_t index = convrt_reader_find_dim(dims, dimCount, value->text);
      if (index == dimCount)
        return convrt_reader_fail(r, "a symbol of a shape is not among 'dims'");
      if (index > *seen)
        return convrt_reader_fail(
            r, "'dims' is not in the order of first appearance");
      *seen += index == *seen;
      shape[d].extent = -1;
      shape[d].symbol = dims[index];
      continue;
    }
    if (value->type != CONVRT_JSON_NUMBER || !value->integral ||
        value->integer < 0)
      return convrt_reader_fail(
          r, "an extent of a shape is neither a whole number, at "
             "least 0, nor a symbol");
    shape[d].extent = value->integer;
    if (value->integer > 0 &&
        __builtin_mul_overflow(bytes, value->integer, &bytes))
      return convrt_reader_fail(r, "the size of an argument overflows 63 bits");
  }
  argument->rank = (int32_t)array->count;
  argument->shape = shape;
  return CONVRT_OK;
}

static convrt_status readArgument(const convrt_reader *r,
                                  const convrt_json *object,
                                  const convrt_kernel *kernel, size_t *seen,
                                  convrt_argument *argument) {
  const convrt_json *role, *dtype, *shape;
  convrt_status status = convrt_reader_name(r, object, "name", &argument->name);
  if (!status)
    status = convrt_reader_member(r, object, "role", CONVRT_JSON_STRING, &role);
  if (!status)
    status =
        convrt_reader_member(r, object, "dtype", CONVRT_JSON_STRING, &dtype);
  if (!status)
    status =
        convrt_reader_member(r, object, "shape", CONVRT_JSON_ARRAY, &shape);
  if (status)
    return status;
  if (strcmp(role->text, "input") == 0)
    argument->role = CONVRT_INPUT;
  else if (strcmp(role->text, "output") == 0)
    argument->role = CONVRT_OUTPUT;
  else
    return convrt_reader_fail(r,
                              "the role of an argument is neither 'input' nor "
                              "'output'");
  for (size_t i = 0; i < sizeof dtypes / sizeof dtypes[0]; ++i)
    if (strcmp(dtype->text, dtypes[i].name) == 0) {
      argument->dtype_name = dtypes[i].name;
      argument->dtype = dtypes[i].dtype;
    }
  if (!argument->dtype_name)
    return convrt_fail(CONVRT_ERROR_FORMAT,
                       "image %zu of the package, kernel '%s': argument '%s' "
                       "has the unknown dtype '%.32s'",
                       r->image, r->kernel, argument->name, dtype->text);
  return readShape(r, shape, kernel->dims, kernel->info.dim_count, seen,
                   argument);
}

static convrt_status readArguments(const convrt_reader *r,
                                   const convrt_json *array,
                                   convrt_kernel *kernel) {
  if (array->count > CONVRT_MAX_ARGUMENTS)
    return convrt_reader_fail(r, "more than 64 arguments");
  convrt_argument *arguments =
      convrt_arena_allocate(r->arena, array->count, sizeof *arguments);
  if (!arguments)
    return convrt_fail_memory();
  kernel->arguments = arguments;
  kernel->info.argument_count = array->count;
  size_t seen = 0;
  size_t i = 0;
  for (const convrt_json *value = array->first; value;
       value = value->next, ++i) {
    convrt_status status = readArgument(r, value, kernel, &seen, &arguments[i]);
    if (status)
      return status;
    for (size_t j = 0; j < i; ++j)
      if (strcmp(arguments[j].name, arguments[i].name) == 0)
        return convrt_reader_fail(r, "two arguments have the same name");
    if (arguments[i].role == CONVRT_INPUT) {
      if (kernel->info.input_count != i)
        return convrt_reader_fail(r, "an input follows an output");
      ++kernel->info.input_count;
    }
  }
  if (kernel->info.input_count == array->count)
    return convrt_reader_fail(r, "there is no output");
  if (seen != kernel->info.dim_count)
    return convrt_reader_fail(r, "'dims' has a symbol that no shape uses");
  return CONVRT_OK;
}

static convrt_status readDims(const convrt_reader *r, const convrt_json *object,
                              convrt_kernel *kernel) {
  const convrt_json *array;
  convrt_status status =
      convrt_reader_member(r, object, "dims", CONVRT_JSON_ARRAY, &array);
  if (status)
    return status;
  if (array->count > CONVRT_MAX_DIMS)
    return convrt_reader_fail(r, "more than 64 dynamic dimensions");
  const char **dims =
      convrt_arena_allocate(r->arena, array->count, sizeof *dims);
  if (!dims)
    return convrt_fail_memory();
  size_t i = 0;
  for (const convrt_json *value = array->first; value;
       value = value->next, ++i) {
    if (!convrt_reader_is_name(value))
      return convrt_reader_fail(r, "a symbol of 'dims' is not a name");
    if (convrt_reader_find_dim(dims, i, value->text) != i)
      return convrt_reader_fail(r, "'dims' names a symbol twice");
    dims[i] = convrt_arena_copy(r->arena, value->text, value->count);
    if (!dims[i])
      return convrt_fail_memory();
  }
  kernel->dims = dims;
  kernel->info.dim_count = array->count;
  return CONVRT_OK;
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

/// How the kernel is entered: a symbol of a CPU's image, a program of a GPU's.
static convrt_status readEntry(const convrt_reader *r,
                               const convrt_json *object,
                               convrt_image_kind kind, convrt_kernel *kernel) {
  if (kind == CONVRT_IMAGE_OBJECT)
    return convrt_reader_name(r, object, "symbol", &kernel->symbol);
  const convrt_json *value;
  convrt_status status =
      convrt_reader_member(r, object, "program", CONVRT_JSON_OBJECT, &value);
  if (status)
    return status;
  convrt_program *program = convrt_arena_allocate(r->arena, 1, sizeof *program);
  if (!program)
    return convrt_fail_memory();
  kernel->program = program;
  return convrt_program_read(r, value, kernel->info.argument_count,
                             kernel->dims, kernel->info.dim_count, program);
}

static convrt_status readKernel(convrt_reader *r, const convrt_json *object,
                                convrt_image_kind kind, convrt_kernel *kernel) {
  convrt_kernel_info *info = &kernel->info;
  r->kernel = NULL;
  convrt_status status = convrt_reader_name(r, object, "name", &info->name);
  if (status)
    return status;
  r->kernel = info->name;
  const convrt_json *numerics, *bound, *arguments;
  status = convrt_reader_text(r, object, "kind", &info->kind);
  if (!status)
    status = convrt_reader_text(r, object, "plan", &info->plan);
  if (!status)
    status = convrt_reader_member(r, object, "numerics", CONVRT_JSON_OBJECT,
                                  &numerics);
  if (!status)
    status = convrt_reader_name(r, numerics, "arithmetic", &info->arithmetic);
  if (!status)
    status = convrt_reader_member(r, numerics, "relative_l2_bound",
                                  CONVRT_JSON_NUMBER, &bound);
  if (!status)
    status = readDims(r, object, kernel);
  if (!status)
    status = convrt_reader_member(r, object, "arguments", CONVRT_JSON_ARRAY,
                                  &arguments);
  if (!status)
    status = readArguments(r, arguments, kernel);
  if (!status)
    status = readEntry(r, object, kind, kernel);
  if (status)
    return status;
  if (bound->number < 0)
    return convrt_reader_fail(r, "'relative_l2_bound' is negative");
  info->relative_l2_bound = bound->number;
  return CONVRT_OK;
}

static convrt_status readRequires(const convrt_reader *r,
                                  const convrt_json *root,
                                  convrt_image *image) {
  const convrt_json *array = convrt_json_get(root, "requires");
  if (!array)
    return CONVRT_OK;
  convrt_status status =
      convrt_reader_member(r, root, "requires", CONVRT_JSON_ARRAY, &array);
  if (status)
    return status;
  if (array->count > CONVRT_MAX_REQUIRES)
    return convrt_reader_fail(r, "more than 16 required features");
  const char **names =
      convrt_arena_allocate(r->arena, array->count, sizeof *names);
  if (!names)
    return convrt_fail_memory();
  size_t i = 0;
  for (const convrt_json *value = array->first; value;
       value = value->next, ++i) {
    if (!convrt_reader_is_name(value))
      return convrt_reader_fail(r, "a required feature is not a name");
    names[i] = convrt_arena_copy(r->arena, value->text, value->count);
    if (!names[i])
      return convrt_fail_memory();
  }
  image->requires = names;
  image->requireCount = array->count;
  return CONVRT_OK;
}

static convrt_status readRoot(convrt_reader *r, const convrt_json *root,
                              convrt_image *image) {
  const convrt_json *array;
  convrt_status status = readRequires(r, root, image);
  if (!status)
    status =
        convrt_reader_member(r, root, "kernels", CONVRT_JSON_ARRAY, &array);
  if (status)
    return status;
  if (array->count > CONVRT_MAX_KERNELS)
    return convrt_reader_fail(r, "more than 4096 kernels");
  image->kernels =
      convrt_arena_allocate(r->arena, array->count, sizeof *image->kernels);
  if (!image->kernels)
    return convrt_fail_memory();
  image->kernelCount = array->count;
  size_t i = 0;
  for (const convrt_json *value = array->first; value;
       value = value->next, ++i) {
    convrt_kernel *kernel = &image->kernels[i];
    status = readKernel(r, value, image->record.kind, kernel);
    if (status)
      return status;
    kernel->info.isa = image->record.isa;
    for (size_t j = 0; j < i; ++j)
      if (strcmp(image->kernels[j].info.name, kernel->info.name) == 0)
        return convrt_reader_fail(r, "another kernel has the same name");
  }
  return CONVRT_OK;
}

convrt_status convrt_metadata_read(convrt_arena *arena, size_t index,
                                   convrt_image *image) {
  convrt_arena tree = {0};
  char error[128];
  convrt_status status;
  convrt_reader r = {.arena = arena, .image = index};
  const convrt_json *root =
      convrt_json_parse(&tree, image->record.metadata,
                        image->record.metadataSize, error, sizeof error);
  if (root)
    status = readRoot(&r, root, image);
  else
    status = convrt_fail(CONVRT_ERROR_FORMAT,
                         "image %zu of the package: metadata is not JSON: %s",
                         index, error);
  convrt_arena_free(&tree);
  return status;
}

//===----------------------------------------------------------------------===//
// Comparison
//===----------------------------------------------------------------------===//

static bool sameArgument(const convrt_argument *a, const convrt_argument *b) {
  if (strcmp(a->name, b->name) != 0 || a->role != b->role ||
      a->dtype_name != b->dtype_name || a->rank != b->rank)
    return false;
  for (int32_t d = 0; d < a->rank; ++d) {
    const convrt_dim *x = &a->shape[d], *y = &b->shape[d];
    if (x->extent != y->extent ||
        (x->symbol && strcmp(x->symbol, y->symbol) != 0))
      return false;
  }
  return true;
}

convrt_status convrt_metadata_compare(const convrt_image *image,
                                      const convrt_image *other, size_t index) {
  bool same = image->kernelCount == other->kernelCount;
  for (size_t k = 0; same && k < image->kernelCount; ++k) {
    const convrt_kernel *a = &image->kernels[k], *b = &other->kernels[k];
    same = strcmp(a->info.name, b->info.name) == 0 &&
           a->info.argument_count == b->info.argument_count;
    for (size_t i = 0; same && i < a->info.argument_count; ++i)
      same = sameArgument(&a->arguments[i], &b->arguments[i]);
    if (!same)
      return convrt_fail(CONVRT_ERROR_FORMAT,
                         "image %zu of the package: kernel '%s' differs from "
                         "that of image 0 in its name or arguments",
                         index, b->info.name);
  }
  if (same)
    return CONVRT_OK;
  return convrt_fail(CONVRT_ERROR_FORMAT,
                     "image %zu of the package has %zu kernels, image 0 has "
                     "%zu; all images must offer the same",
                     index, other->kernelCount, image->kernelCount);
}
