#pragma once
// The "4E 57" frames of JK boards and the tagged items in them. What the bytes mean: docs/bms/jkbms.md
#include <array>
#include <string_view>

#include "bms/language/refusal.h"
#include "util/bytes.h"

namespace bmsd::bms::jk {

// One frame form for both directions: 4E 57, length, terminal, command, source, type, data, record, 68, 0000, sum.
inline constexpr std::string_view starts = "\x4E";
inline constexpr std::uint8_t read_all = 0x06, from_bms = 0, from_pc = 3, type_request = 0, type_reply = 1;

Bytes frame(std::uint8_t command, std::uint8_t source, std::uint8_t type, ByteView data);

/// How many bytes of `stream` the first reply needs. An echoed request, an unasked report and noise may come before it.
std::size_t reply_end(ByteView stream);

/// The data of the reply in `stream`.
Reply<ByteView> open_reply(ByteView stream);

/// How many bytes of `input` a device is done with, and whether they ask for everything.
struct Asked {
    std::size_t used;
    bool read_all;
};
Asked take_request(ByteView input);

// The data are items of a tag and a value; only the cells tell their size, that of the others belongs to the tag.
inline constexpr std::uint8_t first_tag = 0x79, last_tag = 0xC0, cells_tag = 0x79, version_tag = 0xC0;

/// Bytes of a value; 0 = an unknown tag.
std::size_t size_of(std::uint8_t tag);

/// The values of one reply by tag; empty = not there.
class Items {
  public:
    /// Refused when a value runs past the end. Behind an unknown tag only the protocol version at the end is found.
    static Reply<Items> of(ByteView data);

    ByteView operator[](std::uint8_t tag) const { return values_[static_cast<std::size_t>(tag - first_tag)]; }
    /// The current code of protocol version 0.
    bool old_current_code() const { return (*this)[version_tag].empty() ? !assume_new_ : (*this)[version_tag][0] == 0; }

  private:
    ByteView& place(std::uint8_t tag) { return values_[static_cast<std::size_t>(tag - first_tag)]; }
    void take_version_from_end(ByteView data);

    std::array<ByteView, last_tag - first_tag + 1> values_{};
    bool assume_new_ = false;
};

}  // namespace bmsd::bms::jk
