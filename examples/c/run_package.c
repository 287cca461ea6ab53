//===- run_package.c - Run the kernels of a package from C ----------------===//
//
//   run_package FILE                            list the kernels
//   run_package FILE KERNEL [EXTENT [DEVICE]]   run one
//
// Dynamic dimensions are of EXTENT (1). DEVICE is "cpu", a GPU ("cuda",
// "cuda:1"), or the emulator of one ("emulate", "emulate:sm_86").
//
// Inputs are filled with small numbers that every element type holds exactly.
// The program prints the first values and the norm of each output.
//
//===----------------------------------------------------------------------===//

#include <convrt/convrt.h>
#include <convrt/cuda.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { maxArguments = 64, maxRank = 8, shown = 8 };

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

/// Real numbers of an element: two if complex.
static size_t parts(DLDataType dtype) {
  return dtype.code == kDLComplex ? 2 : 1;
}

static size_t partBytes(DLDataType dtype) {
  return dtype.bits / 8u / parts(dtype);
}

/// Store a multiple of 1/8 that is smaller than 2 in magnitude.
static void store(void *at, DLDataType dtype, double value) {
  size_t bytes = partBytes(dtype);
  if (dtype.code == kDLInt || dtype.code == kDLUInt) {
    int64_t integer = (int64_t)(value * 8);
    memcpy(at, &integer, bytes); // little-endian, as packages are
  } else if (bytes == 8) {
    memcpy(at, &value, 8);
  } else {
    float single = (float)value;
    uint32_t word;
    memcpy(&word, &single, 4);
    if (bytes == 4) {
      memcpy(at, &word, 4);
      return;
    }
    uint16_t half = (uint16_t)(word >> 16); // bfloat16: the upper half
    if (dtype.code == kDLFloat)             // binary16: exponent 5, mantissa 10
      half = value == 0 ? 0
                        : (uint16_t)((word >> 16 & 0x8000) |
                                     ((word >> 13 & 0x3FFFF) - (112 << 10)));
    memcpy(at, &half, 2);
  }
}

static double load(const void *at, DLDataType dtype) {
  size_t bytes = partBytes(dtype);
  if (dtype.code == kDLInt || dtype.code == kDLUInt) {
    int64_t integer = 0;
    memcpy(&integer, at, bytes);
    int unused = 64 - 8 * (int)bytes;
    if (dtype.code == kDLInt)
      integer = (int64_t)((uint64_t)integer << unused) >> unused;
    return (double)integer;
  }
  if (bytes == 8) {
    double value;
    memcpy(&value, at, 8);
    return value;
  }
  uint32_t word = 0;
  memcpy(&word, at, bytes);
  if (bytes == 2 && dtype.code == kDLFloat) {
    int exponent = (int)(word >> 10 & 31);
    double mantissa = word & 1023;
    double value = exponent == 31  ? (mantissa != 0 ? NAN : INFINITY)
                   : exponent == 0 ? ldexp(mantissa, -24)
                                   : ldexp(1024 + mantissa, exponent - 25);
    return word >> 15 ? -value : value;
  }
  if (bytes == 2)
    word <<= 16;
  float value;
  memcpy(&value, &word, 4);
  return value;
}

//===----------------------------------------------------------------------===//
// Listing
//===----------------------------------------------------------------------===//

static void printKernel(const convrt_kernel *kernel) {
  const convrt_kernel_info *info = convrt_kernel_describe(kernel);
  printf("%s: %s%s%s arithmetic, error bound %g, for %s\n", info->name,
         info->kind, *info->kind ? ", " : "", info->arithmetic,
         info->relative_l2_bound, info->isa);
  if (*info->plan)
    printf("  plan %s\n", info->plan);
  for (size_t i = 0; i < info->argument_count; ++i) {
    const convrt_argument *argument = convrt_kernel_argument(kernel, i);
    printf("  %s %s: %s [",
           argument->role == CONVRT_INPUT ? "input " : "output", argument->name,
           argument->dtype_name);
    for (int32_t d = 0; d < argument->rank; ++d) {
      const convrt_dim *dim = &argument->shape[d];
      if (d > 0)
        printf(", ");
      if (dim->symbol)
        printf("%s", dim->symbol);
      else
        printf("%" PRId64, dim->extent);
    }
    printf("]\n");
  }
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

typedef struct tensor {
  DLTensor dl;
  int64_t shape[maxRank];
  size_t count; ///< real numbers in it
} tensor;

/// Allocate a tensor for an argument; dynamic dimensions have `extent`.
static int allocate(tensor *t, const convrt_argument *argument,
                    int64_t extent) {
  size_t elements = 1;
  for (int32_t d = 0; d < argument->rank; ++d) {
    const convrt_dim *dim = &argument->shape[d];
    t->shape[d] = dim->symbol ? extent : dim->extent;
    elements *= (size_t)t->shape[d];
  }
  t->count = elements * parts(argument->dtype);
  t->dl.data = calloc(t->count ? t->count : 1, partBytes(argument->dtype));
  t->dl.device.device_type = kDLCPU;
  t->dl.ndim = argument->rank;
  t->dl.dtype = argument->dtype;
  t->dl.shape = t->shape;
  return t->dl.data != NULL;
}

static void fill(tensor *t, unsigned seed) {
  char *at = t->dl.data;
  for (size_t i = 0; i < t->count; ++i) {
    seed = seed * 1664525u + 1013904223u;
    store(at + i * partBytes(t->dl.dtype), t->dl.dtype,
          ((int)(seed >> 28) - 8) / 8.0);
  }
}

static void printTensor(const tensor *t, const char *name) {
  const char *at = t->dl.data;
  double squares = 0;
  for (size_t i = 0; i < t->count; ++i) {
    double value = load(at + i * partBytes(t->dl.dtype), t->dl.dtype);
    squares += value * value;
    if (i < shown)
      printf("%s[%zu] = %g\n", name, i, value);
  }
  printf("|%s| = %g over %zu numbers\n", name, sqrt(squares), t->count);
}

/// Report the runtime's last error.
static int failed(void) {
  fprintf(stderr, "%s\n", convrt_last_error());
  return 0;
}

static size_t bytesOf(const tensor *t) {
  return t->count * partBytes(t->dl.dtype);
}

static int runOnCpu(const convrt_kernel *kernel, tensor *tensors) {
  size_t count = convrt_kernel_describe(kernel)->argument_count;
  const DLTensor *arguments[maxArguments];
  for (size_t i = 0; i < count; ++i)
    arguments[i] = &tensors[i].dl;
  return convrt_run(kernel, arguments, count, NULL) == CONVRT_OK || failed();
}

/// Copy the tensors to the device, run there, and copy the results back.
static int runOnDevice(convrt_cuda_device *device,
                       const convrt_cuda_kernel *kernel, tensor *tensors) {
  const convrt_kernel_info *info =
      convrt_kernel_describe(convrt_cuda_description(kernel));
  DLTensor copies[maxArguments];
  const DLTensor *arguments[maxArguments];
  size_t count = 0; // of copies that have memory
  int good = 1;
  for (size_t i = 0; good && i < info->argument_count; ++i) {
    copies[i] = tensors[i].dl;
    copies[i].device = convrt_cuda_describe(device)->dlpack;
    arguments[i] = &copies[i];
    good = convrt_cuda_allocate(device, bytesOf(&tensors[i]),
                                &copies[i].data) == CONVRT_OK;
    count += good != 0;
    good = good && convrt_cuda_copy_to_device(
                       device, copies[i].data, tensors[i].dl.data,
                       bytesOf(&tensors[i])) == CONVRT_OK;
  }
  // On the default stream; the copies back wait for it.
  good = good && convrt_cuda_run(kernel, arguments, info->argument_count,
                                 NULL) == CONVRT_OK;
  for (size_t i = info->input_count; good && i < info->argument_count; ++i)
    good = convrt_cuda_copy_to_host(device, tensors[i].dl.data, copies[i].data,
                                    bytesOf(&tensors[i])) == CONVRT_OK;
  if (!good)
    failed();
  for (size_t i = 0; i < count; ++i)
    convrt_cuda_release(device, copies[i].data);
  return good;
}

static int runOnGpu(const convrt_package *package, const char *deviceName,
                    const char *kernelName, tensor *tensors) {
  convrt_cuda_device *device = NULL;
  convrt_cuda_module *module = NULL;
  int good = (convrt_cuda_open(deviceName, NULL, &device) == CONVRT_OK &&
              convrt_cuda_load(device, package, &module) == CONVRT_OK) ||
             failed();
  if (good) {
    printf("on %s, from the %s %s\n", convrt_cuda_describe(device)->name,
           convrt_cuda_module_isa(module),
           convrt_cuda_module_is_ptx(module) ? "PTX" : "cubin");
    good = runOnDevice(device, convrt_cuda_find(module, kernelName), tensors);
  }
  convrt_cuda_unload(module);
  convrt_cuda_close(device);
  return good;
}

static int run(const convrt_package *package, const convrt_kernel *kernel,
               int64_t extent, const char *device) {
  const convrt_kernel_info *info = convrt_kernel_describe(kernel);
  tensor *tensors = calloc(info->argument_count, sizeof *tensors);
  int good = tensors != NULL && info->argument_count <= maxArguments;
  for (size_t i = 0; good && i < info->argument_count; ++i) {
    good = allocate(&tensors[i], convrt_kernel_argument(kernel, i), extent);
    if (good && i < info->input_count)
      fill(&tensors[i], (unsigned)i);
  }
  if (!good)
    fprintf(stderr, "cannot allocate the arguments of %s\n", info->name);
  else if (strcmp(device, "cpu") == 0)
    good = runOnCpu(kernel, tensors);
  else
    good = runOnGpu(package, device, info->name, tensors);
  for (size_t i = info->input_count; good && i < info->argument_count; ++i)
    printTensor(&tensors[i], convrt_kernel_argument(kernel, i)->name);
  for (size_t i = 0; tensors && i < info->argument_count; ++i)
    free(tensors[i].dl.data);
  free(tensors);
  return good;
}

int main(int argc, char **argv) {
  if (argc < 2 || argc > 5) {
    fprintf(stderr, "usage: %s FILE [KERNEL [EXTENT [DEVICE]]]\n", argv[0]);
    return 2;
  }
  char *end = NULL;
  long long extent = argc > 3 ? strtoll(argv[3], &end, 10) : 1;
  if (extent < 0 || (end && *end != '\0')) {
    fprintf(stderr, "'%s' is not an extent\n", argv[3]);
    return 2;
  }
  convrt_package *package;
  if (convrt_package_open_file(argv[1], &package) != CONVRT_OK) {
    fprintf(stderr, "%s: %s\n", argv[1], convrt_last_error());
    return 1;
  }
  for (size_t k = 0; k < convrt_package_kernel_count(package); ++k)
    printKernel(convrt_package_kernel(package, k));
  int good = 1;
  if (argc > 2) {
    const convrt_kernel *kernel = convrt_package_find(package, argv[2]);
    if (kernel) {
      good = run(package, kernel, extent, argc > 4 ? argv[4] : "cpu");
    } else {
      fprintf(stderr, "%s has no kernel '%s'\n", argv[1], argv[2]);
      good = 0;
    }
  }
  convrt_package_close(package);
  return good ? 0 : 1;
}
