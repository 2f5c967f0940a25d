// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "cuda/error.h"
#include "envs/importers/import_parts.h"
#include "envs/importers/kubernetes_objects.h"
#include "envs/importers/kubernetes_request.h"

// Jobs (batch/v1), Workloads (kueue.x-k8s.io) and Pods of `kubectl get -o json`.
namespace cusched {
namespace {

constexpr const char* kQueueLabel = "kueue.x-k8s.io/queue-name";
constexpr const char* kGroupLabel = "kueue.x-k8s.io/pod-group-name";
constexpr int64_t kMaxCount = int64_t{1} << 31;
constexpr int64_t kMaxSeconds = int64_t{1} << 50;

// When an object ran, or why it gives no job.
struct Run {
  int64_t start = -1, end = -1;
  const char* why_not = nullptr;
};

// Time of the condition where it is true; -1 otherwise.
int64_t condition_time(const JsonView& status, const std::string& type, std::string* reason) {
  for (const JsonView& condition : status["conditions"].items()) {
    if (condition["type"].text() != type || condition["status"].text() != "True") continue;
    if (reason != nullptr) *reason = condition["reason"].text();
    return std::max<int64_t>(condition["lastTransitionTime"].time(), 0);
  }
  return -1;
}

Run job_run(const JsonView& job) {
  const JsonView status = job["status"];
  Run run{status["startTime"].time(), status["completionTime"].time()};
  if (run.end < 0) run.end = condition_time(status, "Complete", nullptr);
  if (condition_time(status, "Failed", nullptr) >= 0)
    run.why_not = "failed";
  else if (run.start < 0)
    run.why_not = condition_time(status, "Suspended", nullptr) >= 0 ? "suspended" : "pending";
  else if (run.end < 0)
    run.why_not = "still running";
  return run;
}

Run workload_run(const JsonView& workload) {
  const JsonView status = workload["status"];
  std::string reason;
  Run run{condition_time(status, "Admitted", nullptr), condition_time(status, "Finished", &reason)};
  if (run.start < 0) run.start = condition_time(status, "QuotaReserved", nullptr);
  if (run.end >= 0 && reason == "Failed")
    run.why_not = "failed";
  else if (run.start < 0)
    run.why_not = run.end < 0 ? "pending" : "without the time of its admission";
  else if (run.end < 0)
    run.why_not = "still running";
  return run;
}

Run pod_run(const JsonView& pod) {
  const JsonView status = pod["status"];
  const std::string phase = status["phase"].text();
  Run run;
  if (phase == "Failed") run.why_not = "failed";
  if (phase == "Running") run.why_not = "still running";
  if (phase.empty() || phase == "Pending") run.why_not = "pending";
  if (phase == "Unknown") run.why_not = "of unknown phase";
  if (run.why_not != nullptr) return run;
  for (const char* kind : {"initContainerStatuses", "containerStatuses"}) {
    for (const JsonView& container : status[kind].items()) {
      const JsonView ended = container["state"]["terminated"];
      const int64_t start = ended["startedAt"].time(), end = ended["finishedAt"].time();
      if (start >= 0) run.start = run.start < 0 ? start : std::min(run.start, start);
      run.end = std::max(run.end, end);
    }
  }
  if (run.start < 0) run.start = status["startTime"].time();
  if (run.start < 0 || run.end < 0) run.why_not = "without the times of its containers";
  return run;
}

class Importer {
 public:
  Importer(const KubernetesObjects& objects, ImportedJobs* jobs) : objects_(objects), jobs_(jobs) {
    find_queues_of_several_namespaces();
  }

  void take(const KubernetesObject& object) {
    const JsonView view = object.view();
    const bool is_job = object.kind == ObjectKind::kJob;
    const bool is_workload = object.kind == ObjectKind::kWorkload;
    const Run run = is_job ? job_run(view) : is_workload ? workload_run(view) : pod_run(view);
    if (object.kind == ObjectKind::kPod) {
      const std::string group = view["metadata"]["labels"][kGroupLabel].text();
      if (!group.empty()) return take_member(object, run, &groups_[object.space + "/" + group]);
    }
    const auto leave = [&](const char* why) { count_one(&jobs_->left_out, why, object.label()); };
    const int64_t submit = view["metadata"]["creationTimestamp"].time();
    if (run.why_not != nullptr) return leave(run.why_not);
    if (submit < 0) return leave("without a creationTimestamp");
    ImportedJob job;
    job.submit_s = submit;
    PodRequest request;
    const JsonView spec = view["spec"];
    if (is_job)
      take_job(spec, &job, &request, object);
    else if (is_workload)
      take_workload(spec, &job, &request, object);
    else
      take_pod(spec, &job, &request);
    if (object.kind == ObjectKind::kPod && !object.owners.empty())
      count_one(&jobs_->notes, "are pods whose owner is not in the file", object.label());
    keep(std::move(job), run, request, object);
  }

  // The pods of a group start together: one gang of the largest of them, from the first start to
  // the last end.
  void finish() {
    for (auto& [name, group] : groups_) {
      const KubernetesObject& first = *group.first;
      if (group.why_not == nullptr) {
        keep(std::move(group.job), group.run, group.request, first);
        count_one(&jobs_->notes, "are groups of pods, taken as gangs", first.label());
      } else {
        count_one(&jobs_->left_out, "a group with a pod that is " + std::string(group.why_not),
                  first.label());
      }
    }
  }

 private:
  struct Group {
    const KubernetesObject* first = nullptr;
    ImportedJob job;
    Run run;
    PodRequest request;
    const char* why_not = nullptr;
  };

  void take_member(const KubernetesObject& object, const Run& run, Group* group) {
    const JsonView view = object.view();
    const int64_t submit = view["metadata"]["creationTimestamp"].time();
    if (run.why_not != nullptr) group->why_not = run.why_not;
    if (submit < 0) group->why_not = "without a creationTimestamp";
    ImportedJob pod;
    PodRequest request;
    take_pod(view["spec"], &pod, &request);
    take_larger(&group->request, request);
    ImportedJob& job = group->job;
    job.estimate_s = std::max(job.estimate_s, pod.estimate_s);
    group->run.end = std::max(group->run.end, run.end);
    if (group->first != nullptr) {
      ++job.pods;
      job.submit_s = std::min(job.submit_s, submit);
      group->run.start = std::min(group->run.start, run.start);
      return;
    }
    group->first = &object;
    job.submit_s = submit;
    group->run.start = run.start;
  }

  // What all kinds of objects have.
  void keep(ImportedJob job, const Run& run, const PodRequest& request,
            const KubernetesObject& object) {
    if (run.end < run.start)
      return count_one(&jobs_->left_out, "ends before it starts", object.label());
    job.run_s = run.end - run.start;
    if (job.run_s == 0) {
      job.run_s = 1;
      count_one(&jobs_->notes, "started and ended in the same second: taken as 1 s",
                object.label());
    }
    set_request(request, &job, object);
    job.line = object.number;
    job.tenant = tenant_of(object);
    job.priority = priority_of(object);
    job.id = unused_id(object);
    keep_job(jobs_, std::move(job), object.label());
  }

  void take_job(const JsonView& spec, ImportedJob* job, PodRequest* request,
                const KubernetesObject& object) {
    const int64_t parallelism = spec["parallelism"].integer(0, kMaxCount, 1);
    const int64_t completions = spec["completions"].integer(0, kMaxCount, parallelism);
    job->pods = std::min(parallelism, completions);
    if (completions > parallelism)
      count_one(&jobs_->notes,
                "with more completions than parallelism: gangs of the parallelism, for the time "
                "of all completions",
                object.label());
    job->estimate_s = spec["activeDeadlineSeconds"].integer(0, kMaxSeconds, 0);
    *request = pod_request(spec["template"]["spec"]);
  }

  void take_workload(const JsonView& spec, ImportedJob* job, PodRequest* request,
                     const KubernetesObject& object) {
    job->pods = 0;
    bool differ = false;
    for (const JsonView& set : spec["podSets"].items()) {
      const int64_t count = set["count"].integer(0, kMaxCount, 1);
      if (count == 0) continue;
      const JsonView pod = set["template"]["spec"];
      const PodRequest one = pod_request(pod);
      const PodRequest before = *request;
      const bool first = job->pods == 0;
      take_larger(request, one);
      differ =
          differ || (!first && (one.cpu_milli != before.cpu_milli ||
                                one.memory_mib != before.memory_mib || one.gpus != before.gpus));
      job->pods = std::min(job->pods + count, kMaxCount);
      job->estimate_s =
          std::max(job->estimate_s, pod["activeDeadlineSeconds"].integer(0, kMaxSeconds, 0));
    }
    job->estimate_s = spec["maximumExecutionTimeSeconds"].integer(0, kMaxSeconds, job->estimate_s);
    if (differ)
      count_one(&jobs_->notes, "with pod sets of several sizes: every pod has the largest one",
                object.label());
  }

  static void take_pod(const JsonView& spec, ImportedJob* job, PodRequest* request) {
    job->estimate_s = spec["activeDeadlineSeconds"].integer(0, kMaxSeconds, 0);
    *request = pod_request(spec);
  }

  // Up to whole milli-CPU, MiB and GPUs; what is too large for a job is cut to what keep_job()
  // leaves out.
  void set_request(const PodRequest& request, ImportedJob* job, const KubernetesObject& object) {
    const auto up = [](double amount) {
      return static_cast<int64_t>(std::ceil(std::min(amount - 1e-7, 4e18)));
    };
    job->cpu_milli = up(request.cpu_milli);
    job->memory_mib = up(request.memory_mib);
    job->gpus = up(request.gpus);
    job->gpu_model = request.gpu_model;
    for (const auto& other : request.others)
      count_one(&jobs_->notes, "ask for " + in_quotes(other.first) + ", which is not taken",
                object.label());
    if (request.cpu_milli == 0 && request.memory_mib == 0 && request.gpus == 0)
      count_one(&jobs_->notes, "ask for nothing (no requests and no limits)", object.label());
  }

  static std::string queue_of(const KubernetesObject& object) {
    const JsonView view = object.view();
    if (object.kind == ObjectKind::kWorkload) return view["spec"]["queueName"].text();
    return view["metadata"]["labels"][kQueueLabel].text();
  }

  // Queues belong to a namespace: those of one name in several are told apart.
  void find_queues_of_several_namespaces() {
    std::map<std::string, std::string> space_of;
    for (const KubernetesObject& object : objects_.list) {
      const std::string queue = queue_of(object);
      if (queue.empty()) continue;
      const auto [found, is_new] = space_of.emplace(queue, object.space);
      if (!is_new && found->second != object.space) shared_queues_.insert(queue);
    }
  }

  std::string tenant_of(const KubernetesObject& object) const {
    const std::string queue = queue_of(object);
    if (queue.empty()) return object.space;
    return shared_queues_.count(queue) > 0 ? object.space + "/" + queue : queue;
  }

  int64_t class_value(const std::map<std::string, int64_t>& values, const std::string& name,
                      const KubernetesObject& object) {
    const auto found = values.find(name);
    if (found != values.end()) return found->second;
    count_one(&jobs_->notes,
              "name priority class " + in_quotes(name) +
                  ", whose value is not in the file: priority 0 (get "
                  "priorityclasses,workloadpriorityclasses too)",
              object.label());
    return 0;
  }

  int64_t priority_of(const KubernetesObject& object) {
    const JsonView view = object.view(), spec = view["spec"];
    if (object.kind != ObjectKind::kJob)
      return spec["priority"].integer(-kMaxPriorityValue, kMaxPriorityValue, 0);
    const auto owned = objects_.owned_priority.find(object.uid);
    if (owned != objects_.owned_priority.end()) return owned->second;
    const std::string queue_class =
        view["metadata"]["labels"]["kueue.x-k8s.io/priority-class"].text();
    if (!queue_class.empty()) return class_value(objects_.queue_class, queue_class, object);
    const JsonView pod = spec["template"]["spec"];
    if (pod["priority"]) return pod["priority"].integer(-kMaxPriorityValue, kMaxPriorityValue, 0);
    const std::string pod_class = pod["priorityClassName"].text();
    return pod_class.empty() ? 0 : class_value(objects_.pod_class, pod_class, object);
  }

  // "team-a/train"; with the uid where that name was there before.
  std::string unused_id(const KubernetesObject& object) {
    const std::string name = object.name.empty() ? std::to_string(object.number) : object.name;
    std::string id = object.space.empty() ? name : object.space + "/" + name;
    if (!ids_.insert(id).second) {
      id += " " + (object.uid.empty() ? std::to_string(object.number) : object.uid);
      ids_.insert(id);
    }
    return id;
  }

  const KubernetesObjects& objects_;
  ImportedJobs* jobs_;
  std::set<std::string> shared_queues_, ids_;
  std::map<std::string, Group> groups_;  // by namespace and name
};

}  // namespace

void import_kubernetes(const std::vector<TraceFile>& files, ImportedJobs* jobs) {
  KubernetesObjects objects = read_kubernetes_objects(files, jobs);
  drop_owned_objects(&objects, jobs);
  Importer importer(objects, jobs);
  for (const KubernetesObject& object : objects.list) importer.take(object);
  importer.finish();
}

}  // namespace cusched
