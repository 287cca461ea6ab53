// Ordinary CUDA programs: what nvcc makes of them must run as it does on a GPU.
#include <cuda_fp16.h>
#include <stdint.h>

extern "C" __global__ void reduce(const float *x, float *out, int n) {
  __shared__ float partial[32];
  float sum = 0;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n;
       i += gridDim.x * blockDim.x)
    sum += x[i];
  for (int d = 16; d; d >>= 1)
    sum += __shfl_down_sync(0xffffffffu, sum, d);
  if (threadIdx.x % 32 == 0)
    partial[threadIdx.x / 32] = sum;
  __syncthreads();
  if (threadIdx.x < 32) {
    sum = threadIdx.x < blockDim.x / 32 ? partial[threadIdx.x] : 0;
    for (int d = 16; d; d >>= 1)
      sum += __shfl_xor_sync(0xffffffffu, sum, d);
    if (threadIdx.x == 0)
      atomicAdd(out, sum);
  }
}

// Inclusive scan of one block (Hillis-Steele in shared memory).
extern "C" __global__ void scan(const int *x, int *y, int n) {
  extern __shared__ int buffer[];
  int t = threadIdx.x, in = 0;
  buffer[t] = t < n ? x[t] : 0;
  __syncthreads();
  for (int d = 1; d < blockDim.x; d *= 2) {
    int out = 1 - in;
    buffer[out * blockDim.x + t] =
        buffer[in * blockDim.x + t] +
        (t >= d ? buffer[in * blockDim.x + t - d] : 0);
    in = out;
    __syncthreads();
  }
  if (t < n)
    y[t] = buffer[in * blockDim.x + t];
}

extern "C" __global__ void transpose(const float *x, float *y, int rows,
                                     int cols) {
  __shared__ float tile[32][33];
  int c = blockIdx.x * 32 + threadIdx.x, r = blockIdx.y * 32 + threadIdx.y;
  for (int i = 0; i < 32; i += 8)
    if (c < cols && r + i < rows)
      tile[threadIdx.y + i][threadIdx.x] = x[(r + i) * cols + c];
  __syncthreads();
  c = blockIdx.y * 32 + threadIdx.x;
  r = blockIdx.x * 32 + threadIdx.y;
  for (int i = 0; i < 32; i += 8)
    if (c < rows && r + i < cols)
      y[(r + i) * rows + c] = tile[threadIdx.x][threadIdx.y + i];
}

extern "C" __global__ void histogram(const unsigned char *x, unsigned *bins,
                                     int n) {
  __shared__ unsigned local[256];
  for (int i = threadIdx.x; i < 256; i += blockDim.x)
    local[i] = 0;
  __syncthreads();
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n;
       i += gridDim.x * blockDim.x)
    atomicAdd(&local[x[i]], 1u);
  __syncthreads();
  for (int i = threadIdx.x; i < 256; i += blockDim.x)
    atomicAdd(&bins[i], local[i]);
}

extern "C" __global__ void bitonic(int *x) {
  __shared__ int s[512];
  int t = threadIdx.x;
  s[t] = x[t];
  __syncthreads();
  for (int k = 2; k <= blockDim.x; k *= 2)
    for (int j = k / 2; j; j /= 2) {
      int other = t ^ j;
      if (other > t) {
        bool up = (t & k) == 0;
        if ((s[t] > s[other]) == up) {
          int v = s[t];
          s[t] = s[other];
          s[other] = v;
        }
      }
      __syncthreads();
    }
  x[t] = s[t];
}

// Loops of different lengths in neighbouring lanes.
extern "C" __global__ void mandelbrot(int *out, int width, int limit) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  double cr = -2.0 + 3.0 * (i % width) / width,
         ci = -1.5 + 3.0 * (i / width) / width, zr = 0, zi = 0;
  int n = 0;
  while (n < limit && zr * zr + zi * zi < 4.0) {
    double t = zr * zr - zi * zi + cr;
    zi = 2 * zr * zi + ci;
    zr = t;
    ++n;
  }
  out[i] = n;
}

// One warp a row; expf and division, results in half.
extern "C" __global__ void softmax(const __half *x, __half *y, int cols) {
  int row = blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32;
  int lane = threadIdx.x % 32;
  const __half *in = x + row * cols;
  float most = -1e30f;
  for (int c = lane; c < cols; c += 32)
    most = fmaxf(most, __half2float(in[c]));
  for (int d = 16; d; d /= 2)
    most = fmaxf(most, __shfl_xor_sync(0xffffffffu, most, d));
  float sum = 0;
  for (int c = lane; c < cols; c += 32)
    sum += expf(__half2float(in[c]) - most);
  for (int d = 16; d; d /= 2)
    sum += __shfl_xor_sync(0xffffffffu, sum, d);
  for (int c = lane; c < cols; c += 32)
    y[row * cols + c] = __float2half(expf(__half2float(in[c]) - most) / sum);
}

// Compressed sparse rows, a warp a row.
extern "C" __global__ void spmv(const int *rowStart, const int *column,
                                const float *value, const float *x, float *y,
                                int rows) {
  int row = (blockIdx.x * blockDim.x + threadIdx.x) / 32, lane = threadIdx.x % 32;
  if (row >= rows)
    return;
  float sum = 0;
  for (int i = rowStart[row] + lane; i < rowStart[row + 1]; i += 32)
    sum += value[i] * x[column[i]];
  for (int d = 16; d; d /= 2)
    sum += __shfl_down_sync(0xffffffffu, sum, d);
  if (lane == 0)
    y[row] = sum;
}

// Calls, recursion, and an array that lives in local memory.
__device__ __noinline__ int ackermannish(int m, int n) {
  if (m == 0)
    return n + 1;
  if (n == 0)
    return ackermannish(m - 1, 1);
  return ackermannish(m - 1, ackermannish(m, n - 1) % 5);
}
extern "C" __global__ void calls(int *out) {
  int memo[16];
  for (int i = 0; i < 16; ++i)
    memo[(i * 7 + threadIdx.x) % 16] = i * i;
  out[threadIdx.x] =
      ackermannish(threadIdx.x % 3, threadIdx.x % 4) + memo[threadIdx.x % 16];
}

// 64-bit integers, divisions, bit tricks.
extern "C" __global__ void integers(const uint64_t *a, const uint64_t *b,
                                    uint64_t *out, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n)
    return;
  uint64_t x = a[i], y = b[i] | 1, r = x / y + x % y;
  r ^= __umul64hi(x, y);
  r += (uint64_t)((int64_t)x / (int64_t)y) * 3;
  r ^= (uint64_t)__popcll(x) << 40 | (uint64_t)__clzll(y) << 20 |
       (uint64_t)__ffsll(x);
  r += __brev((unsigned)x) ^ __byte_perm((unsigned)x, (unsigned)y, 0x5140);
  r += __dp4a((int)x, (int)y, 7) + (x >> (y & 63)) + __funnelshift_l((unsigned)x, (unsigned)y, 9);
  switch (x % 7) {
  case 0: r += 11; break;
  case 1: r *= 3; break;
  case 2: r ^= 0x55; break;
  case 3: r -= y; break;
  case 4: r = ~r; break;
  case 5: r = r << 3 | r >> 61; break;
  default: r += x; break;
  }
  out[i] = r;
}

// The block that finishes last adds up what the others left behind.
__device__ unsigned finished = 0;
extern "C" __global__ void lastBlock(const float *x, float *partial,
                                     float *out, int perBlock) {
  __shared__ bool last;
  __shared__ float s[128];
  float sum = 0;
  for (int i = threadIdx.x; i < perBlock; i += blockDim.x)
    sum += x[blockIdx.x * perBlock + i];
  s[threadIdx.x] = sum;
  __syncthreads();
  for (int d = 64; d; d /= 2) {
    if (threadIdx.x < d)
      s[threadIdx.x] += s[threadIdx.x + d];
    __syncthreads();
  }
  if (threadIdx.x == 0) {
    partial[blockIdx.x] = s[0];
    __threadfence();
    last = atomicAdd(&finished, 1u) == gridDim.x - 1;
    __threadfence();
  }
  __syncthreads();
  if (last && threadIdx.x == 0) {
    float total = 0;
    for (int i = 0; i < gridDim.x; ++i)
      total += ((volatile float *)partial)[i];
    *out = total;
    finished = 0;
  }
}

// A five-point stencil with a halo in shared memory.
extern "C" __global__ void stencil(const float *x, float *y, int width,
                                   int height) {
  __shared__ float s[18][18];
  int gx = blockIdx.x * 16 + threadIdx.x, gy = blockIdx.y * 16 + threadIdx.y;
  auto at = [&](int cx, int cy) {
    cx = min(max(cx, 0), width - 1);
    cy = min(max(cy, 0), height - 1);
    return x[cy * width + cx];
  };
  int lx = threadIdx.x + 1, ly = threadIdx.y + 1;
  s[ly][lx] = at(gx, gy);
  if (threadIdx.x == 0)
    s[ly][0] = at(gx - 1, gy);
  if (threadIdx.x == 15)
    s[ly][17] = at(gx + 1, gy);
  if (threadIdx.y == 0)
    s[0][lx] = at(gx, gy - 1);
  if (threadIdx.y == 15)
    s[17][lx] = at(gx, gy + 1);
  __syncthreads();
  if (gx < width && gy < height)
    y[gy * width + gx] = 0.5f * s[ly][lx] + 0.125f * (s[ly][lx - 1] + s[ly][lx + 1] +
                                                      s[ly - 1][lx] + s[ly + 1][lx]);
}
