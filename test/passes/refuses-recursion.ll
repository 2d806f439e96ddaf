; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; A frame that may be there many times gets little.
; RUN: %promote -pass-remarks-missed=stackward %s -o %t.ll 2> %t.remarks
; RUN: FileCheck %s < %t.ll
; RUN: FileCheck --check-prefix=REMARK %s < %t.remarks
; REMARK: [recursion]
declare noalias nonnull ptr @_Znwm(i64) allocsize(0)
declare void @_ZdlPv(ptr) nounwind
declare noalias ptr @malloc(i64) allockind("alloc,uninitialized") allocsize(0) "alloc-family"="malloc"
declare noalias ptr @calloc(i64, i64) allockind("alloc,zeroed") allocsize(0,1) "alloc-family"="malloc"
declare void @free(ptr allocptr) allockind("free") "alloc-family"="malloc"
declare i64 @reads(ptr captures(none) readonly) nofree nounwind memory(argmem: read)
declare void @opaque(ptr)
declare void @tick()

define i64 @deep(i64 %n) {
; CHECK-LABEL: define i64 @deep(
; CHECK:         ptr @malloc(
  %p = call ptr @malloc(i64 100)
  store i64 %n, ptr %p
  %end = icmp eq i64 %n, 0
  br i1 %end, label %out, label %down
down:
  %less = add i64 %n, -1
  %inner = call i64 @deep(i64 %less)
  br label %out
out:
  %r = call i64 @reads(ptr %p)
  call void @free(ptr %p)
  ret i64 %r
}
