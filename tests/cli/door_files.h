// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>

namespace cusched::test {

// Small files of the kinds that people bring, by name.
inline const std::map<std::string, std::string>& door_files() {
  static const std::map<std::string, std::string> files = {
      // --- SWF ---------------------------------------------------------------------------------
      // --- CSV ---------------------------------------------------------------------------------
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
      {"owner_column.csv", "submit_s,run_s,cpu_milli,memory_mib,owner\n0,300,1000,2048,me\n"},
      {"postgres.csv",
       "submission_time,start_time,completion_time,cpu_request,memory_request\n"
       "2024-03-10 01:00:00+00,2024-03-10 01:00:10 UTC,2024-03-10 01:00:50+00:00,2,4\n"},
      {"millis.csv", "submission_time,run_s,cpu_milli,memory_mib\n1710032400000,40,1000,2048\n"},
      {"micros.csv", "submission_time,run_s,cpu_milli,memory_mib\n1710032400000000,4,1,2\n"},
      {"us_date.csv", "submission_time,run_s,cpu_milli,memory_mib\n03/10/2024 01:00,4,1,2\n"},
      {"quantities.csv",
       "submit_s,run_s,cpu_milli,memory_mib,estimate_s\n0,1h30m,500m,64Gi,2-03:00:00\n"},
      {"milli_memory.csv", "submit_s,run_s,cpu_milli,memory_mib\n0,60,1000,500m\n"},
      // --- YAML --------------------------------------------------------------------------------
      {"dup.yaml", "extends: skrueue-sim\nload: 0.5\nload: 0.9\n"},
      {"gangs.yaml",
       "templates:\n  - name: a\n    cpu_milli: 100\n    gang: {probability: 1, pods: [2, 64]}\n"
       "mix:\n  - rate: 10\n    shares: {a: 1}\n"},
      // --- openb -------------------------------------------------------------------------------
      {"quoted_nodes.csv",
       "\"sn\",\"cpu_milli\",\"memory_mib\",\"gpu\",\"model\"\n"
       "\"n0\",\"64000\",\"262144\",\"4\",\"T4\"\n"},
      {"quoted_pods.csv",
       "\"name\",\"cpu_milli\",\"memory_mib\",\"num_gpu\",\"gpu_milli\",\"deletion_time\","
       "\"creation_time\"\n\"p-0\",\"4000\",\"8Gi\",\"1\",\"500\",\"\",\"5\"\n"},
      {"gpus_nodes.csv", "sn,cpu_milli,memory_mib,gpus,model\nn0,64000,262144,4,T4\n"},
      // --- Kubernetes --------------------------------------------------------------------------
      // --- Slurm -------------------------------------------------------------------------------
      // --- Philly, Helios ----------------------------------------------------------------------
  };
  return files;
}

}  // namespace cusched::test
