// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

// Nodes and pods in the form of the openb trace (Alibaba cluster-trace-gpu-v2023), as CSV with a
// heading (csv_reader.h: separators, quotes). CPU and memory may be quantities (units.h). Every
// reader throws InputError naming file, line and field.
namespace cusched {

inline constexpr int kMaxNodeGpus = 8;
inline constexpr int kGpuMilli = 1000;     // of one GPU
inline constexpr int kMaxListModels = 31;  // bits of OpenbPod::models
inline constexpr int kMaxListNodes = 4096;

struct OpenbNode {
  int32_t cpu_milli = 0, memory_mib = 0;
  int32_t gpus = 0;   // 0..8
  int32_t model = 0;  // index into OpenbNodes::models, or its size: no model
};

struct OpenbNodes {
  std::vector<OpenbNode> rows;      // in file order: row = node index
  std::vector<std::string> models;  // GPU models, in order of appearance
  std::string where;                // of the list, for messages
  std::vector<std::string> notes;   // for the user
};

// Columns sn, cpu_milli, memory_mib, gpu, model (empty: no model).
OpenbNodes read_openb_nodes(const std::string& path);

// Priority of a QoS class: BE 0, Burstable 1, LS 2, Guaranteed 3; -1: none of them.
int32_t openb_priority(const std::string& qos);
inline constexpr const char* kOpenbQosAdvice = "Choose from BE, Burstable, LS, Guaranteed";

struct OpenbPod {
  int32_t cpu_milli = 0, memory_mib = 0;
  int32_t gpus = 0;       // 0..8
  int32_t gpu_milli = 0;  // of each GPU: 1000, or less where gpus is 1; 0 without GPUs
  uint32_t models = 0;    // bit i: GPU model i will do; 0: any
  int32_t run_s = 0;      // from scheduling to deletion; -1: not known
  int32_t priority = 0;   // by QoS: BE 0, Burstable 1, LS 2, Guaranteed 3
  int32_t line = 0;       // in the file
  std::string number;     // what follows the last '-' of the name, e.g. "0255"
  std::string spec;       // gpu_spec as written

  bool shares_gpu() const { return gpus == 1 && gpu_milli < kGpuMilli; }
};

// Columns name, cpu_milli, memory_mib, num_gpu, gpu_milli; where there are: gpu_spec, qos,
// creation_time, deletion_time, scheduled_time (s or dates, rounded half up; empty: not known).
// `models`: those of the nodes, others are refused. `notes`, where given: what was assumed or not
// used is added.
std::vector<OpenbPod> read_openb_pods(const std::string& path,
                                      const std::vector<std::string>& models,
                                      std::vector<std::string>* notes = nullptr);

// "openb_pod_list_cpu050.csv" -> "cpu050"; other names without folder and ending.
std::string openb_workload_name(const std::string& pods_path);

// An arrival order, with the tie-break ranks of the nodes where a rank file has them.
struct OpenbOrder {
  std::string workload;
  int64_t seed = -1;           // -1: the file does not say
  std::vector<int32_t> pods;   // indices into the pod list
  std::vector<int32_t> ranks;  // (nodes) the lowest wins ties; empty: the order of the nodes
};

// Which rows of files of orders and ranks are meant.
struct OpenbChoice {
  std::string workload;         // of the pod list
  bool workload_given = false;  // false: a file with rows of one other workload is taken as it is
  int64_t seed = -1;            // only this one; -1: all ...
  int64_t preferred_seed = -1;  // ... or, where a file has it, only this one
};

// Reads the chosen orders in `files`: lines of a file with the columns workload, seed,
// pod_numbers_in_arrival_order, or the first column of a file of placements (its workload and seed
// from a name like "default.seed42.placements.csv"). `rank_file`: columns workload, seed, rank...;
// may be empty.
std::vector<OpenbOrder> read_openb_orders(const std::vector<std::string>& files,
                                          const std::string& rank_file, const OpenbChoice& choice,
                                          const std::vector<OpenbPod>& pods, int nodes);

}  // namespace cusched
