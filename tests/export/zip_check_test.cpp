// SPDX-License-Identifier: MIT
#include "export/zip_check.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "cuda/error.h"
#include "export/torchscript_model.h"
#include "export/torchscript_writer.h"
#include "tests/export/policies.h"

namespace cusched::testing {
namespace {

const BatchShape kShape = make_shape(4, 2, 3);

std::string small_policy() {
  return serialise_policy(make_export(make_weights("mlp", "tanh", {8}, kShape, 8)));
}

std::string refusal(const std::string& bytes) {
  try {
    check_zip("p.pt", bytes);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

// What a policy does and says: outputs for one observation, then cusched.json.
std::string behaviour(const std::string& bytes) {
  const TorchscriptModel model("p.pt", bytes, Device{});
  std::vector<float> obs(static_cast<size_t>(kShape.obs()), 0.5f), out(6);
  const std::vector<uint8_t> mask(5, 1);
  model.forward(1, kShape.slots, obs.data(), mask.data(), out.data(), &out[5]);
  return std::string(reinterpret_cast<const char*>(out.data()), out.size() * sizeof out[0]) +
         model.schema().json;
}

TEST(ZipCheck, NamesTheEntryThatIsDamaged) {
  const PolicyWeights weights = make_weights("mlp", "tanh", {8}, kShape, 8);
  const std::string good = serialise_policy(make_export(weights));
  EXPECT_EQ(refusal(good), "");
  const auto flipped = [&](size_t at, int bit) {
    EXPECT_LT(at, good.size());
    std::string bytes = good;
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit));
    return refusal(bytes);
  };
  const std::vector<float>& values = weights.weights.at(0).values;
  const size_t weight = good.find(std::string(reinterpret_cast<const char*>(values.data()), 16));
  for (int bit = 0; bit < 8; ++bit)
    EXPECT_EQ(
        flipped(weight + 3, bit),
        "p.pt: is damaged: entry archive/data/0 has another checksum. Copy or export it again")
        << bit;
  EXPECT_EQ(flipped(good.find("admission"), 2),
            "p.pt: is damaged: entry archive/extra/cusched.json has another checksum. Copy or "
            "export it again");
  // Code is deflated: an altered stream has another size, another checksum or no sense.
  const size_t code = good.find("code/__torch__/");
  const std::string damaged = flipped(code + 400, 5);
  EXPECT_NE(damaged.find("is damaged: entry archive/code/__torch__/"), std::string::npos)
      << damaged;
}

TEST(ZipCheck, WhatPassesIsTheSamePolicy) {
  const std::string good = small_policy();
  const std::string expected = behaviour(good);
  int refused = 0, all = 0;
  for (size_t at = 0; at < good.size(); at += 61, ++all) {
    std::string bytes = good;
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << (all % 8)));
    SCOPED_TRACE(at);
    try {
      EXPECT_TRUE(behaviour(bytes) == expected);  // padding, a time
    } catch (const InputError&) {
      ++refused;
    }
  }
  EXPECT_GT(all, 100);
  EXPECT_GT(refused, all * 3 / 4);
}

TEST(ZipCheck, EveryBitOfTheDirectoryIsSafe) {
  const std::string good = small_policy();
  const std::string expected = behaviour(good);
  const size_t first = good.find("PK\1\2"), next = good.find("PK\1\2", first + 1);
  const size_t bits = (next - first) * 8;
  size_t refused = 0;
  for (size_t bit = 0; bit < bits; ++bit) {
    std::string bytes = good;
    bytes[first + bit / 8] = static_cast<char>(bytes[first + bit / 8] ^ (1 << (bit % 8)));
    SCOPED_TRACE(bit);
    try {
      EXPECT_TRUE(behaviour(bytes) == expected);
    } catch (const InputError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, bits / 2);
}

TEST(ZipCheck, EveryCutIsRefused) {
  const std::string good = small_policy();
  for (size_t size = 0; size < good.size(); size += 37)
    EXPECT_NE(refusal(good.substr(0, size)), "") << size;
  EXPECT_NE(refusal(good.substr(0, good.size() - 1)), "");
}

// torch.jit.save() of Python, and what other programs pack again.
TEST(ZipCheck, TakesWhatPythonWrites) {
  const std::string python = CUSCHED_PYTHON;
  if (python.empty() || std::system((python + " -c 'import torch' 2>/dev/null").c_str()) != 0)
    GTEST_SKIP() << "no Python with torch (" << python << "); run scripts/setup";
  const TestFolder folder("zip");
  const std::string good = small_policy();
  std::ofstream(folder.file("good.pt"), std::ios::binary) << good;
  const std::string script =
      "import torch, zipfile\n"
      "extra = {'cusched.json': ''}\n"
      "policy = torch.jit.load('good.pt', _extra_files=extra)\n"
      "torch.jit.save(policy, 'saved.pt', _extra_files=extra)\n"
      "for name, how in ('stored.pt', zipfile.ZIP_STORED), ('deflated.pt', zipfile.ZIP_DEFLATED):\n"
      "    with zipfile.ZipFile('good.pt') as old, zipfile.ZipFile(name, 'w', how) as new:\n"
      "        for entry in old.namelist():\n"
      "            new.writestr(entry, old.read(entry))\n";
  std::ofstream(folder.file("save.py")) << script;
  ASSERT_EQ(std::system(("cd '" + folder.path().string() + "' && env -u PYTHONPATH " + python +
                         " -W ignore save.py")
                            .c_str()),
            0);
  for (const char* name : {"saved.pt", "stored.pt", "deflated.pt"}) {
    std::ifstream file(folder.file(name), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), {});
    EXPECT_EQ(refusal(bytes), "") << name;
    EXPECT_TRUE(behaviour(bytes) == behaviour(good)) << name;
  }
}

}  // namespace
}  // namespace cusched::testing
