; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; The deallocation belongs to another family than the allocation.
; RUN: %promote -pass-remarks-missed=stackward %s -o %t.ll 2> %t.remarks
; RUN: FileCheck %s < %t.ll
; RUN: FileCheck --check-prefix=REMARK %s < %t.remarks
; REMARK: [mixed-free]
declare noalias nonnull ptr @_Znwm(i64) allocsize(0)
declare void @_ZdlPv(ptr) nounwind
declare noalias ptr @malloc(i64) allockind("alloc,uninitialized") allocsize(0) "alloc-family"="malloc"
declare noalias ptr @calloc(i64, i64) allockind("alloc,zeroed") allocsize(0,1) "alloc-family"="malloc"
declare void @free(ptr allocptr) allockind("free") "alloc-family"="malloc"
declare i64 @reads(ptr captures(none) readonly) nofree nounwind memory(argmem: read)
declare void @opaque(ptr)
declare void @tick()

define i64 @mismatched(i64 %n) {
; CHECK-LABEL: define i64 @mismatched(
; CHECK:         ptr @malloc(
  %p = call ptr @malloc(i64 8)
  store i64 %n, ptr %p
  %r = call i64 @reads(ptr %p)
  call void @_ZdlPv(ptr %p) #0
  ret i64 %r
}
attributes #0 = { builtin }
