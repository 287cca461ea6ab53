//===- MonarchDialect.cpp - Register the monarch dialect ------------------===//

#include "conv/Dialect/Monarch/IR/Monarch.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

#include "conv/Dialect/Monarch/IR/MonarchDialect.cpp.inc"
#include "conv/Dialect/Monarch/IR/MonarchEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "conv/Dialect/Monarch/IR/MonarchAttrs.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "conv/Dialect/Monarch/IR/MonarchTypes.cpp.inc"

namespace conv::monarch {

namespace {
/// Print layouts as aliases, so that the flow of digits stays readable.
struct LayoutAliases : OpAsmDialectInterface {
  using OpAsmDialectInterface::OpAsmDialectInterface;

  AliasResult getAlias(Attribute attr, raw_ostream &os) const override {
    if (!isa<LayoutAttr>(attr))
      return AliasResult::NoAlias;
    os << "layout";
    return AliasResult::OverridableAlias;
  }
};
} // namespace

void MonarchDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "conv/Dialect/Monarch/IR/MonarchAttrs.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "conv/Dialect/Monarch/IR/MonarchTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "conv/Dialect/Monarch/IR/MonarchOps.cpp.inc"
      >();
  addInterfaces<LayoutAliases>();
}

} // namespace conv::monarch
