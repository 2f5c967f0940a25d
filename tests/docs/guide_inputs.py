# SPDX-License-Identifier: MIT
"""Small inputs under the names that the guides use, written into a folder."""
import gzip
import json
import os


def swf(jobs, procs=256):
    """A trace of `jobs` jobs in Standard Workload Format."""
    lines = ["; MaxProcs: %d" % procs, "; UnixStartTime: 1577836800"]
    submit = 0
    for i in range(jobs):
        submit += (i * 7919) % 97
        run = 30 + (i * 104729) % 900
        size = 1 << ((i * 31) % 6)
        fields = [i + 1, submit, 0, run, size, -1, -1, size, 2 * run, -1, 1, i % 5, i % 3]
        lines.append(" ".join(str(f) for f in fields + [-1] * (18 - len(fields))))
    return "\n".join(lines) + "\n"


def table(jobs):
    """A table of jobs as CSV, some with GPUs and gangs."""
    lines = ["submit_s,run_s,cpu_milli,memory_mib,gpus,pods,tenant,priority,type"]
    for i in range(jobs):
        lines.append(
            f"{i * 61},{60 + (i * 337) % 1500},{500 + 500 * (i % 6)},{1024 * (1 + i % 4)},"
            f"{1 if i % 9 == 0 else 0},{2 if i % 31 == 0 else 1},team{i % 3},{i % 11},batch")
    return "\n".join(lines) + "\n"


def kubectl(jobs):
    """What `kubectl get jobs -A -o json` writes."""
    items = []
    for i in range(jobs):
        hour, minute = 1 + i // 60, i % 60
        items.append({
            "apiVersion": "batch/v1", "kind": "Job",
            "metadata": {"name": f"job-{i}", "namespace": f"team-{i % 3}", "uid": f"u{i}",
                         "creationTimestamp": f"2026-01-02T{hour:02}:{minute:02}:00Z"},
            "spec": {"parallelism": 1, "completions": 1, "template": {"spec": {"containers": [
                {"name": "main", "resources": {"requests": {"cpu": "1", "memory": "2Gi"}}}]}}},
            "status": {"startTime": f"2026-01-02T{hour:02}:{minute:02}:10Z",
                       "completionTime": f"2026-01-02T{hour + 1:02}:{minute:02}:00Z",
                       "succeeded": 1, "conditions": [{"type": "Complete", "status": "True"}]}})
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items})


def sacct(jobs):
    """What `sacct -P` writes with the fields that the guide asks for."""
    lines = ["JobID|Submit|Start|End|ElapsedRaw|State|NNodes|AllocTRES|ReqMem|Timelimit|Account"]
    for i in range(jobs):
        at = f"2026-01-02T{1 + i // 60:02}:{i % 60:02}"
        lines.append(f"{i + 1}|{at}:00|{at}:20|{at}:50|30|COMPLETED|1|cpu=2,mem=4G,node=1|4G|"
                     f"01:00:00|team{i % 3}")
    return "\n".join(lines) + "\n"


def philly(jobs):
    """A cluster_job_log of msr-fiddle/philly-traces."""
    log = []
    for i in range(jobs):
        day = f"2017-10-03 {1 + i // 60:02}:{i % 60:02}"
        log.append({"status": "Pass", "vc": f"vc{i % 3}", "jobid": f"application_{i}",
                    "attempts": [{"start_time": day + ":10", "end_time": day + ":50",
                                  "detail": [{"ip": "m1", "gpus": ["gpu0"]}]}],
                    "submitted_time": day + ":00", "user": f"u{i % 4}"})
    return json.dumps(log)


def helios(jobs):
    """A cluster_log.csv of HeliosData."""
    lines = ["job_id,user,vc,gpu_num,cpu_num,node_num,state,submit_time,start_time,end_time,"
             "duration,queue"]
    for i in range(jobs):
        at = f"2020-04-02 {1 + i // 60:02}:{i % 60:02}"
        lines.append(f"{i},u{i % 4},vc{i % 3},{i % 2},4,1,COMPLETED,{at}:00,{at}:05,{at}:45,40,5")
    return "\n".join(lines) + "\n"


def openb_nodes():
    """Nodes of openb."""
    lines = ["sn,cpu_milli,memory_mib,gpu,model"]
    for i in range(24):
        lines.append(f"openb-node-{i:04},96000,393216,{8 if i % 3 else 4},{'P100' if i % 2 else 'T4'}")
    return "\n".join(lines) + "\n"


def openb_pods(pods):
    """Pods of openb."""
    lines = ["name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,"
             "deletion_time,scheduled_time"]
    for i in range(pods):
        share = i % 3 == 0
        lines.append(f"openb-pod-{i:04},{4000 + 1000 * (i % 5)},{8192 + 1024 * (i % 7)},1,"
                     f"{500 if share else 1000},,LS,Succeeded,{100 * i},{100 * i + 4000},{100 * i + 5}")
    return "\n".join(lines) + "\n"


def openb_order(pods):
    """A file of placements: its first column is an order."""
    return "pod,node,gpus\n" + "".join(f"{(i * 7) % pods:04},0,0\n" for i in range(pods))


def openb_ranks(nodes):
    """The nodes' ranks on ties."""
    ranks = " ".join(str((i * 5) % nodes) for i in range(nodes))
    return f"workload,seed,rank_of_node_0_to_{nodes - 1}\ndefault,42,{ranks}\n"


def write_inputs(folder):
    """Writes all of them; `../shared/data` of the guides lies beside the folder."""
    texts = {
        "jobs.swf": swf(600), "lublin_1.swf": swf(10000), "jobs.csv": table(600),
        "jobs.json": kubectl(60), "jobs.txt": sacct(60), "cluster_job_log.json": philly(60),
        "data/Venus/cluster_log.csv": helios(60), "openb_pod_list_default.csv": openb_pods(300),
        "openb_node_list_gpu_node.csv": openb_nodes(),
        "default.seed42.placements.csv": openb_order(300), "node_rank.csv": openb_ranks(24),
    }
    for pods in ("default", "gpushare100", "multigpu20"):
        texts[f"../shared/data/openb/openb_pod_list_{pods}.csv"] = texts["openb_pod_list_default.csv"]
    texts["../shared/data/openb/openb_node_list_gpu_node.csv"] = texts["openb_node_list_gpu_node.csv"]
    for name, text in texts.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
    with gzip.open(os.path.join(folder, "log.swf.gz"), "wt") as file:
        file.write(swf(200))
