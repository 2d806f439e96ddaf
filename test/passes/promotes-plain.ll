; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Plain promotion: the alloca is in the entry block and aligned to 16, the
; object has life-time markers, and no call is left that could see a heap.
; RUN: %promote %s | FileCheck %s
declare noalias nonnull ptr @_Znwm(i64) allocsize(0)
declare void @_ZdlPv(ptr) nounwind
declare noalias ptr @malloc(i64) allockind("alloc,uninitialized") allocsize(0) "alloc-family"="malloc"
declare noalias ptr @calloc(i64, i64) allockind("alloc,zeroed") allocsize(0,1) "alloc-family"="malloc"
declare void @free(ptr allocptr) allockind("free") "alloc-family"="malloc"
declare i64 @reads(ptr captures(none) readonly) nofree nounwind memory(argmem: read)
declare void @opaque(ptr)
declare void @tick()

define i64 @malloc_and_free(i64 %n) {
; CHECK-LABEL: define i64 @malloc_and_free(
; CHECK-NEXT:    %[[SLOT:.*]] = alloca [16 x i8], align 16
; CHECK-NEXT:    call void @llvm.lifetime.start.p0(ptr{{.*}} %[[SLOT]])
; CHECK-NOT:     @malloc
; CHECK:         call i64 @reads(ptr{{.*}} %[[SLOT]])
; CHECK-NEXT:    call void @llvm.lifetime.end.p0(ptr{{.*}} %[[SLOT]])
; CHECK-NOT:     @free
; CHECK:         ret i64
  %p = call ptr @malloc(i64 16)
  store i64 %n, ptr %p
  %r = tail call i64 @reads(ptr %p)
  call void @free(ptr %p)
  ret i64 %r
}

; The tail mark would let the callee run in a frame that is gone.
define i64 @tail_is_cleared(i64 %n) {
; CHECK-LABEL: define i64 @tail_is_cleared(
; CHECK-NOT:     tail call
; CHECK:         ret i64
  %p = call ptr @malloc(i64 8)
  store i64 %n, ptr %p
  %r = tail call i64 @reads(ptr %p)
  call void @free(ptr %p)
  ret i64 %r
}

define i64 @calloc_is_filled() {
; CHECK-LABEL: define i64 @calloc_is_filled(
; CHECK:         %[[SLOT:.*]] = alloca [32 x i8], align 16
; CHECK:         call void @llvm.memset.p0.i64(ptr{{.*}} %[[SLOT]], i8 0, i64 32
; CHECK:         call i64 @reads(ptr{{.*}} %[[SLOT]])
; CHECK-NOT:     @free
; CHECK:         ret i64
  %p = call ptr @calloc(i64 4, i64 8)
  %r = call i64 @reads(ptr %p)
  call void @free(ptr %p)
  ret i64 %r
}

; A vector access tells an alignment that the slot must keep.
define i64 @over_aligned(<8 x i64> %v) {
; CHECK-LABEL: define i64 @over_aligned(
; CHECK-NEXT:    alloca [64 x i8], align 64
  %p = call ptr @malloc(i64 64)
  store <8 x i64> %v, ptr %p, align 64
  %r = call i64 @reads(ptr %p)
  call void @free(ptr %p)
  ret i64 %r
}

; The null check is folded: a slot is never null.
define i64 @null_check(i64 %n) {
; CHECK-LABEL: define i64 @null_check(
; CHECK-NOT:     icmp
; CHECK:         ret i64
  %p = call ptr @malloc(i64 8)
  %c = icmp eq ptr %p, null
  br i1 %c, label %no, label %yes
no:
  ret i64 -1
yes:
  store i64 %n, ptr %p
  %r = call i64 @reads(ptr %p)
  call void @free(ptr %p)
  ret i64 %r
}
