// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace cusched {

// Compares every entry of a ZIP archive, stored or deflated, with its checksum (CRC-32), which
// LibTorch does not. Throws InputError that names the first entry that differs, and for a directory
// of the archive that does not fit its entries. Not looked at, since no reader uses them: padding,
// times, the sizes that stand once more before and behind the bytes of an entry.
// Format: APPNOTE.TXT of PKWARE, 4.3; ZIP64 as LibTorch writes it (the record at the end).
void check_zip(const std::string& where, std::string_view bytes);

}  // namespace cusched
