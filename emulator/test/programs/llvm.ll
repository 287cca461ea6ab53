; What LLVM's NVPTX backend makes of plain IR and of its intrinsics:
;   llc-22 -march=nvptx64 -mcpu=sm_90a -mattr=+ptx88 -O2 llvm.ll -o llvm.ptx
target triple = "nvptx64-nvidia-cuda"

declare i32 @llvm.nvvm.read.ptx.sreg.tid.x()
declare i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
declare void @llvm.nvvm.barrier.cta.sync.aligned.all(i32)
declare <2 x half> @llvm.fma.v2f16(<2 x half>, <2 x half>, <2 x half>)
declare <2 x half> @llvm.maxnum.v2f16(<2 x half>, <2 x half>)
declare <2 x bfloat> @llvm.fma.v2bf16(<2 x bfloat>, <2 x bfloat>, <2 x bfloat>)
declare <2 x i16> @llvm.smax.v2i16(<2 x i16>, <2 x i16>)
declare <2 x i16> @llvm.umin.v2i16(<2 x i16>, <2 x i16>)
declare i32 @llvm.nvvm.idp4a.s.s(i32, i32, i32)
declare i32 @llvm.fptosi.sat.i32.f32(float)
declare float @llvm.nvvm.ex2.approx.f(float)
declare i32 @llvm.nvvm.shfl.sync.bfly.i32(i32, i32, i32, i32)
declare { i32, i32, i32, i32 } @llvm.nvvm.ldmatrix.sync.aligned.m8n8.x4.b16.p3(ptr addrspace(3))
declare { i32, i32 } @llvm.nvvm.ldmatrix.sync.aligned.m8n8.x2.trans.b16.p3(ptr addrspace(3))
declare { float, float, float, float } @llvm.nvvm.mma.m16n8k16.row.col.f32.f32(<2 x half>, <2 x half>, <2 x half>, <2 x half>, <2 x half>, <2 x half>, float, float, float, float)
declare void @llvm.nvvm.cp.async.ca.shared.global.16(ptr addrspace(3), ptr addrspace(1))
declare void @llvm.nvvm.cp.async.wait.all()

@dynamic = external addrspace(3) global [0 x i8], align 1024

; A butterfly of complex halves: x0' = x0 + w x1, x1' = x0 - w x1, (re, im) pairs.
define ptx_kernel void @butterfly(ptr addrspace(1) %x, ptr addrspace(1) readonly %w) {
  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %p0 = getelementptr <2 x half>, ptr addrspace(1) %x, i32 %t
  %t1 = add i32 %t, 64
  %p1 = getelementptr <2 x half>, ptr addrspace(1) %x, i32 %t1
  %pw = getelementptr <2 x half>, ptr addrspace(1) %w, i32 %t
  %x0 = load <2 x half>, ptr addrspace(1) %p0
  %x1 = load <2 x half>, ptr addrspace(1) %p1
  %wv = load <2 x half>, ptr addrspace(1) %pw
  %wre = shufflevector <2 x half> %wv, <2 x half> poison, <2 x i32> zeroinitializer
  %wim = shufflevector <2 x half> %wv, <2 x half> poison, <2 x i32> <i32 1, i32 1>
  %swapped = shufflevector <2 x half> %x1, <2 x half> poison, <2 x i32> <i32 1, i32 0>
  %im = extractelement <2 x half> %swapped, i32 0
  %nim = fneg half %im
  %turned = insertelement <2 x half> %swapped, half %nim, i32 0
  %part = fmul <2 x half> %wim, %turned
  %wx1 = call <2 x half> @llvm.fma.v2f16(<2 x half> %wre, <2 x half> %x1, <2 x half> %part)
  %sum = fadd <2 x half> %x0, %wx1
  %difference = fsub <2 x half> %x0, %wx1
  store <2 x half> %sum, ptr addrspace(1) %p0
  store <2 x half> %difference, ptr addrspace(1) %p1
  ret void
}

; Products of bf16 pairs, summed in f32 over the lanes of a warp.
define ptx_kernel void @dotBrain(ptr addrspace(1) %a, ptr addrspace(1) %b, ptr addrspace(1) %out) {
  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %pa = getelementptr <2 x bfloat>, ptr addrspace(1) %a, i32 %t
  %pb = getelementptr <2 x bfloat>, ptr addrspace(1) %b, i32 %t
  %x = load <2 x bfloat>, ptr addrspace(1) %pa
  %y = load <2 x bfloat>, ptr addrspace(1) %pb
  %p = call <2 x bfloat> @llvm.fma.v2bf16(<2 x bfloat> %x, <2 x bfloat> %y, <2 x bfloat> <bfloat 1.0, bfloat -1.0>)
  %wide = fpext <2 x bfloat> %p to <2 x float>
  %w0 = extractelement <2 x float> %wide, i32 0
  %w1 = extractelement <2 x float> %wide, i32 1
  %s0 = fadd float %w0, %w1
  br label %loop
loop:
  %step = phi i32 [ 16, %0 ], [ %half, %loop ]
  %s = phi float [ %s0, %0 ], [ %next, %loop ]
  %bits = bitcast float %s to i32
  %other = call i32 @llvm.nvvm.shfl.sync.bfly.i32(i32 -1, i32 %bits, i32 %step, i32 31)
  %otherf = bitcast i32 %other to float
  %next = fadd float %s, %otherf
  %half = lshr i32 %step, 1
  %more = icmp ne i32 %half, 0
  br i1 %more, label %loop, label %done
done:
  %narrow = fptrunc float %next to bfloat
  %po = getelementptr bfloat, ptr addrspace(1) %out, i32 %t
  store bfloat %narrow, ptr addrspace(1) %po
  ret void
}

; Packed 16-bit integers, bytes and a dot product of bytes.
define ptx_kernel void @packed(ptr addrspace(1) %a, ptr addrspace(1) %b, ptr addrspace(1) %out) {
  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %pa = getelementptr i32, ptr addrspace(1) %a, i32 %t
  %pb = getelementptr i32, ptr addrspace(1) %b, i32 %t
  %x = load i32, ptr addrspace(1) %pa
  %y = load i32, ptr addrspace(1) %pb
  %x2 = bitcast i32 %x to <2 x i16>
  %y2 = bitcast i32 %y to <2 x i16>
  %sum = add <2 x i16> %x2, %y2
  %most = call <2 x i16> @llvm.smax.v2i16(<2 x i16> %sum, <2 x i16> <i16 -100, i16 100>)
  %least = call <2 x i16> @llvm.umin.v2i16(<2 x i16> %most, <2 x i16> %x2)
  %x4 = bitcast i32 %x to <4 x i8>
  %y4 = bitcast i32 %y to <4 x i8>
  %bytes = sub <4 x i8> %x4, %y4
  %shifted = ashr <4 x i8> %bytes, <i8 1, i8 2, i8 3, i8 0>
  %dot = call i32 @llvm.nvvm.idp4a.s.s(i32 %x, i32 %y, i32 1000)
  %w = bitcast <2 x i16> %least to i32
  %v = bitcast <4 x i8> %shifted to i32
  %r0 = insertelement <4 x i32> poison, i32 %w, i32 0
  %r1 = insertelement <4 x i32> %r0, i32 %v, i32 1
  %r2 = insertelement <4 x i32> %r1, i32 %dot, i32 2
  %r3 = insertelement <4 x i32> %r2, i32 %t, i32 3
  %po = getelementptr <4 x i32>, ptr addrspace(1) %out, i32 %t
  store <4 x i32> %r3, ptr addrspace(1) %po
  ret void
}

; Rounds to the nearest step and clamps; byval parameter, call, local array.
%settings = type { float, [3 x i32], i64 }
define internal i32 @pick(ptr %table, i32 %i) noinline {
  %p = getelementptr i32, ptr %table, i32 %i
  %v = load i32, ptr %p
  ret i32 %v
}
define ptx_kernel void @quantise(ptr addrspace(1) %x, ptr byval(%settings) %s, ptr addrspace(1) %out) {
  %table = alloca [8 x i32]
  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %pscale = getelementptr %settings, ptr %s, i32 0, i32 0
  %scale = load float, ptr %pscale
  %plow = getelementptr %settings, ptr %s, i32 0, i32 1, i32 1
  %low = load i32, ptr %plow
  %pdivisor = getelementptr %settings, ptr %s, i32 0, i32 2
  %divisor = load i64, ptr %pdivisor
  br label %fill
fill:
  %i = phi i32 [ 0, %0 ], [ %i1, %fill ]
  %square = mul i32 %i, %i
  %where = getelementptr [8 x i32], ptr %table, i32 0, i32 %i
  store volatile i32 %square, ptr %where
  %i1 = add i32 %i, 1
  %more = icmp ult i32 %i1, 8
  br i1 %more, label %fill, label %filled
filled:
  %px = getelementptr float, ptr addrspace(1) %x, i32 %t
  %v = load float, ptr addrspace(1) %px
  %scaled = fdiv float %v, %scale
  %q = call i32 @llvm.fptosi.sat.i32.f32(float %scaled)
  %small = icmp slt i32 %q, %low
  br i1 %small, label %lowest, label %other
lowest:
  br label %join
other:
  %index = and i32 %q, 7
  %picked = call i32 @pick(ptr %table, i32 %index)
  %wide = sext i32 %q to i64
  %quotient = sdiv i64 %wide, %divisor
  %narrow = trunc i64 %quotient to i32
  %both = add i32 %picked, %narrow
  br label %join
join:
  %r = phi i32 [ %low, %lowest ], [ %both, %other ]
  %po = getelementptr i32, ptr addrspace(1) %out, i32 %t
  store i32 %r, ptr addrspace(1) %po
  ret void
}

; C (16 x 8, f32) = A (16 x 16) B (16 x 8) through cp.async and ldmatrix.
define ptx_kernel void @product(ptr addrspace(1) %a, ptr addrspace(1) %b, ptr addrspace(1) %c) "nvvm.reqntid"="32,1,1" {
  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %at = shl i32 %t, 4
  %ga = getelementptr i8, ptr addrspace(1) %a, i32 %at
  %sa = getelementptr [0 x i8], ptr addrspace(3) @dynamic, i32 0, i32 %at
  call void @llvm.nvvm.cp.async.ca.shared.global.16(ptr addrspace(3) %sa, ptr addrspace(1) %ga)
  %isb = icmp ult i32 %t, 16
  br i1 %isb, label %copy, label %copied
copy:
  %gb = getelementptr i8, ptr addrspace(1) %b, i32 %at
  %bt = add i32 %at, 512
  %sb = getelementptr [0 x i8], ptr addrspace(3) @dynamic, i32 0, i32 %bt
  call void @llvm.nvvm.cp.async.ca.shared.global.16(ptr addrspace(3) %sb, ptr addrspace(1) %gb)
  br label %copied
copied:
  call void @llvm.nvvm.cp.async.wait.all()
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  %row = and i32 %t, 15
  %side = lshr i32 %t, 4
  %rowbytes = shl i32 %row, 5
  %sidebytes = shl i32 %side, 4
  %offset = or i32 %rowbytes, %sidebytes
  %la = getelementptr [0 x i8], ptr addrspace(3) @dynamic, i32 0, i32 %offset
  %fa = call { i32, i32, i32, i32 } @llvm.nvvm.ldmatrix.sync.aligned.m8n8.x4.b16.p3(ptr addrspace(3) %la)
  %brow = shl i32 %row, 4
  %boff = add i32 %brow, 512
  %lb = getelementptr [0 x i8], ptr addrspace(3) @dynamic, i32 0, i32 %boff
  %fb = call { i32, i32 } @llvm.nvvm.ldmatrix.sync.aligned.m8n8.x2.trans.b16.p3(ptr addrspace(3) %lb)
  %a0 = extractvalue { i32, i32, i32, i32 } %fa, 0
  %a1 = extractvalue { i32, i32, i32, i32 } %fa, 1
  %a2 = extractvalue { i32, i32, i32, i32 } %fa, 2
  %a3 = extractvalue { i32, i32, i32, i32 } %fa, 3
  %b0 = extractvalue { i32, i32 } %fb, 0
  %b1 = extractvalue { i32, i32 } %fb, 1
  %ha0 = bitcast i32 %a0 to <2 x half>
  %ha1 = bitcast i32 %a1 to <2 x half>
  %ha2 = bitcast i32 %a2 to <2 x half>
  %ha3 = bitcast i32 %a3 to <2 x half>
  %hb0 = bitcast i32 %b0 to <2 x half>
  %hb1 = bitcast i32 %b1 to <2 x half>
  %d = call { float, float, float, float } @llvm.nvvm.mma.m16n8k16.row.col.f32.f32(<2 x half> %ha0, <2 x half> %ha1, <2 x half> %ha2, <2 x half> %ha3, <2 x half> %hb0, <2 x half> %hb1, float 0.0, float 0.0, float 0.0, float 0.0)
  %d0 = extractvalue { float, float, float, float } %d, 0
  %d1 = extractvalue { float, float, float, float } %d, 1
  %d2 = extractvalue { float, float, float, float } %d, 2
  %d3 = extractvalue { float, float, float, float } %d, 3
  %top0 = insertelement <2 x float> poison, float %d0, i32 0
  %top = insertelement <2 x float> %top0, float %d1, i32 1
  %bottom0 = insertelement <2 x float> poison, float %d2, i32 0
  %bottom = insertelement <2 x float> %bottom0, float %d3, i32 1
  %pc = getelementptr <2 x float>, ptr addrspace(1) %c, i32 %t
  store <2 x float> %top, ptr addrspace(1) %pc
  %pc8 = getelementptr <2 x float>, ptr addrspace(1) %pc, i32 32
  store <2 x float> %bottom, ptr addrspace(1) %pc8
  ret void
}

; A row of 256 floats a block, reversed through dynamic shared memory.
define ptx_kernel void @reverse(ptr addrspace(1) %x) {
  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %block = call i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
  %start = shl i32 %block, 8
  %four = shl i32 %t, 2
  %i = add i32 %start, %four
  %px = getelementptr float, ptr addrspace(1) %x, i32 %i
  %v = load <4 x float>, ptr addrspace(1) %px, align 16
  %ps = getelementptr float, ptr addrspace(3) @dynamic, i32 %four
  store <4 x float> %v, ptr addrspace(3) %ps, align 16
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  %from = sub i32 252, %four
  %pr = getelementptr float, ptr addrspace(3) @dynamic, i32 %from
  %w = load <4 x float>, ptr addrspace(3) %pr, align 16
  %r = shufflevector <4 x float> %w, <4 x float> poison, <4 x i32> <i32 3, i32 2, i32 1, i32 0>
  store <4 x float> %r, ptr addrspace(1) %px, align 16
  ret void
}
