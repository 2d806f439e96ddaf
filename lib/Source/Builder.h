// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The clang builder of the escape graph: private interface of its parts.
///
/// UnitBuilder owns what a translation unit shares (names, places, the queue
/// of functions); FunctionBuilder lowers one body. A body is lowered once, in
/// the order of its clang::CFG, because destructor calls and temporaries exist
/// only there. Its files:
///
///   BodyFacts.cpp           first a look at the whole body
///   FunctionBuilder.cpp     blocks, parameters, implicit destructors
///   EscapeVocabulary.cpp    loads, stores, leaks: what all the others say
///   EscapeVariable.cpp      variables, temporaries, reaching definitions
///   EscapeExpr.cpp          expressions; also EscapeOperator, -Cast, -Init
///   EscapeCall.cpp          calls: what is passed, and who is called
///   EscapeAllocation.cpp    ... new, malloc, the records of sites
///   EscapeLifetime.cpp      ... constructors, destructors, delete
///   EscapeLibrary.cpp       ... the library's classes; iterators
///   EscapeSmartPointer.cpp  ... unique_ptr, shared_ptr, weak_ptr
///   EscapeContainer.cpp     ... containers and their buffers
///   LoopRule.cpp            what survives from one run of a site to the next
///
/// Every expression has one *result*, an address and a byte offset. For a
/// glvalue it is the object's address; for a class prvalue the address of the
/// object that it initializes; for a pointer prvalue the pointer itself; for
/// anything else there is none.
///
/// B1  No result means "points to nothing that is tracked" (null, a literal,
///     an integer). Whatever is not understood must leak its operands, never
///     quietly have no result.
/// B2  Integers carry no pointers: a pointer that becomes an integer leaks,
///     and so does the content of memory that is reinterpreted.
#ifndef STACKWARD_LIB_SOURCE_BUILDER_H
#define STACKWARD_LIB_SOURCE_BUILDER_H

#include "BodyFacts.h"
#include "EscapeAnswers.h"
#include "Unit.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/Mangle.h"
#include "clang/Analysis/CFG.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SmallVector.h"
#include <deque>

namespace stackward::source {

using escape::Anchor;
using escape::AnyOffset;
using escape::NodeId;
using escape::NoNode;
using escape::ObjectId;
using escape::Offset;
using escape::Reason;
using escape::SymbolId;
using escape::Why;

/// Result of an expression.
struct Addr {
  NodeId Base = NoNode;
  Offset K = 0;
  explicit operator bool() const { return Base != NoNode; }
};
Offset addOffsets(Offset A, Offset B);

/// Classes that the builder gives meaning to itself.
enum class LibraryClass : uint8_t {
  None,
  UniquePtr,
  SharedPtr,
  WeakPtr,
  Function,
  Container,
  Iterator,
};
LibraryClass libraryClass(const clang::CXXRecordDecl *RD);
const clang::CXXRecordDecl *recordOf(clang::QualType T);
/// `std::vector` for any member of any instantiation of it.
std::string qualifiedName(const clang::NamedDecl *D);
bool isPointerLike(clang::QualType T);
/// Reading one from memory gives a result: classes are read by copying,
/// integers carry nothing.
bool isScalarPointer(clang::QualType T);
/// The type that is template argument I of RD; null when there is none.
clang::QualType templateArg(const clang::CXXRecordDecl *RD, unsigned I);

class UnitBuilder {
public:
  explicit UnitBuilder(clang::ASTContext &Ctx);
  /// Lowers Roots, or everything that the user wrote, and what it reaches.
  Unit build(llvm::ArrayRef<const clang::FunctionDecl *> Roots);
  Unit build();

  clang::ASTContext &Ctx;
  const clang::SourceManager &SM;
  Unit Out;

  Anchor anchor(clang::SourceLocation Loc, clang::SourceRange Text);
  Anchor anchor(const clang::Stmt *S);
  SymbolId symbol(const clang::FunctionDecl *FD);
  SymbolId typeSymbol(const clang::CXXRecordDecl *RD);
  /// A body that will be lowered: FD's symbol gets a graph.
  const clang::FunctionDecl *bodyOf(const clang::FunctionDecl *FD);
  void enqueue(const clang::FunctionDecl *Definition);
  bool mayHoldPointer(clang::QualType T);
  /// Comparing, hashing or copying a T may run code that the library did not
  /// write.
  bool runsUserCode(clang::QualType T);
  /// A T was made by placement new, perhaps where another object was.
  void placed(clang::QualType T);
  bool inSystemHeader(clang::SourceLocation Loc) const;
  std::string typeText(clang::QualType T) const;
  uint32_t fileId(clang::FileID File);
  LocalObjects Locals;

private:
  Unit lowerQueue();
  void collect(const clang::DeclContext *DC);
  void collectDecl(const clang::Decl *D);
  void addOverriders(const clang::CXXRecordDecl *RD, SymbolId Type);
  void record(const clang::FunctionDecl *FD, SymbolId S);

  clang::ASTNameGenerator Names;
  llvm::DenseMap<const clang::FunctionDecl *, SymbolId> Symbols;
  llvm::DenseMap<const clang::CXXRecordDecl *, SymbolId> Types;
  void describeType(const clang::CXXRecordDecl *RD, SymbolId Type);
  llvm::DenseMap<const void *, bool> HoldsPointer, RunsUserCode;
  llvm::DenseMap<SymbolId, size_t> TypeRecords; ///< index into Out.Types
  llvm::DenseMap<clang::FileID, uint32_t> FileIds;
  llvm::StringMap<uint32_t> FileNames;
  std::deque<const clang::FunctionDecl *> Queue;
  llvm::DenseSet<const clang::FunctionDecl *> Queued;
};

/// Upper bound of an integer expression's value, when it is surely not
/// negative; nullopt when none is found.
std::optional<uint64_t> upperBound(const clang::Expr *E, clang::ASTContext &Ctx,
                                   const BodyFacts &Facts);

/// The most turns that a loop can take, when that is known.
std::optional<uint64_t> mostTurns(const clang::Stmt *Loop,
                                  clang::ASTContext &Ctx,
                                  const BodyFacts &Facts);

/// E as a multiple of a parameter that never changes, plus a constant.
SizeTerm sizeTerm(const clang::Expr *E, clang::ASTContext &Ctx,
                  const clang::FunctionDecl *FD, const BodyFacts &Facts);

/// Edits that move V's object to the stack, if there are any that are right
/// whenever the verdict is "stack".
std::vector<EditRecord> proposeFix(UnitBuilder &U,
                                   const clang::FunctionDecl *FD,
                                   const clang::DeclStmt *D,
                                   const clang::VarDecl *V);

class FunctionBuilder {
public:
  FunctionBuilder(UnitBuilder &U, const clang::FunctionDecl *FD,
                  escape::Graph &G);
  void build();

private:
  friend class LoopRule;
  //===-- FunctionBuilder.cpp ---------------------------------------------===//
  void lowerBlocks();
  bool isDead(const clang::CFGBlock &B) const;
  void leakShared();
  void bindParameters();
  void lowerBlock(const clang::CFGBlock &B);
  void lowerElement(const clang::CFGElement &E);
  void lowerInitializer(const clang::CXXCtorInitializer *Init);
  Addr initializedPlace(const clang::CXXCtorInitializer *Init);
  Offset baseOffset(const clang::CXXRecordDecl *Derived, clang::QualType Base,
                    bool IsVirtual);
  void lowerImplicitDtor(const clang::CFGImplicitDtor &D);
  void lowerVariable(const clang::VarDecl *V);
  void lowerReturn(const clang::ReturnStmt *R);
  void describeOwner(const clang::DeclStmt *D, const clang::VarDecl *V);
  void giveUp(Reason R, const clang::Stmt *S);
  void reportUnlowered(Reason R, const clang::Stmt *S);
  /// The function behind a lambda's conversion to a pointer has no body.
  void forwardToLambda(const clang::CXXMethodDecl *Invoker);
  void endParameters();

  //===-- EscapeVariable.cpp ----------------------------------------------===//
  ObjectId localObject(const clang::VarDecl *V);
  Addr variable(const clang::ValueDecl *V, const clang::Stmt *At);
  bool isTracked(const clang::VarDecl *V) const;
  /// The tracked variable that E names; null when it is anything else.
  const clang::VarDecl *tracked(const clang::Expr *E) const;
  /// The version that E, which loads V, gets.
  NodeId readTracked(const clang::VarDecl *V, const clang::Expr *E);
  NodeId readVariable(const clang::VarDecl *V, unsigned Block);
  void writeVariable(const clang::VarDecl *V, NodeId N);
  void finishPhis();
  /// The object that the class prvalue E initializes.
  Addr destination(const clang::Expr *E);
  Addr aimedAt(const BodyFacts::Aim &A);

  //===-- EscapeVocabulary.cpp --------------------------------------------===//
  NodeId node(Addr A, escape::Note N);
  NodeId plainNode(Addr A, escape::Note N);
  NodeId outside();
  escape::Note note(const clang::Stmt *S, Why W);
  escape::Note note(clang::SourceLocation Loc, Why W);
  Addr load(Addr A, escape::Note N);
  void store(Addr To, Addr Value, escape::Note N);
  void copyAll(Addr To, Addr From, escape::Note N);
  void leak(Addr A, Reason R, escape::Note N);
  /// What memory at A holds leaks.
  void leakContent(Addr A, Reason R, escape::Note N);
  Addr objectAddress(ObjectId O, escape::Note N);
  Addr join(llvm::ArrayRef<Addr> Parts, escape::Note N);

  //===-- EscapeExpr.cpp --------------------------------------------------===//
  Addr eval(const clang::Expr *E);
  Addr compute(const clang::Expr *E);
  Addr computePrimary(const clang::Expr *E);
  Addr evalThis(const clang::CXXThisExpr *E);
  Addr evalReference(const clang::DeclRefExpr *E);
  Addr evalMember(const clang::MemberExpr *E);
  Addr evalOther(const clang::Expr *E);
  Addr evalMaterialized(const clang::MaterializeTemporaryExpr *E);
  Addr evalBlock(const clang::BlockExpr *E);
  Addr evalThrow(const clang::CXXThrowExpr *E);
  Addr evalUnknown(const clang::Expr *E);
  Addr fieldAddress(Addr Base, const clang::FieldDecl *F, escape::Note N);

  //===-- EscapeOperator.cpp ----------------------------------------------===//
  Addr evalUnary(const clang::UnaryOperator *E);
  Addr evalStep(const clang::UnaryOperator *E);
  Addr evalBinary(const clang::BinaryOperator *E);
  Addr evalAssign(const clang::BinaryOperator *E);
  Addr evalCompoundAssign(const clang::BinaryOperator *E);
  Addr evalSum(const clang::BinaryOperator *E);
  Addr evalSubscript(const clang::ArraySubscriptExpr *E);
  Addr evalConditional(const clang::AbstractConditionalOperator *E);
  Addr evalAtomic(const clang::AtomicExpr *E);
  void assignScalar(const clang::Expr *Left, Addr Value, const clang::Expr *E);

  //===-- EscapeCast.cpp --------------------------------------------------===//
  Addr evalCast(const clang::CastExpr *E);
  Addr evalLoad(const clang::CastExpr *E);
  Addr evalBytesCast(const clang::CastExpr *E);
  Addr evalPointerCast(const clang::CastExpr *E);
  Addr adjustBase(Addr A, const clang::CastExpr *E, bool Down);
  void checkPun(Addr A, clang::QualType From, clang::QualType To,
                const clang::Expr *E);

  //===-- EscapeInit.cpp --------------------------------------------------===//
  /// Makes the object at To hold the value of Init (any type).
  void initialize(Addr To, const clang::Expr *Init, clang::QualType T, Why W);
  Addr evalInitList(const clang::InitListExpr *E);
  void initializeMembers(Addr Home, const clang::InitListExpr *E);
  Addr evalLambda(const clang::LambdaExpr *E);
  Addr evalLiteral(const clang::CompoundLiteralExpr *E);
  Addr evalParenList(const clang::CXXParenListInitExpr *E);
  Addr evalCopiedArray(const clang::ArrayInitLoopExpr *E);
  Addr evalInherited(const clang::CXXInheritedCtorInitExpr *E);

  //===-- EscapeCall.cpp --------------------------------------------------===//
  struct CallShape {
    const clang::FunctionDecl *Callee = nullptr;
    const clang::Expr *At = nullptr;
    llvm::SmallVector<const clang::Expr *, 6> ArgExprs; ///< without `this`
    llvm::SmallVector<Addr, 6> Args; ///< `this` first for member functions
    bool HasThis = false;
    clang::QualType Result;
    Addr ResultObject; ///< class results
  };
  Addr evalCall(const clang::CallExpr *E);
  /// The object that E's callee is a member of; null for a plain function.
  const clang::Expr *receiverOf(const clang::CallExpr *E);
  Addr evalIndirect(const clang::CallExpr *E);
  Addr finishCall(CallShape &C);
  Addr emitCall(CallShape &C, const clang::Expr *Receiver);
  /// Who is called: the function whose parameters count.
  struct CallTarget {
    const clang::FunctionDecl *Callee;
    bool IsVirtual = false;
    bool HasModel = false;
    bool Opaque = false; ///< neither a model nor a body stands for it
    bool Pure = false;   ///< opaque, but declared to keep nothing
  };
  CallTarget aimCall(escape::Call &Call, const CallShape &C,
                     const clang::Expr *Receiver);
  /// The call makes the argument's address, \p Arg of C.ArgExprs, into text.
  bool showsAddress(const CallShape &C, unsigned Arg);
  void passArguments(escape::Call &Call, const CallShape &C,
                     const CallTarget &T);
  void recordFactory(const CallShape &C, const clang::FunctionDecl *Callee);
  void leakArguments(CallShape &C, Reason R, Why W);
  Addr argument(const clang::Expr *E);
  void callSymbol(llvm::StringRef Name, llvm::ArrayRef<Addr> Args,
                  escape::Note N, bool ReleasesHere);
  void callFunction(const clang::FunctionDecl *FD, llvm::ArrayRef<Addr> Args,
                    escape::Note N, bool ReleasesHere);

  //===-- EscapeBuiltin.cpp -----------------------------------------------===//
  std::optional<Addr> builtinCall(CallShape &C);
  std::optional<Addr> copyBytes(CallShape &C);

  //===-- EscapeAllocation.cpp --------------------------------------------===//
  Addr evalNew(const clang::CXXNewExpr *E);
  /// The memory that E obtains, or is given by placement arguments.
  Addr evalNewStorage(const clang::CXXNewExpr *E);
  std::optional<Addr> allocatorCall(CallShape &C);
  std::optional<Addr> operatorCall(CallShape &C);
  /// How often At may run in one activation; 0: not known.
  uint64_t turnsOf(const clang::Expr *At) const;
  /// How often what is in Loop may run for one run of Outer's body.
  std::optional<uint64_t> turnsInside(unsigned Loop, unsigned Outer) const;
  ObjectId newSite(const clang::Expr *At, clang::QualType T, SiteKind K,
                   escape::Family F, llvm::StringRef Spelling);
  SiteRecord &site(const clang::Expr *At, SiteKind K, llvm::StringRef Spelling,
                   clang::QualType T);
  void setBound(SiteRecord &S, ObjectId O, std::optional<uint64_t> Bytes,
                bool Exact);

  //===-- EscapeLifetime.cpp ----------------------------------------------===//
  Addr evalConstruct(const clang::CXXConstructExpr *E);
  void construct(Addr This, const clang::CXXConstructExpr *E);
  /// Copy or move construction of the object at To from the one at From.
  void copyObject(Addr To, Addr From, clang::QualType T, escape::Note N);
  void evalDelete(const clang::CXXDeleteExpr *E);
  void destroy(Addr A, clang::QualType T, escape::Note N, bool Here);
  void release(Addr A, escape::Family F, escape::Note N, bool Here);
  void deletePointer(Addr P, clang::QualType Pointee, escape::Family F,
                     escape::Note N, bool Here);

  //===-- EscapeLibrary.cpp -----------------------------------------------===//
  std::optional<Addr> libraryCall(CallShape &C);
  std::optional<Addr> iteratorCall(CallShape &C);

  //===-- EscapeSmartPointer.cpp ------------------------------------------===//
  std::optional<Addr> smartPointerCall(CallShape &C, LibraryClass K);
  std::optional<Addr> smartPointerMember(CallShape &C);
  /// What comes in the arguments becomes the content.
  void takeOwnership(CallShape &C, LibraryClass K);
  void takePointer(CallShape &C, bool Shared);
  void keepDeleter(CallShape &C, Addr Pointer);
  unsigned runDeleter(const clang::CXXRecordDecl *D, Addr State, Addr Pointer,
                      escape::Note N, bool Here);
  void destroySmartPointer(Addr A, const clang::CXXRecordDecl *RD,
                           escape::Note N, bool Here);
  void moveSmartPointer(CallShape &C, Addr From, clang::QualType FromT,
                        bool Borrow);
  void shareFromThis(Addr Object, clang::QualType T, escape::Note N);
  bool isStableOwner(const clang::Expr *E) const;

  //===-- EscapeFactory.cpp -----------------------------------------------===//
  std::optional<Addr> factoryCall(CallShape &C);
  Addr forwarded(Addr A, const clang::Expr *Given, clang::QualType P,
                 escape::Note N);
  void constructAny(Addr This, clang::QualType T, llvm::ArrayRef<Addr> Args,
                    llvm::ArrayRef<const clang::Expr *> Exprs, escape::Note N);
  /// Every constructor that could take Args does; false: there is none.
  bool tryConstructors(Addr This, const clang::CXXRecordDecl *RD,
                       llvm::ArrayRef<Addr> Args,
                       llvm::ArrayRef<const clang::Expr *> Exprs,
                       escape::Note N);

  //===-- EscapeFunctor.cpp -----------------------------------------------===//
  std::optional<Addr> functionCall(CallShape &C);
  Addr callKept(CallShape &C);
  void keepCallable(CallShape &C, Addr Callable, clang::QualType T);

  //===-- EscapeContainer.cpp ---------------------------------------------===//
  std::optional<Addr> containerCall(CallShape &C);
  void containerConstruct(CallShape &C);
  void leakAllocator(CallShape &C, const clang::CXXRecordDecl *RD);
  void recordBuffer(CallShape &C, const clang::CXXRecordDecl *RD);
  void fill(CallShape &C, const clang::CXXConstructorDecl *Ctor);
  void fillFromList(CallShape &C);
  /// What a member that returns into the elements returns.
  Addr insideElements(CallShape &C);
  Addr unknownMember(CallShape &C);
  void insertAt(CallShape &C);
  void emplace(CallShape &C);
  void makeRoom(CallShape &C);
  void append(CallShape &C);
  void assign(CallShape &C);
  void exchange(CallShape &C);
  void grow(CallShape &C, std::optional<uint64_t> Count);
  void finishContainers();

  //===-- EscapeElements.cpp ----------------------------------------------===//
  Addr elements(Addr Container, escape::Note N);
  void addElement(CallShape &C, Addr Value, const clang::Expr *Source);
  void addKey(CallShape &C, Addr Key, const clang::Expr *E);
  void copyRange(CallShape &C, Addr From);
  void copySequence(CallShape &C, Addr From, const clang::Expr *E);
  void destroyElements(Addr Container, const clang::CXXRecordDecl *RD,
                       escape::Note N);
  /// The library makes an element, or part of one, without arguments.
  void makeEmpty(Addr To, clang::QualType T, escape::Note N);
  bool holdsContainer(clang::QualType T);
  bool copyMatters(clang::QualType T);

  //===-- EscapeCallback.cpp ----------------------------------------------===//
  void callOperators(const clang::CXXRecordDecl *RD, Addr Callable,
                     Addr Elements, escape::Note N);
  void callOperator(const clang::CXXMethodDecl *M, Addr Callable, Addr Elements,
                    escape::Note N);
  void keepKeyCode(CallShape &C);
  Addr keyCodeOf(Addr Container, escape::Note N);
  void copyKeyCode(Addr To, Addr From, escape::Note N);
  void callKeyCode(CallShape &C);
  void callWithElements(CallShape &C, const clang::Expr *E, Addr Callable);
  void callWithArguments(CallShape &C);

  UnitBuilder &U;
  clang::ASTContext &Ctx;
  const clang::FunctionDecl *FD;
  escape::Graph &G;
  BodyFacts Facts;
  std::unique_ptr<clang::CFG> Cfg;
  unsigned Block = 0;
  NodeId Outside = NoNode;
  NodeId This = NoNode;
  NodeId ResultSlot = NoNode;

  llvm::DenseSet<const clang::Stmt *> Dead; ///< no execution reaches them
  unsigned InDefault = 0; ///< inside a default argument, which all calls share
  llvm::DenseMap<const clang::Expr *, Addr> Results;
  llvm::DenseMap<const clang::Expr *, Addr> Destinations;
  llvm::DenseMap<const clang::ValueDecl *, Addr> Variables;
  llvm::DenseMap<const clang::ValueDecl *, clang::FieldDecl *> Captures;
  clang::FieldDecl *ThisCapture = nullptr;
  /// Local objects with the loop in which they live.
  llvm::SmallVector<std::pair<ObjectId, unsigned>, 16> LocalLoops;
  /// Memory that containers and std::function have elsewhere.
  struct HiddenObject {
    ObjectId Object;
    NodeId Owner;  ///< address of the container
    unsigned Loop; ///< in which it is made
  };
  llvm::SmallVector<HiddenObject, 8> Hidden;
  void hide(ObjectId O, Addr Owner, const clang::Expr *At);
  /// Addresses shown to what may have taken over what is hidden there.
  llvm::DenseSet<NodeId> Shown;
  llvm::DenseMap<const clang::Expr *, ObjectId> SiteAt;
  llvm::DenseMap<const clang::Expr *, size_t> SiteIndex; ///< in U.Out.Sites
  llvm::DenseMap<NodeId, ObjectId> ObjectOfNode;         ///< by objectAddress

  // Local pointers split by reaching definition (Braun et al., CC 2013).
  struct Event {
    enum Kind : uint8_t { Read, Write, Site } What;
    const clang::VarDecl *Var;
    uint32_t Id; ///< Read, Write: the version; Site: index into Places
    const clang::Stmt *Root = nullptr; ///< Read: the full-expression
  };
  std::vector<std::vector<Event>> Events; ///< by block
  std::vector<llvm::DenseMap<const clang::VarDecl *, NodeId>> Entry, Exit;
  struct Phi {
    const clang::VarDecl *Var;
    unsigned Block;
    NodeId Node;
  };
  std::vector<Phi> Phis;
  size_t PhisDone = 0;
  std::vector<const clang::CFGBlock *> BlockById;

  /// A site or a call that may bring fresh objects, with its loop.
  struct Place {
    bool IsCall;
    uint32_t Id; ///< ObjectId, or index into G.calls()
    unsigned Loop;
    unsigned Block;
    const clang::Expr *At;
    bool Shared; ///< one expression for many: a default argument or member
  };
  std::vector<Place> Places;
  void markPlace(bool IsCall, uint32_t Id, const clang::Expr *At);

  /// A container of this frame whose buffer is a site.
  struct ContainerState {
    ObjectId Token;
    const clang::Expr *At; ///< its construction
    size_t Site;           ///< index into U.Out.Sites
    unsigned Loop;
    const clang::CXXRecordDecl *Class;
    bool Bounded = true;
    uint64_t Count = 0; ///< elements, or characters of a string
    unsigned Steps = 0; ///< places that make it grow, or times they run
    bool Used = false;  ///< allocates at all
  };
  std::vector<ContainerState> ContainersHere;
  /// From the node that is the container's address.
  llvm::DenseMap<NodeId, unsigned> ContainerOfNode;
  void containerEscapesBound(Addr A);
};

/// Fills in Repetition for the sites and calls of a lowered body.
void applyLoopRule(FunctionBuilder &F);

} // namespace stackward::source

#endif
