// SPDX-License-Identifier: MIT
#include "agents/signals.h"

#include <atomic>
#include <iterator>

namespace cusched {
namespace {

constexpr int kCaught[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU};
constexpr int kIgnored[] = {SIGPIPE, SIGXFSZ};

std::atomic<int> first{0}, signals{0};
static_assert(std::atomic<int>::is_always_lock_free, "set in a signal handler");

int depth = 0;
struct sigaction before[std::size(kCaught)], before_ignored[std::size(kIgnored)];

extern "C" void remember_signal(int signal) {
  int none = 0;
  first.compare_exchange_strong(none, signal);
  signals.fetch_add(1);
}

}  // namespace

SignalGuard::SignalGuard() {
  if (depth++ > 0) return;
  first = signals = 0;
  for (size_t i = 0; i < std::size(kCaught); ++i) {
    const int signal = kCaught[i];
    sigaction(signal, nullptr, &before[i]);
    if (before[i].sa_handler == SIG_IGN) continue;
    struct sigaction action {};
    action.sa_handler = remember_signal;
    const bool once = signal == SIGINT || signal == SIGTERM;
    action.sa_flags = SA_RESTART | (once ? static_cast<int>(SA_RESETHAND) : 0);
    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, nullptr);
  }
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  for (size_t i = 0; i < std::size(kIgnored); ++i)
    sigaction(kIgnored[i], &ignore, &before_ignored[i]);
}

SignalGuard::~SignalGuard() {
  if (--depth > 0) return;
  for (size_t i = 0; i < std::size(kCaught); ++i) sigaction(kCaught[i], &before[i], nullptr);
  for (size_t i = 0; i < std::size(kIgnored); ++i)
    sigaction(kIgnored[i], &before_ignored[i], nullptr);
}

int SignalGuard::caught() { return first; }
int SignalGuard::count() { return signals; }

}  // namespace cusched
