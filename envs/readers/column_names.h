// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <vector>

// What the header of a table says: names that are known, misspelt, or of no use. Internal to the
// readers.
namespace cusched {

// Names of one meaning; the first of them that a table has is read.
using ColumnGroup = std::vector<std::string>;

// Refuses a column whose name is close to one of `groups` where the table has no other of that
// group (`gpu` for `gpus`, `Submit_S` for `submit_s`): it would be passed over in silence, and with
// it what it says of the jobs. Names in `other` are of columns that mean something else.
void refuse_misspelt(const std::vector<std::string>& header, const std::vector<ColumnGroup>& groups,
                     const ColumnGroup& other, const std::string& where);

// Refuses a first line that is no header: no known name, and numbers or times among the fields.
void refuse_missing_header(const std::vector<std::string>& header,
                           const std::vector<ColumnGroup>& groups, const std::string& example,
                           const std::string& where);

// "columns that are not used: 'a', 'b' (c is used) and 4 others", or "" where every name is in
// `groups`, in `other`, or begins with a word of it that ends in '*'. `instead`: names of `groups`
// that are not used, each with the column that is.
std::string unused_note(const std::vector<std::string>& header,
                        const std::vector<ColumnGroup>& groups, const ColumnGroup& other,
                        const std::map<std::string, std::string>& instead = {});

// "'a', 'b', 'c'", at most ten and then how many more; long names are cut.
std::string column_list(const std::vector<std::string>& header);

}  // namespace cusched
