//===- expression.h - Whole numbers computed from sizes --------*- C -*-===//
//
// Grids and workspaces of GPU kernels depend on the dynamic dimensions of a
// call. The metadata has them as expressions in reverse Polish notation, such
// as ["d0", 8, "ceildiv"], which are checked once, when the package is opened,
// and evaluated at every call with a stack of fixed size.
//
//===----------------------------------------------------------------------===//

#ifndef CONVRT_SRC_EXPRESSION_H
#define CONVRT_SRC_EXPRESSION_H

#include <stddef.h>
#include <stdint.h>

typedef enum convrt_term_kind {
  CONVRT_TERM_NUMBER,
  CONVRT_TERM_DIM,             ///< the dynamic dimension number `value`
  CONVRT_TERM_MULTIPROCESSORS, ///< "sms", of the device
  CONVRT_TERM_ADD,
  CONVRT_TERM_SUBTRACT,
  CONVRT_TERM_MULTIPLY,
  CONVRT_TERM_CEILDIV, ///< of a number, at least 0, by one of at least 1
  CONVRT_TERM_MIN,
  CONVRT_TERM_MAX,
} convrt_term_kind;

typedef struct convrt_term {
  convrt_term_kind kind;
  int64_t value;
} convrt_term;

typedef struct convrt_expression {
  const convrt_term *terms;
  size_t count;
} convrt_expression;

/// The kind that a word other than a dimension stands for, or
/// CONVRT_TERM_NUMBER if it stands for none.
convrt_term_kind convrt_term_kind_of(const char *word);

/// NULL if the expression leaves exactly one number and never more than
/// CONVRT_MAX_STACK at a time; else what is wrong.
const char *convrt_expression_check(const convrt_expression *expression);

/// Evaluate an expression that has been checked. NULL on success; else why it
/// has no value.
const char *convrt_expression_evaluate(const convrt_expression *expression,
                                       const int64_t *dims,
                                       int64_t multiprocessors, int64_t *value);

#endif // CONVRT_SRC_EXPRESSION_H
