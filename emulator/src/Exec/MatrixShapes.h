//===- MatrixShapes.h - Tensor-core shapes and fragments ------------------===//
#ifndef PTXEMU_EXEC_MATRIXSHAPES_H
#define PTXEMU_EXEC_MATRIXSHAPES_H

#include "Decode/Program.h"

namespace ptxemu {

enum class MatrixType : uint8_t {
  None,
  F16,
  BF16,
  TF32,
  F32,
  F64,
  E4M3,
  E5M2,
  S8,
  U8,
  S32
};
MatrixType matrixType(const std::string &type);

/// One mma.sync.aligned form.
struct MmaShape {
  const char *shape; ///< m16n8k16
  int m, n, k;
  MatrixType d, a, b;
  uint8_t aRegs, bRegs, cRegs;
  Handler handler;
};
const MmaShape *mmaShapes();
int mmaShapeCount();
const MmaShape *findMma(const std::string &shape, const std::string &d,
                        const std::string &a, const std::string &b,
                        const std::string &c);

/// wmma.mma; fills mode[0..2] with m/8, n/8 and the types.
Handler findWmma(const std::string &shape, const std::string &d,
                 const std::string &a, const std::string &c, uint8_t *mode);
bool wmmaSizesFit(const std::string &shape, const std::string &d,
                  const std::string &a, const std::string &c,
                  const size_t sizes[4]);
/// wmma.load/store: fills mode with role and type; false when unsupported.
bool wmmaAccess(const std::string &shape, const std::string &role,
                const std::string &type, size_t registers, uint8_t *mode);

} // namespace ptxemu

#endif
