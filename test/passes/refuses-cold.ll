; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; A large object of a path that is hardly taken would tax every call with its
; frame; a small one may move, and so may the large one when that is asked for.
; RUN: %promote -pass-remarks-missed=stackward %s -o %t.ll 2> %t.remarks
; RUN: FileCheck %s < %t.ll
; RUN: FileCheck --check-prefix=REMARK %s < %t.remarks
; RUN: %promote -stackward-cold-object-budget=512 %s \
; RUN:   | FileCheck --check-prefix=WARM %s
; REMARK: [too-large]
; REMARK-NOT: allocation stays
declare noalias ptr @malloc(i64) allockind("alloc,uninitialized") allocsize(0) "alloc-family"="malloc"
declare void @free(ptr allocptr) allockind("free") "alloc-family"="malloc"
declare i64 @reads(ptr captures(none) readonly) nofree nounwind memory(argmem: read)

define i64 @large(i1 %rare) {
; CHECK-LABEL: define i64 @large(
; CHECK-NOT:     alloca
; CHECK:         call {{.*}}@malloc(
; WARM-LABEL: define i64 @large(
; WARM:         alloca [256 x i8]
entry:
  br i1 %rare, label %cold, label %done, !prof !0
cold:
  %p = call ptr @malloc(i64 256)
  %r = call i64 @reads(ptr %p)
  call void @free(ptr %p)
  br label %done
done:
  %s = phi i64 [ 0, %entry ], [ %r, %cold ]
  ret i64 %s
}

define i64 @small(i1 %rare) {
; CHECK-LABEL: define i64 @small(
; CHECK:         alloca [32 x i8]
entry:
  br i1 %rare, label %cold, label %done, !prof !0
cold:
  %p = call ptr @malloc(i64 32)
  %r = call i64 @reads(ptr %p)
  call void @free(ptr %p)
  br label %done
done:
  %s = phi i64 [ 0, %entry ], [ %r, %cold ]
  ret i64 %s
}

!0 = !{!"branch_weights", i32 1, i32 1000}
