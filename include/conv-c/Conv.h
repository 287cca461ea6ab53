/*===- conv-c/Conv.h - C API of the compiler ----------------------*- C -*-===*\
|*                                                                            *|
|* Stable: functions and structure members are only ever added. Two ways in:  *|
|* compile text to a package with no other header, or register the dialects   *|
|* and passes in an MLIR context of your own and compile its modules. The     *|
|* library exports MLIR's C API for IR, which libMLIR itself does not have.   *|
|*                                                                            *|
|*   ConvResult *result = convCompileText(text, length, NULL);                *|
|*   if (convResultIsError(result))                                           *|
|*     puts(convResultMessage(result));                                       *|
|*   else                                                                     *|
|*     fwrite(convResultData(result), 1, convResultSize(result), file);       *|
|*   convResultDestroy(result);                                               *|
|*                                                                            *|
|* Nothing aborts, and nothing is printed: errors are texts. Every function   *|
|* may be called from several threads, on different contexts.                 *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#ifndef CONV_C_CONV_H
#define CONV_C_CONV_H

#include "mlir-c/IR.h"

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/*===----------------------------------------------------------------------===*\
|* Registration
\*===----------------------------------------------------------------------===*/

MLIR_DECLARE_CAPI_DIALECT_REGISTRATION(Conv, conv);
MLIR_DECLARE_CAPI_DIALECT_REGISTRATION(Monarch, monarch);

/** Register our dialects, the upstream dialects that the pipelines use, and the
 * interfaces that bufferization and the translation to LLVM IR need. */
MLIR_CAPI_EXPORTED void convRegisterAllDialects(MlirDialectRegistry registry);

/** Register our passes and pipelines, for mlirParsePassPipeline; once a
 * process. */
MLIR_CAPI_EXPORTED void convRegisterPasses(void);

/*===----------------------------------------------------------------------===*\
|* Compilation
\*===----------------------------------------------------------------------===*/

/** What to compile for. Initialize with convCompileOptionsGetDefault. */
typedef struct ConvCompileOptions {
  /** Instruction-set levels, separated by commas: host, all, baseline, avx2,
   * avx512, avx512fp16, neon. */
  const char *levels;
  /** Arithmetic of transforms: "f32", or "f16" on levels that have it. */
  const char *arithmetic;
} ConvCompileOptions;

/** For this machine, in f32 arithmetic. */
MLIR_CAPI_EXPORTED ConvCompileOptions convCompileOptionsGetDefault(void);

/** A package, or an error. */
typedef struct ConvResult ConvResult;

/** Compile a module in MLIR's text or bytecode; each public function becomes a
 * kernel. `options` may be NULL. Never NULL; destroy the result. */
MLIR_CAPI_EXPORTED ConvResult *
convCompileText(const char *text, size_t length,
                const ConvCompileOptions *options);

/** Compile a module, whose context has our dialects. The module is not
 * changed. */
MLIR_CAPI_EXPORTED ConvResult *
convCompileModule(MlirModule module, const ConvCompileOptions *options);

/** Whether the compilation failed. */
MLIR_CAPI_EXPORTED bool convResultIsError(const ConvResult *result);

/** The diagnostics, one a line with its location: why it failed, or warnings.
 * Never NULL. Valid until the result is destroyed. */
MLIR_CAPI_EXPORTED const char *convResultMessage(const ConvResult *result);

/** The bytes of the package, for convrt_package_open_memory or a file; NULL and
 * 0 after an error. Valid until the result is destroyed. */
MLIR_CAPI_EXPORTED const void *convResultData(const ConvResult *result);
MLIR_CAPI_EXPORTED size_t convResultSize(const ConvResult *result);

/** Free a result. NULL is allowed. */
MLIR_CAPI_EXPORTED void convResultDestroy(ConvResult *result);

#ifdef __cplusplus
}
#endif

#endif /* CONV_C_CONV_H */
