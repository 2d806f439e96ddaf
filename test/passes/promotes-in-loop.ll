; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; One slot serves a site in a loop when each object is freed before the next
; is made. The slot is in the entry block (D1), whatever the loop is.
; RUN: %promote %s | FileCheck %s
declare noalias nonnull ptr @_Znwm(i64) allocsize(0)
declare void @_ZdlPv(ptr) nounwind
declare noalias ptr @malloc(i64) allockind("alloc,uninitialized") allocsize(0) "alloc-family"="malloc"
declare noalias ptr @calloc(i64, i64) allockind("alloc,zeroed") allocsize(0,1) "alloc-family"="malloc"
declare void @free(ptr allocptr) allockind("free") "alloc-family"="malloc"
declare i64 @reads(ptr captures(none) readonly) nofree nounwind memory(argmem: read)
declare void @opaque(ptr)
declare void @tick()

define void @freed_in_each_iteration(i64 %n) {
; CHECK-LABEL: define void @freed_in_each_iteration(
; CHECK-NEXT:  entry:
; CHECK-NEXT:    alloca [8 x i8], align 16
; CHECK:       loop:
; CHECK-NOT:     alloca
; CHECK-NOT:     @malloc
; CHECK:         ret void
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %p = call ptr @malloc(i64 8)
  store i64 %i, ptr %p
  %r = call i64 @reads(ptr %p)
  call void @free(ptr %p)
  call void @tick()
  %next = add i64 %i, 1
  %more = icmp ult i64 %next, %n
  br i1 %more, label %loop, label %exit
exit:
  ret void
}

; The object of the last iteration is alive when the next is made.
define void @previous_is_alive(i64 %n) {
; CHECK-LABEL: define void @previous_is_alive(
; CHECK:         ptr @malloc(
entry:
  %first = call ptr @malloc(i64 8)
  store i64 7, ptr %first
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %last = phi ptr [ %first, %entry ], [ %p, %loop ]
  %p = call ptr @malloc(i64 8)
  store i64 %i, ptr %p
  %a = call i64 @reads(ptr %p)
  %b = call i64 @reads(ptr %last)
  call void @free(ptr %last)
  %next = add i64 %i, 1
  %more = icmp ult i64 %next, %n
  br i1 %more, label %loop, label %exit
exit:
  call void @free(ptr %p)
  ret void
}

; Leaked in a loop, and the addresses are compared: they must differ.
define i1 @leaked_and_compared(i64 %n) {
; CHECK-LABEL: define i1 @leaked_and_compared(
; CHECK:         ptr @malloc(
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %last = phi ptr [ null, %entry ], [ %p, %loop ]
  %same = phi i1 [ false, %entry ], [ %or, %loop ]
  %p = call ptr @malloc(i64 8)
  store i64 %i, ptr %p
  %r = call i64 @reads(ptr %p)
  %eq = icmp eq ptr %p, %last
  %or = or i1 %same, %eq
  %next = add i64 %i, 1
  %more = icmp ult i64 %next, %n
  br i1 %more, label %loop, label %exit
exit:
  ret i1 %or
}
