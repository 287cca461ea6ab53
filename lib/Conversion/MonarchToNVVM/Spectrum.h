//===- Spectrum.h - The kernel that prepares filters ------------*- C++ -*-===//
//
// From the taps [Hf, K] of a filter to the table [Hf, 2 L] of f16 by which the
// kernel of a plan multiplies,
//
//   K[k] = sum_n (kappa[n] + i kappa[n + L]) exp(-2 pi i n (k + 1/4) / L),
//
// where kappa holds the lags -L..L-1 as in TensorPlan.h. The transform is one
// in f32 (BlockFourier.h); its result is rounded to f16, nearest even, so that
// a spectrum of more than 65504 becomes infinite. A convolution stays in range
// while sqrt(L) max|u| max|K| < 65504.
//
// The frequencies k = o + O q, with O = L / (256 R), are those of the innermost
// transform o of a row. Table: transform o, then tile k2, each as
// plan::spectrumPosition says.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_CONVERSION_MONARCHTONVVM_SPECTRUM_H
#define CONV_CONVERSION_MONARCHTONVVM_SPECTRUM_H

#include "Kernel.h"

#include "conv/Dialect/Monarch/IR/Monarch.h"
#include "conv/Plan/Plan.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace conv::nvidia {

/// Emit the kernel `name` that prepares the filters of `op` for `plan`, a
/// right-angle plan, into `module`. Its parameters are the taps and the
/// spectrum.
mlir::FailureOr<Kernel> emitSpectrum(mlir::gpu::GPUModuleOp module,
                                     llvm::StringRef name,
                                     const plan::Plan &plan,
                                     monarch::SpectrumOp op);

} // namespace conv::nvidia

#endif // CONV_CONVERSION_MONARCHTONVVM_SPECTRUM_H
