; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; A deallocation of the slot or of something else (D5): it is kept behind a
; comparison with the slot, so it neither frees the stack nor leaks.
; RUN: %promote %s | FileCheck %s
declare noalias nonnull ptr @_Znwm(i64) allocsize(0)
declare void @_ZdlPv(ptr) nounwind
declare noalias ptr @malloc(i64) allockind("alloc,uninitialized") allocsize(0) "alloc-family"="malloc"
declare noalias ptr @calloc(i64, i64) allockind("alloc,zeroed") allocsize(0,1) "alloc-family"="malloc"
declare void @free(ptr allocptr) allockind("free") "alloc-family"="malloc"
declare i64 @reads(ptr captures(none) readonly) nofree nounwind memory(argmem: read)
declare void @opaque(ptr)
declare void @tick()

define i64 @free_of_stack_or_argument(ptr %other, i1 %c, i64 %n) {
; CHECK-LABEL: define i64 @free_of_stack_or_argument(
; CHECK:         %[[SLOT:.*]] = alloca [8 x i8]
; CHECK-NOT:     @malloc
; CHECK:         call void @free(ptr{{.*}} %other)
; CHECK-NOT:     @free
; CHECK:         ret i64
  %p = call ptr @malloc(i64 8)
  store i64 %n, ptr %p
  %r = call i64 @reads(ptr %p)
  %which = select i1 %c, ptr %p, ptr %other
  call void @free(ptr %which)
  ret i64 %r
}

; Two promoted objects and null: nothing is left to free.
define i64 @free_of_two_slots(i1 %c, i64 %n) {
; CHECK-LABEL: define i64 @free_of_two_slots(
; CHECK-NOT:     @malloc
; CHECK-NOT:     @free
; CHECK:         ret i64
  %p = call ptr @malloc(i64 8)
  %q = call ptr @malloc(i64 8)
  store i64 %n, ptr %p
  store i64 7, ptr %q
  %first = select i1 %c, ptr %p, ptr %q
  %second = select i1 %c, ptr %q, ptr %p
  %r = call i64 @reads(ptr %first)
  call void @free(ptr %first)
  call void @free(ptr %second)
  ret i64 %r
}
