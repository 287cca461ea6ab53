//===- KernelBuilder.cpp - Write a CUDA kernel in llvm and nvvm -----------===//

#include "KernelBuilder.h"

#include "conv/Conversion/MonarchToNVVM.h"

#include "mlir/IR/SymbolTable.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace conv::nvidia {

KernelBuilder::KernelBuilder(gpu::GPUModuleOp module, Location loc,
                             StringRef name, ArrayRef<Parameter> parameters,
                             int64_t threads)
    : ImplicitLocOpBuilder(loc, module.getContext()), module(module) {
  SmallVector<Type> types;
  for (const Parameter &parameter : parameters)
    types.push_back(parameter.kind == Parameter::i32   ? getI32Type()
                    : parameter.kind == Parameter::i64 ? getI64Type()
                                                       : globalPointer());
  setInsertionPointToEnd(module.getBody());
  function = LLVM::LLVMFuncOp::create(
      *this, name,
      LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(getContext()),
                                  types));
  function->setAttr(NVVM::NVVMDialect::getKernelFuncAttrName(), getUnitAttr());
  function->setAttr(gpu::GPUDialect::getKernelFuncAttrName(), getUnitAttr());
  function->setAttr(NVVM::NVVMDialect::getReqntidAttrName(),
                    getDenseI32ArrayAttr({static_cast<int32_t>(threads)}));
  for (auto [i, parameter] : llvm::enumerate(parameters)) {
    if (parameter.kind == Parameter::i32 || parameter.kind == Parameter::i64)
      continue;
    function.setArgAttr(i, LLVM::LLVMDialect::getNoAliasAttrName(),
                        getUnitAttr());
    function.setArgAttr(i, LLVM::LLVMDialect::getAlignAttrName(),
                        getI64IntegerAttr(parameter.alignment));
    if (parameter.kind == Parameter::input)
      function.setArgAttr(i, LLVM::LLVMDialect::getReadonlyAttrName(),
                          getUnitAttr());
  }
  Block *entry = function.addEntryBlock(*this);
  Block *body = addBlock();
  setInsertionPointToStart(entry);
  entryEnd = LLVM::BrOp::create(*this, body);
  setInsertionPointToStart(body);
}

void KernelBuilder::keepOrder() {
  function.setPassthroughAttr(getStrArrayAttr({nvidia::keepOrderAttribute}));
}

bool KernelBuilder::hasStoreMatrix() {
  ArrayAttr targets = module.getTargetsAttr();
  if (!targets || targets.empty())
    return true;
  StringRef chip = cast<NVVM::NVVMTargetAttr>(targets[0]).getChip();
  int64_t number = 0;
  chip.consume_front("sm_");
  return chip.consumeInteger(10, number) || number >= 90;
}

void KernelBuilder::finish() { LLVM::ReturnOp::create(*this, ValueRange()); }

Block *KernelBuilder::addBlock() {
  Block *block = new Block;
  function.getBody().push_back(block);
  return block;
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

Value KernelBuilder::once(StringRef key, function_ref<Value()> make) {
  Value &value = singles[key];
  if (!value) {
    OpBuilder::InsertionGuard guard(*this);
    setInsertionPoint(entryEnd);
    Value made = make(); // may itself add singles
    singles[key] = made;
    return made;
  }
  return value;
}

Value KernelBuilder::constant(Type type, Attribute attribute) {
  Value &value = constants[{type, attribute}];
  if (!value) {
    OpBuilder::InsertionGuard guard(*this);
    setInsertionPointToStart(entryEnd->getBlock());
    value = LLVM::ConstantOp::create(*this, type, cast<TypedAttr>(attribute));
  }
  return value;
}

Value KernelBuilder::i32(int64_t value) {
  return constant(getI32Type(), getI32IntegerAttr(static_cast<int32_t>(value)));
}

Value KernelBuilder::i64(int64_t value) {
  return constant(getI64Type(), getI64IntegerAttr(value));
}

Value KernelBuilder::f32(double value) {
  return constant(getF32Type(), getF32FloatAttr(static_cast<float>(value)));
}

Value KernelBuilder::half2(double value) {
  auto type = cast<ShapedType>(half2Type());
  return constant(
      type, DenseElementsAttr::get(type, cast<Attribute>(getF16FloatAttr(
                                             static_cast<float>(value)))));
}

//===----------------------------------------------------------------------===//
// Index arithmetic
//===----------------------------------------------------------------------===//

template <typename Op, typename Fold>
Index KernelBuilder::binary(Index a, Index b, Fold fold) {
  if (a.isKnown() && b.isKnown())
    return fold(a.getKnown(), b.getKnown());
  return Index(Value(Op::create(*this, asValue(a), asValue(b))));
}

static bool isKnown(Index index, int64_t value) {
  return index.isKnown() && index.getKnown() == value;
}

Index KernelBuilder::add(Index a, Index b) {
  if (isKnown(a, 0))
    return b;
  if (isKnown(b, 0))
    return a;
  return binary<LLVM::AddOp>(a, b, [](int64_t x, int64_t y) { return x + y; });
}

Index KernelBuilder::sub(Index a, Index b) {
  if (isKnown(b, 0))
    return a;
  return binary<LLVM::SubOp>(a, b, [](int64_t x, int64_t y) { return x - y; });
}

Index KernelBuilder::mul(Index a, Index b) {
  if (isKnown(a, 0) || isKnown(b, 1))
    return a;
  if (isKnown(b, 0) || isKnown(a, 1))
    return b;
  if (b.isKnown() && llvm::isPowerOf2_64(b.getKnown()))
    return shl(a, llvm::Log2_64(b.getKnown()));
  return binary<LLVM::MulOp>(a, b, [](int64_t x, int64_t y) { return x * y; });
}

Index KernelBuilder::bitAnd(Index a, Index b) {
  if (isKnown(b, 0))
    return b;
  return binary<LLVM::AndOp>(a, b, [](int64_t x, int64_t y) { return x & y; });
}

Index KernelBuilder::bitOr(Index a, Index b) {
  if (isKnown(a, 0))
    return b;
  if (isKnown(b, 0))
    return a;
  return binary<LLVM::OrOp>(a, b, [](int64_t x, int64_t y) { return x | y; });
}

Index KernelBuilder::bitXor(Index a, Index b) {
  if (isKnown(a, 0))
    return b;
  if (isKnown(b, 0))
    return a;
  return binary<LLVM::XOrOp>(a, b, [](int64_t x, int64_t y) { return x ^ y; });
}

Index KernelBuilder::shl(Index a, int64_t bits) {
  if (bits == 0)
    return a;
  return binary<LLVM::ShlOp>(a, bits,
                             [](int64_t x, int64_t y) { return x << y; });
}

Index KernelBuilder::lshr(Index a, int64_t bits) {
  if (bits == 0)
    return a;
  return binary<LLVM::LShrOp>(a, bits,
                              [](int64_t x, int64_t y) { return x >> y; });
}

Index KernelBuilder::div(Index a, int64_t divisor) {
  if (llvm::isPowerOf2_64(divisor))
    return lshr(a, llvm::Log2_64(divisor));
  return binary<LLVM::UDivOp>(a, divisor,
                              [](int64_t x, int64_t y) { return x / y; });
}

Index KernelBuilder::mod(Index a, int64_t divisor) {
  if (llvm::isPowerOf2_64(divisor))
    return bitAnd(a, divisor - 1);
  return binary<LLVM::URemOp>(a, divisor,
                              [](int64_t x, int64_t y) { return x % y; });
}

Index KernelBuilder::min(Index a, Index b) {
  if (a.isKnown() && b.isKnown())
    return std::min(a.getKnown(), b.getKnown());
  return Index(
      Value(LLVM::SMinOp::create(*this, asValue(a), asValue(b)).getResult()));
}

Value KernelBuilder::less(Index a, Index b) {
  return LLVM::ICmpOp::create(*this, LLVM::ICmpPredicate::slt, asValue(a),
                              asValue(b));
}

Value KernelBuilder::select(Value condition, Value a, Value b) {
  return LLVM::SelectOp::create(*this, condition, a, b);
}

Value KernelBuilder::sext(Index a) {
  if (a.isKnown())
    return i64(a.getKnown());
  return LLVM::SExtOp::create(*this, getI64Type(), a.getValue());
}

Value KernelBuilder::zext(Index a) {
  if (a.isKnown())
    return i64(a.getKnown());
  return LLVM::ZExtOp::create(*this, getI64Type(), a.getValue());
}

//===----------------------------------------------------------------------===//
// Where a thread is
//===----------------------------------------------------------------------===//

int64_t KernelBuilder::threads() {
  auto required = function->getAttrOfType<DenseI32ArrayAttr>(
      NVVM::NVVMDialect::getReqntidAttrName());
  return required.asArrayRef().front();
}

Index KernelBuilder::threadIndex() {
  return Index(once("tid", [&]() -> Value {
    auto range = LLVM::ConstantRangeAttr::get(getContext(), APInt(32, 0),
                                              APInt(32, threads()));
    return NVVM::ThreadIdXOp::create(*this, getI32Type(), range);
  }));
}

Index KernelBuilder::blockIndex(unsigned dimension) {
  std::string key = "ctaid" + std::to_string(dimension);
  return Index(once(key, [&]() -> Value {
    switch (dimension) {
    case 0:
      return NVVM::BlockIdXOp::create(*this, getI32Type());
    case 1:
      return NVVM::BlockIdYOp::create(*this, getI32Type());
    default:
      return NVVM::BlockIdZOp::create(*this, getI32Type());
    }
  }));
}

Index KernelBuilder::gridExtent(unsigned dimension) {
  std::string key = "nctaid" + std::to_string(dimension);
  return Index(once(key, [&]() -> Value {
    switch (dimension) {
    case 0:
      return NVVM::GridDimXOp::create(*this, getI32Type());
    case 1:
      return NVVM::GridDimYOp::create(*this, getI32Type());
    default:
      return NVVM::GridDimZOp::create(*this, getI32Type());
    }
  }));
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

Value KernelBuilder::offset(Value base, int64_t bytes) {
  if (bytes == 0)
    return base;
  return LLVM::GEPOp::create(
      *this, base.getType(), getI8Type(), base,
      ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(bytes)});
}

Value KernelBuilder::offset(Value base, Index bytes) {
  if (bytes.isKnown())
    return offset(base, bytes.getKnown());
  return LLVM::GEPOp::create(*this, base.getType(), getI8Type(), base,
                             ArrayRef<LLVM::GEPArg>{bytes.getValue()});
}

Value KernelBuilder::offset64(Value base, Value bytes) {
  return LLVM::GEPOp::create(*this, base.getType(), getI8Type(), base,
                             ArrayRef<LLVM::GEPArg>{bytes});
}

Value KernelBuilder::sharedBase() {
  return once("shared", [&]() -> Value {
    static constexpr StringLiteral name = "conv_shared";
    auto global = SymbolTable::lookupSymbolIn(module, name);
    if (!global) {
      OpBuilder::InsertionGuard guard(*this);
      setInsertionPointToStart(module.getBody());
      auto type = LLVM::LLVMArrayType::get(getI8Type(), 0);
      global = LLVM::GlobalOp::create(
          *this, type, /*isConstant=*/false, LLVM::Linkage::External, name,
          Attribute(), /*alignment=*/1024, /*addrSpace=*/3);
    }
    return LLVM::AddressOfOp::create(*this, cast<LLVM::GlobalOp>(global));
  });
}

Index KernelBuilder::sharedBaseIndex() {
  return Index(once("shared index", [&]() -> Value {
    return LLVM::PtrToIntOp::create(*this, getI32Type(), sharedBase());
  }));
}

Value KernelBuilder::sharedAt(Index address) {
  return LLVM::IntToPtrOp::create(*this, sharedPointer(), asValue(address));
}

Value KernelBuilder::table(StringRef name, ArrayRef<uint32_t> words) {
  std::string key = ("table " + name).str();
  return once(key, [&]() -> Value {
    auto global = dyn_cast_or_null<LLVM::GlobalOp>(
        SymbolTable::lookupSymbolIn(module, name));
    if (!global) {
      OpBuilder::InsertionGuard guard(*this);
      setInsertionPointToStart(module.getBody());
      auto type = LLVM::LLVMArrayType::get(getI32Type(), words.size());
      auto tensor = RankedTensorType::get({static_cast<int64_t>(words.size())},
                                          getI32Type());
      global = LLVM::GlobalOp::create(
          *this, type, /*isConstant=*/true, LLVM::Linkage::Internal, name,
          DenseElementsAttr::get(tensor, words), /*alignment=*/16,
          /*addrSpace=*/1);
    }
    return LLVM::AddressOfOp::create(*this, global);
  });
}

Value KernelBuilder::load(Type type, Value pointer, int64_t alignment,
                          bool invariant) {
  return LLVM::LoadOp::create(*this, type, pointer, alignment,
                              /*isVolatile=*/false, /*isNonTemporal=*/false,
                              invariant);
}

void KernelBuilder::store(Value value, Value pointer, int64_t alignment,
                          bool streaming) {
  LLVM::StoreOp::create(*this, value, pointer, alignment,
                        /*isVolatile=*/false, streaming);
}

void KernelBuilder::copyAsync(Value shared, Value global, int64_t bytes,
                              Value valid) {
  NVVM::CpAsyncOp::create(*this, shared, global, bytes,
                          bytes == 16 ? NVVM::LoadCacheModifierKind::CG
                                      : NVVM::LoadCacheModifierKind::CA,
                          valid);
}

void KernelBuilder::copyToShared(int64_t to, Value global, int64_t bytes) {
  Index thread = threadIndex();
  Value target = offset(offset(sharedBase(), to), shl(thread, 4));
  Value source = offset(global, shl(thread, 4));
  for (int64_t at = 0; at < bytes; at += 16 * threads()) {
    auto copy = [&] { copyAsync(offset(target, at), offset(source, at), 16); };
    int64_t left = (bytes - at) / 16;
    if (left >= threads())
      copy();
    else
      ifThen(less(thread, left), copy);
  }
}

void KernelBuilder::commitCopies() {
  NVVM::CpAsyncCommitGroupOp::create(*this);
}

void KernelBuilder::waitCopies(int64_t pending) {
  NVVM::CpAsyncWaitGroupOp::create(*this, pending);
}

void KernelBuilder::syncWarp() { NVVM::SyncWarpOp::create(*this, i32(-1)); }

void KernelBuilder::syncBlock() { NVVM::BarrierOp::create(*this); }

//===----------------------------------------------------------------------===//
// Control
//===----------------------------------------------------------------------===//

void KernelBuilder::ifThen(Value condition, function_ref<void()> then) {
  Block *inside = addBlock(), *behind = addBlock();
  LLVM::CondBrOp::create(*this, condition, inside, behind);
  setInsertionPointToStart(inside);
  then();
  LLVM::BrOp::create(*this, behind);
  setInsertionPointToStart(behind);
}

SmallVector<Value>
KernelBuilder::loop(ArrayRef<Value> initial,
                    function_ref<Value(ValueRange)> condition,
                    function_ref<SmallVector<Value>(ValueRange)> body) {
  // Tested before the first pass and at the end of each: one branch a pass.
  Block *inside = addBlock(), *behind = addBlock();
  for (Value value : initial) {
    inside->addArgument(value.getType(), getLoc());
    behind->addArgument(value.getType(), getLoc());
  }
  LLVM::CondBrOp::create(*this, condition(initial), inside, initial, behind,
                         initial);
  setInsertionPointToStart(inside);
  SmallVector<Value> next = body(inside->getArguments());
  LLVM::CondBrOp::create(*this, condition(next), inside, next, behind, next);
  setInsertionPointToStart(behind);
  return llvm::to_vector(
      llvm::map_range(behind->getArguments(), [](Value v) { return v; }));
}

Value KernelBuilder::opaque(Value value) {
  return LLVM::InlineAsmOp::create(
             *this, TypeRange{value.getType()}, ValueRange{value},
             "mov.b32 $0, $1;", "=r,r", /*has_side_effects=*/true,
             /*is_align_stack=*/false, LLVM::tailcallkind::TailCallKind::None,
             LLVM::AsmDialectAttr::get(getContext(), LLVM::AsmDialect::AD_ATT),
             ArrayAttr())
      .getResult(0);
}

SmallVector<Value> KernelBuilder::unpackStruct(Value structure,
                                               unsigned count) {
  SmallVector<Value> parts;
  for (unsigned i = 0; i < count; ++i)
    parts.push_back(
        LLVM::ExtractValueOp::create(*this, structure, ArrayRef<int64_t>{i}));
  return parts;
}

Value KernelBuilder::bitcast(Value value, Type type) {
  return value.getType() == type
             ? value
             : Value(LLVM::BitcastOp::create(*this, type, value));
}

} // namespace conv::nvidia
