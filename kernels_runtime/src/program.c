//===- program.c - How a kernel runs on a GPU -----------------------------===//

#include "program.h"
#include "limits.h"

#include <string.h>

/// What the expressions and buffers of one program may refer to.
typedef struct scope {
  const convrt_reader *r;
  const char *const *dims;
  size_t dimCount;
  size_t argumentCount;
  uint32_t *alignments;
} scope;

static convrt_status fail(const scope *s, const char *what) {
  return convrt_reader_fail(s->r, what);
}

static convrt_status readExpression(const scope *s, const convrt_json *array,
                                    convrt_expression *expression) {
  if (array->type != CONVRT_JSON_ARRAY)
    return fail(s, "an expression is not an array");
  if (array->count > CONVRT_MAX_TERMS)
    return fail(s, "an expression has more than 64 terms");
  convrt_term *terms =
      convrt_arena_allocate(s->r->arena, array->count, sizeof *terms);
  if (!terms)
    return convrt_fail_memory();
  expression->terms = terms;
  expression->count = array->count;
  for (const convrt_json *value = array->first; value;
       value = value->next, ++terms) {
    if (value->type == CONVRT_JSON_NUMBER && value->integral) {
      *terms = (convrt_term){CONVRT_TERM_NUMBER, value->integer};
      continue;
    }
    if (value->type != CONVRT_JSON_STRING)
      return fail(s, "a term of an expression is neither a whole number nor a "
                     "word");
    size_t dim = convrt_reader_find_dim(s->dims, s->dimCount, value->text);
    if (dim < s->dimCount)
      *terms = (convrt_term){CONVRT_TERM_DIM, (int64_t)dim};
    else
      *terms = (convrt_term){convrt_term_kind_of(value->text), 0};
    if (terms->kind == CONVRT_TERM_NUMBER)
      return convrt_fail(CONVRT_ERROR_FORMAT,
                         "image %zu of the package, kernel '%s': '%.32s' in an "
                         "expression is no operation, no 'sms' and not among "
                         "'dims'",
                         s->r->image, s->r->kernel, value->text);
  }
  const char *problem = convrt_expression_check(expression);
  return problem ? fail(s, problem) : CONVRT_OK;
}

static convrt_status expressionMember(const scope *s, const convrt_json *object,
                                      const char *key,
                                      convrt_expression *expression) {
  const convrt_json *value;
  convrt_status status =
      convrt_reader_member(s->r, object, key, CONVRT_JSON_ARRAY, &value);
  return status ? status : readExpression(s, value, expression);
}

/// A whole number from `low` to `high`.
static bool isWithin(const convrt_json *value, int64_t low, int64_t high) {
  return value && value->type == CONVRT_JSON_NUMBER && value->integral &&
         value->integer >= low && value->integer <= high;
}

/// Three extents, each from 1 to its limit, whose product is at most `product`.
static convrt_status readExtents(const scope *s, const convrt_json *array,
                                 const uint32_t limits[3], uint64_t product,
                                 const char *problem, uint32_t extents[3]) {
  const convrt_json *value = array->first;
  uint64_t all = 1;
  for (int i = 0; i < 3; ++i) {
    if (array->count != 3 || !isWithin(value, 1, limits[i]))
      return fail(s, problem);
    extents[i] = (uint32_t)value->integer;
    all *= extents[i];
    value = value->next;
  }
  return all > product ? fail(s, problem) : CONVRT_OK;
}

static convrt_status readBuffer(const scope *s, const convrt_json *object,
                                const convrt_json *number,
                                convrt_parameter *parameter) {
  if (s->argumentCount == 0 ||
      !isWithin(number, 0, (int64_t)s->argumentCount - 1))
    return fail(s, "the buffer of a parameter is not the number of an "
                   "argument");
  parameter->kind = CONVRT_PARAMETER_BUFFER;
  parameter->buffer = (size_t)number->integer;
  uint32_t alignment = CONVRT_DEFAULT_ALIGNMENT;
  const convrt_json *given = convrt_json_get(object, "alignment");
  if (given) {
    if (!isWithin(given, 1, CONVRT_MAX_ALIGNMENT) ||
        (given->integer & (given->integer - 1)) != 0)
      return fail(s, "the alignment of a buffer is not a power of two, at most "
                     "256");
    alignment = (uint32_t)given->integer;
  }
  uint32_t *needed = &s->alignments[parameter->buffer];
  if (*needed < alignment)
    *needed = alignment;
  return CONVRT_OK;
}

static convrt_status readParameter(const scope *s, const convrt_json *object,
                                   convrt_parameter *parameter) {
  static const struct {
    const char *key;
    convrt_parameter_kind kind;
  } kinds[] = {{"buffer", CONVRT_PARAMETER_BUFFER},
               {"workspace", CONVRT_PARAMETER_WORKSPACE},
               {"i32", CONVRT_PARAMETER_I32},
               {"i64", CONVRT_PARAMETER_I64}};
  const convrt_json *found = NULL;
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; ++i) {
    const convrt_json *value = convrt_json_get(object, kinds[i].key);
    if (!value)
      continue;
    if (found)
      return fail(s, "a parameter of a launch is two things at once");
    found = value;
    parameter->kind = kinds[i].kind;
  }
  if (!found)
    return fail(s, "a parameter of a launch is none of 'buffer', 'workspace', "
                   "'i32' and 'i64'");
  if (parameter->kind == CONVRT_PARAMETER_BUFFER)
    return readBuffer(s, object, found, parameter);
  return readExpression(s, found, &parameter->value);
}

static convrt_status readLaunch(const scope *s, const convrt_json *object,
                                convrt_program_launch *launch) {
  static const uint32_t blockLimits[3] = {1024, 1024, 64};
  static const uint32_t clusterLimits[3] = {16, 16, 16};
  const convrt_json *grid, *block, *parameters;
  convrt_status status =
      convrt_reader_name(s->r, object, "symbol", &launch->symbol);
  if (!status)
    status =
        convrt_reader_member(s->r, object, "grid", CONVRT_JSON_ARRAY, &grid);
  if (!status)
    status =
        convrt_reader_member(s->r, object, "block", CONVRT_JSON_ARRAY, &block);
  if (!status)
    status = convrt_reader_member(s->r, object, "parameters", CONVRT_JSON_ARRAY,
                                  &parameters);
  if (!status)
    status = readExtents(s, block, blockLimits, 1024,
                         "'block' is not three extents of together at most "
                         "1024 threads (the third at most 64)",
                         launch->block);
  if (status)
    return status;
  if (grid->count != 3)
    return fail(s, "'grid' is not three expressions");
  const convrt_json *value = grid->first;
  for (int i = 0; i < 3; ++i, value = value->next) {
    status = readExpression(s, value, &launch->grid[i]);
    if (status)
      return status;
  }
  if (convrt_json_get(object, "cluster")) {
    const convrt_json *cluster;
    status = convrt_reader_member(s->r, object, "cluster", CONVRT_JSON_ARRAY,
                                  &cluster);
    if (!status)
      status = readExtents(s, cluster, clusterLimits, 16,
                           "'cluster' is not three extents of together at "
                           "most 16 blocks",
                           launch->cluster);
    if (status)
      return status;
  }
  const convrt_json *shared = convrt_json_get(object, "shared");
  if (!isWithin(shared, 0, CONVRT_MAX_SHARED_BYTES))
    return fail(s, "'shared' is not a number of bytes, at most 1048576");
  launch->shared = (uint32_t)shared->integer;
  if (parameters->count > CONVRT_MAX_PARAMETERS)
    return fail(s, "a launch has more than 128 parameters");
  convrt_parameter *list =
      convrt_arena_allocate(s->r->arena, parameters->count, sizeof *list);
  if (!list)
    return convrt_fail_memory();
  launch->parameters = list;
  launch->parameterCount = parameters->count;
  for (value = parameters->first; value; value = value->next) {
    status = readParameter(s, value, list++);
    if (status)
      return status;
  }
  return CONVRT_OK;
}

convrt_status convrt_program_read(const convrt_reader *r,
                                  const convrt_json *object,
                                  size_t argumentCount, const char *const *dims,
                                  size_t dimCount, convrt_program *program) {
  scope s = {.r = r,
             .dims = dims,
             .dimCount = dimCount,
             .argumentCount = argumentCount};
  for (size_t i = 0; i < dimCount; ++i)
    if (convrt_term_kind_of(dims[i]) != CONVRT_TERM_NUMBER)
      return convrt_reader_fail(r, "a symbol of 'dims' is a word of "
                                   "expressions");
  s.alignments =
      convrt_arena_allocate(r->arena, argumentCount, sizeof *s.alignments);
  if (!s.alignments)
    return convrt_fail_memory();
  program->alignments = s.alignments;
  for (size_t i = 0; i < argumentCount; ++i)
    s.alignments[i] = 1;
  const convrt_json *launches;
  convrt_status status =
      expressionMember(&s, object, "workspace", &program->workspace);
  if (!status)
    status = convrt_reader_member(r, object, "launches", CONVRT_JSON_ARRAY,
                                  &launches);
  if (status)
    return status;
  if (launches->count > CONVRT_MAX_LAUNCHES)
    return convrt_reader_fail(r, "a program has more than 4096 launches");
  convrt_program_launch *list =
      convrt_arena_allocate(r->arena, launches->count, sizeof *list);
  if (!list)
    return convrt_fail_memory();
  program->launches = list;
  program->launchCount = launches->count;
  for (const convrt_json *value = launches->first; value; value = value->next) {
    status = readLaunch(&s, value, list++);
    if (status)
      return status;
  }
  return CONVRT_OK;
}
