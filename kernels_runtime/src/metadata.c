//===- metadata.c - What an image says about its kernels ------------------===//

#include "metadata.h"
#include "json.h"
#include "limits.h"

#include <inttypes.h>
#include <string.h>

static const struct {
  const char *name;
  DLDataType dtype;
} dtypes[] = {
    {"f16", {kDLFloat, 16, 1}},
    {"bf16", {kDLBfloat, 16, 1}},
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

/// Where a reader is: for messages, and what it allocates from.
typedef struct reader {
  convrt_arena *arena;
  size_t image;
  const char *kernel;
} reader;

static convrt_status malformed(const reader *r, const char *what) {
  if (r->kernel)
    return convrt_fail(CONVRT_ERROR_FORMAT,
                       "image %zu of the package, kernel '%s': %s", r->image,
                       r->kernel, what);
  return convrt_fail(CONVRT_ERROR_FORMAT, "image %zu of the package: %s",
                     r->image, what);
}

/// The member `key` if it has the type; otherwise an error. `object` need not
/// be an object.
static convrt_status member(const reader *r, const convrt_json *object,
                            const char *key, convrt_json_type type,
                            const convrt_json **value) {
  static const char *const typeNames[] = {"null",     "a boolean", "a number",
                                          "a string", "an array",  "an object"};
  *value = convrt_json_get(object, key);
  if (*value && (*value)->type == type)
    return CONVRT_OK;
  const char *where = r->kernel ? r->kernel : "";
  return convrt_fail(CONVRT_ERROR_FORMAT,
                     *value ? "image %zu of the package%s%s: '%s' is not %s"
                            : "image %zu of the package%s%s: '%s' is missing "
                              "(it is %s)",
                     r->image, r->kernel ? ", kernel " : "", where, key,
                     typeNames[type]);
}

/// A name: 1 to 255 bytes without control characters.
static bool isName(const convrt_json *value) {
  if (value->type != CONVRT_JSON_STRING || value->count == 0 ||
      value->count > CONVRT_MAX_NAME_BYTES)
    return false;
  for (const char *at = value->text; *at; ++at)
    if ((unsigned char)*at < 0x20 || *at == 0x7F)
      return false;
  return true;
}

static convrt_status readName(const reader *r, const convrt_json *object,
                              const char *key, const char **name) {
  const convrt_json *value;
  convrt_status status = member(r, object, key, CONVRT_JSON_STRING, &value);
  if (status)
    return status;
  if (!isName(value))
    return malformed(r, "a name is empty, longer than 255 bytes or has control "
                        "characters");
  *name = convrt_arena_copy(r->arena, value->text, value->count);
  return *name ? CONVRT_OK : convrt_fail_memory();
}

/// A text of any length; absent is "".
static convrt_status readText(const reader *r, const convrt_json *object,
                              const char *key, const char **text) {
  *text = "";
  const convrt_json *value = convrt_json_get(object, key);
  if (!value)
    return CONVRT_OK;
  convrt_status status = member(r, object, key, CONVRT_JSON_STRING, &value);
  if (status)
    return status;
  *text = convrt_arena_copy(r->arena, value->text, value->count);
  return *text ? CONVRT_OK : convrt_fail_memory();
}

//===----------------------------------------------------------------------===//
// Arguments
//===----------------------------------------------------------------------===//

/// The index of `symbol` among the kernel's dims, or their number.
static size_t findDim(const char *const *dims, size_t count,
                      const char *symbol) {
  size_t i = 0;
  while (i < count && strcmp(dims[i], symbol) != 0)
    ++i;
  return i;
}

/// A shape, whose symbols are to be among the kernel's dims. `seen` counts the
/// dims met so far: a new one must be the next.
static convrt_status readShape(const reader *r, const convrt_json *array,
                               const char *const *dims, size_t dimCount,
                               size_t *seen, convrt_argument *argument) {
  if (array->count > CONVRT_MAX_RANK)
    return malformed(r, "an argument has more than 8 dimensions");
  convrt_dim *shape =
      convrt_arena_allocate(r->arena, array->count, sizeof *shape);
  if (!shape)
    return convrt_fail_memory();
  int64_t bytes = (int64_t)convrt_dtype_bytes(argument->dtype);
  size_t d = 0;
  for (const convrt_json *value = array->first; value;
       value = value->next, ++d) {
    if (value->type == CONVRT_JSON_STRING) {
      size_t index = findDim(dims, dimCount, value->text);
      if (index == dimCount)
        return malformed(r, "a symbol of a shape is not among 'dims'");
      if (index > *seen)
        return malformed(r, "'dims' is not in the order of first appearance");
      *seen += index == *seen;
      shape[d].extent = -1;
      shape[d].symbol = dims[index];
      continue;
    }
    if (value->type != CONVRT_JSON_NUMBER || !value->integral ||
        value->integer < 0)
      return malformed(r, "an extent of a shape is neither a whole number, at "
                          "least 0, nor a symbol");
    shape[d].extent = value->integer;
    if (value->integer > 0 &&
        __builtin_mul_overflow(bytes, value->integer, &bytes))
      return malformed(r, "the size of an argument overflows 63 bits");
  }
  argument->rank = (int32_t)array->count;
  argument->shape = shape;
  return CONVRT_OK;
}

static convrt_status readArgument(const reader *r, const convrt_json *object,
                                  const convrt_kernel *kernel, size_t *seen,
                                  convrt_argument *argument) {
  const convrt_json *role, *dtype, *shape;
  convrt_status status = readName(r, object, "name", &argument->name);
  if (!status)
    status = member(r, object, "role", CONVRT_JSON_STRING, &role);
  if (!status)
    status = member(r, object, "dtype", CONVRT_JSON_STRING, &dtype);
  if (!status)
    status = member(r, object, "shape", CONVRT_JSON_ARRAY, &shape);
  if (status)
    return status;
  if (strcmp(role->text, "input") == 0)
    argument->role = CONVRT_INPUT;
  else if (strcmp(role->text, "output") == 0)
    argument->role = CONVRT_OUTPUT;
  else
    return malformed(r, "the role of an argument is neither 'input' nor "
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

static convrt_status readArguments(const reader *r, const convrt_json *array,
                                   convrt_kernel *kernel) {
  if (array->count > CONVRT_MAX_ARGUMENTS)
    return malformed(r, "more than 64 arguments");
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
        return malformed(r, "two arguments have the same name");
    if (arguments[i].role == CONVRT_INPUT) {
      if (kernel->info.input_count != i)
        return malformed(r, "an input follows an output");
      ++kernel->info.input_count;
    }
  }
  if (kernel->info.input_count == array->count)
    return malformed(r, "there is no output");
  if (seen != kernel->info.dim_count)
    return malformed(r, "'dims' has a symbol that no shape uses");
  return CONVRT_OK;
}

static convrt_status readDims(const reader *r, const convrt_json *object,
                              convrt_kernel *kernel) {
  const convrt_json *array;
  convrt_status status = member(r, object, "dims", CONVRT_JSON_ARRAY, &array);
  if (status)
    return status;
  if (array->count > CONVRT_MAX_DIMS)
    return malformed(r, "more than 64 dynamic dimensions");
  const char **dims =
      convrt_arena_allocate(r->arena, array->count, sizeof *dims);
  if (!dims)
    return convrt_fail_memory();
  size_t i = 0;
  for (const convrt_json *value = array->first; value;
       value = value->next, ++i) {
    if (!isName(value))
      return malformed(r, "a symbol of 'dims' is not a name");
    if (findDim(dims, i, value->text) != i)
      return malformed(r, "'dims' names a symbol twice");
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

static convrt_status readKernel(reader *r, const convrt_json *object,
                                convrt_kernel *kernel) {
  convrt_kernel_info *info = &kernel->info;
  r->kernel = NULL;
  convrt_status status = readName(r, object, "name", &info->name);
  if (status)
    return status;
  r->kernel = info->name;
  const convrt_json *numerics, *bound, *arguments;
  status = readName(r, object, "symbol", &kernel->symbol);
  if (!status)
    status = readText(r, object, "kind", &info->kind);
  if (!status)
    status = readText(r, object, "plan", &info->plan);
  if (!status)
    status = member(r, object, "numerics", CONVRT_JSON_OBJECT, &numerics);
  if (!status)
    status = readName(r, numerics, "arithmetic", &info->arithmetic);
  if (!status)
    status =
        member(r, numerics, "relative_l2_bound", CONVRT_JSON_NUMBER, &bound);
  if (!status)
    status = readDims(r, object, kernel);
  if (!status)
    status = member(r, object, "arguments", CONVRT_JSON_ARRAY, &arguments);
  if (!status)
    status = readArguments(r, arguments, kernel);
  if (status)
    return status;
  if (bound->number < 0)
    return malformed(r, "'relative_l2_bound' is negative");
  info->relative_l2_bound = bound->number;
  return CONVRT_OK;
}

static convrt_status readRequires(const reader *r, const convrt_json *root,
                                  convrt_image *image) {
  const convrt_json *array = convrt_json_get(root, "requires");
  if (!array)
    return CONVRT_OK;
  convrt_status status = member(r, root, "requires", CONVRT_JSON_ARRAY, &array);
  if (status)
    return status;
  if (array->count > CONVRT_MAX_REQUIRES)
    return malformed(r, "more than 16 required features");
  const char **names =
      convrt_arena_allocate(r->arena, array->count, sizeof *names);
  if (!names)
    return convrt_fail_memory();
  size_t i = 0;
  for (const convrt_json *value = array->first; value;
       value = value->next, ++i) {
    if (!isName(value))
      return malformed(r, "a required feature is not a name");
    names[i] = convrt_arena_copy(r->arena, value->text, value->count);
    if (!names[i])
      return convrt_fail_memory();
  }
  image->requires = names;
  image->requireCount = array->count;
  return CONVRT_OK;
}

static convrt_status readRoot(reader *r, const convrt_json *root,
                              convrt_image *image) {
  const convrt_json *array;
  convrt_status status = readRequires(r, root, image);
  if (!status)
    status = member(r, root, "kernels", CONVRT_JSON_ARRAY, &array);
  if (status)
    return status;
  if (array->count > CONVRT_MAX_KERNELS)
    return malformed(r, "more than 4096 kernels");
  image->kernels =
      convrt_arena_allocate(r->arena, array->count, sizeof *image->kernels);
  if (!image->kernels)
    return convrt_fail_memory();
  image->kernelCount = array->count;
  size_t i = 0;
  for (const convrt_json *value = array->first; value;
       value = value->next, ++i) {
    convrt_kernel *kernel = &image->kernels[i];
    status = readKernel(r, value, kernel);
    if (status)
      return status;
    kernel->info.isa = image->record.isa;
    for (size_t j = 0; j < i; ++j)
      if (strcmp(image->kernels[j].info.name, kernel->info.name) == 0)
        return malformed(r, "another kernel has the same name");
  }
  return CONVRT_OK;
}

convrt_status convrt_metadata_read(convrt_arena *arena, size_t index,
                                   convrt_image *image) {
  convrt_arena tree = {0};
  char error[128];
  convrt_status status;
  reader r = {.arena = arena, .image = index};
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
