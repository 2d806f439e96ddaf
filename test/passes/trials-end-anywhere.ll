; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Wherever the effort ends, a trial that is left half done is thrown away, and
; calls that it has inlined are not looked at again: one trial has two targets
; here, and one call stands in the way of both.
; RUN: %promote %s | FileCheck %s
; RUN: bash -c 'for N in $(seq 0 5 210); do %promote -o /dev/null %s \
; RUN:   -stackward-effort-floor=$N -stackward-effort-percent=0 || exit 1; done'
declare noalias ptr @malloc(i64) allockind("alloc,uninitialized") allocsize(0) "alloc-family"="malloc"
declare void @free(ptr allocptr) allockind("free") "alloc-family"="malloc"
declare void @tick(i64)

define void @eats(ptr %p, ptr %q) {
  call void @tick(i64 2)
  call void @really_eats(ptr %p, ptr %q)
  ret void
}

define void @really_eats(ptr %p, ptr %q) {
  %v = load i64, ptr %p
  call void @tick(i64 %v)
  %w = load i64, ptr %q
  call void @tick(i64 %w)
  call void @tick(i64 1)
  call void @free(ptr %p)
  call void @free(ptr %q)
  ret void
}

define void @makes(ptr %out, i64 %n) {
  %p = call ptr @malloc(i64 8)
  store i64 %n, ptr %p
  store ptr %p, ptr %out
  %q = call ptr @malloc(i64 8)
  store i64 7, ptr %q
  %second = getelementptr i8, ptr %out, i64 8
  store ptr %q, ptr %second
  call void @tick(i64 5)
  ret void
}

; CHECK-LABEL: define void @uses_both(
; CHECK-NOT:     @malloc
; CHECK-NOT:     @free
; CHECK:         ret void
define void @uses_both(i64 %n) {
  %pair = alloca [2 x ptr]
  call void @makes(ptr %pair, i64 %n)
  %p = load ptr, ptr %pair
  %second = getelementptr i8, ptr %pair, i64 8
  %q = load ptr, ptr %second
  call void @tick(i64 9)
  call void @eats(ptr %p, ptr %q)
  ret void
}
