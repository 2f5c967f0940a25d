// SPDX-License-Identifier: MIT
#include "envs/importers/kubernetes_objects.h"

#include <algorithm>
#include <unordered_map>

#include "cuda/error.h"
#include "envs/importers/import_parts.h"

namespace cusched {
namespace {

class Collector {
 public:
  Collector(KubernetesObjects* objects, ImportedJobs* jobs) : objects_(objects), jobs_(jobs) {}

  void read(const TraceFile& file) {
    file_ = file.path;
    read_json_documents(file.text, file.path, [&](nlohmann::json&& value, int64_t line) {
      line_ = line;
      take(std::move(value), "");
    });
  }

 private:
  // `list_kind`: what the items of a list like JobList are, which do not say it themselves.
  void take(nlohmann::json&& value, const std::string& list_kind) {
    if (value.is_array()) {
      for (nlohmann::json& item : value) take(std::move(item), list_kind);
      return;
    }
    const JsonView view(&value, file_ + ":" + std::to_string(line_));
    if (!value.is_object()) {
      ++jobs_->read;
      count_one(&jobs_->left_out, "not a JSON object", view.where());
      return;
    }
    // A line of `--output-watch-events`.
    if (view["type"] && view["object"] && !view["kind"])
      return take(nlohmann::json(std::move(value["object"])), "");
    std::string kind = view["kind"].text();
    if (const JsonView items = view["items"]; items && items.raw()->is_array()) {
      const bool typed = kind.size() > 4 && kind.compare(kind.size() - 4, 4, "List") == 0;
      const std::string version = view["apiVersion"].text();
      const std::string of = typed ? version + " " + kind.substr(0, kind.size() - 4) : "";
      return take(nlohmann::json(std::move(value["items"])), of);
    }
    ++jobs_->read;
    std::string version = view["apiVersion"].text();
    if (kind.empty() && !list_kind.empty()) {
      version = list_kind.substr(0, list_kind.find(' '));
      kind = list_kind.substr(version.size() + 1);
    }
    if (kind == "Status" && view["message"])
      throw InputError(view.where(), "is an error of the API server: " + view["message"].text(),
                       "Mend that, and write the file again");
    const std::string group =
        version.find('/') == std::string::npos ? "" : version.substr(0, version.find('/'));
    add(std::move(value), kind, group);
  }

  void add(nlohmann::json&& value, const std::string& kind, const std::string& group) {
    KubernetesObject object;
    object.file = file_;
    object.number = jobs_->read;
    const JsonView metadata =
        JsonView(&value, file_ + ", object " + std::to_string(object.number))["metadata"];
    object.name = metadata["name"].text();
    object.space = metadata["namespace"].text();
    object.uid = metadata["uid"].text();
    for (const JsonView& owner : metadata["ownerReferences"].items())
      object.owners.push_back(owner["uid"].text());
    const bool kueue = group == "kueue.x-k8s.io";
    if (group == "scheduling.k8s.io" && kind == "PriorityClass")
      return add_class(value, object.name, &objects_->pod_class);
    if (kueue && kind == "WorkloadPriorityClass")
      return add_class(value, object.name, &objects_->queue_class);
    if (group == "batch" && kind == "Job") {
      object.kind = ObjectKind::kJob;
    } else if (kueue && kind == "Workload") {
      object.kind = ObjectKind::kWorkload;
    } else if (group.empty() && kind == "Pod") {
      object.kind = ObjectKind::kPod;
    } else {
      const std::string what = kind.empty() ? "without a kind"
                                            : "of kind " + in_quotes(kind) +
                                                  (group.empty() ? "" : " of " + in_quotes(group));
      count_one(&jobs_->left_out, "an object " + what,
                file_ + ", object " + std::to_string(object.number) +
                    (object.name.empty() ? "" : " " + in_quotes(object.name)));
      return;
    }
    object.value = std::move(value);
    const std::string key = !object.uid.empty() ? object.uid
                                                : std::to_string(static_cast<int>(object.kind)) +
                                                      " " + object.space + "/" + object.name;
    const auto [found, is_new] = place_.emplace(key, objects_->list.size());
    if (is_new || (object.uid.empty() && object.name.empty())) {
      objects_->list.push_back(std::move(object));
      return;
    }
    count_one(&jobs_->left_out, "an earlier state of an object that comes again", object.label());
    objects_->list[found->second] = std::move(object);
  }

  void add_class(const nlohmann::json& value, const std::string& name,
                 std::map<std::string, int64_t>* classes) {
    const JsonView view(&value, file_ + ", priority class " + in_quotes(name));
    (*classes)[name] = view["value"].integer(-kMaxPriorityValue, kMaxPriorityValue, 0);
    --jobs_->read;  // not one of the jobs, and used
  }

  KubernetesObjects* objects_;
  ImportedJobs* jobs_;
  std::string file_;
  int64_t line_ = 1;
  std::unordered_map<std::string, size_t> place_;
};

// For the Job that owns a Workload or pod; a Workload's stands before a pod's.
void keep_priority(const KubernetesObject& object, KubernetesObjects* objects) {
  const JsonView priority = object.view()["spec"]["priority"];
  if (!priority) return;
  const int64_t value = priority.integer(-kMaxPriorityValue, kMaxPriorityValue, 0);
  for (const std::string& owner : object.owners) {
    if (object.kind == ObjectKind::kWorkload)
      objects->owned_priority[owner] = value;
    else
      objects->owned_priority.emplace(owner, value);
  }
}

bool any_in(const std::vector<std::string>& owners, const std::set<std::string>& uids) {
  return std::any_of(owners.begin(), owners.end(),
                     [&](const std::string& uid) { return !uid.empty() && uids.count(uid) > 0; });
}

}  // namespace

std::string KubernetesObject::label() const {
  static constexpr const char* kNames[] = {"Job ", "Workload ", "Pod "};
  const std::string named = name.empty() ? "number " + std::to_string(number) : name;
  return kNames[static_cast<int>(kind)] + (space.empty() ? "" : space + "/") + named;
}

KubernetesObjects read_kubernetes_objects(const std::vector<TraceFile>& files, ImportedJobs* jobs) {
  // Of every cluster, unless the files say otherwise.
  KubernetesObjects objects;
  objects.pod_class = {{"system-cluster-critical", 2000000000},
                       {"system-node-critical", 2000001000}};
  Collector collector(&objects, jobs);
  for (const TraceFile& file : files) collector.read(file);
  return objects;
}

void drop_owned_objects(KubernetesObjects* objects, ImportedJobs* jobs) {
  std::set<std::string> job_uids;
  for (const KubernetesObject& object : objects->list)
    if (object.kind == ObjectKind::kJob && !object.uid.empty()) job_uids.insert(object.uid);
  // What a Workload stands for: its owners (a PyTorchJob, a JobSet, the pods of a group).
  std::set<std::string> managed;
  for (const KubernetesObject& object : objects->list)
    if (object.kind == ObjectKind::kWorkload && !any_in(object.owners, job_uids))
      managed.insert(object.owners.begin(), object.owners.end());
  std::vector<KubernetesObject> kept;
  for (KubernetesObject& object : objects->list) {
    const char* why = nullptr;
    switch (object.kind) {
      case ObjectKind::kJob:
        if (any_in(object.owners, managed)) why = "a Job of a Workload that is in the file";
        break;
      case ObjectKind::kWorkload:
        if (any_in(object.owners, job_uids)) why = "the Workload of a Job that is in the file";
        break;
      case ObjectKind::kPod:
        if (any_in(object.owners, job_uids)) why = "a pod of a Job that is in the file";
        if (any_in(object.owners, managed) || any_in({object.uid}, managed))
          why = "a pod of a Workload that is in the file";
        break;
    }
    if (why == nullptr) {
      kept.push_back(std::move(object));
      continue;
    }
    count_one(&jobs->left_out, why, object.label());
    if (object.kind != ObjectKind::kJob) keep_priority(object, objects);
  }
  objects->list = std::move(kept);
}

}  // namespace cusched
