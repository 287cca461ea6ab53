//===- PlanDrawing.h - Draw the plans of a module ---------------*- C++ -*-===//

#ifndef CONV_TRANSLATE_PLANDRAWING_H
#define CONV_TRANSLATE_PLANDRAWING_H

namespace conv {

/// Register `plan-to-dot` and `plan-to-json`.
void registerPlanTranslations();

} // namespace conv

#endif // CONV_TRANSLATE_PLANDRAWING_H
