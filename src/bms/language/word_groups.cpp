// Frames and word groups of EG4 LifePower and Revov packs; see word_groups.h.
#include "bms/language/word_groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bms/language/identity.h"
#include "bms/language/jump.h"
#include "bms/language/requests.h"

namespace bmsd::bms::groups {
namespace {

constexpr std::size_t status_words = 5, status_at = 2;  // the second word says the alarms
constexpr double most_cell_voltage = 5;

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

struct Row : Request {
    std::uint8_t command;
    int tries;  // 0: the dialect's own
    Text Identity::*text = nullptr;
};
constexpr Row telemetry_row{{"TianPower telemetry (01)"}, telemetry, 0};
// Not answered is normal with some; the unique id stands in the first, so it is not given up at once.
constexpr Row text_rows[]{
    {{"TianPower hardware version (42)", Need::setting}, hardware, 3, &Identity::hardware_version},
    {{"TianPower firmware version (33)", Need::setting}, firmware, 3, &Identity::firmware_version},
};

/// Version texts hold stray bytes: what a version may be made of is kept.
Text version_text(ByteView data)
{
    constexpr std::string_view kept = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._ ";
    Bytes bytes;
    for (const auto byte : data)
        if (kept.find(static_cast<char>(byte)) != std::string_view::npos) bytes.push_back(byte);
    std::string text = printable(bytes);
    return text.empty() ? Text() : Text(std::move(text));
}

/// What is missing or too short is absent, unless the dialect needs it.
Reply<void> take_telemetry(const Dialect& dialect, ByteView data, Telemetry& t)
{
    const auto told = Groups::of(data, dialect.last_group);
    if (!told) return refuse(told.error());
    const Groups& groups = *told;
    for (const std::size_t number : dialect.needed)
        if (groups[number].empty()) return refuse(Refusal::bad_content);
    const std::size_t cells = groups[cells_group].size() / 2;
    if (cells > most_cells) return refuse(Refusal::bad_content);
    decode(cell_list, groups[cells_group], cells, t);
    for (const Number& cell : t.cell_voltages)
        if (*cell > most_cell_voltage) return refuse(Refusal::implausible);
    t.cell_count = static_cast<std::int64_t>(cells);
    for (const GroupField& row : group_table) decode(std::span(&row.field, 1), groups[row.group], t);
    decode(dialect.sensors, groups[sensors_group], t);
    if (dialect.fets_count_as_on) t.charge_fet = t.discharge_fet = true;
    t.alarms = {};
    if (const ByteView words = groups[status_group]; words.size() >= status_at + 2) {
        const auto word = read_be(&words[status_at], 2);
        decode(dialect.alarms, dialect.read_status != nullptr ? dialect.read_status(word) : word, t.alarms);
    }
    return plausible(t);
}

/// The groups a device sends.
Bytes encode_telemetry(const Dialect& dialect, const Telemetry& t)
{
    Bytes data;
    Bytes cells(2 * t.cell_voltages.size());
    encode(cell_list, cells, t);
    append_group(data, cells_group, cells);
    for (std::uint8_t number = 2; number <= 9; ++number) {
        Bytes words(2);
        if (number == sensors_group) {
            words.resize(2 * dialect.sensors.size());
            encode(dialect.sensors, words, t);
        } else if (number == status_group) {
            const auto word = encode(dialect.alarms, t.alarms);
            words.resize(2 * status_words);
            write_be(&words[status_at], 2, dialect.write_status != nullptr ? dialect.write_status(word) : word);
        }
        for (const GroupField& row : group_table)
            if (row.group == number) encode(std::span(&row.field, 1), words, t);
        append_group(data, number, words);
    }
    return data;
}

class Pack final : public Protocol {
  public:
    Pack(const Dialect& dialect, std::uint8_t address) : dialect_(dialect), address_(address) {}

    Task<Reply<void>> identify(Channel& channel, Reading& reading) override
    {
        requests_.anew();
        last_.reset();
        co_await must(poll(channel, reading));
        Identity& identity = reading.identity;
        identity.type = std::string(dialect_.type);
        identity.address = address_text(address_);
        identity.unique_id = common_unique_id(reading);
        if (dialect_.plain_address != 0 && dialect_.plain_address != address_)
            *identity.unique_id += fmt::format("_{:02x}", address_);
        co_return Reply<void>{};
    }

    Task<Reply<void>> poll(Channel& channel, Reading& reading) override
    {
        const auto ask_row = [&](const Row& row) { return read(channel, row, reading); };
        co_await must(requests_.read_one(channel, telemetry_row, reading, ask_row));
        if (!last_ || jumps(*last_, reading.telemetry)) {  // the check byte lets damage pass
            const Telemetry first = reading.telemetry;
            co_await must(requests_.read_one(channel, telemetry_row, reading, ask_row));
            if (jumps(first, reading.telemetry)) {
                channel.refused(Refusal::implausible);
                co_return refuse(Refusal::implausible);
            }
        }
        last_ = reading.telemetry;
        co_return co_await requests_.read(channel, text_rows, reading, ask_row);
    }

  private:
    Task<Reply<void>> read(Channel& channel, const Row& row, Reading& reading)
    {
        const auto first = static_cast<std::uint8_t>(dialect_.start.front());
        const Bytes request = frame(first, address_, row.command, {});
        const Exchange exchange{.request = request,
                                .length = counted(size_at, around),
                                .first = dialect_.first,
                                .rest = dialect_.rest,
                                .gap = std::chrono::milliseconds(50),
                                .starts = dialect_.start};
        const auto take = [&](ByteView reply) -> Reply<void> {
            const auto data = open(reply, first, address_, row.command);
            if (!data) return refuse(data.error());
            if (row.text == nullptr) return take_telemetry(dialect_, *data, reading.telemetry);
            reading.identity.*row.text = version_text(*data);
            return {};
        };
        co_return co_await ask(channel, exchange, take, row.tries != 0 ? row.tries : dialect_.tries);
    }

    const Dialect& dialect_;
    std::uint8_t address_;
    Requests requests_;
    std::optional<Telemetry> last_;  // good ones
};

class PackDevice final : public Device {
  public:
    PackDevice(const Dialect& dialect, Reading& truth, std::uint8_t address)
        : dialect_(dialect), truth_(truth), address_(address)
    {
    }

    std::size_t receive(ByteView input, Bytes& reply) override
    {
        const auto first = static_cast<std::uint8_t>(dialect_.start.front());
        ByteView request;
        const std::size_t used = take_request(input, first, request);
        if (request.empty() || request[1] != address_) return used;
        const std::uint8_t command = request[2];
        if (command == telemetry)
            append(reply, frame(first, address_, command, encode_telemetry(dialect_, truth_.telemetry)));
        for (const Row& row : text_rows) {
            if (row.command != command) continue;
            const std::string& text = (truth_.identity.*row.text).value_or("");
            append(reply, frame(first, address_, command, Bytes(text.begin(), text.end())));
        }
        return used;
    }

  private:
    const Dialect& dialect_;
    Reading& truth_;
    std::uint8_t address_;
};

}  // namespace

std::unique_ptr<Protocol> protocol(const Dialect& dialect, std::uint8_t address)
{
    return std::make_unique<Pack>(dialect, address);
}

std::unique_ptr<Device> device(const Dialect& dialect, Reading& truth, std::uint8_t address)
{
    return std::make_unique<PackDevice>(dialect, truth, address);
}

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
    std::size_t before = 0;
    while (!data.empty()) {
        const std::size_t number = data[0];
        if (number > last) break;
        if (data.size() < 2) return refuse(Refusal::bad_length);
        const std::size_t size = 2U * data[1];
        data = data.subspan(2);
        if (size > data.size()) return refuse(Refusal::bad_length);
        const bool single = number != cells_group && number != sensors_group && number != status_group;
        if (number <= before || (single && size != 2)) return refuse(Refusal::bad_content);
        before = number;
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

}  // namespace bmsd::bms::groups
