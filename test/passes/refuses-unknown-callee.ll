; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; The callee's body is not visible, and nothing is promised.
; RUN: %promote -pass-remarks-missed=stackward %s -o %t.ll 2> %t.remarks
; RUN: FileCheck %s < %t.ll
; RUN: FileCheck --check-prefix=REMARK %s < %t.remarks
; REMARK: [unknown-callee]
declare noalias nonnull ptr @_Znwm(i64) allocsize(0)
declare void @_ZdlPv(ptr) nounwind
declare noalias ptr @malloc(i64) allockind("alloc,uninitialized") allocsize(0) "alloc-family"="malloc"
declare noalias ptr @calloc(i64, i64) allockind("alloc,zeroed") allocsize(0,1) "alloc-family"="malloc"
declare void @free(ptr allocptr) allockind("free") "alloc-family"="malloc"
declare i64 @reads(ptr captures(none) readonly) nofree nounwind memory(argmem: read)
declare void @opaque(ptr)
declare void @tick()

define void @passed_on(i64 %n) {
; CHECK-LABEL: define void @passed_on(
; CHECK:         ptr @malloc(
  %p = call ptr @malloc(i64 8)
  store i64 %n, ptr %p
  call void @opaque(ptr %p)
  ret void
}

; captures(none) is a promise about the argument, not about what it holds:
; the inner object may be kept.
declare void @keeps_content(ptr captures(none)) nofree
define void @inner_through_outer(i64 %n) {
; CHECK-LABEL: define void @inner_through_outer(
; CHECK:         ptr @malloc(
  %holder = alloca ptr
  %p = call ptr @malloc(i64 8)
  store i64 %n, ptr %p
  store ptr %p, ptr %holder
  call void @keeps_content(ptr %holder)
  ret void
}

; Nor does it promise not to free.
declare void @may_free(ptr captures(none))
define void @freed_by_unknown(i64 %n) {
; CHECK-LABEL: define void @freed_by_unknown(
; CHECK:         ptr @malloc(
  %p = call ptr @malloc(i64 8)
  store i64 %n, ptr %p
  call void @may_free(ptr %p)
  ret void
}
