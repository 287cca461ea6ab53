//===- Streams.cpp - Streams, events and graphs of the emulated driver ----===//
#include "Driver/State.h"

#include <algorithm>

using namespace ptxemu;
using namespace ptxemu::driver;

namespace {

/// NULL and the two special handles are streams of every context.
bool isDefault(CUstream stream) {
  return reinterpret_cast<uintptr_t>(stream) <= 2;
}

bool isKnown(State &s, CUstream stream) {
  return isDefault(stream) || s.streams.has(stream);
}

CUresult noStream() {
  return fail(CUDA_ERROR_INVALID_HANDLE, "no such stream");
}

CUresult runAll(const std::vector<Work> &work) {
  for (const Work &piece : work)
    if (CUresult result = piece())
      return result;
  return CUDA_SUCCESS;
}

} // namespace

CUresult ptxemu::driver::checkNotCapturing(State &s, const char *what) {
  CUresult result = CUDA_SUCCESS;
  for (auto &[stream, owned] : s.streams)
    if (stream->capture && stream->mode != CU_STREAM_CAPTURE_MODE_RELAXED) {
      stream->invalidated = true;
      result = fail(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED,
                    std::string(what) + " while a stream is being captured");
    }
  return result;
}

CUresult ptxemu::driver::enqueue(State &s, CUstream stream, Work work) {
  if (!isKnown(s, stream))
    return noStream();
  if (isDefault(stream)) {
    // The default stream would wait for the one that is being captured.
    for (auto &[other, owned] : s.streams)
      if (other->capture) {
        other->invalidated = true;
        return fail(CUDA_ERROR_STREAM_CAPTURE_IMPLICIT,
                    "work on the default stream while another is captured");
      }
    return work();
  }
  if (!stream->capture)
    return work();
  if (stream->invalidated)
    return fail(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED,
                "the capture of the stream is spoilt");
  stream->capture->work.push_back(std::move(work));
  return CUDA_SUCCESS;
}

//===----------------------------------------------------------------------===//
// Streams and events
//===----------------------------------------------------------------------===//

PTXEMU_EXPORT CUresult cuStreamCreate(CUstream *stream, unsigned) {
  return withGpu([&](State &s, Gpu &gpu) {
    auto created = std::make_unique<CUstream_st>();
    created->gpu = &gpu;
    *stream = s.streams.add(std::move(created));
    return CUDA_SUCCESS;
  });
}

PTXEMU_EXPORT CUresult cuStreamDestroy_v2(CUstream stream) {
  return guarded([&](State &s) {
    return s.streams.remove(stream) ? CUresult(CUDA_SUCCESS) : noStream();
  });
}

PTXEMU_EXPORT CUresult cuStreamSynchronize(CUstream stream) {
  return guarded([&](State &s) {
    return isKnown(s, stream) ? checkNotCapturing(s, "cuStreamSynchronize")
                              : noStream();
  });
}

PTXEMU_EXPORT CUresult cuStreamWaitEvent(CUstream stream, CUevent event,
                                         unsigned) {
  return guarded([&](State &s) {
    if (!s.events.has(event))
      return fail(CUDA_ERROR_INVALID_HANDLE, "no such event");
    return isKnown(s, stream) ? CUresult(CUDA_SUCCESS) : noStream();
  });
}

PTXEMU_EXPORT CUresult cuEventCreate(CUevent *event, unsigned) {
  return withGpu([&](State &s, Gpu &gpu) {
    auto created = std::make_unique<CUevent_st>();
    created->gpu = &gpu;
    *event = s.events.add(std::move(created));
    return CUDA_SUCCESS;
  });
}

PTXEMU_EXPORT CUresult cuEventDestroy_v2(CUevent event) {
  return guarded([&](State &s) {
    return s.events.remove(event)
               ? CUDA_SUCCESS
               : fail(CUDA_ERROR_INVALID_HANDLE, "no such event");
  });
}

PTXEMU_EXPORT CUresult cuEventRecord(CUevent event, CUstream stream) {
  return guarded([&](State &s) {
    if (!s.events.has(event))
      return fail(CUDA_ERROR_INVALID_HANDLE, "no such event");
    return enqueue(s, stream, [event] {
      event->recorded = true;
      event->time = std::chrono::steady_clock::now();
      return CUDA_SUCCESS;
    });
  });
}

PTXEMU_EXPORT CUresult cuEventSynchronize(CUevent event) {
  return guarded([&](State &s) {
    return s.events.has(event)
               ? checkNotCapturing(s, "cuEventSynchronize")
               : fail(CUDA_ERROR_INVALID_HANDLE, "no such event");
  });
}

/// Time of the host: that of emulation, not of a GPU.
PTXEMU_EXPORT CUresult cuEventElapsedTime(float *milliseconds, CUevent start,
                                          CUevent end) {
  return guarded([&](State &s) {
    if (!s.events.has(start) || !s.events.has(end) || !start->recorded ||
        !end->recorded)
      return fail(CUDA_ERROR_INVALID_HANDLE,
                  "no such event, or it was never recorded");
    *milliseconds =
        std::chrono::duration<float, std::milli>(end->time - start->time)
            .count();
    return CUresult(CUDA_SUCCESS);
  });
}

//===----------------------------------------------------------------------===//
// Capture and graphs
//===----------------------------------------------------------------------===//

PTXEMU_EXPORT CUresult cuStreamBeginCapture_v2(CUstream stream,
                                               CUstreamCaptureMode mode) {
  return guarded([&](State &s) {
    if (!s.streams.has(stream))
      return noStream();
    if (stream->capture)
      return fail(CUDA_ERROR_INVALID_VALUE, "the stream is being captured");
    stream->capture = std::make_unique<CUgraph_st>();
    stream->invalidated = false;
    stream->mode = mode;
    return CUresult(CUDA_SUCCESS);
  });
}

PTXEMU_EXPORT CUresult cuStreamIsCapturing(CUstream stream,
                                           CUstreamCaptureStatus *status) {
  return guarded([&](State &s) {
    if (!isKnown(s, stream))
      return noStream();
    *status = isDefault(stream) || !stream->capture
                  ? CU_STREAM_CAPTURE_STATUS_NONE
              : stream->invalidated ? CU_STREAM_CAPTURE_STATUS_INVALIDATED
                                    : CU_STREAM_CAPTURE_STATUS_ACTIVE;
    return CUresult(CUDA_SUCCESS);
  });
}

PTXEMU_EXPORT CUresult cuStreamEndCapture(CUstream stream, CUgraph *graph) {
  return guarded([&](State &s) {
    if (!s.streams.has(stream))
      return noStream();
    if (!stream->capture)
      return fail(CUDA_ERROR_STREAM_CAPTURE_UNMATCHED,
                  "the stream is not being captured");
    std::unique_ptr<CUgraph_st> captured = std::move(stream->capture);
    *graph = nullptr;
    if (stream->invalidated)
      return fail(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED,
                  "the capture of the stream is spoilt");
    *graph = s.graphs.add(std::move(captured));
    return CUresult(CUDA_SUCCESS);
  });
}

PTXEMU_EXPORT CUresult cuGraphInstantiateWithFlags(CUgraphExec *executable,
                                                   CUgraph graph,
                                                   unsigned long long) {
  return guarded([&](State &s) {
    if (!s.graphs.has(graph))
      return fail(CUDA_ERROR_INVALID_HANDLE, "no such graph");
    *executable = s.executables.add(
        std::unique_ptr<CUgraphExec_st>(new CUgraphExec_st{graph->work}));
    return CUresult(CUDA_SUCCESS);
  });
}

PTXEMU_EXPORT CUresult cuGraphLaunch(CUgraphExec executable, CUstream stream) {
  return guarded([&](State &s) {
    if (!s.executables.has(executable))
      return fail(CUDA_ERROR_INVALID_HANDLE, "no such executable graph");
    return enqueue(s, stream,
                   [work = executable->work] { return runAll(work); });
  });
}

PTXEMU_EXPORT CUresult cuGraphDestroy(CUgraph graph) {
  return guarded([&](State &s) {
    return s.graphs.remove(graph)
               ? CUDA_SUCCESS
               : fail(CUDA_ERROR_INVALID_HANDLE, "no such graph");
  });
}

PTXEMU_EXPORT CUresult cuGraphExecDestroy(CUgraphExec executable) {
  return guarded([&](State &s) {
    return s.executables.remove(executable)
               ? CUDA_SUCCESS
               : fail(CUDA_ERROR_INVALID_HANDLE, "no such executable graph");
  });
}
