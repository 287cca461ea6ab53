//===- Matrix.h - Fragments as dense matrices -----------------------------===//
#ifndef PTXEMU_EXEC_MATRIX_H
#define PTXEMU_EXEC_MATRIX_H

#include "Exec/MatrixShapes.h"

namespace ptxemu {

/// One element of a small format, exactly.
float smallToFloat(MatrixType type, uint32_t bits);
/// A fragment of 16 rows (8 (i & 1) + g) into a[16][k].
void loadA(Warp &w, const uint32_t *regs, size_t count, MatrixType type, int k,
           float *a);
/// Accumulators of 16 rows and n columns, f32 or packed f16, to and from
/// acc[16][n].
void loadAccumulator(Warp &w, const uint32_t *regs, MatrixType type, int n,
                     float *acc);
void storeAccumulator(Warp &w, const uint32_t *regs, MatrixType type, int n,
                      const float *acc);
void countTensor(uint64_t operations);

} // namespace ptxemu

#endif
