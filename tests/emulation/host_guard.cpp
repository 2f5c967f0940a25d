// SPDX-License-Identifier: MIT
#include "tests/emulation/host_guard.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/emulation/fault.h"
#include "tests/emulation/kernel.h"
#include "tests/emulation/memory.h"

namespace cusched::emulation {
namespace {

// The fault is that of the instruction it interrupts, not of one in malloc or stdio, so that
// strings can be made here.
void report(int signal, siginfo_t* info, void*) {
  const std::string place = describe_address(info->si_addr), thread = running_thread();
  char address[32];
  std::snprintf(address, sizeof address, "%p", info->si_addr);
  if (!thread.empty())
    fault(thread + " touches " + address + ", " +
          (place.empty() ? "which is no device memory" : place));
  if (!place.empty())
    fault(std::string("the host touches device memory: ") + address + ", " + place +
          " (copy it with copy_bytes and synchronise)");
  std::signal(signal, SIG_DFL);  // not ours: the instruction faults again and ends the program
}

struct SignalStack {
  SignalStack() {
    static constexpr size_t kBytes = size_t{64} << 10;
    stack_t stack = {};
    stack.ss_sp = memory = std::malloc(kBytes);
    stack.ss_size = kBytes;
    sigaltstack(&stack, nullptr);
  }
  ~SignalStack() {
    stack_t stack = {};
    stack.ss_flags = SS_DISABLE;
    sigaltstack(&stack, nullptr);
    std::free(memory);
  }
  void* memory;
};

}  // namespace

void install_host_guard() {
  static const bool installed = [] {
    struct sigaction action = {};
    action.sa_sigaction = report;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    return sigaction(SIGSEGV, &action, nullptr) == 0 && sigaction(SIGBUS, &action, nullptr) == 0;
  }();
  (void)installed;
  static thread_local const SignalStack stack;
  (void)stack;
}

}  // namespace cusched::emulation
