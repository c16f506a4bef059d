#pragma once
// Which battery an advertisement may be from: a suggestion for those who look around, never a proof.
// Source: bms/ble/README.md sections 2 and 10.
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "util/bytes.h"

namespace bmsd::bms::ble {

struct Advertisement {
    std::string address;                        // AA:BB:CC:DD:EE:FF in any case; empty: unknown
    std::string name;                           // empty: none
    std::vector<std::string> services;          // UUIDs, short or whole
    std::map<std::uint16_t, Bytes> maker_data;  // by the id of the maker
};

/// The ids of the aiobmsble family ("jbd") whose rules match, mostly none or one.
std::vector<std::string_view> matches(const Advertisement& advertisement);

/// The whole UUID in lower case: ff01 -> 0000ff01-0000-1000-8000-00805f9b34fb.
std::string whole_uuid(std::string_view uuid);

}  // namespace bmsd::bms::ble
