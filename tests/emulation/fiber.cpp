// SPDX-License-Identifier: MIT
#include "tests/emulation/fiber.h"

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>

#include "tests/emulation/fault.h"

namespace cusched::emulation {
namespace {

constexpr size_t kPage = 4096;
constexpr size_t kStackBytes = size_t{256} << 10;

// Memory for a stack, with a page below it that nobody may touch. Fibers live as long as the
// program, so it is never given back.
char* new_stack() {
  void* const memory = mmap(nullptr, kPage + kStackBytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED || mprotect(memory, kPage, PROT_NONE) != 0)
    fault("there is no memory for the stack of a kernel's thread");
  return static_cast<char*>(memory) + kPage;
}

}  // namespace

#if CUSCHED_FIBER_ASSEMBLY

// Saves the registers that a call preserves on the running stack, whose pointer goes to *from, and
// loads those of the other stack. Floating-point control words are the same everywhere.
extern "C" void cusched_emulation_switch(void** from, void* to);
asm(R"(
.pushsection .text
.globl cusched_emulation_switch
.hidden cusched_emulation_switch
.type cusched_emulation_switch, @function
cusched_emulation_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size cusched_emulation_switch, .-cusched_emulation_switch
.popsection
)");

Fiber::Fiber(void (*entry)()) {
  // Tops of stacks at equal offsets would fall into the same few sets of the first-level cache.
  static size_t colour = 0;
  colour = (colour + 832) % kPage;
  auto* top = reinterpret_cast<uint64_t*>(new_stack() + kStackBytes - colour);
  *--top = 0;  // where `entry` would return to
  *--top = reinterpret_cast<uint64_t>(entry);
  for (int preserved = 0; preserved < 6; ++preserved) *--top = 0;
  stack_pointer_ = top;
}

void Fiber::change(Fiber& from, Fiber& to) {
  cusched_emulation_switch(&from.stack_pointer_, to.stack_pointer_);
}

#else

Fiber::Fiber(void (*entry)()) {
  getcontext(&context_);
  context_.uc_stack.ss_sp = new_stack();
  context_.uc_stack.ss_size = kStackBytes;
  makecontext(&context_, entry, 0);
}

void Fiber::change(Fiber& from, Fiber& to) { swapcontext(&from.context_, &to.context_); }

#endif

}  // namespace cusched::emulation
