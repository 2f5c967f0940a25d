# SPDX-License-Identifier: MIT
"""Checks bench/peers/vec_env.py; argument: the build folder. Exit status 0: all is well."""
import pathlib
import sys

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench" / "peers"))
from vec_env import Admission, make_vec_env  # noqa: E402

SETTINGS = {"horizon-s": "7200", "slots": "10", "features": "none"}


def fails(kind, word, call):
    try:
        call()
    except kind as error:
        assert word in str(error), error
    else:
        raise AssertionError(f"no {kind.__name__}")


def check_steps(build):
    first, second = (Admission(build, 17, seed=3, settings=SETTINGS) for _ in range(2))
    other = Admission(build, 17, seed=4, settings=SETTINGS)
    assert (first.obs_size, first.actions) == (67, 11)
    for env in (first, second, other):
        env.reset()
    rng = np.random.default_rng(1)
    truncated, differs = 0, False
    for _ in range(400):
        action = rng.integers(0, 11, 17)
        for env in (first, second, other):
            env.step(action)
        for name in ("obs", "mask", "reward", "done", "final_obs"):
            assert np.array_equal(getattr(first, name), getattr(second, name)), name
        assert np.isfinite(first.obs).all() and np.isin(first.mask, (0, 1)).all()
        assert first.mask.any(axis=1).all()
        truncated += int((first.done == Admission.TRUNCATED).sum())
        differs |= not np.array_equal(first.obs, other.obs)
    assert truncated > 0 and differs
    fails(ValueError, "shape", lambda: first.step(np.zeros(3, np.int32)))
    fails(ValueError, "loda", lambda: Admission(build, 2, settings={"loda": 1}))
    for env in (first, second, other):
        env.close()


def check_vec_env(build):
    try:
        import stable_baselines3  # noqa: F401
    except ImportError:
        print("Stable-Baselines3 is not installed: its wrapper is not checked")
        return
    env = make_vec_env(Admission(build, 5, settings=SETTINGS))
    plain = Admission(build, 5, settings=SETTINGS)
    assert env.reset().shape == (5, 67)
    plain.reset()
    ended = 0
    for _ in range(400):
        obs, reward, done, infos = env.step(np.full(5, 10))
        plain.step(np.full(5, 10))
        assert np.array_equal(obs, plain.obs) and np.array_equal(reward, plain.reward)
        for i in range(5):
            assert done[i] == (plain.done[i] != 0) == ("terminal_observation" in infos[i])
            if done[i]:
                ended += 1
                assert infos[i]["TimeLimit.truncated"] == (plain.done[i] == Admission.TRUNCATED)
                assert np.array_equal(infos[i]["terminal_observation"], plain.final_obs[i])
    assert ended > 0


if __name__ == "__main__":
    check_steps(sys.argv[1])
    check_vec_env(sys.argv[1])
