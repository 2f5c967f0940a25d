# SPDX-License-Identifier: MIT
"""Loads policies with plain torch, as a user without cusched does.

Called by python_load_test.cpp: load_policy.py FOLDER. The folder holds NAME.pt and NAME.json (the
weights, as the test wrote them). The expected logits are computed here, number by number.
"""
import json
import math
import pathlib
import random
import sys

import torch


def linear(weights, name, x):
    weight, bias = weights[name + ".weight"], weights[name + ".bias"]
    width = len(x)
    assert len(weight) == width * len(bias), name
    return [
        bias[o] + math.fsum(weight[o * width + i] * x[i] for i in range(width))
        for o in range(len(bias))
    ]


class Scalar:
    """The networks of docs/ARCHITECTURE.md, one observation at a time."""

    def __init__(self, policy):
        self.p = policy
        self.w = policy["weights"]
        self.f = math.tanh if policy["activation"] == "tanh" else lambda v: max(v, 0.0)

    def layer(self, name, x):
        return [self.f(v) for v in linear(self.w, name, x)]

    def norm(self, x, i):
        z = (x - self.p["mean"][i]) / math.sqrt(self.p["var"][i] + 1e-8)
        return min(max(z, -10.0), 10.0)

    def mlp(self, role, obs):
        x = [self.norm(v, i) for i, v in enumerate(obs)]
        for i in range(self.p["layers"]):
            x = self.layer(f"{role}.{i}", x)
        return linear(self.w, f"{role}.{self.p['layers']}", x)

    def attend(self, qkv, valid):
        """Scaled dot-product attention of every candidate to the valid ones."""
        width = len(qkv[0]) // 3
        head = width // self.p["heads"]
        out = []
        for query in qkv:
            row = []
            for first in range(0, width, head):
                scores = [
                    math.fsum(query[c] * key[width + c] for c in range(first, first + head))
                    / math.sqrt(head)
                    for key in qkv
                ]
                top = max((s for s, v in zip(scores, valid) if v), default=0.0)
                share = [math.exp(s - top) if v else 0.0 for s, v in zip(scores, valid)]
                total = math.fsum(share) or 1.0
                row += [
                    math.fsum(p * key[2 * width + c] for p, key in zip(share, qkv)) / total
                    for c in range(first, first + head)
                ]
            out.append(row)
        return out

    def mixed(self, role, encoded, valid):
        """Layers of self-attention; none for network pointer."""
        for i in range(self.p["attention_layers"] if self.p["kind"] == "attention" else 0):
            name = f"{role}.attn.{i}."
            seen = self.attend([linear(self.w, name + "qkv", e) for e in encoded], valid)
            for k, a in enumerate(seen):
                f = [x + y for x, y in zip(encoded[k], linear(self.w, name + "out", a))]
                y = linear(self.w, name + "ff.1", self.layer(name + "ff.0", f))
                encoded[k] = [a + b for a, b in zip(f, y)]
        return encoded

    def candidates(self, role, obs):
        g, f = self.p["G"], self.p["F"]
        glob = [self.norm(v, i) for i, v in enumerate(obs[:g])]
        encoded, valid = [], []
        for k in range((len(obs) - g) // f):
            raw = obs[g + k * f : g + (k + 1) * f]
            valid.append(any(v != 0 for v in raw))
            x = glob + [self.norm(v, g + j) if valid[-1] else 0.0 for j, v in enumerate(raw)]
            for i in range(self.p["layers"]):
                x = self.layer(f"{role}.enc.{i}", x)
            encoded.append(x)
        encoded = self.mixed(role, encoded, valid)
        columns = list(zip(*[e for e, v in zip(encoded, valid) if v]))
        if columns:
            context = [sum(c) / len(c) for c in columns] + [max(c) for c in columns] + glob
        else:
            context = [0.0] * (2 * len(encoded[0])) + glob

        def head(name, x):
            return linear(self.w, name + ".1", self.layer(name + ".0", x))[0]

        if role == "critic":
            return [head("critic.value", context)]
        return [head("actor.score", e + context) for e in encoded] + [head("actor.none", context)]

    def forward(self, obs):
        net = self.mlp if self.p["kind"] == "mlp" else self.candidates
        return net("actor", obs), net("critic", obs)[0]


def rows(policy, slots, count, rng):
    g, f = policy["G"], policy["F"]
    obs, mask = [], []
    for r in range(count):
        row = [rng.uniform(-3, 30) for _ in range(g)]
        allowed = []
        for _ in range(slots):
            empty = rng.random() < 0.3
            row += [0.0 if empty else rng.uniform(-3, 3) for _ in range(f)]
            allowed.append(int(not empty and r % 5 != 4 and rng.random() < 0.7))
        obs.append(row)
        mask.append(allowed + [1])
    return torch.tensor(obs, dtype=torch.float32), torch.tensor(mask, dtype=torch.uint8)


def check(policy, path, slots, rng):
    extra = {"cusched.json": ""}
    module = torch.jit.load(str(path), map_location="cpu", _extra_files=extra)
    schema = json.loads(extra["cusched.json"])
    assert (schema["G"], schema["F"]) == (policy["G"], policy["F"]), schema
    assert schema["any_K"] == (policy["kind"] != "mlp"), schema
    for key in ("env", "env_version", "K", "action", "observation", "training", "evaluation"):
        assert key in schema, key
    for key in ("config", "seeds", "commit"):
        assert key in schema["training"], key

    obs, mask = rows(policy, slots, 20, rng)
    logits, value = module(obs, mask)
    action = module.act(obs, mask)
    assert logits.shape == mask.shape and value.shape == (20,), (logits.shape, value.shape)
    assert action.dtype == torch.int64, action.dtype
    network = Scalar(policy)
    for r in range(20):
        expected, expected_value = network.forward(obs[r].tolist())
        best = None
        for a in range(slots + 1):
            if not mask[r, a]:
                assert logits[r, a].item() == torch.tensor(-3.4e38).item(), (r, a)
                continue
            assert abs(logits[r, a].item() - expected[a]) <= 1e-5, (r, a, logits[r, a], expected[a])
            if best is None or expected[a] > expected[best]:
                best = a
        assert abs(value[r].item() - expected_value) <= 1e-5, (r, value[r], expected_value)
        assert action[r].item() == best, (r, action[r], best)
    # The optimised plans of later calls, bool masks, and a softmax over the masked logits.
    for _ in range(4):
        assert torch.allclose(module(obs, mask.bool())[0], logits, rtol=0, atol=1e-5)
        assert torch.equal(module.act(obs, mask.bool()), action)
    assert torch.softmax(logits, 1)[mask == 0].sum().item() == 0.0
    print(f"{path.name}: K = {slots}, 20 rows equal")


def check_casts(policy, path, slots, rng):
    """Modules that are cast, or called under autocast: their dtype's results, near float32's."""

    def load():
        return torch.jit.load(str(path), map_location="cpu")

    def near(got, expected, mask, dtype, tolerance):
        assert got[0].dtype == got[1].dtype == dtype, (got[0].dtype, got[1].dtype, dtype)
        allowed = mask != 0
        lowest = -3.4e38 if dtype in (torch.float32, torch.float64) else torch.finfo(dtype).min
        assert (got[0][~allowed] == torch.tensor(lowest, dtype=dtype)).all(), got[0]
        for a, b in ((got[0][allowed], expected[0][allowed]), (got[1], expected[1])):
            apart = (a.double() - b.double()).abs().max().item()
            assert apart <= tolerance, (path.name, dtype, apart)

    obs, mask = rows(policy, slots, 20, rng)
    obs = obs.half().float()  # numbers that all dtypes but bfloat16 hold
    expected = load()(obs, mask)
    casts = [(torch.float16, 0.03), (torch.bfloat16, 0.25), (torch.float64, 1e-5)]
    for dtype, tolerance in casts:
        module = load().to(dtype)
        for _ in range(3):
            near(module(obs, mask), expected, mask, dtype, tolerance)
            assert module.act(obs, mask.bool()).dtype == torch.int64
        if dtype != torch.bfloat16:
            near(module(obs.to(dtype), mask), expected, mask, dtype, tolerance)
    module = load()
    for dtype, tolerance in casts[:2]:
        with torch.autocast("cpu", dtype=dtype):
            for _ in range(3):
                near(module(obs, mask), expected, mask, dtype, tolerance)
                near(module(obs.double(), mask), expected, mask, dtype, tolerance)
                module.act(obs, mask)
    assert torch.equal(module(obs.double(), mask)[0], expected[0])
    print(f"{path.name}: K = {slots}, casts are near")


def main():
    folder = pathlib.Path(sys.argv[1])
    policies = sorted(folder.glob("*.json"))
    assert policies, "nothing to load"
    rng = random.Random(5)
    torch.set_num_threads(1)
    for described in policies:
        policy = json.loads(described.read_text())
        for slots in [policy["K"]] + ([1, 25] if policy["kind"] != "mlp" else []):
            check(policy, described.with_suffix(".pt"), slots, rng)
        check_casts(policy, described.with_suffix(".pt"), policy["K"], rng)
    assert "cusched" not in sys.modules


main()
