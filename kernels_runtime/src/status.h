//===- status.h - Error codes with a message --------------------*- C -*-===//

#ifndef CONVRT_SRC_STATUS_H
#define CONVRT_SRC_STATUS_H

#include "convrt/convrt.h"

/// Keep the message for `convrt_last_error` and return `status`.
convrt_status convrt_fail(convrt_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/// Report that memory ran out, without needing any.
convrt_status convrt_fail_memory(void);

#endif // CONVRT_SRC_STATUS_H
