//===- Passes.h - Conversions between dialects ------------------*- C++ -*-===//

#ifndef CONV_CONVERSION_PASSES_H
#define CONV_CONVERSION_PASSES_H

#include "conv/Conversion/ConvToMonarch.h"
#include "conv/Conversion/MonarchToNVVM.h"

namespace conv {

#define GEN_PASS_REGISTRATION
#include "conv/Conversion/Passes.h.inc"

} // namespace conv

#endif // CONV_CONVERSION_PASSES_H
