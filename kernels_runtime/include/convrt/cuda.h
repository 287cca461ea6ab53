//===- cuda.h - Run compiled convolutions on a GPU -------------*- C -*-===//
//
// The GPU's half of convrt.h. A package whose records have cubins or PTX is
// loaded on a device, and its kernels run there on DLPack tensors in device
// memory, asynchronously on a CUDA stream:
//
//   convrt_cuda_device *device;
//   convrt_cuda_open("cuda:0", NULL, &device);
//   convrt_cuda_module *module;
//   convrt_cuda_load(device, package, &module);
//   const convrt_cuda_kernel *kernel = convrt_cuda_find(module, "main");
//   convrt_cuda_options options = {.stream = stream};
//   convrt_cuda_run(kernel, arguments, 3, &options);
//
// The CUDA driver (libcuda.so.1) is opened at run time; neither CUDA nor its
// headers are needed to build or link. Streams and events are CUDA's own
// (CUstream is cudaStream_t), so that a program may mix these functions with
// its own CUDA calls, PyTorch or JAX.
//
// Contexts: a device works in the context that is current in the thread that
// opens it, if that is one of the device, and otherwise in the primary context,
// which it keeps alive. It makes that context current where it needs it and
// leaves the thread with the one that was.
//
// Threads: as for convrt.h. Devices, modules and kernels may be used from
// several threads; closing and unloading must come last.
//
//===----------------------------------------------------------------------===//

#ifndef CONVRT_CUDA_H
#define CONVRT_CUDA_H

#include "convrt/convrt.h"

#ifdef __cplusplus
extern "C" {
#endif

//===----------------------------------------------------------------------===//
// Devices
//===----------------------------------------------------------------------===//

typedef struct convrt_cuda_device convrt_cuda_device;

/// Open a device. `name` is "cuda" (number 0), "cuda:1", or, for the emulator
/// in place of a GPU, "emulate" (an sm_90a) or "emulate:sm_86".
///
/// `library` is the driver to open; NULL means what the environment variable
/// CONVRT_CUDA_LIBRARY (for the emulator CONVRT_EMULATOR_LIBRARY) says, and
/// otherwise libcuda.so.1 (libptxemu-cuda.so, beside the program or runtime or
/// where libraries are).
///
/// Fails with CONVRT_ERROR_NO_DRIVER if there is no driver,
/// CONVRT_ERROR_OLD_DRIVER if it is older than CUDA 11.8, and
/// CONVRT_ERROR_NO_DEVICE if it has no such device. On failure `*device` is
/// NULL.
CONVRT_API convrt_status convrt_cuda_open(const char *name, const char *library,
                                          convrt_cuda_device **device);

/// Close a device. Its modules must have been unloaded, and its work must be
/// done. NULL is allowed.
CONVRT_API void convrt_cuda_close(convrt_cuda_device *device);

/// What a device is. New members may be appended.
typedef struct convrt_cuda_device_info {
  const char *name;
  DLDevice dlpack;              ///< where its tensors are
  int32_t major, minor;         ///< compute capability
  int32_t multiprocessors;      ///< "sms" of programs
  int64_t shared_bytes;         ///< that a block may have at most
  int32_t driver_version;       ///< 1000 * major + 10 * minor of CUDA
  int32_t emulated;             ///< 1 for the emulator
  int32_t has_memory_pools;     ///< whether it can lend workspaces
  int32_t uses_callers_context; ///< whether a context was current
} convrt_cuda_device_info;

CONVRT_API const convrt_cuda_device_info *
convrt_cuda_describe(const convrt_cuda_device *device);

//===----------------------------------------------------------------------===//
// Modules
//===----------------------------------------------------------------------===//

typedef struct convrt_cuda_module convrt_cuda_module;
typedef struct convrt_cuda_kernel convrt_cuda_kernel;

/// Load a package on a device: choose the best image for its compute capability
/// (a cubin before PTX), give it to the driver, and check every launch of every
/// kernel against the functions and the device: that the function is there,
/// takes these parameters, and that threads, shared memory and clusters are not
/// more than it may have.
///
/// Fails with CONVRT_ERROR_UNSUPPORTED if no image is for this device,
/// CONVRT_ERROR_OLD_DRIVER if the driver does not know the version of the PTX,
/// CONVRT_ERROR_LOAD if the driver refuses the image or the image does not fit
/// its description, CONVRT_ERROR_RESOURCES if it needs more than the device
/// has. The package must stay open as long as the module.
CONVRT_API convrt_status convrt_cuda_load(convrt_cuda_device *device,
                                          const convrt_package *package,
                                          convrt_cuda_module **module);

/// Unload a module whose work is done. NULL is allowed.
CONVRT_API void convrt_cuda_unload(convrt_cuda_module *module);

/// The architecture of the image that runs, "sm_90a", and whether it is PTX.
CONVRT_API const char *convrt_cuda_module_isa(const convrt_cuda_module *module);
CONVRT_API int convrt_cuda_module_is_ptx(const convrt_cuda_module *module);

/// A kernel of a module; NULL if none has that name. It belongs to the module.
CONVRT_API const convrt_cuda_kernel *
convrt_cuda_find(const convrt_cuda_module *module, const char *name);

/// The kernel's description, for convrt_kernel_describe and its siblings.
CONVRT_API const convrt_kernel *
convrt_cuda_description(const convrt_cuda_kernel *kernel);

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

/// How a kernel runs. Zeros are valid: the default stream, and a workspace from
/// the device's own pool.
typedef struct convrt_cuda_options {
  void *stream;           ///< a CUstream of the device's context
  void *workspace;        ///< device memory, aligned to 256 bytes
  size_t workspace_bytes; ///< at least what convrt_cuda_workspace says
} convrt_cuda_options;

/// How many bytes of workspace a call with tensors of these shapes needs.
/// Nothing but their shapes is looked at.
CONVRT_API convrt_status convrt_cuda_workspace(const convrt_cuda_kernel *kernel,
                                               const DLTensor *const *arguments,
                                               size_t count, size_t *bytes);

/// Put a kernel on a stream and return; `options` NULL means zeros.
///
/// Everything is checked before anything is launched: as in convrt_run, and
/// that each tensor is on this device (DLPack's kDLCUDA with its number, and
/// memory that the driver knows as its own) and aligned as the kernel needs (16
/// bytes unless its plan says otherwise). Fails with CONVRT_ERROR_DEVICE,
/// _DTYPE, _SHAPE, _LAYOUT or _ARGUMENT.
///
/// The call allocates nothing and waits for nothing, and can be captured into a
/// CUDA graph, if the caller gives the workspace or none is needed. Otherwise
/// the workspace comes from a memory pool of the device in stream order, which
/// a capture does not allow.
///
/// Errors that the GPU meets while it runs are reported by CUDA later, to
/// whoever waits for the stream. The emulator runs at once: what its sanitizer
/// finds is a CONVRT_ERROR_KERNEL here, with the report as text.
CONVRT_API convrt_status convrt_cuda_run(const convrt_cuda_kernel *kernel,
                                         const DLTensor *const *arguments,
                                         size_t count,
                                         const convrt_cuda_options *options);

//===----------------------------------------------------------------------===//
// Memory, streams and time, for programs that have no CUDA of their own
//===----------------------------------------------------------------------===//

/// Device memory, aligned to at least 256 bytes. Releasing NULL is allowed.
CONVRT_API convrt_status convrt_cuda_allocate(convrt_cuda_device *device,
                                              size_t bytes, void **memory);
CONVRT_API convrt_status convrt_cuda_release(convrt_cuda_device *device,
                                             void *memory);

/// Copy from host memory to the device and back, and wait.
CONVRT_API convrt_status convrt_cuda_copy_to_device(convrt_cuda_device *device,
                                                    void *to, const void *from,
                                                    size_t bytes);
CONVRT_API convrt_status convrt_cuda_copy_to_host(convrt_cuda_device *device,
                                                  void *to, const void *from,
                                                  size_t bytes);

/// A stream that does not wait for the default one.
CONVRT_API convrt_status convrt_cuda_stream_create(convrt_cuda_device *device,
                                                   void **stream);
CONVRT_API convrt_status convrt_cuda_stream_destroy(convrt_cuda_device *device,
                                                    void *stream);

/// Wait for a stream; NULL is the default one. Reports what went wrong on it.
CONVRT_API convrt_status
convrt_cuda_stream_synchronize(convrt_cuda_device *device, void *stream);

typedef struct convrt_cuda_timer convrt_cuda_timer;

/// Measures time on a stream with events: between the work that was put there
/// before `start` and that before `stop`, which waits for it. On the emulator
/// that is the time of emulation.
CONVRT_API convrt_status convrt_cuda_timer_create(convrt_cuda_device *device,
                                                  convrt_cuda_timer **timer);
CONVRT_API void convrt_cuda_timer_destroy(convrt_cuda_timer *timer);
CONVRT_API convrt_status convrt_cuda_timer_start(convrt_cuda_timer *timer,
                                                 void *stream);
CONVRT_API convrt_status convrt_cuda_timer_stop(convrt_cuda_timer *timer,
                                                void *stream, double *seconds);

#ifdef __cplusplus
} // extern "C"
#endif

#endif // CONVRT_CUDA_H
