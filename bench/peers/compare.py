#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Our training beside its peers, on one machine and in one run.

Rounds alternate `cusched bench train` (environments, resets, everything) and bare_loop (LibTorch's
update on stored data, no environment), A B A B, so that a machine that slows down meanwhile slows
both. The ratio of a round is the one median divided by the other. PPO's bar is the update alone and,
beside it, the update with the rollout's forward passes and sampling; the other algorithms' bar has
these always. With --sb3, Stable-Baselines3's PPO follows, on the same environment. Figures made
while other programs run are worth nothing.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    add = parser.add_argument
    add("--build", type=pathlib.Path, default=HERE.parents[1] / "build" / "release",
        help="folder of cusched, bare_loop and libadmission_capi.so")
    add("--algo", default="ppo", choices=["ppo", "a2c", "dqn"], help="algorithm of both")
    add("--rounds", type=int, default=3, help="times that the two are run in turn")
    add("--device", default="cpu", help="cpu or cuda, of both")
    add("--threads", type=int, default=0, help="CPU threads of both; 0: all")
    add("--envs", type=int, default=4096, help="environments")
    add("--rollout-steps", type=int, default=128,
        help="steps of an environment per iteration, e.g. 16 for a2c and dqn")
    add("--minibatch", type=int, default=16384, help="samples per gradient step (not a2c)")
    add("--epochs", type=int, default=4, help="passes over the rollout (ppo)")
    add("--repetitions", type=int, default=5, help="repetitions within a round, at least 5")
    add("--seconds", type=float, default=2.0, help="least seconds of a repetition")
    add("--set", action="append", default=[], metavar="NAME=VALUE",
        help="a setting of the environment, e.g. load=1.5")
    add("--sb3", action="store_true", help="also Stable-Baselines3 (README.md: how to install it)")
    add("--at-least", type=float, help="exit status 1 when the median ratio is lower")
    add("--out", type=pathlib.Path, help="folder for the result files, e.g. bench/results")
    arguments = parser.parse_args()
    # bare_loop learns on SKRueue's 67 numbers: so does what it is compared with.
    for name, value in (("slots", "10"), ("features", "none")):
        if not any(pair.startswith(name + "=") for pair in arguments.set):
            arguments.set.append(f"{name}={value}")
    arguments.build = arguments.build.resolve()
    if arguments.sb3 and arguments.algo != "ppo":
        parser.error("--sb3 is for ppo")
    if arguments.rounds < 1 or arguments.repetitions < 5:
        parser.error("--rounds has to be >= 1 and --repetitions >= 5")
    for name in ("cusched", "bare_loop"):
        if not (arguments.build / name).exists():
            parser.error(f"{arguments.build / name} does not exist: build it first")
    return arguments


def run(command, path):
    """Runs `command`, which writes its result to `path`, and returns the result."""
    print("$ " + " ".join(map(str, command)), flush=True)
    done = subprocess.run([*map(str, command), "--json", str(path)], stdout=subprocess.DEVNULL)
    if done.returncode != 0:
        raise SystemExit(f"{command[0]} ended with exit status {done.returncode}")
    result = json.loads(path.read_text())
    speed = result["steps_per_s"]
    print(f"  {result['metric']}: {speed['median']:,.0f} steps/s "
          f"({speed['min']:,.0f} to {speed['max']:,.0f})", flush=True)
    return result


def commands(a):
    common = ["--algo", a.algo, "--repetitions", a.repetitions, "--seconds", a.seconds,
              "--device", a.device, "--threads", a.threads]
    if a.algo != "a2c":
        common += ["--minibatch", a.minibatch]
    if a.algo == "ppo":
        common += ["--epochs", a.epochs]
    if a.algo == "dqn":  # as many samples as steps, on both sides
        common += ["--gradient-steps", max(1, a.envs * a.rollout_steps // a.minibatch)]
    settings = [word for pair in a.set for word in (f"--{pair.split('=', 1)[0]}",
                                                    pair.split("=", 1)[1])]
    # The updates of bare_loop: one-step returns, double Q, a copy of the weights every 100 updates.
    same = ["--n-step", 1, "--target-update", 100, "--tau", 1] if a.algo == "dqn" else []
    ours = [a.build / "cusched", "bench", "train", "--env", "admission", "--envs", a.envs,
            "--rollout", a.rollout_steps, *common, *same, *settings]
    bare = [a.build / "bare_loop", "--samples", a.envs * a.rollout_steps,
            "--rollout-rows", a.envs, *common]
    return ours, bare


def sb3_commands(a):
    script = [sys.executable, HERE / "sb3_ppo.py", "--build", a.build, "--threads", a.threads]
    for pair in a.set:
        script += ["--set", pair]
    same = ["--envs", a.envs, "--steps", a.rollout_steps, "--minibatch", a.minibatch,
            "--epochs", a.epochs, "--repetitions", a.repetitions]
    return {"sb3_ppo": script + same, "sb3_ppo_defaults": script + ["--defaults"]}


def main():
    a = parse_arguments()
    if a.out:
        a.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        ours, bare = commands(a)
        ratios, with_rollout = [], None
        name = "" if a.algo == "ppo" else f"{a.algo}_"
        names = [f"train_{a.algo}_{a.device}.json", f"bare_libtorch_{name}{a.device}.json"]
        for number in range(a.rounds):
            print(f"round {number + 1} of {a.rounds}; load average {os.getloadavg()[0]:.2f}")
            of_round = folder / str(number)
            of_round.mkdir()
            first, second = (run(words, of_round / file)["steps_per_s"]["median"]
                             for words, file in zip((ours, bare), names))
            ratios.append(first / second)
            print(f"  cusched / bare LibTorch: {ratios[-1]:.3f}", flush=True)
        # The files are those of the round in the middle.
        middle = ratios.index(statistics.median_low(ratios))
        keep = [folder / str(middle) / file for file in names]
        if a.algo == "ppo":
            # Once more with what filling the rollout costs LibTorch: beside, not instead of, the bar.
            keep.append(folder / f"bare_libtorch_rollout_{a.device}.json")
            third = run([*bare, "--rollout"], keep[-1])["steps_per_s"]["median"]
            with_rollout = json.loads(keep[0].read_text())["steps_per_s"]["median"] / third
        if a.sb3:
            for peer, command in sb3_commands(a).items():
                keep.append(folder / f"{peer}.json")
                run(command, keep[-1])
        for file in keep if a.out else []:
            shutil.copyfile(file, a.out / file.name)
    ratio = statistics.median(ratios)
    print(f"cusched bench train --algo {a.algo} / bare LibTorch: {ratio:.3f} (median of "
          f"{', '.join(f'{r:.3f}' for r in ratios)})")
    if with_rollout is not None:
        print(f"the same with the rollout on both sides: {with_rollout:.3f}")
    return 1 if a.at_least is not None and ratio < a.at_least else 0


if __name__ == "__main__":
    sys.exit(main())
