#pragma once
// Why a reply was not taken. Every refused reply is counted under one of these and shown; nothing it carried is used.
#include <array>
#include <cstdint>
#include <expected>
#include <string_view>

namespace bmsd::bms {

enum class Refusal : std::uint8_t {
    silence,     // no byte within the reply timeout
    cut_short,   // it began and did not end in time
    bad_start,   // header not found
    bad_end,     // end mark missing
    bad_length,  // length field and content do not fit
    bad_checksum,
    wrong_address,  // another battery's
    wrong_echo,     // not the register or command asked for
    device_error,   // the device refused: error status, exception
    bad_content,    // characters or values the layout does not allow
    implausible,    // outside what a battery can be
    unsupported,    // this device cannot do that
    link_lost,      // the port is gone
    port_taken,     // another program changed the settings of the port
};
inline constexpr std::size_t refusal_count = 14;
inline constexpr std::array<std::string_view, refusal_count> refusal_texts{
    "silence",    "cut short",    "bad start",   "bad end",     "bad length",  "bad checksum", "wrong address",
    "wrong echo", "device error", "bad content", "implausible", "unsupported", "link lost",    "port taken",
};

constexpr std::string_view text(Refusal refusal)
{
    return refusal_texts[static_cast<std::size_t>(refusal)];
}

/// A value out of a reply, or why the reply was refused.
template <class T>
using Reply = std::expected<T, Refusal>;

constexpr std::unexpected<Refusal> refuse(Refusal reason)
{
    return std::unexpected(reason);
}

}  // namespace bmsd::bms
