; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Calls that are not new-expressions must happen: a direct call of operator
; new (nobuiltin), and an operator new that is not known to be sane.
; RUN: %promote %s | FileCheck %s
declare noalias nonnull ptr @_Znwm(i64) allocsize(0)
declare void @_ZdlPv(ptr) nounwind
declare noalias ptr @malloc(i64) allockind("alloc,uninitialized") allocsize(0) "alloc-family"="malloc"
declare noalias ptr @calloc(i64, i64) allockind("alloc,zeroed") allocsize(0,1) "alloc-family"="malloc"
declare void @free(ptr allocptr) allockind("free") "alloc-family"="malloc"
declare i64 @reads(ptr captures(none) readonly) nofree nounwind memory(argmem: read)
declare void @opaque(ptr)
declare void @tick()
declare nonnull ptr @_Znam(i64)
declare void @_ZdaPv(ptr) nounwind

define i64 @direct_call(i64 %n) {
; CHECK-LABEL: define i64 @direct_call(
; CHECK:         ptr @_Znwm(
  %p = call ptr @_Znwm(i64 8) #0
  store i64 %n, ptr %p
  %r = call i64 @reads(ptr %p)
  call void @_ZdlPv(ptr %p) #0
  ret i64 %r
}

; -fno-assume-sane-operator-new: the result may alias.
define i64 @not_sane(i64 %n) {
; CHECK-LABEL: define i64 @not_sane(
; CHECK:         ptr @_Znam(
  %p = call ptr @_Znam(i64 8) #1
  store i64 %n, ptr %p
  %r = call i64 @reads(ptr %p)
  call void @_ZdaPv(ptr %p) #1
  ret i64 %r
}
attributes #0 = { nobuiltin }
attributes #1 = { builtin }
