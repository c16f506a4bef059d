// Frames and word groups of EG4 LifePower and Revov packs; see word_groups.h.
#include "bms/language/word_groups.h"

namespace bmsd::bms::groups {
namespace {

constexpr std::size_t status_words = 5;

/// Sum of the bytes, exclusive-or the exclusive-or of the bytes.
std::uint8_t check_byte(ByteView bytes)
{
    std::uint8_t sum = 0, parity = 0;
    for (const auto byte : bytes) {
        sum = static_cast<std::uint8_t>(sum + byte);
        parity ^= byte;
    }
    return sum ^ parity;
}

}  // namespace

Bytes frame(std::uint8_t start, std::uint8_t address, std::uint8_t command, ByteView data)
{
    Bytes bytes{start, address, command, static_cast<std::uint8_t>(data.size())};
    append(bytes, data);
    bytes.push_back(check_byte(bytes));
    bytes.push_back(end_mark);
    return bytes;
}

Reply<ByteView> open(ByteView reply, std::uint8_t start, std::uint8_t address, std::uint8_t command)
{
    if (reply.size() < around || reply[0] != start) return refuse(Refusal::bad_start);
    if (reply.size() != reply[size_at] + around) return refuse(Refusal::bad_length);
    if (reply.back() != end_mark) return refuse(Refusal::bad_end);
    if (check_byte(reply.first(reply.size() - 2)) != reply[reply.size() - 2]) return refuse(Refusal::bad_checksum);
    if (reply[1] != address) return refuse(Refusal::wrong_address);
    if (reply[2] != command) return refuse(Refusal::wrong_echo);
    return reply.subspan(head, reply[size_at]);
}

std::size_t take_request(ByteView input, std::uint8_t start, ByteView& request)
{
    if (input[0] != start) return 1;
    if (input.size() < around) return 0;
    const ByteView whole = input.first(around);
    if (whole[size_at] != 0 || whole.back() != end_mark || check_byte(whole.first(head)) != whole[head]) return 1;
    request = whole;
    return around;
}

Reply<Groups> Groups::of(ByteView data, std::size_t last)
{
    Groups groups;
    while (!data.empty()) {
        const std::size_t number = data[0];
        if (number > last) break;
        if (data.size() < 2) return refuse(Refusal::bad_length);
        const std::size_t size = 2U * data[1];
        data = data.subspan(2);
        if (size > data.size()) return refuse(Refusal::bad_length);
        groups.words_[number] = data.first(size);
        data = data.subspan(size);
    }
    return groups;
}

void append_group(Bytes& data, std::uint8_t number, ByteView words)
{
    data.push_back(number);
    data.push_back(static_cast<std::uint8_t>(words.size() / 2));
    append(data, words);
}

void take(const Groups& groups, Telemetry& t)
{
    const std::size_t cells = groups[cells_group].size() / 2;
    decode(cell_list, groups[cells_group], cells, t);
    t.cell_count = static_cast<std::int64_t>(cells);
    for (const GroupField& row : group_table) decode(std::span(&row.field, 1), groups[row.group], t);
    decode(sensor_table, groups[sensors_group], t);
}

std::optional<std::uint64_t> status_word(const Groups& groups)
{
    const ByteView words = groups[status_group];
    if (words.size() < 4) return std::nullopt;
    return read_be(&words[2], 2);
}

Bytes encode_groups(const Telemetry& t, std::span<const Field> sensors, std::uint64_t status)
{
    Bytes data;
    Bytes cells(2 * t.cell_voltages.size());
    encode(cell_list, cells, t);
    append_group(data, cells_group, cells);
    for (std::uint8_t number = 2; number <= 9; ++number) {
        Bytes words(2);
        if (number == sensors_group) {
            words.resize(2 * sensors.size());
            encode(sensors, words, t);
        } else if (number == status_group) {
            words.resize(2 * status_words);
            write_be(&words[2], 2, status);
        }
        for (const GroupField& row : group_table)
            if (row.group == number) encode(std::span(&row.field, 1), words, t);
        append_group(data, number, words);
    }
    return data;
}

}  // namespace bmsd::bms::groups
