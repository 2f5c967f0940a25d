#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Returns and training times of cusched beside Stable-Baselines3's, on the same environments.

For every algorithm and seed both train with the same network, hyper-parameters (cusched's recipe
`sb3-ALGO`), number of environments and number of steps, one thread each, without action masks on
both sides (an action that the mask forbids waits); `maskable-ppo` has masks on both sides and
sb3-contrib as the peer. Then both policies play greedily the same episodes, which neither trained on.

The margin is fixed before anything is measured: --margin (default a tenth) of the difference between
the returns of `fifo-skip` and `random-feasible` limited to the same K slots, on the same episodes. A
row holds when cusched's mean return over the seeds is not lower than the peer's by more than that.

Training time of cusched is that of the whole command, export and its verification included; of the
peer it is that of `learn` alone.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from pages import interval  # noqa: E402
from provenance import commit, machine  # noqa: E402
from vec_env import Admission, make_vec_env  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
EVALUATION_SEED = 900_001  # no training has it
HORIZON_S = 43_200

# Environments as Stable-Baselines3's own examples have them: many for the on-policy algorithms.
ENVS = {"ppo": 8, "maskable-ppo": 8, "a2c": 8, "dqn": 4}


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--build", type=pathlib.Path, default=HERE.parents[1] / "build" / "release",
        help="folder of cusched and libadmission_capi.so")
    add("--algos", default="ppo,maskable-ppo,a2c,dqn", help="of " + ",".join(ENVS))
    add("--seeds", type=int, default=5, help="trainings of each side, at least 2")
    add("--steps", type=int, default=200_000, help="environment steps of a training")
    add("--episodes", type=int, default=4, help="episodes of each of 64 environments played")
    add("--margin", type=float, default=0.1, help="share of fifo-skip minus random-feasible")
    add("--set", action="append", default=[], metavar="NAME=VALUE",
        help=f"a setting of the environment; default load=0.9 and horizon-s={HORIZON_S}")
    add("--json", type=pathlib.Path, help="file for the result")
    add("--log", type=pathlib.Path,
        help="file of lines, one for each training and its return; those it has are not repeated, so a "
             "comparison that was interrupted goes on")
    arguments = parser.parse_args()
    arguments.algos = arguments.algos.split(",")
    for algo in arguments.algos:
        if algo not in ENVS:
            parser.error(f"--algos: {algo} is not one of {', '.join(ENVS)}")
    if arguments.seeds < 2 or arguments.steps < 1 or arguments.episodes < 1:
        parser.error("--seeds has to be >= 2, --steps and --episodes >= 1")
    settings = {"load": "0.9", "horizon-s": str(HORIZON_S), "slots": "10", "features": "none"}
    for pair in arguments.set:
        if "=" not in pair:
            parser.error(f"--set {pair} is not NAME=VALUE")
        settings.update([pair.split("=", 1)])
    arguments.settings = settings
    return arguments


def play(arguments, act):
    """Mean return of the episodes of 64 environments under act(obs, mask) -> actions. An
    environment's first episode begins staggered and does not count."""
    import numpy as np
    envs = Admission(arguments.build, 64, EVALUATION_SEED, arguments.settings)
    envs.reset()
    returns, running = [[] for _ in range(envs.envs)], np.zeros(envs.envs)
    while min(map(len, returns)) < arguments.episodes + 1:
        envs.step(act(envs.obs, envs.mask))
        running += envs.reward
        for i in np.flatnonzero(envs.done):
            returns[i].append(float(running[i]))
            running[i] = 0
    envs.close()
    return statistics.fmean(r for of in returns for r in of[1:arguments.episodes + 1])


def train_peer(algo, arguments, seed):
    """A Stable-Baselines3 model with its default hyper-parameters: (act, seconds of learn)."""
    import stable_baselines3 as sb3
    import torch
    torch.set_num_threads(1)
    admission = Admission(arguments.build, ENVS[algo], seed, arguments.settings)
    env = make_vec_env(admission)
    masked = algo == "maskable-ppo"
    if masked:
        from sb3_contrib import MaskablePPO as Model
    else:
        Model = {"ppo": sb3.PPO, "a2c": sb3.A2C, "dqn": sb3.DQN}[algo]
    model = Model("MlpPolicy", env, seed=seed, device="cpu")
    begin = time.perf_counter()
    model.learn(arguments.steps)
    seconds = time.perf_counter() - begin
    env.close()

    def act(obs, mask):
        if masked:
            return model.predict(obs, deterministic=True, action_masks=mask.astype(bool))[0]
        return model.predict(obs, deterministic=True)[0]
    return act, seconds


def train_ours(algo, arguments, seed, folder):
    import numpy as np
    import torch
    name = algo.removeprefix("maskable-")
    masked = algo == "maskable-ppo"
    settings = [word for key, value in arguments.settings.items() for word in (f"--{key}", value)]
    command = [str(arguments.build / "cusched"), "train", "--env", "admission", *settings,
               "--algo", name, "--recipe", f"sb3-{name}",
               "--action-mask" if masked else "--no-action-mask",
               "--envs", str(ENVS[algo]), "--steps", str(arguments.steps), "--seed", str(seed),
               "--device", "cpu", "--threads", "1", "--quiet", "--out", folder,
               "--select-every", "0", "--verdict=false"]  # as the others: the last weights
    if name == "dqn":  # 10,000 environment steps, of which a gradient step has 4 in each environment
        command += ["--target-update", str(10_000 // (4 * ENVS[algo]))]
    begin = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - begin
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with exit status {done.returncode}")
    policy = torch.jit.load(str(pathlib.Path(folder) / "policy.pt"))
    free = np.ones((64, 1), np.uint8)

    def act(obs, mask):
        rows = mask if masked else np.broadcast_to(free, mask.shape).copy()
        return policy.act(torch.from_numpy(obs), torch.from_numpy(rows)).numpy()
    return act, seconds


def scale_of(arguments):
    """Returns of the heuristics that the margin is made of."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "baselines.json"
        settings = [w for key, value in arguments.settings.items() for w in (f"--{key}", value)]
        subprocess.run([str(arguments.build / "cusched"), "eval", "--env", "admission", *settings,
                        "--drain", "false", "--baselines", "fifo,fifo-skip,random-feasible",
                        "--episodes", "256", "--seed", str(EVALUATION_SEED), "--json", str(path)],
                       check=True, stdout=subprocess.DEVNULL)
        policies = json.loads(path.read_text())["policies"]
    return {p["name"]: p["metrics"]["return"]["mean"] for p in policies if "@" in p["name"]}


def write(arguments, result):
    """Into the file, beside what it holds of other algorithms."""
    path = arguments.json
    if path.exists():
        old = json.loads(path.read_text())
        if any(old.get(key) != result[key] for key in ("steps", "settings")):
            raise SystemExit(f"{path} holds rows of other --steps or settings: move it away")
        new = {row["algo"] for row in result["rows"]}
        result["rows"] = [row for row in old["rows"] if row["algo"] not in new] + result["rows"]
    result["rows"].sort(key=lambda row: list(ENVS).index(row["algo"]))
    path.write_text(json.dumps(result, indent=2) + "\n")


def summary(values):
    """Mean and half width of the 95 % interval (Student) over the seeds."""
    return {**interval(values), "values": values}


def train_and_play(algo, side, arguments, seed):
    """(return, seconds of training) of a seed: from the log or measured now."""
    what = {"algo": algo, "side": side, "seed": seed, "steps": arguments.steps,
            "episodes": arguments.episodes, "settings": arguments.settings}
    if arguments.log and arguments.log.exists():
        for line in map(json.loads, arguments.log.read_text().splitlines()):
            if {key: line.get(key) for key in what} == what:
                return line["return"], line["seconds"]
    with tempfile.TemporaryDirectory() as folder:
        act, seconds = (train_ours(algo, arguments, seed, folder) if side == "cusched" else
                        train_peer(algo, arguments, seed))
        value = play(arguments, act)
    if arguments.log:
        with arguments.log.open("a") as file:
            file.write(json.dumps({**what, "return": value, "seconds": seconds}) + "\n")
    return value, seconds


def compare(algo, arguments, margin):
    """Trains and plays all seeds of both sides."""
    sides = {"cusched": ([], []), "peer": ([], [])}
    for seed in range(1, arguments.seeds + 1):
        for side, (values, times) in sides.items():
            value, seconds = train_and_play(algo, side, arguments, seed)
            values.append(value)
            times.append(seconds)
            print(f"{algo} seed {seed} {side}: return {value:.2f} after {seconds:.1f} s", flush=True)
    ours, peer = summary(sides["cusched"][0]), summary(sides["peer"][0])
    ratio = statistics.median(p / o for o, p in zip(sides["cusched"][1], sides["peer"][1]))
    holds = ours["mean"] >= peer["mean"] - margin
    print(f"{algo}: cusched {ours['mean']:.2f} ± {ours['half']:.2f}, peer {peer['mean']:.2f} ± "
          f"{peer['half']:.2f}, {ratio:.1f} times as fast, "
          f"{'holds' if holds else 'DOES NOT HOLD'}", flush=True)
    return {"algo": algo, "envs": ENVS[algo], "seeds": arguments.seeds, "cusched": ours, "peer": peer,
            "seconds": {side: statistics.median(times) for side, (_, times) in sides.items()},
            "peer_time_over_cusched": ratio, "holds": holds, "commit": commit()}


def main():
    arguments = parse_arguments()
    try:
        import sb3_contrib
        import stable_baselines3
    except ImportError as error:
        raise SystemExit(f"{error}. bench/peers/README.md says how to install it") from error
    scale = scale_of(arguments)
    slots = next(iter(scale)).split("@")[1]
    margin = arguments.margin * (scale[f"fifo-skip@{slots}"] - scale[f"random-feasible@{slots}"])
    print(f"returns of heuristics: {scale}; margin {margin:.3g}", flush=True)
    holds = True
    for algo in arguments.algos:
        row = compare(algo, arguments, margin)
        holds = holds and row["holds"]
        if arguments.json:
            write(arguments, {
                "title": "Returns beside Stable-Baselines3", "margin": margin, "heuristics": scale,
                "steps": arguments.steps, "settings": arguments.settings, "rows": [row],
                "stable_baselines3": stable_baselines3.__version__,
                "sb3_contrib": sb3_contrib.__version__, "machine": machine()})
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
