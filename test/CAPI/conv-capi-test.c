/* Compile through the C API, from text and from a module, run the package, and
 * look at the errors. */

#include "conv-c/Conv.h"
#include "convrt/convrt.h"
#include "mlir-c/Diagnostics.h"
#include "mlir-c/Pass.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *source =
    "func.func @conv(%u: tensor<2x8xf32>, %v: tensor<2x8xf32>)\n"
    "    -> tensor<2x8xf32> {\n"
    "  %y = arith.mulf %u, %v : tensor<2x8xf32>\n"
    "  return %y : tensor<2x8xf32>\n"
    "}\n";

static void run(const ConvResult *result) {
  convrt_package *package;
  float u[16], v[16], y[16];
  int64_t shape[] = {2, 8};
  DLTensor tensors[3];
  const DLTensor *arguments[] = {&tensors[0], &tensors[1], &tensors[2]};
  float *data[] = {u, v, y};
  int wrong = 0;
  if (convrt_package_open_memory(convResultData(result), convResultSize(result),
                                 CONVRT_COPY, &package) != CONVRT_OK) {
    printf("open: %s\n", convrt_last_error());
    return;
  }
  for (int i = 0; i < 16; ++i) {
    u[i] = (float)i;
    v[i] = 3;
    y[i] = NAN;
  }
  for (int i = 0; i < 3; ++i) {
    memset(&tensors[i], 0, sizeof tensors[i]);
    tensors[i].data = data[i];
    tensors[i].device.device_type = kDLCPU;
    tensors[i].ndim = 2;
    tensors[i].dtype.code = kDLFloat;
    tensors[i].dtype.bits = 32;
    tensors[i].dtype.lanes = 1;
    tensors[i].shape = shape;
  }
  if (convrt_run(convrt_package_find(package, "conv"), arguments, 3, NULL) !=
      CONVRT_OK)
    printf("run: %s\n", convrt_last_error());
  for (int i = 0; i < 16; ++i)
    wrong += y[i] != 3.0f * (float)i;
  printf("%d wrong\n", wrong);
  convrt_package_close(package);
}

static void compileText(const char *title, const char *text,
                        const ConvCompileOptions *options) {
  ConvResult *result = convCompileText(text, strlen(text), options);
  printf("%s: %s\n%s", title, convResultIsError(result) ? "error" : "ok",
         convResultMessage(result));
  if (convResultIsError(result))
    printf("%s, %zu bytes\n", convResultData(result) ? "data" : "no data",
           convResultSize(result));
  else
    run(result);
  convResultDestroy(result);
}

int main(void) {
  ConvCompileOptions options = convCompileOptionsGetDefault();
  // CHECK-LABEL: text: ok
  // CHECK-NEXT: 0 wrong
  compileText("text", source, NULL);

  // CHECK-LABEL: all levels: ok
  // CHECK-NEXT: 0 wrong
  options.levels = "all";
  compileText("all levels", source, &options);

  // CHECK-LABEL: level: error
  // CHECK-NEXT: levels: unknown level "sse9"; the levels are host, all,
  // CHECK-NEXT: no data, 0 bytes
  options.levels = "sse9";
  compileText("level", source, &options);

  // CHECK-LABEL: arithmetic: error
  // CHECK-NEXT: arithmetic: unknown "f8"; known are: f32, f16
  options = convCompileOptionsGetDefault();
  options.arithmetic = "f8";
  compileText("arithmetic", source, &options);

  // CHECK-LABEL: syntax: error
  // CHECK-NEXT: <text>:1:1: custom op 'func.fun' is unknown
  compileText("syntax", "func.fun @f() {}", NULL);

  // CHECK-LABEL: verifier: error
  /* CHECK-NEXT: <text>:2:8: {{.*}}filter has 9 taps, but a causal filter of
   * rows of 8 samples */
  compileText("verifier",
              "func.func @f(%u: tensor<1x1x8xf32>, %k: tensor<1x9xf32>)"
              " -> tensor<1x1x8xf32> {\n"
              "  %y = conv.long_conv causal"
              " ins(%u, %k : tensor<1x1x8xf32>, tensor<1x9xf32>)"
              " outs(%u : tensor<1x1x8xf32>)\n"
              "  return %y : tensor<1x1x8xf32>\n}",
              NULL);

  // CHECK-LABEL: scalar: error
  /* CHECK-NEXT: <text>:1:1: argument "x" has type 'f32'; a kernel takes ranked
   * tensors */
  compileText("scalar", "func.func @f(%x: f32) -> f32 { return %x : f32 }",
              NULL);

  /* A module of a context of our own, which is not changed by compiling it. */
  // CHECK-LABEL: module: ok
  // CHECK-NEXT: 0 wrong
  // CHECK-NEXT: arith.mulf
  // CHECK-NEXT: namespaces: conv monarch
  MlirDialectRegistry registry = mlirDialectRegistryCreate();
  convRegisterAllDialects(registry);
  convRegisterPasses();
  convRegisterPasses();
  MlirContext context = mlirContextCreateWithRegistry(registry, false);
  MlirModule module =
      mlirModuleCreateParse(context, mlirStringRefCreateFromCString(source));
  ConvResult *result = convCompileModule(module, NULL);
  printf("module: %s\n", convResultIsError(result) ? "error" : "ok");
  if (!convResultIsError(result))
    run(result);
  convResultDestroy(result);
  MlirOperation function =
      mlirBlockGetFirstOperation(mlirModuleGetBody(module));
  MlirBlock body = mlirRegionGetFirstBlock(mlirOperationGetRegion(function, 0));
  MlirStringRef name =
      mlirIdentifierStr(mlirOperationGetName(mlirBlockGetFirstOperation(body)));
  printf("%.*s\n", (int)name.length, name.data);
  MlirStringRef conv =
      mlirDialectHandleGetNamespace(mlirGetDialectHandle__conv__());
  MlirStringRef monarch =
      mlirDialectHandleGetNamespace(mlirGetDialectHandle__monarch__());
  printf("namespaces: %.*s %.*s\n", (int)conv.length, conv.data,
         (int)monarch.length, monarch.data);

  /* The registered pipeline runs in a pass manager of the caller's. */
  // CHECK-LABEL: pipeline: parsed, ran
  MlirPassManager manager = mlirPassManagerCreate(context);
  bool parsed = mlirLogicalResultIsSuccess(mlirParsePassPipeline(
      mlirPassManagerGetAsOpPassManager(manager),
      mlirStringRefCreateFromCString(
          "builtin.module(conv-pipeline{target=cpu until=monarch})"),
      NULL, NULL));
  bool ran = parsed && mlirLogicalResultIsSuccess(mlirPassManagerRunOnOp(
                           manager, mlirModuleGetOperation(module)));
  printf("pipeline: %s, %s\n", parsed ? "parsed" : "not parsed",
         ran ? "ran" : "failed");
  mlirPassManagerDestroy(manager);
  mlirModuleDestroy(module);
  mlirContextDestroy(context);
  mlirDialectRegistryDestroy(registry);
  return 0;
}
