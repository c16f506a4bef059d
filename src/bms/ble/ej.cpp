// E&J Technology batteries. What the bytes mean: docs/bms/ble/ej.md
#include "bms/ble/ej.h"

#include <fmt/format.h>

#include <cmath>

#include "bms/language/ble_rows.h"
#include "bms/language/told.h"

namespace bmsd::bms::ble {
namespace {

// ":" address, command, version, length of the text, data, sum, "~": two characters a byte but for the ends.
constexpr std::size_t head = 5, length_at = 7, told_at = length_at + 4, least_text = 14, most_text = 256;
constexpr std::uint8_t reply_mark = 0x80;

std::string_view text_of(ByteView bytes)
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// All bits of the sum of the characters turned.
std::uint8_t sum_of(ByteView characters)
{
    return static_cast<std::uint8_t>(0xFF - checksum::sum8(characters));
}

/// As the text says; 1 when it says nothing that can be.
std::size_t text_length(ByteView so_far)
{
    if (so_far.size() < told_at) return told_at;
    const auto told = from_hex(text_of(so_far.subspan(length_at, 4)));
    const std::size_t size = told && told->size() == 2 ? read_be(told->data(), 2) : 0;
    return size >= least_text && size <= most_text ? size : 1;
}

/// The decoded bytes, the sum included.
Reply<Bytes> open(ByteView text, std::uint8_t command, bool checked)
{
    if (text.size() < least_text) return refuse(Refusal::bad_length);
    if (text.back() != '~') return refuse(Refusal::bad_end);
    const ByteView characters = text.subspan(1, text.size() - 2);
    auto bytes = from_hex(text_of(characters));
    if (!bytes || 2 * bytes->size() != characters.size()) return refuse(Refusal::bad_content);
    const bool sound = sum_of(characters.first(characters.size() - 2)) == bytes->back();
    if (checked && !sound) return refuse(Refusal::bad_checksum);
    if ((*bytes)[1] != (command | reply_mark)) return refuse(Refusal::wrong_echo);
    return std::move(*bytes);
}

Bytes build(std::uint8_t command, std::uint8_t version, ByteView data)
{
    std::string text = fmt::format(":00{:02X}{:02X}{:04X}", command, version, 2 * (head + data.size() + 1) + 2);
    for (const std::uint8_t byte : data) text += fmt::format("{:02X}", byte);
    const Bytes summed(text.begin() + 1, text.end());
    text += fmt::format("{:02X}~", sum_of(summed));
    return {text.begin(), text.end()};
}

constexpr std::size_t short_size = 63, whole_size = 69;  // of a real-time reply, decoded
constexpr std::size_t most_cells = 16, charging_at = 44, discharging_at = 46;
constexpr std::array state_table{
    Field{48, u8, 1, sensor(1), 40},
    Field{54, u8, 1, &Telemetry::heating},
    Field{55, u16be, 1, &Telemetry::balancing},
    Field{57, u16be, 1, &Telemetry::cycles},
    Field{61, u8, 1, &Telemetry::soc},
};
constexpr std::array fet_bits{Bit{52, 5, &Telemetry::charge_fet}, Bit{52, 4, &Telemetry::discharge_fet}};
constexpr ProblemWord problem{52, u16be, 0x0FFC};
constexpr std::array cell_list{ListField{12, 2, u16be, 0.001, &Telemetry::cell_voltages, 0, 0}};

constexpr std::array<Field, 2> capacity_table(std::size_t remaining_at)
{
    return {Field{remaining_at, u16be, 0.1, &Telemetry::capacity_remaining},
            Field{remaining_at + 2, u16be, 0.1, &Telemetry::capacity}};
}
constexpr auto capacity_here = capacity_table(62), capacity_there = capacity_table(7);

Reply<void> take_state(ByteView data, Reading& reading)
{
    Telemetry& t = reading.telemetry;
    const auto amperes = [&](std::size_t at) { return static_cast<std::int64_t>(read_be(&data[at], 2)); };
    t.current = scaled(amperes(charging_at) - amperes(discharging_at), 0.01);
    sum_cells(t);
    if (data.size() >= whole_size) decode(capacity_here, data, t);
    return {};
}

void fill_state(Bytes& data, const Reading& reading)
{
    const double current = reading.telemetry.current.value_or(0);
    write_be(&data[current < 0 ? discharging_at : charging_at], 2,
             static_cast<std::uint64_t>(unscaled(std::abs(current), 0.01, u16be)));
}

/// Offsets are those of the decoded text.
struct Question : Request {
    std::uint8_t command, version;
    Layout layout;
};
constexpr Question state{{"E&J real time (02)"},
                         0x02,
                         0x50,
                         {.least = short_size,
                          .fields = state_table,
                          .bits = fet_bits,
                          .lists = cell_list,
                          .cell_places = most_cells,
                          .problem = &problem,
                          .take = take_state,
                          .fill = fill_state}};
constexpr Question capacity{{"E&J capacity (10)"}, 0x10, 0x31, {.least = 14, .fields = capacity_there}};

/// The length a request tells is that of a text whose sum has no place: 000E.
Bytes request(const Question& question)
{
    return build(question.command, question.version, {});
}

class Ej final : public Host {
    using Host::Host;

    Task<Reply<void>> greet(Channel& channel, Reading& reading) override
    {
        checked_ = !channel.radio()->device_name().starts_with("libattU");  // their sum is not calculated
        reading.telemetry.cell_count.reset();
        co_await device_information(channel, reading.identity);
        co_return Reply<void>{};
    }

    Task<Reply<void>> read(Channel& channel, Reading& reading) override
    {
        const std::size_t size = co_await must(take(channel, state, reading));
        if (size >= whole_size) co_return Reply<void>{};
        co_await must(take(channel, capacity, reading));
        co_return Reply<void>{};
    }

    Task<Reply<std::size_t>> take(Channel& channel, const Question& question, Reading& reading)
    {
        const Bytes asked = request(question);
        const auto judge = [&](ByteView text) -> Reply<std::size_t> {
            const auto bytes = open(text, question.command, checked_);
            if (!bytes) return refuse(bytes.error());
            const auto taken = bms::take(question.layout, *bytes, reading);
            if (!taken) return refuse(taken.error());
            return bytes->size();
        };
        const Asking asking{.request = asked, .framing = {.start = ":", .length = text_length}};
        co_return co_await ask(channel, asking, judge);
    }

    bool checked_ = true;
};

class EjDevice final : public Device {
  public:
    explicit EjDevice(Reading& truth) : truth_(truth) {}

    std::size_t receive(ByteView input, Bytes& reply) override
    {
        for (const Question* question : {&state, &capacity}) {
            const auto used = begins_with(input, request(*question));
            if (!used) continue;
            if (*used == 0) return 0;
            const Bytes data = fill(question->layout, truth_);
            append(reply, build(question->command | reply_mark, question->version,
                                ByteView(data).subspan(head, data.size() - head - 1)));
            return *used;
        }
        return 1;
    }

  private:
    Reading& truth_;
};

constexpr Gatt gatt[]{{.service = "6e400001-b5a3-f393-e0a9-e50e24dcca9e",
                       .notify = "6e400003-b5a3-f393-e0a9-e50e24dcca9e",
                       .write = "6e400002-b5a3-f393-e0a9-e50e24dcca9e"}};
constexpr Told delivers = Told{"voltage", "current"}.add(state.layout).add(capacity.layout);

}  // namespace

std::unique_ptr<Protocol> make_ej(const Entry& entry, const Setup& setup)
{
    return std::make_unique<Ej>(entry, setup);
}

std::unique_ptr<Device> ej_device(Reading& truth, const Line&)
{
    return std::make_unique<EjDevice>(truth);
}

std::span<const std::string_view> ej_delivers()
{
    return delivers;
}

extern const Entry ej_bms;
const Entry ej_bms{
    .name = "aiobmsble_ej_bms",
    .type = "E&J Technology smart BMS",
    .sheet = "ble/ej",
    .brands = "E&J, Lithtech Energy, Volthium, Fliteboard, Electronix, Chins, older LiTime, Metrisun, Meritsun",
    .wiring = "Bluetooth",
    .lines = lines,
    .delivers = delivers,
    .make = [](const Setup& setup) { return make_ej(ej_bms, setup); },
    .device = ej_device,
    .gatt = gatt,
    .transport = Transport::ble,
};

}  // namespace bmsd::bms::ble
