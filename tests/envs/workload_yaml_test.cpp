// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <cmath>

#include "envs/readers/text_input.h"
#include "tests/envs/workload_test_util.h"

namespace cusched {
namespace {

const char* const kYaml = R"(name: two-kinds
load: 0.5
tenants: [1, 1]
urgent: 0
estimate: [1000, 2000]
templates:
  - name: short
    type: batch
    cpu_milli: [100, 200]
    memory_mib: 64
    run_s: 60
    priority: [1, 3]
  - name: train
    type: ml
    cpu_milli: 4000
    memory_mib: 8192
    run_s: [600, 1200]
    jitter: 0.1
    gang: {probability: 0.5, pods: [2, 4]}
    gpus: [0, 1]
    memory_use: [500, 700, 1400]
    memory_limit: 1300
mix:
  - shares: {short: 3, train: 1}
  - hours: [0, 11]
    rate: 10
  - hours: 12
    rate: 0
  - hours: [13, 23]
    rate: 10
)";

TEST(Yaml, ReadsAMix) {
  const MixSpec spec = parse_mix_yaml(kYaml, "m.yaml");
  EXPECT_EQ(spec.name, "two-kinds");
  ASSERT_EQ(spec.templates.size(), 2u);
  EXPECT_EQ(spec.rate_per_hour[11], 10);
  EXPECT_EQ(spec.rate_per_hour[12], 0);
  EXPECT_EQ(spec.shares[23], (std::vector<double>{3, 1}));
  const Workload w = build_mix(spec, WorkloadConfig{}, default_cluster());
  EXPECT_NEAR(w.offered_load, 0.5, 1e-9);
  EXPECT_EQ(w.max_pods, 4);
  EXPECT_EQ(w.jobs_per_hour[12], 0);
  for (const Job& job : draw_jobs(w.view(), {1, 0, 0, 0}, 3000)) {
    ASSERT_LT(job.tenant, 2);
    ASSERT_EQ(job.urgent, 0);
    if (job.type == JobType::kBatch) {
      ASSERT_EQ(job.run, 60);
      ASSERT_GE(job.cpu_milli, 100);
      ASSERT_LE(job.cpu_milli, 200);
    } else {
      ASSERT_EQ(job.gpus, 1);
      ASSERT_LE(job.pods(), 4);
      ASSERT_EQ(job.memory_limit, 1300);
    }
  }
}

TEST(Yaml, ExtendsABuiltInMix) {
  const MixSpec spec = parse_mix_yaml(
      "extends: skrueue-templates\n"
      "templates:\n  - {name: quick-task, cpu_milli: 250}\n"
      "  - {name: extra, cpu_milli: 700, run_s: 100}\n"
      "mix:\n  - {hours: [0, 5], shares: {extra: 1}}\n",
      "m.yaml");
  ASSERT_EQ(spec.templates.size(), 7u);
  EXPECT_EQ(spec.templates[5].cpu_milli.low, 250);
  EXPECT_EQ(spec.templates[5].memory_mib.low, 256);
  EXPECT_EQ(spec.shares[0].back(), 1);
  EXPECT_EQ(spec.shares[0][0], 0);
  EXPECT_EQ(spec.shares[12].back(), 0);
  EXPECT_EQ(spec.rate_per_hour[0], 2);
}

TEST(Yaml, UnitsAreThoseOfOtherFiles) {
  const MixSpec spec = parse_mix_yaml(
      "templates:\n"
      "  - name: a\n    cpu_milli: 500m\n    memory_mib: 6Gi\n    run_s: 1h30m\n"
      "    floors: {cpu_milli: 0.1k, memory_mib: 512Mi, run_s: 01:30}\n"
      "  - name: b\n    cpu_milli: [250m, 4000]\n    memory_mib: [1Gi, 2048]\n"
      "    run_s: [10m, 2h]\n"
      "arrivals: {burst: 2, period_s: 4h, spacing_s: 2500ms}\n",
      "m.yaml");
  const TemplateSpec &a = spec.templates[0], &b = spec.templates[1];
  EXPECT_EQ(a.cpu_milli.low, 500);
  EXPECT_EQ(a.memory_mib.high, 6144);
  EXPECT_EQ(a.run_s.low, 5400);
  EXPECT_EQ(a.cpu_floor_milli, 100000);
  EXPECT_EQ(a.memory_floor_mib, 512);
  EXPECT_EQ(a.run_floor_s, 90);
  EXPECT_EQ(b.cpu_milli.low, 250);
  EXPECT_EQ(b.cpu_milli.high, 4000);
  EXPECT_EQ(b.memory_mib.low, 1024);
  EXPECT_EQ(b.memory_mib.high, 2048);
  EXPECT_EQ(b.run_s.low, 600);
  EXPECT_EQ(b.run_s.high, 7200);
  EXPECT_EQ(spec.burst_period_s, 14400);
  EXPECT_EQ(spec.burst_spacing_s, 2.5);

  const auto message = [](const std::string& line) {
    return input_error(
        [&] { parse_mix_yaml("templates:\n  - name: a\n    " + line + "\n", "m.yaml"); });
  };
  EXPECT_EQ(message("memory_mib: 500m"),
            error_message("m.yaml:3, field templates.0.memory_mib: '500m' is not a quantity", "",
                          "'m' is a thousandth, which memory has none of: write Mi for MiB or M "
                          "for 10^6 bytes"));
  EXPECT_EQ(
      message("memory_mib: 64G"),
      error_message("m.yaml:3, field templates.0.memory_mib: 64G is not a whole number of MiB", "",
                    "The nearest is 61035"));
  EXPECT_EQ(message("run_s: 1500ms"),
            error_message("m.yaml:3, field templates.0.run_s: 1500ms is not a whole number of s",
                          "", "The nearest is 2"));
  EXPECT_NE(message("run_s: [10m, soon]").find("field templates.0.run_s.1: 'soon' is not a dura"),
            std::string::npos);
  EXPECT_NE(message("priority: 1k").find("'1k' is not a number"), std::string::npos);
}

TEST(Yaml, AnHourIsNamedOnce) {
  const auto message = [](const std::string& mix) {
    return input_error(
        [&] { parse_mix_yaml("templates:\n  - {name: a}\nmix:\n" + mix, "m.yaml"); });
  };
  EXPECT_EQ(message("  - {hours: [0, 12], rate: 2}\n  - {hours: [12, 23], rate: 3}\n"),
            error_message("m.yaml:5, field mix.1.rate: hour 12 has one already, in line 4", "",
                          "Name each hour in one entry, e.g. hours: [0, 11] and hours: [12, 23]"));
  EXPECT_NE(message("  - rate: 2\n    shares: {a: 1}\n  - {hours: 3, shares: {a: 2}}\n")
                .find("m.yaml:6, field mix.1.shares: hour 3 has one already, in line 5"),
            std::string::npos);
  EXPECT_EQ(message("  - rate: 2\n  - {hours: 3, shares: {a: 2}}\n"), "");
}

TEST(Yaml, ErrorsNameFileLineAndField) {
  const auto message = [](const std::string& text) {
    return input_error([&] { parse_mix_yaml(text, "m.yaml"); });
  };
  EXPECT_EQ(
      message("templates:\n  - name: a\n    cpu: 3\n"),
      error_message("m.yaml:3, field templates.0.cpu: is not a known key", "",
                    "Known here: name, type, cpu_milli, memory_mib, run_s, priority, jitter, "
                    "floors, gang, gpus, gpu_model, cpu_use, memory_use, spike, memory_limit"));
  EXPECT_EQ(message("templates:\n  - name: a\n    run_s: -3\n"),
            error_message("m.yaml:3, field templates.0.run_s: -3 is out of range", "",
                          "Use a number from 1 to 1073741824"));
  EXPECT_EQ(message("templates:\n  - name: a\n    cpu_milli: [7, 3]\n"),
            error_message("m.yaml:3, field templates.0.cpu_milli: falls", "",
                          "Write the smaller end first"));
  EXPECT_EQ(message("load: .nan\n"), error_message("m.yaml:1, field load: '.nan' is not a number",
                                                   "", "Write a plain decimal number"));
  EXPECT_EQ(message("templates:\n  - {name: a}\nmix:\n  - {rate: 1, shares: {b: 1}}\n"),
            error_message("m.yaml:4, field mix.0.shares.b: is not a template", "",
                          "Use the name of a template"));
  EXPECT_EQ(
      message("templates:\n  - {name: a}\n"),
      error_message("m.yaml, mix: no job ever arrives", "", "Give at least one hour a rate > 0"));
  EXPECT_EQ(message("load: 1\n"),
            error_message("m.yaml, templates: 0 templates", "", "Give 1 to 64"));
  EXPECT_NE(message("templates: [\n").find("m.yaml:"), std::string::npos);
  EXPECT_NE(message("# nothing\n").find("m.yaml: holds comments only"), std::string::npos);
  EXPECT_EQ(message("load: 1\ntemplates:\n  - name: a\n    run_s:\n"),
            error_message("m.yaml:4, field templates.0.run_s: has no value", "",
                          "Give it one, or remove the key"));
  EXPECT_NE(message("").find("m.yaml: is empty"), std::string::npos);
  EXPECT_NE(message("extends: nothing\n").find("m.yaml:1, field extends"), std::string::npos);
}

TEST(Configuration, BadValuesAreRefused) {
  const auto message = [](const WorkloadConfig& config, const ClusterCapacity& cluster) {
    return input_error([&] { make_workload(config, cluster); });
  };
  WorkloadConfig config;
  config.name = "nothing";
  EXPECT_NE(message(config, default_cluster()).find("no workload is called 'nothing'"),
            std::string::npos);
  config = {};
  config.load = std::nan("");
  EXPECT_NE(message(config, default_cluster()).find("load: nan is out of range"),
            std::string::npos);
  config = {};
  config.tenants = {0.5, std::nan("")};
  EXPECT_NE(message(config, default_cluster()).find("tenants"), std::string::npos);
  config.tenants.assign(17, 1.0);
  EXPECT_NE(message(config, default_cluster()).find("tenants"), std::string::npos);
  config = {};
  config.job_limit = int64_t{1} << 31;
  EXPECT_NE(message(config, default_cluster()).find("job_limit"), std::string::npos);
  config = {};
  EXPECT_NE(message(config, {0, 0, 0, {}}).find("cluster, cpu_milli: 0 is out of range"),
            std::string::npos);
  EXPECT_NE(message(config, {-5, 0, 0, {}}).find("cluster, cpu_milli"), std::string::npos);
  config.name = "swf";
  EXPECT_NE(message(config, default_cluster()).find("has no trace file"), std::string::npos);
  config.name = "lublin";
  config.max_procs = 1000;
  EXPECT_NE(message(config, pool(256)).find("the largest node holds 256"), std::string::npos);
}

}  // namespace
}  // namespace cusched
