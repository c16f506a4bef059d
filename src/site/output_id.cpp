#include "site/output_id.h"

#include <fmt/format.h>

#include <cstdint>

namespace bmsd::site {

std::string output_id(const Who& who)
{
    std::string id;
    bool lossy = who.unique_id.empty();
    std::uint32_t sum = 2166136261U;  // FNV-1a
    for (const char c : who.unique_id) {
        sum = (sum ^ static_cast<unsigned char>(c)) * 16777619U;
        const char small = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        const bool plain = (small >= 'a' && small <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
        lossy = lossy || !plain;
        id += plain ? small : '_';
    }
    return lossy ? fmt::format("{}_{:04x}", id, (sum ^ sum >> 16) & 0xFFFF) : id;
}

}  // namespace bmsd::site
