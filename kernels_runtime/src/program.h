//===- program.h - How a kernel runs on a GPU ------------------*- C -*-===//
//
// On a GPU a kernel of a package is a program: launches of functions of the
// image, one after the other on a stream, whose grids, scalars and places in a
// workspace are expressions of the sizes of the call.
//
//===----------------------------------------------------------------------===//

#ifndef CONVRT_SRC_PROGRAM_H
#define CONVRT_SRC_PROGRAM_H

#include "expression.h"
#include "reader.h"

typedef enum convrt_parameter_kind {
  CONVRT_PARAMETER_BUFFER,    ///< address of tensor argument `buffer`
  CONVRT_PARAMETER_WORKSPACE, ///< address `value` bytes into the workspace
  CONVRT_PARAMETER_I32,
  CONVRT_PARAMETER_I64,
} convrt_parameter_kind;

/// A parameter of a launch.
typedef struct convrt_parameter {
  convrt_parameter_kind kind;
  size_t buffer;
  convrt_expression value;
} convrt_parameter;

typedef struct convrt_program_launch {
  const char *symbol; ///< of the function in the image
  convrt_expression grid[3];
  uint32_t block[3];
  uint32_t cluster[3]; ///< zeros: what the function itself declares
  uint32_t shared;     ///< bytes of dynamic shared memory
  const convrt_parameter *parameters;
  size_t parameterCount;
} convrt_program_launch;

typedef struct convrt_program {
  convrt_expression workspace; ///< bytes
  const convrt_program_launch *launches;
  size_t launchCount;
  const uint32_t *alignments; ///< in bytes, that the launches need of each
                              ///< tensor argument; 1 if none gets it
} convrt_program;

/// Read the `program` of a kernel that has `argumentCount` arguments and
/// dynamic dimensions `dims`.
convrt_status convrt_program_read(const convrt_reader *r,
                                  const convrt_json *object,
                                  size_t argumentCount, const char *const *dims,
                                  size_t dimCount, convrt_program *program);

#endif // CONVRT_SRC_PROGRAM_H
