// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>

namespace cusched::test {

inline constexpr const char* kSwfJobs =
    "1 0 5 300 4 -1 -1 4 400 -1 1 1 1 1 1 -1 -1 -1\n"
    "2 60 5 50 2 -1 -1 2 200 -1 1 1 1 1 1 -1 -1 -1\n"
    "3 90 5 50 1 -1 -1 1 200 -1 1 1 1 1 1 -1 -1 -1\n";

// Small files of the kinds that people bring, by name.
inline const std::map<std::string, std::string>& door_files() {
  static const std::map<std::string, std::string> files = {
      // --- SWF ---------------------------------------------------------------------------------
      {"jobs", kSwfJobs},
      {"JOBS.SWF", std::string("; MaxProcs: 16\n") + kSwfJobs},
      {"bom.swf", std::string("\xEF\xBB\xBF; MaxProcs: 16\n") + kSwfJobs},
      {"thousands.swf", std::string("; MaxProcs: 1,024\n") + kSwfJobs},
      {"small.swf", std::string("; MaxProcs: 2\n") + kSwfJobs},
      {"wide.swf", "; MaxProcs: 4096\n1 0 5 3 4096 -1 -1 4096 200 -1 1 1 1 1 1 -1 -1 -1\n"},
      {"nodes.swf", std::string("; MaxNodes: 64\n") + kSwfJobs},
      {"partial.swf",
       "; MaxProcs: 16\n"
       "1 0 5 300 4 -1 -1 4 400 -1 1 1 1 1 1 -1 -1 -1\n"
       "1 0 5 100 4 -1 -1 4 400 -1 2 1 1 1 1 -1 -1 -1\n"
       "1 -1 20 200 4 -1 -1 4 400 -1 3 1 1 1 1 -1 -1 -1\n"},
      {"parts.swf",
       "; MaxProcs: 16\n"
       "1 0 5 100 4 -1 -1 4 400 -1 2 1 1 1 1 -1 -1 -1\n"
       "1 -1 20 200 4 -1 -1 4 400 -1 3 1 1 1 1 -1 -1 -1\n"},
      {"fraction.swf", "1 0.4 5 0.3 1 -1 -1 1 200 -1 1 1 1 1 1 -1 -1 -1\n"},
      {"half_procs.swf", "1 0 5 3 1.5 -1 -1 1 200 -1 1 1 1 1 1 -1 -1 -1\n"},
      {"milliseconds.swf", "1 1700000000000 5 3000 1 -1 -1 1 200 -1 1 1 1 1 1 -1 -1 -1\n"},
      {"utf16.swf", std::string("\xff\xfe;\0 \0", 6)},
      {"empty.swf", ""},
      {"page.swf", "<!DOCTYPE html>\n<html><body>Please log in</body></html>\n"},
      {"letter.dat", "Dear colleague,\nhere are the jobs.\n"},
      // --- CSV ---------------------------------------------------------------------------------
      {"JOBS.CSV", "submit_s,run_s,cpu_milli,memory_mib\n0,60,500,64\n9,60,500,64\n"},
      {"gang.csv", "submit_s,run_s,cpu_milli,memory_mib,pods\n0,60,500,64,128\n9,60,500,64,1\n"},
      {"gang_toolarge.csv",
       "submit_s,run_s,cpu_milli,memory_mib,pods\n0,60,1,1,1\n9,60,1,1,1025\n"},
      {"gang_misfit.csv",
       "submit_s,run_s,cpu_milli,memory_mib,pods\n0,60,1,1,1\n9,60,2000,1,256\n"},
      {"semicolon.csv",
       "job_id;submit_s;run_s;cpu_milli;memory_mib;gpus;tenant\n0;0;300;1000;2048;0;a\n"},
      {"tabs.csv", "submit_s\trun_s\tcpu_milli\tmemory_mib\n0\t300\t1000\t2048\n"},
      {"bars.csv", "submit_s|run_s|cpu_milli|memory_mib\n0|300|1000|2048\n"},
      {"excel.csv", "sep=;\r\nsubmit_s;run_s;cpu_milli;memory_mib;\r\n0;300;1000;2048;\r\n"},
      {"blanks.csv", "submit_s , run_s , cpu_milli , memory_mib\n 0 , 300 , 1000 , 2048 \n"},
      {"decimal_comma.csv", "submit_s;run_s;cpu_request;memory_request\n0;300;1,5;2\n"},
      {"no_header.csv", "0,300,1000,2048\n60,300,1000,2048\n"},
      {"other_header.csv", "a;run_s;cpu_milli;memory_mib\n0;300;1000;2048\n"},
      {"twice.csv", "submit_s,run_s,run_s,cpu_milli,memory_mib\n0,300,300,1000,2048\n"},
      {"only_header.csv", "submit_s,run_s,cpu_milli,memory_mib\n"},
      {"nan.csv", "submit_s,run_s,cpu_milli,memory_mib\n0,300,NaN,2048\n"},
      {"repeated.csv",
       "job_id,submit_s,run_s,cpu_milli,memory_mib\n7,0,300,1000,2048\n7,0,301,1000,2048\n"},
      {"no_submit.csv", "submit_s,run_s,cpu_milli,memory_mib\n,300,1000,2048\n5,9,1000,2048\n"},
      {"gpu_share.csv", "submit_s,run_s,cpu_milli,memory_mib,gpus\n0,300,1000,2048,0.5\n"},
      {"pods_fraction.csv", "submit_s,run_s,cpu_milli,memory_mib,pods\n0,300,1000,2048,1.9\n"},
      {"short_run.csv", "submit_s,run_s,cpu_milli,memory_mib\n0,0.3,1000,2048\n"},
      {"gpu_column.csv", "submit_s,run_s,cpu_milli,memory_mib,gpu\n0,300,1000,2048,1\n"},
      {"mem_column.csv", "submit_s,run_s,cpu_milli,mem_mib\n0,300,1000,2048\n"},
      {"case_column.csv", "Submit_S,run_s,cpu_milli,memory_mib\n0,300,1000,2048\n"},
      {"models.csv",
       "submit_s,run_s,cpu_milli,memory_mib,gpus,gpu_model\n0,300,1000,2048,1,A100\n"
       "5,300,1000,2048,1,H100|A100\n9,300,1000,2048,1,\n"},
      {"no_model.csv",
       "submit_s,run_s,cpu_milli,memory_mib,gpus,gpu_model\n0,300,1000,2048,1,A100||H100\n"},
      {"owner_column.csv", "submit_s,run_s,cpu_milli,memory_mib,owner\n0,300,1000,2048,me\n"},
      {"two_submits.csv",
       "submit_s,submission_time,run_s,cpu_milli,cpu_request,memory_mib\n0,9,300,1000,2,2048\n"},
      {"postgres.csv",
       "submission_time,start_time,completion_time,cpu_request,memory_request\n"
       "2024-03-10 01:00:00+00,2024-03-10 01:00:10 UTC,2024-03-10 01:00:50+00:00,2,4\n"},
      {"millis.csv", "submission_time,run_s,cpu_milli,memory_mib\n1710032400000,40,1000,2048\n"},
      {"micros.csv", "submission_time,run_s,cpu_milli,memory_mib\n1710032400000000,4,1,2\n"},
      {"us_date.csv", "submission_time,run_s,cpu_milli,memory_mib\n03/10/2024 01:00,4,1,2\n"},
      {"no_day.csv", "submit_s,run_s,cpu_milli,memory_mib\n2026-02-30T00:00:00Z,4,1,2\n"},
      {"date.csv", "submit_s,run_s,cpu_milli,memory_mib\n2026-02-28,4,1,2\n"},
      {"quantities.csv",
       "submit_s,run_s,cpu_milli,memory_mib,estimate_s\n0,1h30m,500m,64Gi,2-03:00:00\n"},
      {"milli_memory.csv", "submit_s,run_s,cpu_milli,memory_mib\n0,60,1000,500m\n"},
      // --- YAML --------------------------------------------------------------------------------
      {"mix.txt", "# a mix\nextends: skrueue-sim\nload: 0.5\n"},
      {"comments.yaml", "# nothing yet\n"},
      {"list.yaml", "- load\n- 0.9\n"},
      {"dup.yaml", "extends: skrueue-sim\nload: 0.5\nload: 0.9\n"},
      {"gangs.yaml",
       "templates:\n  - name: a\n    cpu_milli: 100\n    gang: {probability: 1, pods: [2, 64]}\n"
       "mix:\n  - rate: 10\n    shares: {a: 1}\n"},
      {"dup_below.yaml", "templates:\n  - name: a\n    run_s: 60\n    name: b\n"},
      {"two.yaml", "extends: skrueue-sim\n---\nload: 0.9\n"},
      {"units.yaml",
       "templates:\n  - name: a\n    cpu_milli: 500m\n    memory_mib: 6Gi\n    run_s: [10m, 2h]\n"
       "arrivals: {burst: 2, period_s: 4h, spacing_s: 5s}\n"},
      {"milli_memory.yaml", "templates:\n  - name: a\n    memory_mib: 500m\nmix:\n  - rate: 1\n"},
      {"hours.yaml",
       "extends: skrueue-sim\nmix:\n  - {hours: [0, 12], rate: 2}\n  - {hours: 12, rate: 3}\n"},
      {"no_value.yaml", "extends: skrueue-sim\nload:\n"},
      {"dup_config.yaml", "envs: 8\nload: 0.5\nload: 0.9\n"},
      {"same_config.yaml", "horizon-s: 600\nhorizon_s: 700\n"},
      {"two_config.yaml", "envs: 8\n---\nenvs: 16\n"},
      {"hidden_config.yaml", "envs: 8\n\x04\nseed: 9\n"},
      {"list_config.yaml", "- envs\n- 8\n"},
      {"tab_config.yaml", "reward:\n\tenvs: 8\n"},
      {"empty.yaml", ""},
      {"pairs.yaml", "quiet: False\nmembers: 2\nhorizon-s: [1d, 2h]\ncommit: No\nenvs: 8\n"},
      {"flow.yaml", "{\"env\": placement, envs: 8}\n"},
      {"no_trace.yaml", "trace: \"\"\n"},
      {"caf\xE9.yaml", "extends: skrueue-sim\n"},
      // --- policies and checkpoints ------------------------------------------------------------
      {"checkpoint", "CUSCHEDC and so on"},
      {"weights.pt", "PK\3\4 archive/data.pkl archive/data/0 PK\5\6 and eighteen bytes more"},
      // --- openb -------------------------------------------------------------------------------
      {"misfit_nodes.csv", "sn,cpu_milli,memory_mib,gpu,model\nn0,64000,262144,4,T4\n"},
      {"misfit_pods.csv",
       "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,creation_time,deletion_time\n"
       "p-0,4000,8192,1,500,,0,500\np-1,4000,8192,1,1000,T4,0,500\n"
       "p-2,400000,8192,1,500,,0,500\n"},
      {"quoted_nodes.csv",
       "\"sn\",\"cpu_milli\",\"memory_mib\",\"gpu\",\"model\"\n"
       "\"n0\",\"64000\",\"262144\",\"4\",\"T4\"\n"},
      {"quoted_pods.csv",
       "\"name\",\"cpu_milli\",\"memory_mib\",\"num_gpu\",\"gpu_milli\",\"deletion_time\","
       "\"creation_time\"\n\"p-0\",\"4000\",\"8Gi\",\"1\",\"500\",\"\",\"5\"\n"},
      {"gpus_nodes.csv", "sn,cpu_milli,memory_mib,gpus,model\nn0,64000,262144,4,T4\n"},
      // --- Kubernetes --------------------------------------------------------------------------
      {"jobs.json", R"({"apiVersion": "v1", "kind": "List", "items": [
{"apiVersion": "batch/v1", "kind": "Job",
 "metadata": {"name": "train", "namespace": "team-a", "uid": "1",
              "creationTimestamp": "2026-01-05T10:00:00Z",
              "labels": {"kueue.x-k8s.io/queue-name": "gpu"}},
 "spec": {"parallelism": 4, "completions": 4, "activeDeadlineSeconds": 7200,
          "template": {"spec": {"containers": [{"resources": {"requests":
            {"cpu": "500m", "memory": "4Gi", "nvidia.com/gpu": "1"}}}]}}},
 "status": {"startTime": "2026-01-05T10:01:00Z", "completionTime": "2026-01-05T10:31:00Z"}},
{"apiVersion": "batch/v1", "kind": "Job",
 "metadata": {"name": "running", "namespace": "team-a", "uid": "2",
              "creationTimestamp": "2026-01-05T10:00:00Z"},
 "spec": {"template": {"spec": {"containers": []}}},
 "status": {"startTime": "2026-01-05T10:01:00Z"}},
{"apiVersion": "v1", "kind": "Pod",
 "metadata": {"name": "train-0", "namespace": "team-a", "uid": "3",
              "ownerReferences": [{"kind": "Job", "uid": "1"}]},
 "spec": {}, "status": {"phase": "Succeeded"}}]}
)"},
      {"cut.json", "{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [{\"kind\":"},
      {"twice.json",
       "{\"apiVersion\": \"batch/v1\", \"kind\": \"Job\", \"spec\": {\"parallelism\": 4},\n"
       " \"spec\": {}}"},
      {"denied.json", "{\"apiVersion\": \"v1\", \"kind\": \"Status\", \"message\": \"no rights\"}"},
      {"text.json", R"({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j",
 "creationTimestamp": "2026-01-05T10:00:00Z"}, "spec": {"parallelism": "four"}, "status":
 {"startTime": "2026-01-05T10:01:00Z", "completionTime": "2026-01-05T10:31:00Z"}})"},
      // --- Slurm -------------------------------------------------------------------------------
      {"sacct.txt",
       "State|JobID|Submit|Start|End|Elapsed|NNodes|AllocTRES|ReqMem|Timelimit|Account|\n"
       "COMPLETED|123|2026-01-05T10:00:00|2026-01-05T10:01:00|2026-01-05T10:31:00|00:30:00|2|"
       "billing=8,cpu=16,gres/gpu:a100=4,gres/gpu=4,mem=64G,node=2|32Gn|2-03:00:00|physics|\n"
       "COMPLETED|123.batch|2026-01-05T10:00:00|2026-01-05T10:01:00|2026-01-05T10:31:00|00:30:00|"
       "1|cpu=8,mem=32G,node=1|||physics|\n"
       "CANCELLED by 1000|124_[1-5]|2026-01-05T10:00:00|None|None|00:00:00|1||4Gc|UNLIMITED|"
       "physics|\n"
       "PENDING|125_[5-9]|2026-01-05T10:00:00|Unknown|Unknown|00:00:00|1||4Gc|UNLIMITED|physics|"
       "\n"},
      {"sacct_table.txt",
       "JobID           JobName  Partition\n------------ ---------- ----------\n123   train   "
       "gpu\n"},
      // --- Philly, Helios ----------------------------------------------------------------------
      {"philly.csv",
       "timestamp,duration,num_gpus,gpu_time,cluster\n2017-10-09 07:01:55,66.0,16,1056.0,11cb48\n"
       "2017-10-09 06:13:03,2951.0,1,2951.0,6214e9\n"},
      {"helios.csv",
       "job_id,user,vc,gpu_num,cpu_num,node_num,state,submit_time,start_time,end_time,duration,"
       "queue\n11,u,vcA,8,32,1,COMPLETED,2020-06-09 18:41:01,2020-06-09 18:41:01,"
       "2020-06-09 18:42:01,60,0\n"},
      {"timeless_pods.csv",
       "name,cpu_milli,memory_mib,num_gpu,gpu_milli\nopenb-pod-0000,12000,16384,1,1000\n"},
      {"pods.csv",
       "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,"
       "deletion_time,scheduled_time\nopenb-pod-0000,12000,16384,1,1000,,LS,Running,0,400,0\n"
       "openb-pod-0001,6000,12288,1,460,,LS,Running,27,500,27\n"},
  };
  return files;
}

}  // namespace cusched::test
