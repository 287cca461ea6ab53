//===- api_test.c - The API from C11, through the shared library ----------===//
//
// api_test PACKAGE: what a C program sees of the library: the header in
// pedantic C11, the exported symbols, a run with the caller's own threads.
//
//===----------------------------------------------------------------------===//

#include "convrt/convrt.h"

#include <stdio.h>
#include <string.h>

static int failures;

#define CHECK(condition)                                                       \
  ((condition)                                                                 \
       ? (void)0                                                               \
       : (void)(++failures,                                                    \
                fprintf(stderr, "%s:%d: %s does not hold (%s)\n", __FILE__,    \
                        __LINE__, #condition, convrt_last_error())))

/// A pool of one thread that counts its calls.
static int32_t serial(void *context, void (*task)(void *argument, int64_t i),
                      void *argument, int64_t tasks) {
  ++*(int *)context;
  for (int64_t i = 0; i < tasks; ++i)
    task(argument, i);
  return 0;
}

static DLTensor tensor(void *data, DLDataType dtype, int32_t rank,
                       int64_t *shape) {
  DLTensor result = {0};
  result.data = data;
  result.device.device_type = kDLCPU;
  result.ndim = rank;
  result.dtype = dtype;
  result.shape = shape;
  return result;
}

static void checkRun(const convrt_kernel *kernel, convrt_pool *pool) {
  const DLDataType f32 = {kDLFloat, 32, 1};
  float xs[8] = {1, 2, 3, 4, 5, 6, 7, 8}, ws[4] = {10, 20, 30, 40}, zs[8];
  int64_t rows[2] = {2, 4}, row[1] = {4};
  memset(zs, 0xFF, sizeof zs);
  DLTensor x = tensor(xs, f32, 2, rows), w = tensor(ws, f32, 1, row),
           z = tensor(zs, f32, 2, rows);
  const DLTensor *arguments[3] = {&x, &w, &z};
  int64_t shape[2] = {0, 0};
  CHECK(convrt_kernel_infer_shape(kernel, arguments, 2, 2, shape) == CONVRT_OK);
  CHECK(shape[0] == 2 && shape[1] == 4);
  CHECK(convrt_run(kernel, arguments, 3, pool) == CONVRT_OK);
  for (int i = 0; i < 8; ++i)
    CHECK(zs[i] == xs[i] + ws[i % 4]);
  w.ndim = 0;
  CHECK(convrt_run(kernel, arguments, 3, pool) == CONVRT_ERROR_SHAPE);
  CHECK(strstr(convrt_last_error(), "argument 'w'") != NULL);
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: %s PACKAGE\n", argv[0]);
    return 2;
  }
  CHECK(strcmp(convrt_version(), "0.1.0") == 0);
  CHECK(strcmp(convrt_status_name(CONVRT_ERROR_IO), "CONVRT_ERROR_IO") == 0);
  CHECK(convrt_cpu_isa() != NULL);
  CHECK(!convrt_cpu_has("no-such-feature"));

  convrt_package *package = NULL;
  CHECK(convrt_package_open_file("/no/such/file", &package) == CONVRT_ERROR_IO);
  CHECK(package == NULL);
  CHECK(convrt_package_open_file(argv[1], &package) == CONVRT_OK);
  if (!package)
    return 1;
  CHECK(convrt_package_load(package) == CONVRT_OK);
  CHECK(convrt_package_kernel_count(package) == 6);
  const convrt_kernel *kernel = convrt_package_find(package, "add");
  CHECK(kernel == convrt_package_kernel(package, 0));
  const convrt_kernel_info *info = convrt_kernel_describe(kernel);
  CHECK(info->argument_count == 3 && info->input_count == 2);
  CHECK(convrt_kernel_argument(kernel, 0)->role == CONVRT_INPUT);
  CHECK(convrt_kernel_argument(kernel, 2)->role == CONVRT_OUTPUT);
  CHECK(strcmp(convrt_kernel_dim(kernel, 0), "b") == 0);

  int calls = 0;
  convrt_pool_callbacks callbacks = {&calls, 4, serial};
  convrt_pool *pool = NULL, *own = NULL;
  CHECK(convrt_pool_create(2, &own) == CONVRT_OK);
  CHECK(convrt_pool_create_with_callbacks(&callbacks, &pool) == CONVRT_OK);
  CHECK(convrt_pool_host(pool)->threads == 4);
  checkRun(kernel, NULL);
  checkRun(kernel, own);
  checkRun(kernel, pool);
  CHECK(calls == 1);
  convrt_pool_destroy(pool);
  convrt_pool_destroy(own);
  convrt_package_close(package);
  if (!failures)
    puts("all checks passed");
  return failures != 0;
}
