// SPDX-License-Identifier: MIT
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <functional>
#include <unordered_map>

#include "cuda/error.h"
#include "envs/readers/openb.h"
#include "envs/readers/openb_table.h"
#include "envs/readers/table_fields.h"

namespace cusched {
namespace {

using PodNumbers = std::unordered_map<std::string, int32_t>;

constexpr int32_t kSeveral = -1;  // pods of one number

int32_t pod_of(const std::string& number, const PodNumbers& numbers, const std::string& where) {
  const auto found = numbers.find(number);
  if (found == numbers.end())
    throw InputError(where, "the pod list has no pod '" + number + "'",
                     "Orders name pods by what follows the last '-' of their names");
  if (found->second == kSeveral)
    throw InputError(where, "the pod list has several pods '" + number + "'",
                     "Give each pod another number behind the last '-' of its name");
  return found->second;
}

// 43 of "default.seed43.placements.csv"; -1 where the name has no seed.
int64_t seed_of_name(const std::string& path) {
  const std::string name = std::filesystem::path(path).filename().string();
  const size_t at = name.find(".seed");
  int64_t seed = -1;
  if (at != std::string::npos)
    std::from_chars(name.data() + at + 5, name.data() + name.size(), seed);
  return seed;
}

// The workload before ".seed" of such a name, "" where there is none.
std::string workload_of_name(const std::string& path) {
  const std::string name = std::filesystem::path(path).filename().string();
  const size_t at = name.find(".seed");
  return at == std::string::npos ? "" : name.substr(0, at);
}

std::vector<int32_t> whole_numbers(const std::string& text, const std::string& where) {
  std::vector<int32_t> numbers;
  for (const std::string& word : split_fields(text, ' '))
    if (!word.empty())
      numbers.push_back(static_cast<int32_t>(
          whole_field(word, 0, kMaxListNodes - 1, "Write whole numbers", where)));
  return numbers;
}

bool starts_with_column(const std::string& path, const std::string& column) {
  return OpenbTable(path, {}, {}).first_column() == column;
}

void add_placements(const std::string& path, const std::string& workload, const PodNumbers& numbers,
                    std::vector<OpenbOrder>* orders) {
  OpenbTable table(path, {"pod"}, {});
  OpenbOrder order{workload, seed_of_name(path), {}, {}};
  const std::string named = workload_of_name(path);
  if (!named.empty()) order.workload = named;
  while (table.next()) order.pods.push_back(pod_of(table.text("pod"), numbers, table.where("pod")));
  if (order.pods.empty()) throw InputError(path, "has no rows", "Give one for each arriving pod");
  orders->push_back(std::move(order));
}

struct OrderRow {
  OpenbOrder order;
  std::string numbers, where;
};

// The rows of a file that are asked for: see OpenbChoice.
std::vector<OrderRow> choose_rows(std::vector<OrderRow> rows, const std::string& path,
                                  const OpenbChoice& choice) {
  std::string known;
  bool one_workload = true, named = false;
  for (const OrderRow& row : rows) {
    known +=
        (known.empty() ? "" : ", ") + row.order.workload + "/" + std::to_string(row.order.seed);
    one_workload &= row.order.workload == rows[0].order.workload;
    named |= row.order.workload == choice.workload;
  }
  const auto keep = [&](const auto& wanted) { std::erase_if(rows, std::not_fn(wanted)); };
  if (named || choice.workload_given || !one_workload)
    keep([&](const OrderRow& row) { return row.order.workload == choice.workload; });
  if (choice.seed >= 0) keep([&](const OrderRow& row) { return row.order.seed == choice.seed; });
  const auto preferred = [&](const OrderRow& row) {
    return row.order.seed == choice.preferred_seed;
  };
  if (std::any_of(rows.begin(), rows.end(), preferred)) keep(preferred);
  if (rows.empty())
    throw InputError(path,
                     "has no order for workload " + choice.workload +
                         (choice.seed >= 0 ? ", seed " + std::to_string(choice.seed) : ""),
                     known.empty() ? "Give at least one row"
                                   : "It has " + known + "; --workload and --order-seed choose");
  return rows;
}

void add_lines(const std::string& path, const OpenbChoice& choice, const PodNumbers& numbers,
               std::vector<OpenbOrder>* orders) {
  const char* const column = "pod_numbers_in_arrival_order";
  OpenbTable table(path, {"workload", "seed", column}, {});
  std::vector<OrderRow> rows;
  while (table.next())
    rows.push_back({{table.text("workload"), table.integer("seed", 0, 1e15), {}, {}},
                    table.text(column),
                    table.where(column)});
  for (OrderRow& row : choose_rows(std::move(rows), path, choice)) {
    for (const std::string& word : split_fields(row.numbers, ' '))
      if (!word.empty()) row.order.pods.push_back(pod_of(word, numbers, row.where));
    if (row.order.pods.empty())
      throw InputError(row.where, "the order has no pods", "Give at least one");
    orders->push_back(std::move(row.order));
  }
}

struct RankRow {
  std::string workload;
  int64_t seed;
  std::vector<int32_t> ranks;
};

std::vector<RankRow> read_ranks(const std::string& path, int nodes) {
  OpenbTable table(path, {"workload", "seed"}, {});
  const std::string column = table.column_starting("rank");
  if (column.empty())
    throw InputError(path + ":1", "there is no column of ranks",
                     "Name the columns workload, seed, rank_of_node_0_to_N");
  std::vector<RankRow> rows;
  while (table.next()) {
    RankRow row{table.text("workload"), table.integer("seed", 0, 1e15), {}};
    row.ranks = whole_numbers(table.text(column), table.where(column));
    if (row.ranks.size() != static_cast<size_t>(nodes))
      throw InputError(table.where(column),
                       "there are " + std::to_string(row.ranks.size()) + " ranks for " +
                           std::to_string(nodes) + " nodes",
                       "Give one rank for each node of --nodes");
    std::vector<bool> seen(static_cast<size_t>(nodes));
    for (const int32_t rank : row.ranks) {
      if (rank >= nodes || seen[static_cast<size_t>(rank)])
        throw InputError(table.where(column),
                         "the rank " + std::to_string(rank) + " is out of range or given twice",
                         "Ranks are 0 to nodes - 1, each once");
      seen[static_cast<size_t>(rank)] = true;
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

const RankRow& ranks_for(const OpenbOrder& order, const std::vector<RankRow>& rows,
                         const std::string& path, int64_t preferred_seed) {
  const RankRow *only = nullptr, *preferred = nullptr;
  int matches = 0;
  for (const RankRow& row : rows) {
    if (row.workload != order.workload) continue;
    if (row.seed == order.seed) return row;
    if (row.seed == preferred_seed) preferred = &row;
    only = &row;
    ++matches;
  }
  // A file of placements need not say its seed.
  if (order.seed < 0 && preferred != nullptr) return *preferred;
  if (order.seed < 0 && matches == 1) return *only;
  if (rows.size() == 1) return rows[0];
  throw InputError(path,
                   "has no ranks for workload " + order.workload +
                       (order.seed >= 0 ? ", seed " + std::to_string(order.seed) : ""),
                   "--workload and --order-seed choose a row");
}

}  // namespace

std::vector<OpenbOrder> read_openb_orders(const std::vector<std::string>& files,
                                          const std::string& rank_file, const OpenbChoice& choice,
                                          const std::vector<OpenbPod>& pods, int nodes) {
  PodNumbers numbers;
  for (size_t i = 0; i < pods.size(); ++i) {
    const auto [entry, fresh] = numbers.emplace(pods[i].number, static_cast<int32_t>(i));
    if (!fresh) entry->second = kSeveral;
  }
  std::vector<OpenbOrder> orders;
  for (const std::string& file : files) {
    if (starts_with_column(file, "pod")) {
      add_placements(file, choice.workload, numbers, &orders);
      if (choice.seed >= 0) orders.back().seed = choice.seed;
    } else {
      add_lines(file, choice, numbers, &orders);
    }
  }
  if (!rank_file.empty()) {
    const std::vector<RankRow> rows = read_ranks(rank_file, nodes);
    for (OpenbOrder& order : orders)
      order.ranks = ranks_for(order, rows, rank_file, choice.preferred_seed).ranks;
  }
  return orders;
}

}  // namespace cusched
