; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Stored in a global, directly or as bytes.
; RUN: %promote -pass-remarks-missed=stackward %s -o %t.ll 2> %t.remarks
; RUN: FileCheck %s < %t.ll
; RUN: FileCheck --check-prefix=REMARK %s < %t.remarks
; REMARK: [global]
declare noalias nonnull ptr @_Znwm(i64) allocsize(0)
declare void @_ZdlPv(ptr) nounwind
declare noalias ptr @malloc(i64) allockind("alloc,uninitialized") allocsize(0) "alloc-family"="malloc"
declare noalias ptr @calloc(i64, i64) allockind("alloc,zeroed") allocsize(0,1) "alloc-family"="malloc"
declare void @free(ptr allocptr) allockind("free") "alloc-family"="malloc"
declare i64 @reads(ptr captures(none) readonly) nofree nounwind memory(argmem: read)
declare void @opaque(ptr)
declare void @tick()
@kept = global ptr null
@bytes = global i64 0

define void @stored(i64 %n) {
; CHECK-LABEL: define void @stored(
; CHECK:         ptr @malloc(
  %p = call ptr @malloc(i64 8)
  store i64 %n, ptr %p
  store ptr %p, ptr @kept
  ret void
}

; An 8-byte memcpy of a holder is an integer load and store.
define void @copied_as_integer(i64 %n) {
; CHECK-LABEL: define void @copied_as_integer(
; CHECK:         ptr @malloc(
  %holder = alloca ptr
  %p = call ptr @malloc(i64 8)
  store i64 %n, ptr %p
  store ptr %p, ptr %holder
  call void @tick()
  %raw = load volatile i64, ptr %holder
  store i64 %raw, ptr @bytes
  ret void
}

define ptr @published_by_exchange(i64 %n) {
; CHECK-LABEL: define ptr @published_by_exchange(
; CHECK:         ptr @malloc(
  %p = call ptr @malloc(i64 8)
  store i64 %n, ptr %p
  %old = atomicrmw xchg ptr @kept, ptr %p seq_cst
  ret ptr %old
}
