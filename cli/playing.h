// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

namespace cusched {

// Tells how far an evaluation is: on a terminal one line, rewritten; in a log a line every
// `line_every_s`, so that a short evaluation has none. Times are s after any origin.
class PlayingText {
 public:
  enum class Mode : uint8_t { kInPlace, kLines, kQuiet };

  PlayingText(std::FILE* out, Mode mode, double line_every_s = 10);

  // Before the first step of an entry and now and then: `done` of `total` entries are played, the
  // next one, `name`, is at step `steps`.
  void report(const std::string& name, int done, int total, int64_t steps, double now_s);
  void end();  // takes the line of a terminal away

 private:
  std::FILE* const out_;
  const Mode mode_;
  const double every_s_;
  double began_s_ = 0, last_s_ = 0;
  bool begun_ = false, shown_ = false;
};

// "playing sjf (3 of 12), step 4,096; about 1.5 min left": what is left is reckoned from the
// entries that are done.
std::string playing_text(const std::string& name, int done, int total, int64_t steps,
                         double elapsed_s);

}  // namespace cusched
