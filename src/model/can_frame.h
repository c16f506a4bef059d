#pragma once
// One frame of a CAN bus, as every link, protocol and publisher knows it.
#include <array>
#include <cstdint>

#include "util/bytes.h"

namespace bmsd {

struct CanId {
    std::uint32_t value = 0;  // 11 bits, or 29 when extended
    bool extended = false;

    bool operator==(const CanId&) const = default;
};

/// Classic CAN: at most 8 bytes.
struct CanFrame {
    CanId id;
    std::uint8_t size = 0;
    std::array<std::uint8_t, 8> data{};  // bytes behind `size` are 0

    ByteView bytes() const { return {data.data(), size}; }
    bool operator==(const CanFrame&) const = default;
};

}  // namespace bmsd
