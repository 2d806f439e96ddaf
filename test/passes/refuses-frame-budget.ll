; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Objects that fit one by one and not together.
; RUN: %promote -pass-remarks-missed=stackward %s -o %t.ll 2> %t.remarks
; RUN: FileCheck %s < %t.ll
; RUN: FileCheck --check-prefix=REMARK %s < %t.remarks
; REMARK: [frame-budget]
declare noalias nonnull ptr @_Znwm(i64) allocsize(0)
declare void @_ZdlPv(ptr) nounwind
declare noalias ptr @malloc(i64) allockind("alloc,uninitialized") allocsize(0) "alloc-family"="malloc"
declare noalias ptr @calloc(i64, i64) allockind("alloc,zeroed") allocsize(0,1) "alloc-family"="malloc"
declare void @free(ptr allocptr) allockind("free") "alloc-family"="malloc"
declare i64 @reads(ptr captures(none) readonly) nofree nounwind memory(argmem: read)
declare void @opaque(ptr)
declare void @tick() nofree

define void @many() {
; CHECK-LABEL: define void @many(
; CHECK:         ptr @malloc(
  %p1 = call ptr @malloc(i64 500)
  store i64 1, ptr %p1
  %r1 = call i64 @reads(ptr %p1)
  call void @tick()
  %p2 = call ptr @malloc(i64 500)
  store i64 1, ptr %p2
  %r2 = call i64 @reads(ptr %p2)
  call void @tick()
  %p3 = call ptr @malloc(i64 500)
  store i64 1, ptr %p3
  %r3 = call i64 @reads(ptr %p3)
  call void @tick()
  %p4 = call ptr @malloc(i64 500)
  store i64 1, ptr %p4
  %r4 = call i64 @reads(ptr %p4)
  call void @tick()
  %p5 = call ptr @malloc(i64 500)
  store i64 1, ptr %p5
  %r5 = call i64 @reads(ptr %p5)
  call void @tick()
  %p6 = call ptr @malloc(i64 500)
  store i64 1, ptr %p6
  %r6 = call i64 @reads(ptr %p6)
  call void @tick()
  %p7 = call ptr @malloc(i64 500)
  store i64 1, ptr %p7
  %r7 = call i64 @reads(ptr %p7)
  call void @tick()
  %p8 = call ptr @malloc(i64 500)
  store i64 1, ptr %p8
  %r8 = call i64 @reads(ptr %p8)
  call void @tick()
  %p9 = call ptr @malloc(i64 500)
  store i64 1, ptr %p9
  %r9 = call i64 @reads(ptr %p9)
  call void @tick()
  ret void
}
