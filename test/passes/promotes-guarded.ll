; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Guarded slots: a size that varies needs the size test, several living
; objects need the flag, and every deallocation looks at the address.
; RUN: %promote -pass-remarks=stackward %s -o %t.ll 2> %t.remarks
; RUN: FileCheck %s < %t.ll
; RUN: FileCheck --check-prefix=REMARK %s < %t.remarks
; RUN: %promote -stackward-guarded-slots=0 %s | FileCheck --check-prefix=OFF %s
; RUN: %promote -stackward-guarded-bytes=0 %s -o %t.zero.ll
; RUN: FileCheck --check-prefix=ZERO %s < %t.zero.ll
; RUN: %promote %t.ll | FileCheck --check-prefix=TWICE %s
; With strict vtable pointers each object has a pointer of its own.
; RUN: cp %s %t.strict.in.ll
; RUN: echo '!llvm.module.flags = !{!0}' >> %t.strict.in.ll
; RUN: echo '!0 = !{i32 1, !"StrictVTablePointers", i32 1}' >> %t.strict.in.ll
; RUN: %promote %t.strict.in.ll | FileCheck --check-prefix=STRICT %s
; STRICT-LABEL: define i64 @run_time_size(
; STRICT:         %[[SLOT:.*]] = alloca [128 x i8], align 16
; STRICT:         call ptr @llvm.launder.invariant.group.p0(ptr {{.*}}%[[SLOT]])
; STRICT:         ret i64
; REMARK: uses a slot of 128 bytes when it fits and the slot is free
; OFF-NOT: alloca
; ZERO-LABEL: define i64 @run_time_size(
; ZERO-NOT: alloca
; ZERO: ret i64
; TWICE-LABEL: define i64 @run_time_size(
; TWICE-COUNT-1: alloca
; TWICE-NOT: alloca
; TWICE: ret i64
declare noalias nonnull ptr @_Znwm(i64) allocsize(0)
declare void @_ZdlPv(ptr) nounwind
declare noalias ptr @malloc(i64) allockind("alloc,uninitialized") allocsize(0) "alloc-family"="malloc"
declare noalias ptr @calloc(i64, i64) allockind("alloc,zeroed") allocsize(0,1) "alloc-family"="malloc"
declare void @free(ptr allocptr) allockind("free") "alloc-family"="malloc"
declare i64 @reads(ptr captures(none) readonly) nofree nounwind memory(argmem: read)
declare i32 @__gxx_personality_v0(...)
declare void @opaque(ptr)

define i64 @run_time_size(i64 %n) {
; CHECK-LABEL: define i64 @run_time_size(
; CHECK:         %[[SLOT:.*]] = alloca [128 x i8], align 16
; CHECK-NOT:     alloca
; CHECK:         icmp {{ult i64 %n, 129|ugt i64 %n, 128}}
; CHECK-DAG:     call i64 @reads(ptr {{.*}}%[[SLOT]])
; CHECK-DAG:     %[[HEAP:.*]] = {{(tail )?}}call{{.*}} ptr @malloc(i64 %n), !stackward.guarded
; CHECK-DAG:     call void @free(ptr %[[HEAP]])
; CHECK:         ret i64
  %p = call ptr @malloc(i64 %n)
  %r = call i64 @reads(ptr %p)
  call void @free(ptr %p)
  ret i64 %r
}

; The call may throw: only the heap's half can.
define i64 @run_time_size_new(i64 %n) personality ptr @__gxx_personality_v0 {
; CHECK-LABEL: define i64 @run_time_size_new(
; CHECK:         alloca [128 x i8], align 16
; CHECK:         invoke{{.*}} ptr @_Znwm(i64 %n)
; CHECK:         call void @_ZdlPv(ptr
entry:
  %p = invoke ptr @_Znwm(i64 %n) to label %ok unwind label %lpad
ok:
  %same = phi ptr [ %p, %entry ]
  %r = call i64 @reads(ptr %same)
  call void @_ZdlPv(ptr %p)
  ret i64 %r
lpad:
  %l = landingpad { ptr, i32 } catch ptr null
  ret i64 -1
}

; The one of the last iteration is alive when the next is made: the flag.
define void @previous_is_alive(i64 %n) {
; CHECK-LABEL: define void @previous_is_alive(
; CHECK-NEXT:  entry:
; CHECK-NEXT:    %[[OLD:.*]] = alloca [16 x i8], align 16
; CHECK:       loop:
; CHECK:         %[[USED:.*]] = phi i1
; CHECK:         call{{.*}} ptr @malloc(i64 16)
; CHECK:         icmp {{eq|ne}} ptr %{{.*}}, %[[OLD]]
; CHECK:         call void @free(ptr
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %last = phi ptr [ null, %entry ], [ %p, %loop ]
  %p = call ptr @malloc(i64 16)
  store i64 %i, ptr %p
  %r = call i64 @reads(ptr %p)
  call void @free(ptr %last)
  %next = add i64 %i, 1
  %more = icmp ult i64 %next, %n
  br i1 %more, label %loop, label %exit
exit:
  call void @free(ptr %p)
  ret void
}

; calloc promised zeros each time.
define i64 @zeros(i64 %n) {
; CHECK-LABEL: define i64 @zeros(
; CHECK:         call void @llvm.memset
; CHECK:         call{{.*}} ptr @calloc(i64 1, i64 24)
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %s = phi i64 [ 0, %entry ], [ %sum, %loop ]
  %last = phi ptr [ null, %entry ], [ %p, %loop ]
  %p = call ptr @calloc(i64 1, i64 24)
  %r = call i64 @reads(ptr %p)
  store i64 %i, ptr %p
  %sum = add i64 %s, %r
  call void @free(ptr %last)
  %next = add i64 %i, 1
  %more = icmp ult i64 %next, %n
  br i1 %more, label %loop, label %exit
exit:
  call void @free(ptr %p)
  ret i64 %sum
}

; What leaves the frame gets no slot of either kind.
define void @escapes(i64 %n) {
; CHECK-LABEL: define void @escapes(
; CHECK-NOT:     alloca
; CHECK:         ret void
  %p = call ptr @malloc(i64 %n)
  call void @opaque(ptr %p)
  call void @free(ptr %p)
  ret void
}

; Nobody frees it: the slot would never be free again.
define i64 @leaks(i64 %n) {
; CHECK-LABEL: define i64 @leaks(
; CHECK-NOT:     alloca
; CHECK:         ret i64
  %p = call ptr @malloc(i64 %n)
  %r = call i64 @reads(ptr %p)
  ret i64 %r
}
