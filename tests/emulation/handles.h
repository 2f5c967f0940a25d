// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <set>
#include <utility>

namespace cusched::emulation {

// The objects of one kind that the program has made and not yet destroyed, by their handles.
template <class T>
class Handles {
 public:
  template <class... Arguments>
  T* make(Arguments&&... arguments) {
    return *live_.insert(new T{std::forward<Arguments>(arguments)...}).first;
  }
  bool valid(T* handle) const { return live_.count(handle) > 0; }
  bool destroy(T* handle) {
    if (live_.erase(handle) == 0) return false;
    delete handle;
    return true;
  }
  const std::set<T*>& all() const { return live_; }

 private:
  std::set<T*> live_;
};

}  // namespace cusched::emulation
