//===- expression.c - Whole numbers computed from sizes -------------------===//

#include "expression.h"
#include "limits.h"

#include <string.h>

convrt_term_kind convrt_term_kind_of(const char *word) {
  static const struct {
    const char *word;
    convrt_term_kind kind;
  } words[] = {
      {"sms", CONVRT_TERM_MULTIPROCESSORS},
      {"+", CONVRT_TERM_ADD},
      {"-", CONVRT_TERM_SUBTRACT},
      {"*", CONVRT_TERM_MULTIPLY},
      {"ceildiv", CONVRT_TERM_CEILDIV},
      {"min", CONVRT_TERM_MIN},
      {"max", CONVRT_TERM_MAX},
  };
  for (size_t i = 0; i < sizeof words / sizeof words[0]; ++i)
    if (strcmp(word, words[i].word) == 0)
      return words[i].kind;
  return CONVRT_TERM_NUMBER;
}

const char *convrt_expression_check(const convrt_expression *expression) {
  size_t depth = 0;
  for (size_t i = 0; i < expression->count; ++i) {
    if (expression->terms[i].kind < CONVRT_TERM_ADD) {
      if (++depth > CONVRT_MAX_STACK)
        return "an expression needs a stack of more than 16 numbers";
    } else {
      if (depth < 2)
        return "an operation of an expression lacks an operand";
      --depth;
    }
  }
  return depth == 1 ? NULL : "an expression does not leave exactly one number";
}

static const char *apply(convrt_term_kind kind, int64_t a, int64_t b,
                         int64_t *value) {
  static const char overflow[] = "overflows 63 bits";
  switch (kind) {
  case CONVRT_TERM_ADD:
    return __builtin_add_overflow(a, b, value) ? overflow : NULL;
  case CONVRT_TERM_SUBTRACT:
    return __builtin_sub_overflow(a, b, value) ? overflow : NULL;
  case CONVRT_TERM_MULTIPLY:
    return __builtin_mul_overflow(a, b, value) ? overflow : NULL;
  case CONVRT_TERM_CEILDIV:
    if (a < 0 || b < 1)
      return "divides a negative number, or by less than 1";
    *value = a / b + (a % b != 0);
    return NULL;
  case CONVRT_TERM_MIN:
    *value = a < b ? a : b;
    return NULL;
  default:
    *value = a > b ? a : b;
    return NULL;
  }
}

const char *convrt_expression_evaluate(const convrt_expression *expression,
                                       const int64_t *dims,
                                       int64_t multiprocessors,
                                       int64_t *value) {
  int64_t stack[CONVRT_MAX_STACK];
  size_t depth = 0;
  for (size_t i = 0; i < expression->count; ++i) {
    const convrt_term *term = &expression->terms[i];
    switch (term->kind) {
    case CONVRT_TERM_NUMBER:
      stack[depth++] = term->value;
      break;
    case CONVRT_TERM_DIM:
      stack[depth++] = dims[term->value];
      break;
    case CONVRT_TERM_MULTIPROCESSORS:
      stack[depth++] = multiprocessors;
      break;
    default: {
      const char *problem = apply(term->kind, stack[depth - 2],
                                  stack[depth - 1], &stack[depth - 2]);
      if (problem)
        return problem;
      --depth;
    }
    }
  }
  *value = stack[0];
  return NULL;
}
