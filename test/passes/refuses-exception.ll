; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; The pointer is what is thrown.
; RUN: %promote -pass-remarks-missed=stackward %s -o %t.ll 2> %t.remarks
; RUN: FileCheck %s < %t.ll
; RUN: FileCheck --check-prefix=REMARK %s < %t.remarks
; REMARK: [exception]
declare noalias nonnull ptr @_Znwm(i64) allocsize(0)
declare void @_ZdlPv(ptr) nounwind
declare noalias ptr @malloc(i64) allockind("alloc,uninitialized") allocsize(0) "alloc-family"="malloc"
declare noalias ptr @calloc(i64, i64) allockind("alloc,zeroed") allocsize(0,1) "alloc-family"="malloc"
declare void @free(ptr allocptr) allockind("free") "alloc-family"="malloc"
declare i64 @reads(ptr captures(none) readonly) nofree nounwind memory(argmem: read)
declare void @opaque(ptr)
declare void @tick()

define void @thrown(i64 %n) personality ptr @__gxx_personality_v0 {
; CHECK-LABEL: define void @thrown(
; CHECK:         ptr @malloc(
  %p = call ptr @malloc(i64 8)
  store i64 %n, ptr %p
  %e = insertvalue { ptr, i32 } poison, ptr %p, 0
  resume { ptr, i32 } %e
}
declare i32 @__gxx_personality_v0(...)
