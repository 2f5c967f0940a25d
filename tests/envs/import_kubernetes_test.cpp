// SPDX-License-Identifier: MIT
#include "tests/envs/import_test_util.h"

namespace cusched {
namespace {

constexpr TraceFormat kFormat = TraceFormat::kKubernetes;
constexpr int64_t kTen = 1767607200;  // 2026-01-05T10:00:00Z

std::string list_of(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : ",\n") + item;
  return R"({"apiVersion": "v1", "kind": "List", "items": [)" + text + "]}";
}

std::string meta(const std::string& name, const std::string& more = "") {
  return R"("metadata": {"namespace": "team", "name": ")" + name + R"(", "uid": "uid-)" + name +
         R"(", "creationTimestamp": "2026-01-05T10:00:00Z")" + more + "}";
}

std::string containers(const std::string& requests) {
  return R"("containers": [{"name": "main", "resources": {"requests": )" + requests + "}}]";
}

constexpr const char* kEnded =
    R"({"startTime": "2026-01-05T10:01:00Z", "completionTime": "2026-01-05T10:31:00Z",
        "conditions": [{"type": "Complete", "status": "True"}]})";

std::string job(const std::string& name, const std::string& spec, const std::string& pod,
                const std::string& status = kEnded, const std::string& more = "") {
  return R"({"apiVersion": "batch/v1", "kind": "Job", )" + meta(name, more) + R"(, "spec": {)" +
         spec + R"("template": {"spec": {)" + pod + R"(}}}, "status": )" + status + "}";
}

std::string pod(const std::string& name, const std::string& spec, const std::string& more = "") {
  return R"({"apiVersion": "v1", "kind": "Pod", )" + meta(name, more) + R"(, "spec": {)" + spec +
         R"(}, "status": {"phase": "Succeeded", "startTime": "2026-01-05T10:00:30Z",
         "containerStatuses": [{"state": {"terminated": {"startedAt": "2026-01-05T10:01:00Z",
         "finishedAt": "2026-01-05T10:02:30Z"}}}]}})";
}

std::string workload(const std::string& name, const std::string& sets, const std::string& more,
                     const std::string& end = R"(, {"type": "Finished", "status": "True",
                     "reason": "Succeeded", "lastTransitionTime": "2026-01-05T11:01:00Z"})",
                     const std::string& version = "v1beta2") {
  return R"({"apiVersion": "kueue.x-k8s.io/)" + version + R"(", "kind": "Workload", )" +
         meta(name, more) + R"(, "spec": {"queueName": "gpu", "priority": 7, "podSets": [)" + sets +
         R"(]}, "status": {"conditions": [{"type": "Admitted", "status": "True",
         "lastTransitionTime": "2026-01-05T10:01:00Z"})" +
         end + "]}}";
}

std::string pod_set(int count, const std::string& requests) {
  return R"({"name": "s", "count": )" + std::to_string(count) + R"(, "template": {"spec": {)" +
         containers(requests) + "}}}";
}

TEST(ImportKubernetes, AJobIsAGangOfItsParallelism) {
  const ImportedJobs jobs = import_text(
      kFormat, job("train", R"("parallelism": 4, "completions": 4, "activeDeadlineSeconds": 7200,)",
                   containers(R"({"cpu": "500m", "memory": "64Gi", "nvidia.com/gpu": "2"})"),
                   kEnded, R"(, "labels": {"kueue.x-k8s.io/queue-name": "gpu"})"));
  EXPECT_EQ(rows_of(jobs),
            "team/train," + std::to_string(kTen) + ",1800,7200,500,65536,2,4,0,generic,gpu,0\n");
  EXPECT_TRUE(jobs.left_out.empty());
  EXPECT_TRUE(jobs.notes.empty());
}

TEST(ImportKubernetes, MoreCompletionsThanParallelismAreTold) {
  const ImportedJobs jobs =
      import_text(kFormat, job("sweep", R"("parallelism": 3, "completions": 10,)",
                               containers(R"({"cpu": 1, "memory": 1048577})")));
  ASSERT_EQ(jobs.jobs.size(), 1u);
  EXPECT_EQ(jobs.jobs[0].pods, 3);
  EXPECT_EQ(jobs.jobs[0].cpu_milli, 1000);
  EXPECT_EQ(jobs.jobs[0].memory_mib, 2);  // up to whole MiB
  EXPECT_EQ(jobs.jobs[0].tenant, "team");
  EXPECT_EQ(told(jobs.notes)[0],
            "1 with more completions than parallelism: gangs of the parallelism, for the time of "
            "all completions (Job team/sweep)");
}

TEST(ImportKubernetes, TheEffectiveRequestIsTheSchedulers) {
  // Sidecar 250m + container 2 (a limit) = 2250m, below the init container's 4 + 250m; and 100m.
  const std::string spec = R"("containers": [{"resources": {"limits": {"cpu": 2, "memory": "1G"}}}],
      "initContainers": [
        {"restartPolicy": "Always", "resources": {"requests": {"cpu": "250m"}}},
        {"resources": {"requests": {"cpu": "4", "memory": "100Mi",
                                    "nvidia.com/mig-1g.5gb": 1}}}],
      "overhead": {"cpu": "100m", "memory": "134217728000m"})";
  const ImportedJobs jobs = import_text(kFormat, pod("p", spec));
  ASSERT_EQ(jobs.jobs.size(), 1u);
  EXPECT_EQ(jobs.jobs[0].cpu_milli, 4350);
  EXPECT_EQ(jobs.jobs[0].memory_mib, 954 + 128);  // 1 GB is 953.67 MiB
  EXPECT_EQ(jobs.jobs[0].gpus, 0);
  EXPECT_EQ(jobs.jobs[0].run_s, 90);
  EXPECT_EQ(told(jobs.notes)[0],
            "1 ask for 'nvidia.com/mig-1g.5gb', which is not taken (Pod team/p)");
}

TEST(ImportKubernetes, RequestsOfThePodStandForThoseOfItsContainers) {
  const ImportedJobs jobs =
      import_text(kFormat, pod("p", containers(R"({"cpu": 8, "memory": "1Gi", "amd.com/gpu": 1})") +
                                        R"(, "resources": {"requests": {"cpu": "6"}})"));
  EXPECT_EQ(jobs.jobs[0].cpu_milli, 6000);
  EXPECT_EQ(jobs.jobs[0].memory_mib, 1024);
  EXPECT_EQ(jobs.jobs[0].gpus, 1);
}

TEST(ImportKubernetes, GpuModelsAreWhatTheNodeHasToHave) {
  const auto model = [](const std::string& more,
                        const char* requests = R"({"nvidia.com/gpu": 1})") {
    return import_text(kFormat, pod("p", containers(requests) + ", " + more)).jobs.at(0).gpu_model;
  };
  const auto affinity = [](const std::string& terms) {
    return R"("affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution":
              {"nodeSelectorTerms": [)" +
           terms + "]}}}";
  };
  const std::string product = R"({"key": "nvidia.com/gpu.product", "operator": "In", "values": )";
  EXPECT_EQ(model(R"("nodeSelector": {"nvidia.com/gpu.product": "NVIDIA-A100-SXM4-80GB"})"),
            "NVIDIA-A100-SXM4-80GB");
  EXPECT_EQ(model(R"("nodeSelector": {"disk": "ssd"})"), "");
  EXPECT_EQ(model(R"("nodeSelector": {"nvidia.com/gpu.product": "A100"})", R"({"cpu": 1})"), "");
  EXPECT_EQ(model(affinity(R"({"matchExpressions": [)" + product + R"(["A100", "H100"]}]})")),
            "A100|H100");
  EXPECT_EQ(model(affinity(R"({"matchExpressions": [)" + product + R"(["A100"]}]},
                             {"matchExpressions": [)" +
                           product + R"(["T4"]}]})")),
            "A100|T4");
  EXPECT_EQ(model(affinity(R"({"matchExpressions": [)" + product + R"(["A100"]}]},
                             {"matchExpressions": [{"key": "zone", "operator": "Exists"}]})")),
            "")
      << "one of the terms will do";
}

TEST(ImportKubernetes, WorkloadsOfBothVersions) {
  for (const char* version : {"v1beta1", "v1beta2"}) {
    const ImportedJobs jobs = import_text(
        kFormat,
        workload("w",
                 pod_set(1, R"({"cpu": 1, "memory": "1Gi"})") + "," +
                     pod_set(3, R"({"cpu": "500m", "memory": "2Gi", "nvidia.com/gpu": 8})"),
                 R"(, "ownerReferences": [{"kind": "PyTorchJob", "uid": "x"}])",
                 R"(, {"type": "Finished", "status": "True", "reason": "Succeeded",
                     "lastTransitionTime": "2026-01-05T11:01:00Z"})",
                 version));
    EXPECT_EQ(rows_of(jobs),
              "team/w," + std::to_string(kTen) + ",3600,3600,1000,2048,8,4,7,generic,gpu,0\n");
    EXPECT_EQ(told(jobs.notes)[0],
              "1 with pod sets of several sizes: every pod has the largest one (Workload team/w)");
  }
}

TEST(ImportKubernetes, NothingIsCountedTwice) {
  const std::string owned = R"(, "ownerReferences": [{"kind": "Job", "uid": "uid-j"}])";
  const std::string of_other = R"(, "ownerReferences": [{"kind": "RayJob", "uid": "ray"}])";
  const std::string one = containers(R"({"cpu": 1, "memory": "1Gi"})");
  const ImportedJobs jobs = import_text(
      kFormat,
      list_of({pod("a", one, owned), job("j", "", one), workload("w", pod_set(1, "{}"), owned),
               workload("r", pod_set(2, R"({"cpu": 2})"), of_other), pod("b", one, of_other),
               job("inner", "", one, kEnded, of_other), job("j", "", one)}));
  ASSERT_EQ(jobs.jobs.size(), 2u);
  EXPECT_EQ(jobs.jobs[0].id, "team/j");
  EXPECT_EQ(jobs.jobs[0].priority, 7);  // of its Workload
  EXPECT_EQ(jobs.jobs[1].id, "team/r");
  EXPECT_EQ(told(jobs.left_out),
            (Lines{"1 an earlier state of an object that comes again (Job team/j)",
                   "1 a pod of a Job that is in the file (Pod team/a)",
                   "1 the Workload of a Job that is in the file (Workload team/w)",
                   "1 a pod of a Workload that is in the file (Pod team/b)",
                   "1 a Job of a Workload that is in the file (Job team/inner)"}));
}

TEST(ImportKubernetes, WhatHasNotEndedWellIsLeftOut) {
  const std::string one = containers(R"({"cpu": 1})");
  const auto with = [&](const char* name, const char* status) {
    return job(name, "", one, status);
  };
  const ImportedJobs jobs = import_text(
      kFormat,
      list_of({job("good", "", one), with("waits", "{}"), with("none", "null"),
               with("runs", R"({"startTime": "2026-01-05T10:01:00Z"})"),
               with("held", R"({"conditions": [{"type": "Suspended", "status": "True"}]})"),
               with("bad", R"({"startTime": "2026-01-05T10:01:00Z",
                           "conditions": [{"type": "Failed", "status": "True"}]})"),
               with("back", R"({"startTime": "2026-01-05T10:01:00Z",
                            "completionTime": "2026-01-05T10:00:59Z"})"),
               R"({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}})",
               R"({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "early"},
               "status": {"startTime": "2026-01-05T10:01:00Z",
                          "completionTime": "2026-01-05T10:02:00Z"}})",
               job("empty", R"("parallelism": 0,)", one), "7"}));
  ASSERT_EQ(jobs.jobs.size(), 1u);
  EXPECT_EQ(told(jobs.left_out),
            (Lines{"1 an object of kind 'Deployment' of 'apps' (jobs, object 8 'd')",
                   "1 not a JSON object (jobs:1)", "2 pending (Job team/waits)",
                   "1 still running (Job team/runs)", "1 suspended (Job team/held)",
                   "1 failed (Job team/bad)", "1 ends before it starts (Job team/back)",
                   "1 without a creationTimestamp (Job early)", "1 no pods (Job team/empty)"}));
}

TEST(ImportKubernetes, PrioritiesComeFromClassesAndAreRanked) {
  const std::string one = containers(R"({"cpu": 1})");
  const auto with = [&](const char* name, const char* priority) {
    return job(
        name, "", one, kEnded,
        std::string(R"(, "labels": {"kueue.x-k8s.io/priority-class": ")") + priority + "\"}");
  };
  const auto priority_class = [](const char* name, int value) {
    return std::string(R"({"apiVersion": "kueue.x-k8s.io/v1beta1", "kind":
        "WorkloadPriorityClass", "metadata": {"name": ")") +
           name + R"("}, "value": )" + std::to_string(value) + "}";
  };
  const ImportedJobs jobs = import_text(
      kFormat, list_of({priority_class("low", -100), priority_class("high", 1000),
                        with("a", "high"), with("b", "low"), with("c", "unknown"),
                        job("d", "", one + R"(, "priorityClassName": "system-node-critical")")}));
  ASSERT_EQ(jobs.jobs.size(), 4u);
  EXPECT_EQ(jobs.jobs[0].priority, 2);
  EXPECT_EQ(jobs.jobs[1].priority, 0);
  EXPECT_EQ(jobs.jobs[2].priority, 1);
  EXPECT_EQ(jobs.jobs[3].priority, 3);
  EXPECT_EQ(told(jobs.notes)[0],
            "1 name priority class 'unknown', whose value is not in the file: priority 0 (get "
            "priorityclasses,workloadpriorityclasses too) (Job team/c)");
  EXPECT_EQ(told(jobs.notes)[1],
            "priorities are taken by rank: -100 is 0, 0 is 1, 1000 is 2, 2000001000 is 3");
}

TEST(ImportKubernetes, PodsOfAGroupAreAGangAndQueuesAreOfANamespace) {
  const std::string group = R"(, "labels": {"kueue.x-k8s.io/pod-group-name": "g",
                                 "kueue.x-k8s.io/queue-name": "main"})";
  std::string other = job("o", "", containers(R"({"cpu": 1})"), kEnded,
                          R"(, "labels": {"kueue.x-k8s.io/queue-name": "main"})");
  other.replace(other.find("\"team\""), 6, "\"else\"");
  const ImportedJobs jobs =
      import_text(kFormat, pod("p1", containers(R"({"cpu": 1})"), group) + "\n" +
                               pod("p2", containers(R"({"cpu": 2})"), group) + "\n" + other);
  ASSERT_EQ(jobs.jobs.size(), 2u);
  EXPECT_EQ(jobs.jobs[0].tenant, "else/main");
  EXPECT_EQ(jobs.jobs[1].id, "team/p1");
  EXPECT_EQ(jobs.jobs[1].pods, 2);
  EXPECT_EQ(jobs.jobs[1].cpu_milli, 2000);
  EXPECT_EQ(jobs.jobs[1].run_s, 90);
  EXPECT_EQ(jobs.jobs[1].tenant, "team/main");
}

TEST(ImportKubernetes, ListsOfAKindAndWatchEventsAreOpened) {
  std::string item = job("j", "", containers(R"({"cpu": 1})"));
  const std::string bare =
      "{" + item.substr(item.find("\"metadata\""));  // no kind, as in a JobList
  EXPECT_EQ(import_text(kFormat,
                        R"({"apiVersion": "batch/v1", "kind": "JobList", "items": [)" + bare + "]}")
                .jobs.size(),
            1u);
  EXPECT_EQ(import_text(kFormat, R"({"type": "ADDED", "object": )" + item + "}").jobs.size(), 1u);
  EXPECT_EQ(import_text(kFormat, "\xEF\xBB\xBF[" + item + "]").jobs.size(), 1u);
}

TEST(ImportKubernetes, ControlCharactersOfNamesDoNotReachTheTable) {
  const ImportedJobs jobs =
      import_text(kFormat, job("a", "", containers(R"({"cpu": 1})"), kEnded,
                               R"(, "labels": {"kueue.x-k8s.io/queue-name": "q\u0000\n\u00e9"})"));
  EXPECT_EQ(jobs.jobs[0].tenant, "q??\u00e9");
}

TEST(ImportKubernetes, HostileInputIsRefusedWithItsPlace) {
  const auto says = [](const std::string& text, const std::string& part) {
    const std::string message = refusal(kFormat, text);
    EXPECT_NE(message.find(part), std::string::npos) << message;
  };
  const std::string one = containers(R"({"cpu": 1})");
  says("", "no job in this file");
  says("{}", "1 left out: an object without a kind");
  says("\n\n{\"kind\":\n}", "jobs:4: is not JSON: syntax error");
  says("{\"kind\": \"Job", "jobs:1: the JSON that begins here does not end");
  says(std::string(1000000, '['), "nested more than 100 deep");
  says("apiVersion: v1\n", "jobs:1: is not JSON: 'apiVersion: v1'");
  says("{\"kind\": \"\xff\"}", "is not JSON");
  says(job("j", R"("parallelism": -1,)", one), "Job team/j, field spec.parallelism: -1 is out");
  says(job("j", R"("parallelism": 1e300,)", one), "field spec.parallelism: 1e+300 is out");
  says(job("j", R"("parallelism": "two",)", one), "parallelism: is a JSON string, not a number");
  says(job("j", "", containers(R"({"cpu": "lots"})")),
       "field spec.template.spec.containers[0].resources.requests.cpu: 'lots' is not a quantity");
  says(job("j", "", containers(R"({"cpu": true})")), "is a JSON boolean, not a text");
  says(job("j", "", containers(R"({"cpu": 1e15})")), "1 left out: a pod above 1,048,576 cores");
  says(job("j", R"("parallelism": 2000, "completions": 2000,)", one), "more than 1024 pods");
  says(job("j", "", R"("containers": {"a": 1})"), "containers: is a JSON object, not a list");
  says(job("j", "", one, "[]"), "Job team/j, field status: is a JSON array, not an object");
  says(job("j", "", one, R"({"startTime": "yesterday"})"), "'yesterday' is not a time");
  says(R"({"kind": 5})", "field kind: is a JSON number, not a text");
  says(R"({"kind": "Status", "message": "Unauthorized"})", "error of the API server: Unauthorized");
}

TEST(ImportKubernetes, AKeyGivenTwiceIsRefusedAtEveryDepth) {
  const std::string text =
      "{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": [\n"
      "{\"kind\": \"Job\", \"spec\": {\"a\": [{}, {\"b\": 1}]},\n \"spec\": {}}]}";
  EXPECT_EQ(refusal(kFormat, text),
            error_message("jobs:3, field 'spec': is given twice in one object, first in line 2 "
                          "(bytes 70 and 102)",
                          "", "Give the JSON as the tool wrote it; remove one of the two"));
  // A second document, escapes, and a key of two objects that is fine in each.
  EXPECT_NE(refusal(kFormat, job("a", "", "") + "\n" + R"({"a": {"b": {"x": 1, "\u0078": 2}}})")
                .find("'x': is given twice"),
            std::string::npos);
  EXPECT_NE(refusal(TraceFormat::kPhilly, R"([{"jobid": "a", "attempts": [], "jobid": "b"}])")
                .find("jobs:1, field 'jobid': is given twice in one object"),
            std::string::npos);
}

}  // namespace
}  // namespace cusched
