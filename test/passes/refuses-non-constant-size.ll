; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; A size that nothing bounds, and calloc whose product overflows.
; RUN: %promote -pass-remarks-missed=stackward %s -o %t.ll 2> %t.remarks
; RUN: FileCheck %s < %t.ll
; RUN: FileCheck --check-prefix=REMARK %s < %t.remarks
; REMARK: [non-constant-size]
declare noalias nonnull ptr @_Znwm(i64) allocsize(0)
declare void @_ZdlPv(ptr) nounwind
declare noalias ptr @malloc(i64) allockind("alloc,uninitialized") allocsize(0) "alloc-family"="malloc"
declare noalias ptr @calloc(i64, i64) allockind("alloc,zeroed") allocsize(0,1) "alloc-family"="malloc"
declare void @free(ptr allocptr) allockind("free") "alloc-family"="malloc"
declare i64 @reads(ptr captures(none) readonly) nofree nounwind memory(argmem: read)
declare void @opaque(ptr)
declare void @tick()

define i64 @unbounded(i64 %n) {
; CHECK-LABEL: define i64 @unbounded(
; CHECK:         ptr @malloc(
  %p = call ptr @malloc(i64 %n)
  %r = call i64 @reads(ptr %p)
  call void @free(ptr %p)
  ret i64 %r
}

define i64 @overflowing_calloc() {
; CHECK-LABEL: define i64 @overflowing_calloc(
; CHECK:         ptr @calloc(
  %p = call ptr @calloc(i64 4611686018427387905, i64 4)
  %r = call i64 @reads(ptr %p)
  call void @free(ptr %p)
  ret i64 %r
}

; Bounded by a mask, it is a slot of the largest size.
define i64 @bounded(i64 %n) {
; CHECK-LABEL: define i64 @bounded(
; CHECK-NEXT:    alloca [63 x i8]
  %size = and i64 %n, 63
  %p = call ptr @malloc(i64 %size)
  %r = call i64 @reads(ptr %p)
  call void @free(ptr %p)
  ret i64 %r
}
