# SPDX-License-Identifier: MIT
"""Makes a command of a guide small: seconds of work on one core, and no GPU."""

# Option: its value in a test, where the command gives it.
SMALL = {
    "--envs": "8", "--episodes": "2", "--select-episodes": "2", "--length": "64",
    "--rollout": "16", "--hidden": "8", "--minibatch": "64", "--epochs": "1",
    "--repetitions": "5", "--warmup": "1", "--threads": "1", "--device": "cpu",
    # Longer than the steps take; so short that a search for a rule to start from is short, too.
    "--fit-count": "300", "--seconds": "20",
}
# By command: what is added where it is not given.
ADDED = {
    # The verdict and who to deploy take as long as all the rest.
    "train": {"--envs": "8", "--device": "cpu", "--threads": "1", "--rollout": "16",
              "--verdict": "false"},
    "eval": {"--device": "cpu", "--threads": "1", "--episodes": "2"},
    "bench env": {"--device": "cpu", "--threads": "1", "--seconds": "0.01", "--envs": "8"},
    "bench train": {"--device": "cpu", "--threads": "1", "--seconds": "0.01", "--envs": "8",
                    "--warmup": "1"},
}
ONLY_HELP = ("--help", "-h", "--print-config", "--version")


def given(words, name):
    return any(word == name or word.startswith(name + "=") for word in words)


def replaced(words, name, value):
    """The words with VALUE after each NAME; a list keeps its number of entries."""
    out = []
    i = 0
    while i < len(words):
        if words[i] == name and i + 1 < len(words):
            out += [name, value]
            i += 2
        elif words[i].startswith(name + "="):
            out.append(f"{name}={value}")
            i += 1
        else:
            out.append(words[i])
            i += 1
    return out


def algorithm(words):
    named = [b for a, b in zip(words, words[1:]) if a in ("--algo", "--recipe")]
    return named[0].split("-")[-1] if named else "ppo"


def small(words):
    if not words or any(word in ONLY_HELP for word in words):
        return words
    command = " ".join(words[:2]) if words[0] == "bench" else words[0]
    for name, value in SMALL.items():
        if command == "bench env" and name == "--seconds":
            value = "0.01"
        words = replaced(words, name, value)
    if command == "train":
        # A resumed run goes on where the first one ended.
        steps = "1024" if "--resume" in words else "256"
        words = replaced(words, "--steps", steps) if given(words, "--steps") else words + ["--steps", steps]
        if "--resume" in words:
            return words  # what the run was made with stays
        if not given(words, "--minibatch") and algorithm(words) == "ppo":
            words = words + ["--minibatch", "64"]
    for name, value in ADDED.get(command, {}).items():
        # Starts and orders of a file say themselves how many episodes there are.
        if name == "--episodes" and (given(words, "--starts") or given(words, "--order")):
            continue
        if not given(words, name):
            words = words + [name, value]
    return words
