// Frames and items of the JK boards with the "4E 57" protocol.
#include "bms/types/jk_items.h"

#include <algorithm>

#include "util/checksum.h"

namespace bmsd::bms::jk {
namespace {

constexpr std::uint8_t start_0 = 0x4E, start_1 = 0x57, end_mark = 0x68;
constexpr std::size_t length_at = 2, command_at = 8, type_at = 10, head = 11, tail = 9;
constexpr std::size_t end_from_back = 5, least_length = 19, most_length = 1000;

struct TagRange {
    std::uint8_t first, last, size;
};
constexpr TagRange tag_sizes[]{
    {0x80, 0x84, 2}, {0x85, 0x86, 1},  {0x87, 0x87, 2}, {0x89, 0x89, 4},  {0x8A, 0x8C, 2},  {0x8E, 0x9C, 2},
    {0x9D, 0x9D, 1}, {0x9E, 0xA8, 2},  {0xA9, 0xA9, 1}, {0xAA, 0xAA, 4},  {0xAB, 0xAC, 1},  {0xAD, 0xAD, 2},
    {0xAE, 0xAF, 1}, {0xB0, 0xB0, 2},  {0xB1, 0xB1, 1}, {0xB2, 0xB2, 10}, {0xB3, 0xB3, 1},  {0xB4, 0xB4, 8},
    {0xB5, 0xB6, 4}, {0xB7, 0xB7, 15}, {0xB8, 0xB8, 1}, {0xB9, 0xB9, 4},  {0xBA, 0xBA, 24}, {0xBB, 0xBD, 1},
    {0xBE, 0xBF, 2}, {0xC0, 0xC0, 1},
};

struct Extent {
    std::size_t begin, end;  // in the stream; an end behind it = so many bytes are needed to tell more
    bool reply;              // a frame of the reply type
};

/// The first reply frame. An echoed request, an unasked report and noise may come before it.
Extent find_reply(ByteView stream)
{
    std::size_t at = 0;
    while (at + 1 < stream.size()) {
        if (stream[at] != start_0 || stream[at + 1] != start_1) {
            ++at;
            continue;
        }
        if (stream.size() < at + head) return {at, at + head, false};
        const auto length = static_cast<std::size_t>(read_be(&stream[at + length_at], 2));
        if (length < least_length || length > most_length) {
            ++at;
        } else if (stream[at + type_at] == type_reply) {
            return {at, at + length_at + length, true};
        } else {
            at += length_at + length;
        }
    }
    return {at, std::max(at, stream.size()) + 1, false};
}

}  // namespace

Bytes frame(std::uint8_t command, std::uint8_t source, std::uint8_t type, ByteView data)
{
    Bytes bytes{start_0, start_1, 0, 0, 0, 0, 0, 0, command, source, type};
    append(bytes, data);
    bytes.insert(bytes.end(), {0, 0, 0, 0, end_mark});
    const auto sum_at = bytes.size() + 2;
    bytes.resize(sum_at + 2);
    write_be(&bytes[length_at], 2, bytes.size() - length_at);
    write_be(&bytes[sum_at], 2, checksum::sum16(bytes));
    return bytes;
}

std::size_t reply_end(ByteView stream)
{
    return find_reply(stream).end;
}

Reply<ByteView> open_reply(ByteView stream)
{
    const Extent extent = find_reply(stream);
    if (!extent.reply) return refuse(Refusal::bad_start);
    if (extent.end > stream.size()) return refuse(Refusal::cut_short);
    const ByteView bytes = stream.subspan(extent.begin, extent.end - extent.begin);
    const std::size_t end = bytes.size() - end_from_back;
    if (bytes[end] != end_mark) return refuse(Refusal::bad_end);
    if (checksum::sum16(bytes.first(end + 1)) != read_be(&bytes[bytes.size() - 2], 2))
        return refuse(Refusal::bad_checksum);
    if (bytes[command_at] != read_all) return refuse(Refusal::wrong_echo);
    return bytes.subspan(head, bytes.size() - head - tail);
}

Asked take_request(ByteView input)
{
    if (input[0] != start_0) return {1, false};
    if (input.size() < head) return {0, false};
    const auto length = static_cast<std::size_t>(read_be(&input[length_at], 2));
    if (input[1] != start_1 || length < least_length || length > most_length) return {1, false};
    if (input.size() < length + length_at) return {0, false};
    const ByteView bytes = input.first(length + length_at);
    const auto sum = checksum::sum16(bytes.first(bytes.size() - end_from_back + 1));
    return {bytes.size(), bytes[command_at] == read_all && sum == read_be(&bytes[bytes.size() - 2], 2)};
}

std::size_t size_of(std::uint8_t tag)
{
    for (const TagRange& range : tag_sizes) {
        if (tag >= range.first && tag <= range.last) return range.size;
    }
    return 0;
}

Reply<Items> Items::of(ByteView data)
{
    Items items;
    for (ByteView rest = data; !rest.empty();) {
        const std::uint8_t tag = rest[0];
        rest = rest.subspan(1);
        std::size_t size = size_of(tag);
        if (tag == cells_tag) {
            if (rest.empty()) return refuse(Refusal::bad_length);
            size = rest[0];
            rest = rest.subspan(1);
        } else if (size == 0) {  // what follows cannot be told apart
            items.take_version_from_end(data);
            return items;
        }
        if (size > rest.size()) return refuse(Refusal::bad_length);
        items.place(tag) = rest.first(size);
        rest = rest.subspan(size);
    }
    return items;
}

void Items::take_version_from_end(ByteView data)
{
    assume_new_ = true;
    if (!(*this)[version_tag].empty() || data.size() < 2) return;
    const ByteView last = data.last(2);
    if (last[0] == version_tag && last[1] <= 1) place(version_tag) = last.last(1);
}

}  // namespace bmsd::bms::jk
