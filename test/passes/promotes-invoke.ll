; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; An invoke of operator new becomes a branch, and the landing pad that only it
; reached is gone.
; RUN: %promote %s | FileCheck %s
declare noalias nonnull ptr @_Znwm(i64) allocsize(0)
declare void @_ZdlPv(ptr) nounwind
declare noalias ptr @malloc(i64) allockind("alloc,uninitialized") allocsize(0) "alloc-family"="malloc"
declare noalias ptr @calloc(i64, i64) allockind("alloc,zeroed") allocsize(0,1) "alloc-family"="malloc"
declare void @free(ptr allocptr) allockind("free") "alloc-family"="malloc"
declare i64 @reads(ptr captures(none) readonly) nofree nounwind memory(argmem: read)
declare void @opaque(ptr)
declare void @tick()
declare i32 @__gxx_personality_v0(...)

define i64 @invoke(i64 %n) personality ptr @__gxx_personality_v0 {
; CHECK-LABEL: define i64 @invoke(
; CHECK-NOT:     invoke
; CHECK-NOT:     landingpad
; CHECK:         alloca [16 x i8], align 16
; CHECK-NOT:     landingpad
; CHECK:         ret i64
entry:
  %p = invoke ptr @_Znwm(i64 16) #0 to label %made unwind label %pad
made:
  store i64 %n, ptr %p
  %r = call i64 @reads(ptr %p)
  call void @_ZdlPv(ptr %p) #0
  ret i64 %r
pad:
  %e = landingpad { ptr, i32 } cleanup
  call void @tick()
  resume { ptr, i32 } %e
}
attributes #0 = { builtin }
