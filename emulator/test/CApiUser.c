/*===- CApiUser.c - A program in C that uses the emulator -----------------===*/
#include "ptxemu/c.h"

/* Double `count` numbers on a device: 0, or the line that failed. */
int doubleOnDevice(const char *ptx, size_t bytes, float *values,
                   uint32_t count) {
  ptxemu_device *device = NULL;
  ptxemu_module *module;
  ptxemu_function *function;
  uint64_t x;
  ptxemu_launch_config config = {0};
  void *parameters[2];
  int failed = 0;
#define CHECK(call)                                                            \
  if (!failed && (call) != PTXEMU_OK)                                          \
  failed = __LINE__
  CHECK(ptxemu_device_create("sm_80", &device));
  CHECK(ptxemu_module_load(device, ptx, bytes, &module));
  CHECK(ptxemu_module_function(module, "twice", &function));
  CHECK(ptxemu_memory_allocate(device, count * sizeof(float), &x));
  CHECK(ptxemu_memory_copy_in(device, x, values, count * sizeof(float)));
  config.struct_size = sizeof(config);
  config.grid[0] = (count + 63) / 64;
  config.block[0] = 64;
  parameters[0] = &x;
  parameters[1] = &count;
  CHECK(ptxemu_launch(function, &config, parameters));
  CHECK(ptxemu_memory_copy_out(device, values, x, count * sizeof(float)));
  CHECK(ptxemu_memory_free(device, x));
  ptxemu_device_destroy(device);
  return failed;
}
