// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace cusched {

// One report of a training: how far it is, how fast, and a row of numbers per member.
struct TrainReport {
  int64_t iteration = 0;        // training iterations done
  int64_t steps = 0;            // environment steps per member, resumed parts included
  double seconds = 0;           // wall-clock time trained, resumed parts included
  double steps_per_s = 0;       // all members together, since the last report
  double mean_steps_per_s = 0;  // all members together, since this process began
  double eta_s = -1;            // to the end of the training; < 0: unknown
  int64_t total_steps = 0;      // per member; 0: the training ends by time
  int members = 1;              // P
  // e.g. "policy_loss", "episode_return", "eval_wait_mean_s"; a number that does not exist (no
  // episode ended, nobody looked) is NaN.
  std::vector<std::string> names;
  std::vector<double> values;  // (P, names)

  // Column `name` (P values); empty when there is none.
  std::vector<double> column(const std::string& name) const;
  // Throws Error when there is no such column or member.
  void set(const std::string& name, int member, double value);
};

// Columns of looks at the policy (TrainingHooks::on_look) begin so; reports without a look have NaN
// there.
inline constexpr char kLookPrefix[] = "eval_";

// Where reports go.
class ReportSink {
 public:
  virtual ~ReportSink() = default;
  virtual void write(const TrainReport& report) = 0;
  virtual void flush() {}
  // Whether something could not be written, so that there is no use in going on.
  virtual bool failed() const { return false; }
};

// `out_dir`/metrics.csv with the header `iteration,steps,seconds,steps_per_s,member,NAMES...` and a
// row per member and report; a number of a look that was not made is an empty field. A run that
// starts replaces the file; one that resumes after `resume_iteration` > 0 iterations keeps the rows
// up to there, so that no iteration is told twice. Columns of looks may differ then: the file gets
// those that it lacks. Throws InputError when the kept file has other columns.
std::unique_ptr<ReportSink> make_csv_log(const std::string& out_dir, int64_t resume_iteration);

// TensorBoard event files: `out_dir`/events for one member, `out_dir`/events/member-0012 (a run of
// its own in TensorBoard) for each of several. Tags are "episode/X" for names that begin with
// "episode_", "eval/X" for "eval_", "train/X" for others, and "speed/steps_per_s"; the step is
// environment steps. A run that starts deletes the event files of an earlier one; one that resumes
// makes TensorBoard drop what was logged after `resume_steps`.
std::unique_ptr<ReportSink> make_event_log(const std::string& out_dir, int members,
                                           int64_t resume_steps);

}  // namespace cusched
