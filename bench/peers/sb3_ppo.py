# SPDX-License-Identifier: MIT
"""Training speed of Stable-Baselines3's PPO on cusched's admission environment.

Prints (or writes) JSON of the same form as `cusched bench train`. An iteration is a rollout and its
epochs; the first is warm-up, every other one is a repetition. Stable-Baselines3's PPO knows no
action masks: what the mask forbids counts as waiting.
"""
import argparse
import json
import pathlib
import platform
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from provenance import commit, machine  # noqa: E402
from vec_env import Admission, make_vec_env  # noqa: E402


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--build", default="build/release", help="folder of libadmission_capi.so")
    parser.add_argument("--defaults", action="store_true",
                        help="Stable-Baselines3's own settings: 2,048 steps, batch 64, 10 epochs "
                             "(with 8 environments unless --envs is given)")
    parser.add_argument("--envs", type=int, help="environments; default 4096, or 8 with --defaults")
    parser.add_argument("--steps", type=int, default=128, help="steps of an environment per rollout")
    parser.add_argument("--minibatch", type=int, default=16384, help="samples per gradient step")
    parser.add_argument("--epochs", type=int, default=4, help="passes over the rollout")
    parser.add_argument("--repetitions", type=int, default=5, help="iterations that are timed")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE",
                        help="a setting of the environment, e.g. load=1.5")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=0, help="threads of torch; 0: its default")
    parser.add_argument("--json", help="file for the result; default: standard output")
    arguments = parser.parse_args()
    if arguments.defaults:
        arguments.steps, arguments.minibatch, arguments.epochs = 2048, 64, 10
    if arguments.envs is None:
        arguments.envs = 8 if arguments.defaults else 4096
    if min(arguments.envs, arguments.steps, arguments.minibatch, arguments.epochs,
           arguments.repetitions) < 1:
        parser.error("numbers have to be >= 1")
    if arguments.envs * arguments.steps < 2:
        parser.error("a rollout needs at least two samples")
    for pair in arguments.set:
        if "=" not in pair:
            parser.error(f"--set {pair} is not NAME=VALUE")
    return arguments


def main():
    arguments = parse_arguments()
    try:
        import stable_baselines3
        import torch
        from stable_baselines3.common.callbacks import BaseCallback
    except ImportError as error:
        raise SystemExit(f"{error}. bench/peers/README.md says how to install it") from error
    if arguments.threads > 0:
        torch.set_num_threads(arguments.threads)

    class Clock(BaseCallback):
        """Time at the beginning of each rollout: from one to the next is one iteration."""

        def __init__(self):
            super().__init__()
            self.starts_s = []

        def _on_rollout_start(self):
            self.starts_s.append(time.perf_counter())

        def _on_step(self):
            return True

    admission = Admission(arguments.build, arguments.envs, arguments.seed,
                          dict(pair.split("=", 1) for pair in arguments.set))
    model = stable_baselines3.PPO(
        "MlpPolicy", make_vec_env(admission), n_steps=arguments.steps,
        batch_size=arguments.minibatch, n_epochs=arguments.epochs, seed=arguments.seed,
        device="cpu", ent_coef=0.0 if arguments.defaults else 0.01,
        policy_kwargs={"net_arch": {"pi": [64, 64], "vf": [64, 64]}})
    samples = arguments.envs * arguments.steps
    clock = Clock()
    model.learn(samples * (arguments.repetitions + 1), callback=clock)
    times_s = clock.starts_s[1:] + [time.perf_counter()]
    speeds = [samples / (end - begin) for begin, end in zip(times_s, times_s[1:])]
    result = {
        "metric": "sb3_ppo_defaults_train" if arguments.defaults else "sb3_ppo_train",
        "title": "Peer: Stable-Baselines3 PPO on the same environment, "
                 + ("its defaults" if arguments.defaults else "the same batch sizes"),
        "steps_per_s": {"median": statistics.median(speeds), "min": min(speeds),
                        "max": max(speeds), "repetitions": speeds},
        "config": {"env": "admission", "envs": arguments.envs, "steps": arguments.steps,
                   "minibatch": arguments.minibatch, "epochs": arguments.epochs,
                   "hidden": [64, 64], "settings": " ".join(arguments.set), "device": "cpu",
                   "threads": torch.get_num_threads(), "repetitions": arguments.repetitions,
                   "stable_baselines3": stable_baselines3.__version__,
                   "python": platform.python_version(), "torch": torch.__version__},
        "machine": machine(),
        "commit": commit(),
    }
    text = json.dumps(result, indent=2) + "\n"
    if arguments.json:
        pathlib.Path(arguments.json).write_text(text)
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
