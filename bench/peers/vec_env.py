# SPDX-License-Identifier: MIT
"""The admission environment for Python learners, through the library admission_capi (ctypes).

`Admission` knows numpy only; `make_vec_env` wraps it as a Stable-Baselines3 VecEnv.
"""
import ctypes
import pathlib

import numpy as np


def load_library(build_dir):
    """admission_capi of a build folder, with the argument types of admission_capi.h."""
    path = pathlib.Path(build_dir) / "libadmission_capi.so"
    if not path.exists():
        raise SystemExit(f"{path} does not exist: build the target admission_capi first")
    library = ctypes.CDLL(str(path.resolve()))
    pointer, i32 = ctypes.c_void_p, ctypes.c_int32
    for name, result, arguments in [
        ("cusched_last_error", ctypes.c_char_p, []),
        ("cusched_vec_create", pointer, [ctypes.c_char_p, i32, ctypes.c_uint64]),
        ("cusched_vec_destroy", None, [pointer]),
        ("cusched_vec_obs", i32, [pointer]),
        ("cusched_vec_actions", i32, [pointer]),
        ("cusched_vec_reset", i32, [pointer] * 3),
        ("cusched_vec_step", i32, [pointer] * 7),
    ]:
        function = getattr(library, name)
        function.restype = result
        function.argtypes = arguments
    return library


class Admission:
    """E environments, stepped by one call. Arrays are reused: copy what has to outlive a step."""

    TERMINATED, TRUNCATED = 1, 2

    def __init__(self, build_dir, envs, seed=1, settings=None):
        self._library = load_library(build_dir)
        text = "\n".join(f"{name}={value}" for name, value in (settings or {}).items())
        self._handle = self._library.cusched_vec_create(text.encode(), envs, seed)
        if not self._handle:
            raise ValueError(self._library.cusched_last_error().decode())
        self.envs = envs
        self.obs_size = self._library.cusched_vec_obs(self._handle)
        self.actions = self._library.cusched_vec_actions(self._handle)
        self.obs = np.zeros((envs, self.obs_size), np.float32)
        self.mask = np.zeros((envs, self.actions), np.uint8)
        self.reward = np.zeros(envs, np.float32)
        self.done = np.zeros(envs, np.uint8)
        self.final_obs = np.zeros((envs, self.obs_size), np.float32)

    def _check(self, status):
        if status != 0:
            raise RuntimeError(self._library.cusched_last_error().decode())

    def reset(self):
        self._check(self._library.cusched_vec_reset(self._handle, self.obs.ctypes.data,
                                                    self.mask.ctypes.data))

    def step(self, action):
        """`action`: (E) integers in 0..A-1."""
        action = np.ascontiguousarray(action, np.int32)
        if action.shape != (self.envs,):
            raise ValueError(f"actions have shape {action.shape}, not ({self.envs},)")
        self._check(self._library.cusched_vec_step(
            self._handle, action.ctypes.data, self.obs.ctypes.data, self.mask.ctypes.data,
            self.reward.ctypes.data, self.done.ctypes.data, self.final_obs.ctypes.data))

    def close(self):
        if self._handle:
            self._library.cusched_vec_destroy(self._handle)
        self._handle = None


def make_vec_env(admission):
    """A Stable-Baselines3 VecEnv over `admission`. Imports Stable-Baselines3."""
    import gymnasium
    from stable_baselines3.common.vec_env import VecEnv

    class AdmissionVecEnv(VecEnv):
        def __init__(self):
            box = gymnasium.spaces.Box(-np.inf, np.inf, (admission.obs_size,), np.float32)
            super().__init__(admission.envs, box, gymnasium.spaces.Discrete(admission.actions))
            self._action = None
            self._no_info = {}  # environments that go on share one: thousands of dicts cost time

        def reset(self):
            admission.reset()
            return admission.obs.copy()

        def step_async(self, actions):
            self._action = actions

        def step_wait(self):
            admission.step(self._action)
            infos = [self._no_info] * admission.envs
            for i in np.flatnonzero(admission.done):
                truncated = bool(admission.done[i] == Admission.TRUNCATED)
                infos[i] = {"TimeLimit.truncated": truncated,
                            "terminal_observation": admission.final_obs[i].copy()}
            return (admission.obs.copy(), admission.reward.copy(), admission.done != 0, infos)

        def close(self):
            admission.close()

        def get_attr(self, attr_name, indices=None):
            if attr_name == "action_masks":
                return [lambda i=i: admission.mask[i] != 0 for i in self._get_indices(indices)]
            return [getattr(self, attr_name, None)] * len(list(self._get_indices(indices)))

        def set_attr(self, attr_name, value, indices=None):
            setattr(self, attr_name, value)

        def env_method(self, method_name, *args, indices=None, **kwargs):
            if method_name == "action_masks":  # what sb3-contrib's MaskablePPO asks for
                return [admission.mask[i] != 0 for i in self._get_indices(indices)]
            raise NotImplementedError("an environment of the batch is not an object of its own")

        def env_is_wrapped(self, wrapper_class, indices=None):
            return [False] * len(list(self._get_indices(indices)))

    return AdmissionVecEnv()
