// SPDX-License-Identifier: MIT
#include "agents/warm_start.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "cuda/error.h"
#include "cuda/launch.h"

namespace cusched {
namespace {

// The agreement has to hold while the policy plays most lanes, and the normaliser has to have seen
// their states.
constexpr int64_t kFewestIterations = 6;
// Share of the training in which the learning rate grows after the imitation, at most.
constexpr double kRamp = 0.05;

struct Saved {
  int64_t stage, iterations;
  double agreement, share, begin;
};

}  // namespace

WarmStart::WarmStart(Learner& learner) : learner_(learner), config_(learner.config.warm) {
  if (!on()) return;
  const int known = static_cast<int>(learner.batch.heuristics().size());
  CUSCHED_CHECK(config_.heuristic < known, "there is no such heuristic to imitate");
  CUSCHED_CHECK(config_.smoothing >= 0 && config_.smoothing < 1, "a smoothing is 0 to 1");
  report_.stage = WarmStage::kImitation;
}

std::vector<std::string> WarmStart::stat_names(const WarmStartConfig& config) {
  if (!config.on()) return {};
  return {kWarmStatNames, kWarmStatNames + kWarmStats};
}

void WarmStart::add_fields(int stat) {
  if (!on()) return;
  const LearnerSizes& s = learner_.sizes;
  stat_ = stat;
  learner_.own.add(label_, s.steps * s.lanes);
  learner_.own.add(agreement_, s.steps * s.lanes);
  learner_.own.add(begin_, 1);
  learner_.own.add(rate_, s.members);
  learner_.own.add(anchor_, 1);
}

void WarmStart::start() {
  if (!on()) return;
  for (int p = 0; p < learner_.sizes.members; ++p)
    base_rate_.push_back(per_member(learner_.config.learning_rate, p));
  upload(learner_.exec, rate_, base_rate_);
}

void WarmStart::label(const ChoiceCall& c) {
  const Learner& l = learner_;
  const int64_t at = c.t * l.data.lanes, A = l.layout.actions(), rows = c.members * c.rows;
  l.batch.suggest(l.exec, LaneRange{c.lane0, c.lane0 + rows}, config_.heuristic, label_ + at);
  launch_elements(
      l.exec, rows,
      CompareWithLabels{c.stage.logits, l.data.mask + at * A, label_ + at, l.data.action + at,
                        agreement_ + at, l.counters, c.lane0, l.sizes.envs, static_cast<int>(A),
                        report_.stage == WarmStage::kImitation});
}

void WarmStart::set_rates() {
  const Learner& l = learner_;
  const Progress progress{l.counters, l.sizes.samples, static_cast<double>(l.config.total_steps)};
  launch_elements(
      l.exec, l.sizes.members,
      AnchorSchedule{begin_, rate_, l.member_params, anchor_, progress, config_.anchor_share,
                     std::min(kRamp, config_.anchor_share), config_.anchor});
}

LabelledRows WarmStart::rows(const GradientCall& c, const int32_t* index,
                             const PolicySample<float>* sample) const {
  const Learner& l = learner_;
  return {l.data.mask,      label_, sample,  index,     l.counters,
          l.step,           c.rows, c.first, c.member0, l.layout.actions(),
          config_.smoothing};
}

void WarmStart::imitate(const OnPolicy& own, const GradientCall& c) const {
  const Stage& s = c.stage;
  launch_elements(learner_.exec, c.members * c.rows,
                  ImitationRows{rows(c, own.index, own.view.sample), own.params, s.logits, s.value,
                                s.dlogits, s.dvalue, s.terms, learner_.terms});
}

void WarmStart::pull(const OnPolicy& own, const GradientCall& c) const {
  if (config_.anchor == 0) return;
  launch_elements(
      learner_.exec, c.members * c.rows,
      AnchorRows{rows(c, own.index, own.view.sample), anchor_, c.stage.logits, c.stage.dlogits});
}

void WarmStart::write_stats() {
  const Learner& l = learner_;
  launch_teams(l.exec, l.sizes.members,
               WriteWarmStats{agreement_, anchor_, l.own_stats() + stat_, l.stats_width(),
                              l.sizes.steps, l.sizes.lanes, l.sizes.envs});
}

double WarmStart::done(int64_t iterations, double clock_share) const {
  const double total = static_cast<double>(learner_.config.total_steps);
  if (!(total > 0)) return clock_share;
  return std::max(std::min(1.0, static_cast<double>(iterations * learner_.sizes.samples) / total),
                  clock_share);
}

bool WarmStart::advance(int64_t iterations, double clock_share) {
  if (stage() == WarmStage::kFree) return false;
  const double now = done(iterations, clock_share);
  if (stage() == WarmStage::kAnchored) {
    // As the anchor has it, on the device.
    const double total = static_cast<double>(learner_.config.total_steps);
    const double passed = (total > 0 ? done(iterations, 0) : clock_share) - begin_done_;
    if (passed < config_.anchor_share) return false;
    report_.stage = WarmStage::kFree;
    restore_rates();
    return true;
  }
  const Learner& l = learner_;
  const size_t width = static_cast<size_t>(l.stats_width());
  std::vector<float> stats(width * static_cast<size_t>(l.sizes.members));
  copy_bytes(l.exec, stats.data(), l.stats, stats.size() * sizeof(float));
  synchronize(l.exec);
  const size_t at = static_cast<size_t>(l.own_stats() - l.stats) + static_cast<size_t>(stat_);
  report_.agreement = 1;
  for (size_t p = 0; p < static_cast<size_t>(l.sizes.members); ++p)
    report_.agreement =
        std::min(report_.agreement, static_cast<double>(stats[p * width + at + kStatAgreement]));
  report_.iterations = iterations;
  report_.share = now;
  const bool agrees = iterations >= kFewestIterations && report_.agreement >= config_.agreement;
  if (!agrees && now < config_.share) return false;
  end_imitation(learner_.config.total_steps > 0 ? done(iterations, 0) : clock_share);
  return true;
}

void WarmStart::end_imitation(double done) {
  Learner& l = learner_;
  report_.stage = WarmStage::kAnchored;
  begin_done_ = done;
  upload(l.exec, begin_, std::vector<double>{done});
  const size_t numbers = static_cast<size_t>(l.sizes.members * l.layout.size);
  if (l.first != nullptr) fill_bytes(l.exec, l.first, 0, numbers * sizeof(float));
  if (l.config.optimiser == "rmsprop-tf") {
    upload(l.exec, l.second, std::vector<float>(numbers, 1.0f));
  } else {
    fill_bytes(l.exec, l.second, 0, numbers * sizeof(float));
  }
  launch_elements(l.exec, l.sizes.members, ForgetSteps{l.state});
}

void WarmStart::restore_rates() {
  const Learner& l = learner_;
  std::vector<MemberParams> members(static_cast<size_t>(l.sizes.members));
  copy_bytes(l.exec, members.data(), l.member_params, members.size() * sizeof(MemberParams));
  synchronize(l.exec);
  for (size_t p = 0; p < members.size(); ++p) members[p].learning_rate = base_rate_[p];
  upload(l.exec, l.member_params, members);
}

std::vector<uint8_t> WarmStart::save() const {
  const Saved saved{static_cast<int64_t>(report_.stage), report_.iterations, report_.agreement,
                    report_.share, begin_done_};
  std::vector<uint8_t> bytes(sizeof saved);
  std::memcpy(bytes.data(), &saved, sizeof saved);
  return bytes;
}

void WarmStart::load(const uint8_t* bytes, size_t size) {
  Saved saved;
  const auto is_share = [](double share) { return share >= 0 && share <= 1; };
  const bool fits = size == sizeof saved;
  if (fits) std::memcpy(&saved, bytes, sizeof saved);
  if (!fits || saved.stage < 0 || saved.stage > static_cast<int64_t>(WarmStage::kFree) ||
      saved.iterations < 0 || !is_share(saved.agreement) || !is_share(saved.share) ||
      !is_share(saved.begin))
    throw InputError("checkpoint", "its state of the warm start cannot be",
                     "The file is damaged, or of another program: use another checkpoint, or train "
                     "anew");
  report_ = {static_cast<WarmStage>(saved.stage), saved.iterations, saved.agreement, saved.share};
  begin_done_ = saved.begin;
  upload(learner_.exec, begin_, std::vector<double>{begin_done_});
  if (stage() != WarmStage::kAnchored) restore_rates();
}

}  // namespace cusched
