// SPDX-License-Identifier: MIT
#include "cli/playing.h"

#include "cli/metric_info.h"
#include "cli/wrap.h"
#include "cuda/utf8.h"
#include "envs/inputs.h"

namespace cusched {
namespace {

constexpr double kRewriteEvery = 0.1;  // s: a terminal that is far away takes no more
constexpr size_t kNameWidth = 24;      // so that the line stays one line

}  // namespace

std::string playing_text(const std::string& name, int done, int total, int64_t steps,
                         double elapsed_s) {
  std::string text = "playing " + shortened(visible_text(name), kNameWidth) + " (" +
                     std::to_string(done + 1) + " of " + std::to_string(total) + "), step " +
                     grouped(steps);
  // Early on the first entry would be taken for all of them.
  if (done > 0 && elapsed_s >= 1)
    text += "; about " + time_text(elapsed_s / done * (total - done)) + " left";
  return text;
}

PlayingText::PlayingText(std::FILE* out, Mode mode, double line_every_s)
    : out_(out), mode_(mode), every_s_(mode == Mode::kInPlace ? kRewriteEvery : line_every_s) {}

void PlayingText::report(const std::string& name, int done, int total, int64_t steps,
                         double now_s) {
  if (mode_ == Mode::kQuiet) return;
  if (!begun_) began_s_ = last_s_ = now_s;
  const bool due = now_s - last_s_ >= every_s_ || (!begun_ && mode_ == Mode::kInPlace);
  begun_ = true;
  if (!due) return;
  last_s_ = now_s;
  const std::string text = playing_text(name, done, total, steps, now_s - began_s_);
  if (mode_ == Mode::kInPlace) {
    std::fprintf(out_, "\r\033[K%s", text.c_str());
  } else {
    std::fprintf(out_, "%s\n", text.c_str());
  }
  std::fflush(out_);
  shown_ = true;
}

void PlayingText::end() {
  if (shown_ && mode_ == Mode::kInPlace) std::fputs("\r\033[K", out_);
  shown_ = false;
}

}  // namespace cusched
