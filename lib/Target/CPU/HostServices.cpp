//===- HostServices.cpp - Expand calls of the host's services -------------===//

#include "HostServices.h"

#include "conv/Target/CPU/Passes.h"
#include "convrt/kernel_abi.h"

#include "llvm/ADT/SetVector.h"

using namespace mlir;

/// The members of convrt_host, in order; see kernel_abi.h.
static LLVM::LLVMStructType getHostType(MLIRContext *context) {
  Type i32 = IntegerType::get(context, 32);
  Type pointer = LLVM::LLVMPointerType::get(context);
  return LLVM::LLVMStructType::getLiteral(
      context, {i32, i32, pointer, pointer, pointer, pointer});
}
enum HostMember { hostParallelFor = 3, hostAllocate = 4, hostRelease = 5 };

LLVM::LLVMStructType conv::cpu::getContextType(MLIRContext *context) {
  return LLVM::LLVMStructType::getLiteral(
      context,
      {LLVM::LLVMPointerType::get(context), IntegerType::get(context, 32)});
}

static Value member(OpBuilder &builder, Location loc, Type structure,
                    Value pointer, int index) {
  return LLVM::GEPOp::create(builder, loc, pointer.getType(), structure,
                             pointer, ArrayRef<LLVM::GEPArg>{0, index});
}

namespace {

/// Expands the services in one function.
class Expander {
public:
  explicit Expander(LLVM::LLVMFuncOp function)
      : function(function), builder(function.getContext()),
        pointer(LLVM::LLVMPointerType::get(function.getContext())),
        i32(builder.getI32Type()), hostContext(function.getArgument(0)) {}

  /// Expand the placeholders, and check the status after `calls`, which may
  /// have failed.
  void expand(ArrayRef<LLVM::CallOp> calls) {
    SmallVector<LLVM::CallOp> services;
    function.walk([&](LLVM::CallOp call) {
      StringRef callee = call.getCallee().value_or("");
      if (callee == conv::cpu::allocateName ||
          callee == conv::cpu::releaseName ||
          callee == conv::cpu::parallelForName)
        services.push_back(call);
    });
    // Slots first: a release must know all of them.
    for (LLVM::CallOp call : services)
      if (call.getCallee() == conv::cpu::allocateName)
        slots.push_back(createSlot(call.getLoc()));
    size_t next = 0;
    for (LLVM::CallOp call : services) {
      builder.setInsertionPoint(call);
      if (call.getCallee() == conv::cpu::allocateName)
        expandAllocate(call, slots[next++]);
      else if (call.getCallee() == conv::cpu::releaseName)
        expandRelease(call);
      else
        expandParallelFor(call);
    }
    for (LLVM::CallOp call : calls) {
      builder.setInsertionPointAfter(call);
      returnIfFailed(call.getLoc());
    }
  }

private:
  /// A stack slot that holds an allocation while it lives, for giving it back
  /// when the function returns early.
  Value createSlot(Location loc) {
    builder.setInsertionPointToStart(&function.front());
    Value one = LLVM::ConstantOp::create(builder, loc, builder.getI64Type(), 1);
    Value slot = LLVM::AllocaOp::create(builder, loc, pointer, pointer, one);
    LLVM::StoreOp::create(builder, loc,
                          LLVM::ZeroOp::create(builder, loc, pointer), slot);
    return slot;
  }

  Value loadHost(Location loc) {
    return LLVM::LoadOp::create(
        builder, loc, pointer,
        member(builder, loc, conv::cpu::getContextType(builder.getContext()),
               hostContext, conv::cpu::contextHost));
  }

  Value statusPointer(Location loc) {
    return member(builder, loc, conv::cpu::getContextType(builder.getContext()),
                  hostContext, conv::cpu::contextStatus);
  }

  /// Call a service of the host. The host itself is its first argument.
  Value callService(Location loc, int index, Type result,
                    ValueRange arguments) {
    Value host = loadHost(loc);
    Value callee = LLVM::LoadOp::create(
        builder, loc, pointer,
        member(builder, loc, getHostType(builder.getContext()), host, index));
    SmallVector<Value> operands{callee, host};
    llvm::append_range(operands, arguments);
    SmallVector<Type> types{pointer};
    llvm::append_range(types, arguments.getTypes());
    auto call = LLVM::CallOp::create(
        builder, loc, LLVM::LLVMFunctionType::get(result, types), operands);
    return call.getNumResults() ? call.getResult() : Value();
  }

  void expandAllocate(LLVM::CallOp call, Value slot) {
    Location loc = call.getLoc();
    Type i64 = builder.getI64Type();
    // An empty temporary still gets a byte: NULL means failure.
    Value bytes =
        LLVM::UMaxOp::create(builder, loc, call.getArgOperands()[1],
                             LLVM::ConstantOp::create(builder, loc, i64, 1));
    Value memory = callService(loc, hostAllocate, pointer, bytes);
    LLVM::StoreOp::create(builder, loc, memory, slot);
    Value null = LLVM::ZeroOp::create(builder, loc, pointer);
    Value isNull = LLVM::ICmpOp::create(builder, loc, LLVM::ICmpPredicate::eq,
                                        memory, null);
    call.getResult().replaceAllUsesWith(memory);
    Value code =
        LLVM::ConstantOp::create(builder, loc, i32, CONVRT_ENTRY_OUT_OF_MEMORY);
    returnIf(loc, isNull, code);
    call.erase();
  }

  void expandRelease(LLVM::CallOp call) {
    Location loc = call.getLoc();
    Value memory = call.getArgOperands()[1];
    Value null = LLVM::ZeroOp::create(builder, loc, pointer);
    for (Value slot : slots) {
      Value held = LLVM::LoadOp::create(builder, loc, pointer, slot);
      Value same = LLVM::ICmpOp::create(builder, loc, LLVM::ICmpPredicate::eq,
                                        held, memory);
      LLVM::StoreOp::create(
          builder, loc, LLVM::SelectOp::create(builder, loc, same, null, held),
          slot);
    }
    callService(loc, hostRelease, LLVM::LLVMVoidType::get(builder.getContext()),
                memory);
    call.erase();
  }

  void expandParallelFor(LLVM::CallOp call) {
    Location loc = call.getLoc();
    Value code = callService(loc, hostParallelFor, i32,
                             call.getArgOperands().drop_front());
    Value zero = LLVM::ConstantOp::create(builder, loc, i32, 0);
    Value failed =
        LLVM::ICmpOp::create(builder, loc, LLVM::ICmpPredicate::ne, code, zero);
    returnIf(loc, failed, code);
    // A body may have failed too.
    builder.setInsertionPoint(call);
    returnIfFailed(loc);
    call.erase();
  }

  /// Return if a callee left an error code.
  void returnIfFailed(Location loc) {
    Value code = LLVM::LoadOp::create(builder, loc, i32, statusPointer(loc));
    Value zero = LLVM::ConstantOp::create(builder, loc, i32, 0);
    Value failed =
        LLVM::ICmpOp::create(builder, loc, LLVM::ICmpPredicate::ne, code, zero);
    returnIf(loc, failed, code);
  }

  /// Split the block here: leave the function with `code` if `condition`. The
  /// builder ends up at the start of the rest.
  void returnIf(Location loc, Value condition, Value code) {
    Block *block = builder.getInsertionBlock();
    Block *rest = block->splitBlock(builder.getInsertionPoint());
    Block *exit = builder.createBlock(rest);
    LLVM::StoreOp::create(builder, loc, code, statusPointer(loc));
    for (Value slot : slots) {
      Value held = LLVM::LoadOp::create(builder, loc, pointer, slot);
      callService(loc, hostRelease,
                  LLVM::LLVMVoidType::get(builder.getContext()), held);
    }
    Type result = function.getFunctionType().getReturnType();
    if (isa<LLVM::LLVMVoidType>(result))
      LLVM::ReturnOp::create(builder, loc, ValueRange());
    else
      LLVM::ReturnOp::create(
          builder, loc, ValueRange(LLVM::ZeroOp::create(builder, loc, result)));
    builder.setInsertionPointToEnd(block);
    LLVM::CondBrOp::create(builder, loc, condition, exit, rest);
    builder.setInsertionPointToStart(rest);
  }

  LLVM::LLVMFuncOp function;
  OpBuilder builder;
  Type pointer, i32;
  Value hostContext;
  SmallVector<Value> slots;
};

} // namespace

void conv::cpu::expandHostServices(ModuleOp module) {
  // Functions that may fail: those that allocate or run in parallel, and their
  // callers.
  llvm::SetVector<Operation *> failing;
  auto functions = llvm::to_vector(module.getOps<LLVM::LLVMFuncOp>());
  llvm::DenseMap<Operation *, SmallVector<LLVM::CallOp>> callees;
  SymbolTable symbols(module);
  for (LLVM::LLVMFuncOp function : functions)
    function.walk([&](LLVM::CallOp call) {
      StringRef callee = call.getCallee().value_or("");
      if (callee == allocateName || callee == parallelForName)
        failing.insert(function);
      else if (symbols.lookup<LLVM::LLVMFuncOp>(callee))
        callees[function].push_back(call);
    });
  auto mayFail = [&](LLVM::CallOp call) {
    return failing.contains(
        symbols.lookup<LLVM::LLVMFuncOp>(*call.getCallee()));
  };
  for (bool changed = true; changed;) {
    changed = false;
    for (LLVM::LLVMFuncOp function : functions)
      if (!failing.contains(function) &&
          llvm::any_of(callees[function], mayFail))
        changed |= failing.insert(function);
  }
  for (LLVM::LLVMFuncOp function : functions)
    if (!function.isExternal() && function.getNumArguments() > 0)
      Expander(function).expand(
          llvm::to_vector(llvm::make_filter_range(callees[function], mayFail)));
  for (StringRef name : {allocateName, releaseName, parallelForName})
    if (Operation *placeholder = symbols.lookup(name))
      placeholder->erase();
}
