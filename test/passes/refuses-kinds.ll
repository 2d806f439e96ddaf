; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Calls and functions of kinds that have rules of their own: an operand bundle
; hands the pointer to the runtime, inalloca memory belongs to the call,
; a function with funclets is not analysed, and memory of another address space
; is no stack.
; RUN: %promote -pass-remarks-missed=stackward %s -o %t.ll 2> %t.remarks
; RUN: FileCheck %s < %t.ll
; RUN: FileCheck --check-prefix=REMARK %s < %t.remarks
; REMARK-DAG: [unknown-callee]
declare noalias ptr @malloc(i64) allockind("alloc,uninitialized") allocsize(0) "alloc-family"="malloc"
declare void @free(ptr allocptr) allockind("free") "alloc-family"="malloc"
declare noalias ptr addrspace(1) @far_malloc(i64) allockind("alloc,uninitialized") allocsize(0) "alloc-family"="malloc"
declare void @far_free(ptr addrspace(1) allocptr) allockind("free") "alloc-family"="malloc"
declare i64 @reads(ptr captures(none)) nofree memory(argmem: read)
declare void @tick() nofree
declare i32 @__CxxFrameHandler3(...)

define i64 @bundle(i64 %n) {
; CHECK-LABEL: define i64 @bundle(
; CHECK:         ptr @malloc(
  %p = call ptr @malloc(i64 8)
  store i64 %n, ptr %p
  call void @tick() [ "deopt"(ptr %p) ]
  %r = call i64 @reads(ptr %p)
  call void @free(ptr %p)
  ret i64 %r
}

; The pointer is in memory that the callee owns.
define i64 @in_alloca(i64 %n) {
; CHECK-LABEL: define i64 @in_alloca(
; CHECK:         ptr @malloc(
  %args = alloca inalloca { ptr }, align 8
  %p = call ptr @malloc(i64 8)
  store ptr %p, ptr %args
  store i64 %n, ptr %p
  %r = call i64 @takes(ptr inalloca({ ptr }) %args)
  call void @free(ptr %p)
  ret i64 %r
}
declare i64 @takes(ptr inalloca({ ptr }))

define i64 @funclet(i64 %n) personality ptr @__CxxFrameHandler3 {
; CHECK-LABEL: define i64 @funclet(
; CHECK:         ptr @malloc(
  %p = call ptr @malloc(i64 8)
  store i64 %n, ptr %p
  %r = invoke i64 @reads(ptr %p) to label %ok unwind label %pad
ok:
  call void @free(ptr %p)
  ret i64 %r
pad:
  %c = cleanuppad within none []
  call void @free(ptr %p) [ "funclet"(token %c) ]
  cleanupret from %c unwind to caller
}

define i64 @far(i64 %n) {
; CHECK-LABEL: define i64 @far(
; CHECK:         ptr addrspace(1) @far_malloc(
  %p = call ptr addrspace(1) @far_malloc(i64 8)
  store i64 %n, ptr addrspace(1) %p
  %r = load i64, ptr addrspace(1) %p
  call void @tick()
  call void @far_free(ptr addrspace(1) %p)
  ret i64 %r
}
