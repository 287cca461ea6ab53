//===- pool.h - Where kernels get threads and memory -----------*- C -*-===//

#ifndef CONVRT_SRC_POOL_H
#define CONVRT_SRC_POOL_H

#include "status.h"

/// The process-wide pool, made at its first use.
convrt_status convrt_pool_default(convrt_pool **pool);

/// The services of a pool.
const convrt_host *convrt_pool_services(const convrt_pool *pool);

#endif // CONVRT_SRC_POOL_H
