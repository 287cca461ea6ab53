// Tensor cores, asynchronous copies, cooperative groups and clusters.
#include <cooperative_groups.h>
#include <cooperative_groups/reduce.h>
#include <cuda_pipeline.h>
#include <mma.h>
#include <stdint.h>
namespace cg = cooperative_groups;

// C[M][N] = A[M][K] B[K][N], one warp a 16 x 16 tile, f32 accumulation.
extern "C" __global__ void wmmaGemm(const __half *a, const __half *b, float *c,
                                    int n, int k) {
  using namespace nvcuda::wmma;
  int tileM = blockIdx.y, tileN = blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32;
  fragment<accumulator, 16, 16, 16, float> sum;
  fill_fragment(sum, 0.0f);
  for (int i = 0; i < k; i += 16) {
    fragment<matrix_a, 16, 16, 16, __half, row_major> fa;
    fragment<matrix_b, 16, 16, 16, __half, row_major> fb;
    load_matrix_sync(fa, a + tileM * 16 * k + i, k);
    load_matrix_sync(fb, b + i * n + tileN * 16, n);
    mma_sync(sum, fa, fb, sum);
  }
  store_matrix_sync(c + tileM * 16 * n + tileN * 16, sum, n, mem_row_major);
}

// Sum of squares: tiles of 16 lanes, then a barrier of the whole grid.
extern "C" __global__ void cooperative(const float *x, float *partial,
                                       float *out, int n) {
  cg::grid_group grid = cg::this_grid();
  cg::thread_block block = cg::this_thread_block();
  auto tile = cg::tiled_partition<16>(block);
  __shared__ float s[32];
  float sum = 0;
  for (int i = grid.thread_rank(); i < n; i += grid.size())
    sum += x[i] * x[i];
  sum = cg::reduce(tile, sum, cg::plus<float>());
  if (tile.thread_rank() == 0)
    s[block.thread_rank() / 16] = sum;
  block.sync();
  if (block.thread_rank() == 0) {
    float total = 0;
    for (int i = 0; i < block.size() / 16; ++i)
      total += s[i];
    partial[blockIdx.x] = total;
  }
  grid.sync();
  if (grid.thread_rank() == 0) {
    float total = 0;
    for (int i = 0; i < gridDim.x; ++i)
      total += partial[i];
    *out = total;
  }
}

// Copies in two stages ahead of the sums that use them.
extern "C" __global__ void pipelined(const float4 *x, float *y, int tiles) {
  __shared__ float4 buffer[2][128];
  int t = threadIdx.x;
  const float4 *mine = x + (size_t)blockIdx.x * tiles * 128;
  __pipeline_memcpy_async(&buffer[0][t], mine + t, 16);
  __pipeline_commit();
  float sum = 0;
  for (int i = 0; i < tiles; ++i) {
    if (i + 1 < tiles)
      __pipeline_memcpy_async(&buffer[(i + 1) & 1][t], mine + (i + 1) * 128 + t, 16);
    __pipeline_commit();
    __pipeline_wait_prior(1);
    __syncthreads();
    float4 v = buffer[i & 1][127 - t];
    sum += v.x - v.y + 2 * v.z - v.w;
    __syncthreads();
  }
  y[blockIdx.x * 128 + t] = sum;
}

// Each CTA of a pair reads the other's shared memory.
extern "C" __global__ void __cluster_dims__(2, 1, 1)
    clusterSwap(const int *x, int *y) {
  __shared__ int s[64];
  cg::cluster_group cluster = cg::this_cluster();
  s[threadIdx.x] = x[blockIdx.x * 64 + threadIdx.x];
  cluster.sync();
  int *other = cluster.map_shared_rank(s, cluster.block_rank() ^ 1);
  y[blockIdx.x * 64 + threadIdx.x] = other[63 - threadIdx.x];
  cluster.sync();
}

// Warp-level votes, matches and reductions of lanes that part and meet again.
extern "C" __global__ void lanes(const int *x, int *y) {
  int t = threadIdx.x, v = x[t];
  unsigned odd = __ballot_sync(0xffffffffu, v & 1), same = 0;
  int r = 0;
  if (v & 1) {
    same = __match_any_sync(odd, v % 5);
    r = __reduce_add_sync(odd, v);
    if (__popc(same) > 2)
      r += __shfl_sync(same, v, __ffs(same) - 1);
  } else {
    r = __reduce_max_sync(~odd, v);
    r += __popc(__activemask());
  }
  __syncwarp();
  r += __any_sync(0xffffffffu, v == 3) + 2 * __all_sync(0xffffffffu, v >= 0);
  y[t] = r;
}
