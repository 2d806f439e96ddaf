; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Demand inlining stays inside its budgets, and what it tried leaves no trace.
; RUN: %promote %s | FileCheck --check-prefix=ON %s
; RUN: %promote -stackward-demand-inline=0 %s | FileCheck --check-prefix=OFF %s
; RUN: %promote -stackward-effort-floor=0 -stackward-effort-percent=0 %s \
; RUN:   | FileCheck --check-prefix=OFF %s
; RUN: %promote -stackward-growth-floor=0 -stackward-growth-percent=0 %s \
; RUN:   | FileCheck --check-prefix=OFF %s
; RUN: %promote -stackward-inline-budget=2 -stackward-clone-budget=2 %s \
; RUN:   | FileCheck --check-prefix=OFF %s
declare noalias ptr @malloc(i64) allockind("alloc,uninitialized") allocsize(0) "alloc-family"="malloc"
declare void @free(ptr allocptr) allockind("free") "alloc-family"="malloc"
declare void @tick(i64)

; OFF-NOT: @eat.
define void @eat(ptr %p) {
  %v = load i64, ptr %p
  call void @tick(i64 %v)
  call void @tick(i64 1)
  call void @tick(i64 2)
  call void @tick(i64 3)
  call void @tick(i64 4)
  call void @free(ptr %p)
  ret void
}

; ON-LABEL: define void @gives(
; ON-NOT:     @malloc
; ON:         ret void
; OFF-LABEL: define void @gives(
; OFF:         call ptr @malloc(i64 8)
; OFF:         call void @eat(
; OFF:         ret void
define void @gives(i64 %n) {
  %p = call ptr @malloc(i64 8)
  store i64 %n, ptr %p
  call void @eat(ptr %p)
  ret void
}
; OFF-NOT: define
