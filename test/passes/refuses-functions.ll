; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Functions that are not touched at all: sanitizers, optnone, naked, setjmp,
; coroutines before they are split, a garbage collector, musttail.
; RUN: %promote %s | FileCheck %s
declare noalias nonnull ptr @_Znwm(i64) allocsize(0)
declare void @_ZdlPv(ptr) nounwind
declare noalias ptr @malloc(i64) allockind("alloc,uninitialized") allocsize(0) "alloc-family"="malloc"
declare noalias ptr @calloc(i64, i64) allockind("alloc,zeroed") allocsize(0,1) "alloc-family"="malloc"
declare void @free(ptr allocptr) allockind("free") "alloc-family"="malloc"
declare i64 @reads(ptr captures(none) readonly) nofree nounwind memory(argmem: read)
declare void @opaque(ptr)
declare void @tick()
declare i32 @setjmp(ptr) returns_twice

define i64 @asan(i64 %n) sanitize_address {
; CHECK-LABEL: define i64 @asan(
; CHECK:         ptr @malloc(
  %p = call ptr @malloc(i64 8)
  store i64 %n, ptr %p
  %r = call i64 @reads(ptr %p)
  call void @free(ptr %p)
  ret i64 %r
}

define i64 @hwasan(i64 %n) sanitize_hwaddress {
; CHECK-LABEL: define i64 @hwasan(
; CHECK:         ptr @malloc(
  %p = call ptr @malloc(i64 8)
  store i64 %n, ptr %p
  %r = call i64 @reads(ptr %p)
  call void @free(ptr %p)
  ret i64 %r
}

define i64 @msan(i64 %n) sanitize_memory {
; CHECK-LABEL: define i64 @msan(
; CHECK:         ptr @malloc(
  %p = call ptr @malloc(i64 8)
  store i64 %n, ptr %p
  %r = call i64 @reads(ptr %p)
  call void @free(ptr %p)
  ret i64 %r
}

define i64 @tsan(i64 %n) sanitize_thread {
; CHECK-LABEL: define i64 @tsan(
; CHECK:         ptr @malloc(
  %p = call ptr @malloc(i64 8)
  store i64 %n, ptr %p
  %r = call i64 @reads(ptr %p)
  call void @free(ptr %p)
  ret i64 %r
}

define i64 @memtag(i64 %n) sanitize_memtag {
; CHECK-LABEL: define i64 @memtag(
; CHECK:         ptr @malloc(
  %p = call ptr @malloc(i64 8)
  store i64 %n, ptr %p
  %r = call i64 @reads(ptr %p)
  call void @free(ptr %p)
  ret i64 %r
}

define i64 @none(i64 %n) optnone noinline {
; CHECK-LABEL: define i64 @none(
; CHECK:         ptr @malloc(
  %p = call ptr @malloc(i64 8)
  store i64 %n, ptr %p
  %r = call i64 @reads(ptr %p)
  call void @free(ptr %p)
  ret i64 %r
}

define i64 @coroutine(i64 %n) presplitcoroutine {
; CHECK-LABEL: define i64 @coroutine(
; CHECK:         ptr @malloc(
  %p = call ptr @malloc(i64 8)
  store i64 %n, ptr %p
  %r = call i64 @reads(ptr %p)
  call void @free(ptr %p)
  ret i64 %r
}

define i64 @jumps(ptr %buf, i64 %n) {
; CHECK-LABEL: define i64 @jumps(
; CHECK:         ptr @malloc(
  %p = call ptr @malloc(i64 8)
  store i64 %n, ptr %p
  %j = call i32 @setjmp(ptr %buf) returns_twice
  %r = call i64 @reads(ptr %p)
  call void @free(ptr %p)
  ret i64 %r
}

define i64 @must_tail(i64 %n, ptr %q) {
; CHECK-LABEL: define i64 @must_tail(
; CHECK:         ptr @malloc(
  %p = call ptr @malloc(i64 8)
  store i64 %n, ptr %p
  %x = call i64 @reads(ptr %p)
  call void @free(ptr %p)
  %r = musttail call i64 @next(i64 %x, ptr %q)
  ret i64 %r
}
declare i64 @next(i64, ptr)
