// SPDX-License-Identifier: MIT
#include <map>

#include "tests/cli/cli_test_util.h"
#include "tests/cli/door_files.h"

// What people give the command, and what it makes of it: one table to read. Each row runs one
// command line in a folder that holds door_files(), and asks for its exit code and for words in
// what it prints (stdout and stderr). Accidents that need more than one command (kills, two
// trainings in one folder, a disk that is full) have tests of their own, named in the comments.
namespace cusched::test {
namespace {

struct Row {
  const char* what;                 // the accident, in words
  const char* command;              // words; F/ stands for the folder
  int code;                         // exit code
  std::vector<const char*> says;    // all of these are printed
  std::vector<const char*> silent;  // and none of these
};

const std::vector<Row> kRows = {
    // --- 1 a trace that is not read ---------------------------------------------------------
    // --- 4 files that are cut -----------------------------------------------------------------
    // --- 5 partial executions -----------------------------------------------------------------
    // --- 6 jobs larger than the machine -------------------------------------------------------
    // --- 7 fractions in integer fields --------------------------------------------------------
    {"a share of a GPU in a table of jobs",
     "workload --trace F/gpu_share.csv",
     2,
     {"gpu_share.csv:2, field gpus: '0.5' is not a whole number", "placement"},
     {}},
    {"1.9 pods",
     "workload --trace F/pods_fraction.csv",
     2,
     {"pods_fraction.csv:2, field pods: '1.9' is not a whole number"},
     {}},
    {"a run of 0.3 s is a job",
     "workload --trace F/short_run.csv",
     0,
     {"1 in the trace", "1 times with a fraction of a second rounded"},
     {}},
    // --- 8 YAML that says two things ----------------------------------------------------------
    {"a key of a mix given twice", "workload --trace F/dup.yaml", 2, {"dup.yaml:3", "load"}, {}},
    // --- 10 misspelt columns ------------------------------------------------------------------
    {"`gpu` for `gpus`",
     "workload --trace F/gpu_column.csv",
     2,
     {"gpu_column.csv:1: there is a column 'gpu'", "Did you mean gpus?"},
     {}},
    {"`mem_mib`", "workload --trace F/mem_column.csv", 2, {"Did you mean memory_mib?"}, {}},
    {"`Submit_S`", "workload --trace F/case_column.csv", 2, {"Did you mean submit_s?"}, {}},
    {"a column of no use",
     "workload --trace F/owner_column.csv",
     0,
     {"columns that are not used: 'owner'"},
     {}},
    {"`gpus` for `gpu` in a list of nodes",
     "eval --env placement --nodes F/gpus_nodes.csv --episodes 1 --baselines best-fit",
     2,
     {"gpus_nodes.csv:1", "Did you mean gpu?"},
     {}},
    // --- 11 options given twice ---------------------------------------------------------------
    // --- 12 devices, pipes and links ----------------------------------------------------------
    // --- 13 text that is not UTF-8 ------------------------------------------------------------
    // --- 14 pods that fit no node -------------------------------------------------------------
    {"a pod that fits no node, in dynamic mode",
     "eval --env placement --mode dynamic --nodes F/misfit_nodes.csv --pods F/misfit_pods.csv "
     "--baselines first-fit --episodes 1 --metrics failed,queue_full",
     0,
     {"1 of 3 pods fit no node", "fail when they arrive", "misfit_pods.csv:4", "failed"},
     {}},
    {"a pod that fits no node, in static mode",
     "eval --env placement --mode static --nodes F/misfit_nodes.csv --pods F/misfit_pods.csv "
     "--baselines first-fit --episodes 1",
     0,
     {"1 of 3 pods fit no node", "never placed", "misfit_pods.csv:4"},
     {}},
    // --- 17 gangs -----------------------------------------------------------------------------
    {"a gang of 128 pods",
     "eval --env admission --trace F/gang.csv --baselines fifo --episodes 1",
     0,
     {"gangs of up to 128 pods take 425984 bytes of each environment"},
     {"error"}},
    {"a gang of 1,025 pods",
     "workload --trace F/gang_toolarge.csv",
     2,
     {"gang_toolarge.csv:3", "pods", "1024"},
     {}},
    {"a gang that the empty cluster does not hold",
     "eval --env admission --trace F/gang_misfit.csv --baselines fifo --episodes 1",
     2,
     {"gang_misfit.csv:3", "256 x 2000 milli-CPU"},
     {}},
    {"a mix with gangs of 64", "workload --trace F/gangs.yaml", 0, {"largest gang   64 pods"}, {}},
    // --- 19 messages: tables ------------------------------------------------------------------
    {"semicolons", "workload --trace F/semicolon.csv", 0, {"1 in the trace"}, {"note"}},
    {"tabs", "workload --trace F/tabs.csv", 0, {"1 in the trace"}, {"note"}},
    {"bars", "workload --trace F/bars.csv", 0, {"1 in the trace"}, {"note"}},
    {"Excel's sep=; and an empty last column",
     "workload --trace F/excel.csv",
     0,
     {"1 in the trace"},
     {"note"}},
    {"blanks around names", "workload --trace F/blanks.csv", 0, {"1 in the trace"}, {"note"}},
    {"a decimal comma",
     "workload --trace F/decimal_comma.csv",
     2,
     {"decimal_comma.csv:2, field cpu_request: '1,5' has a comma", "Write 1.5"},
     {}},
    {"no header",
     "workload --trace F/no_header.csv",
     2,
     {"no_header.csv:1: the first line has values instead of names: '0', '300'"},
     {}},
    {"a column that is needed is missing",
     "workload --trace F/other_header.csv",
     2,
     {"submit time", "'a', 'run_s', 'cpu_milli', 'memory_mib', separated by semicolons"},
     {}},
    {"a name twice", "workload --trace F/twice.csv", 2, {"two columns are called 'run_s'"}, {}},
    {"a header and no rows", "workload --trace F/only_header.csv", 2, {"no job in this file"}, {}},
    {"NaN",
     "workload --trace F/nan.csv",
     2,
     {"nan.csv:2, field cpu_milli: 'NaN' is not a number", "Leave the field empty"},
     {}},
    {"a job_id again, with other values",
     "workload --trace F/repeated.csv",
     0,
     {"1 in the trace", "repeated.csv:3, job_id '7'"},
     {}},
    {"a job without submit time",
     "workload --trace F/no_submit.csv",
     0,
     {"1 in the trace", "1 jobs without submit time dropped"},
     {}},
    {"quoted lists of openb, and no deletion_time in static mode",
     "eval --env placement --nodes F/quoted_nodes.csv --pods F/quoted_pods.csv --episodes 1 "
     "--baselines best-fit",
     0,
     {"best-fit"},
     {}},
    // --- 19 messages: times, quantities, durations --------------------------------------------
    {"times as Postgres writes them, and UTC",
     "workload --trace F/postgres.csv",
     0,
     {"1 in the trace"},
     {"note"}},
    {"milliseconds since 1970",
     "workload --trace F/millis.csv",
     0,
     {"1 in the trace", "submission_time has 13 digits: read as milliseconds since 1970"},
     {}},
    {"microseconds since 1970",
     "workload --trace F/micros.csv",
     2,
     {"micros.csv:2, field submission_time", "micro- or nanoseconds"},
     {}},
    {"a date of the American kind",
     "workload --trace F/us_date.csv",
     2,
     {"us_date.csv:2, field submission_time: '03/10/2024 01:00' is not a number and not a time"},
     {}},
    {"64Gi, 500m, 1h30m, 2-03:00:00",
     "workload --trace F/quantities.csv",
     0,
     {"1 in the trace"},
     {"note"}},
    {"500m of memory",
     "workload --trace F/milli_memory.csv",
     2,
     {"milli_memory.csv:2, field memory_mib: '500m' is not a quantity", "Mi for MiB"},
     {}},
    // --- 19 messages: configurations, policies, checkpoints -----------------------------------
    // --- import: kubectl ----------------------------------------------------------------------
    {"what kubectl writes",
     "import kubectl F/jobs.json",
     0,
     {"team-a/train,1767607200,1800,7200,500,4096,1,4,0,generic,gpu,0",
      "1 left out: still running (first: Job team-a/running)",
      "1 left out: a pod of a Job that is in the file (first: Pod team-a/train-0)"},
     {"team-a/running,"}},
    {"the same, recognised", "import F/jobs.json", 0, {"team-a/train,1767607200,1800"}, {}},
    {"the same as a trace",
     "workload --trace F/jobs.json",
     0,
     {"1 left out: still running", "largest gang   4 pods"},
     {}},
    {"JSON that is cut", "import kubectl F/cut.json", 2, {"cut.json:1", "does not end"}, {}},
    {"an error of the API server", "import F/denied.json", 2, {"denied.json", "no rights"}, {}},
    {"a text where a number belongs",
     "import kubectl F/text.json",
     2,
     {"text.json, Job j, field spec.parallelism", "is a JSON string, not a number"},
     {}},
    {"two answers on one stdout", "import F/jobs.json --json", 2, {"--json", "stdout"}, {}},
    {"an option of another format",
     "import F/jobs.json --gpu-shares round-up",
     2,
     {"--gpu-shares", "has no effect on a file of kind kubectl"},
     {}},
    // --- import: sacct ------------------------------------------------------------------------
    {"what sacct -p writes: arrays, steps, TRES, a job that never ran",
     "import sacct F/sacct.txt",
     0,
     {"123,1767607200,1800,183600,8000,32768,2,2,0,batch,physics,0",
      "1 left out: steps of a job (first: ", "sacct.txt:3, job '123.batch'",
      "1 left out: that never ran (CANCELLED", "1 left out: not started yet (pending)"},
     {"124_"}},
    {"the same as a trace",
     "workload --trace F/sacct.txt --nodes 2x8c32g2gpu",
     0,
     {"1 left out: steps of a job", "largest gang   2 pods"},
     {}},
    {"sacct's table for people",
     "import sacct F/sacct_table.txt",
     2,
     {"sacct_table.txt:1", "the table that sacct writes for people", "sacct -P"},
     {}},
    {"the wrong kind", "import sacct F/philly.csv", 2, {"philly.csv:1", "no field JobID"}, {}},
    // --- import: philly, helios, openb, swf ---------------------------------------------------
    {"a Philly job of 16 GPUs",
     "import philly F/philly.csv",
     0,
     {"1,1507532515,66,66,32000,262144,8,2,0,ml,11cb48,0", "1 jobs with more than 8 GPUs",
      "4000 milli-CPU and 32768 MiB a GPU taken"},
     {}},
    {"other sizes of a GPU's share",
     "import F/philly.csv --cpu-per-gpu 500m --memory-per-gpu 1Gi --gpus-per-node 16",
     0,
     {"1,1507532515,66,66,8000,16384,16,1,0,ml,11cb48,0"},
     {"with more than"}},
    {"a Helios log",
     "import F/helios.csv",
     0,
     {"11,1591728061,60,60,32000,262144,8,1,0,ml,vcA,0"},
     {}},
    {"openb pods: a share of a GPU is left out",
     "import openb F/pods.csv",
     0,
     {"openb-pod-0000,0,400,400,12000,16384,1,1,2,generic,,0",
      "1 left out: asks for a share of a GPU"},
     {"openb-pod-0001,"}},
    {"or rounded up",
     "import openb F/pods.csv --gpu-shares round-up",
     0,
     {"openb-pod-0001,27,473,473,6000,12288,1,1,2,generic,,0"},
     {"left out"}},
    {"nothing to import", "import", 2, {"no file is given"}, {}},
    {"a kind that is none",
     "import slurm F/sacct.txt",
     2,
     {"'slurm' is neither a kind nor a file"},
     {}},
    {"a file that is not there", "import kubectl F/none.json", 2, {"none.json"}, {}},
};

class Door : public FolderTest {
 protected:
  void SetUp() override {
    FolderTest::SetUp();
    for (const auto& [name, bytes] : door_files()) write(name, bytes);
  }

  std::vector<std::string> words_of(const std::string& command) const {
    std::vector<std::string> words;
    std::istringstream text(command);
    for (std::string word; text >> word;) {
      for (size_t i = word.find("F/"); i != std::string::npos; i = word.find("F/", i + 1))
        if (i == 0 || word[i - 1] == '=' || word[i - 1] == ',') word.replace(i, 2, at(""));
      words.push_back(word);
    }
    return words;
  }
};

TEST_F(Door, EachRowEndsAndSpeaksAsItShould) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(std::string(row.what) + ": cusched " + row.command);
    const Outcome outcome = cusched_command(words_of(row.command));
    const std::string text = outcome.out + outcome.err;
    EXPECT_EQ(outcome.code, row.code) << text;
    for (const char* part : row.says)
      EXPECT_TRUE(contains(text, part)) << part << "\nin:\n" << text;
    for (const char* part : row.silent)
      EXPECT_FALSE(contains(text, part)) << part << "\nin:\n" << text;
  }
}

}  // namespace
}  // namespace cusched::test
