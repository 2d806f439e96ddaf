; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Function in a comdat, debug records, MemProf's metadata: promotion keeps the
; comdat and the places, and the memory profile goes with the call it was of.
; RUN: %promote %s | FileCheck %s
declare noalias ptr @malloc(i64) allockind("alloc,uninitialized") allocsize(0) "alloc-family"="malloc"
declare void @free(ptr allocptr) allockind("free") "alloc-family"="malloc"
declare i64 @reads(ptr captures(none)) nofree memory(argmem: read)

$inline_one = comdat any

; CHECK-LABEL: define linkonce_odr i64 @inline_one(i64 %n) comdat
; CHECK:         %[[SLOT:.*]] = alloca [8 x i8], align 16
; CHECK-NOT:     @malloc
; CHECK:           #dbg_value(ptr %[[SLOT]],
; CHECK-NOT:     memprof
; CHECK:         call i64 @reads({{.*}}), !dbg
; CHECK-NOT:     @free
; CHECK:         ret i64
define linkonce_odr i64 @inline_one(i64 %n) comdat !dbg !4 {
  %p = call ptr @malloc(i64 8), !dbg !8, !memprof !9, !callsite !12
    #dbg_value(ptr %p, !7, !DIExpression(), !8)
  store i64 %n, ptr %p, !dbg !8
  %r = call i64 @reads(ptr %p), !dbg !8
  call void @free(ptr %p), !dbg !8
  ret i64 %r, !dbg !8
}

; The copy that is called does what this one did, and is nobody else's.
; CHECK-LABEL: define i64 @caller(
; CHECK-NOT:     @malloc
; CHECK:         call i64 @inline_one
; CHECK-NOT:     @malloc
; CHECK:         ret i64
define i64 @caller(i64 %n) {
  %r = call i64 @inline_one(i64 %n)
  ret i64 %r
}

!llvm.dbg.cu = !{!0}
!llvm.module.flags = !{!3}
!0 = distinct !DICompileUnit(language: DW_LANG_C_plus_plus, file: !1, emissionKind: FullDebug)
!1 = !DIFile(filename: "a.cpp", directory: "/")
!3 = !{i32 2, !"Debug Info Version", i32 3}
!4 = distinct !DISubprogram(name: "inline_one", file: !1, line: 1, type: !5, unit: !0, retainedNodes: !6, spFlags: DISPFlagDefinition)
!5 = !DISubroutineType(types: !6)
!6 = !{}
!7 = !DILocalVariable(name: "p", scope: !4, file: !1, line: 2)
!8 = !DILocation(line: 2, column: 3, scope: !4)
!9 = !{!10}
!10 = !{!11, !"cold"}
!11 = !{i64 123}
!12 = !{i64 123}
