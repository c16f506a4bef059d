// Offgridtec Smart Pro batteries: text registers behind a key that follows from the name. What the bytes mean:
// docs/bms/ble/ogt.md
#include <charconv>

#include "bms/language/ble.h"
#include "bms/language/requests.h"
#include "bms/language/text.h"
#include "bms/language/told.h"

namespace bmsd::bms::ble {
namespace {

/// Whose registers; the letter behind "SmartBat-".
enum class Type : std::uint8_t { a, b };

struct Key {
    Type type;
    std::uint8_t mask;  // of every byte, both ways
    std::string number;
};

constexpr std::string_view name_start = "SmartBat-";
constexpr std::uint8_t substitutes[]{2, 5, 4, 3, 1, 4, 1, 6, 8, 3, 7, 2, 5, 8, 9, 3};
constexpr std::uint8_t of_type_a = 5, of_type_b = 8;

/// Nothing without a name that tells.
std::optional<Key> key_of(std::string_view name)
{
    if (!name.starts_with(name_start) || name.size() < name_start.size() + 2) return std::nullopt;
    const char letter = name[name_start.size()];
    const std::string_view digits = name.substr(name_start.size() + 1);
    std::uint16_t number = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if ((letter != 'A' && letter != 'B') || read.ec != std::errc() || read.ptr != digits.data() + digits.size())
        return std::nullopt;
    Key key{letter == 'A' ? Type::a : Type::b, letter == 'A' ? of_type_a : of_type_b, std::string(digits)};
    for (unsigned shift = 0; shift < 16; shift += 4)
        key.mask = static_cast<std::uint8_t>(key.mask + substitutes[number >> shift & 15]);
    return key;
}

Bytes hidden(std::string_view text, std::uint8_t mask)
{
    Bytes bytes(text.begin(), text.end());
    for (std::uint8_t& byte : bytes) byte ^= mask;
    return bytes;
}

std::string text_of(std::uint8_t byte)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    return {digits[byte >> 4], digits[byte & 15]};
}

/// A 16-bit number and a factor, where 0 is 1.
template <const Wire& number>
constexpr Wire with_factor{
    3, [](const std::uint8_t* data) { return number.get(data) * std::max<std::int64_t>(data[2], 1); },
    [](std::uint8_t* data, std::int64_t raw) {
        const std::int64_t factor = std::abs(raw) / 0x7FFF + 1;
        number.put(data, raw / factor);
        data[2] = static_cast<std::uint8_t>(factor);
    },
    number.least * 255, number.most * 255};

struct Row {
    std::uint8_t reg[2];  // of type A, of type B
    Field field;          // of the bytes of the register
    double scale_b = 0;   // where it differs
};
constexpr Row voltage_row{{0x08, 0x09}, {0, u16le, 0.001, &Telemetry::voltage}};
constexpr Row capacity_row{{0x06, 0x10}, {0, with_factor<u16le>, 0.001, &Telemetry::capacity}};
constexpr Row rows[]{
    {{0x02, 0x0D}, {0, u8, 1, &Telemetry::soc}},
    {{0x04, 0x0F}, {0, with_factor<u16le>, 0.001, &Telemetry::capacity_remaining}},
    {{0x0C, 0x08}, {0, kelvin<u16le>, 0.01, sensor(1)}},
    {{0x10, 0x0A}, {0, with_factor<i16le>, 0.01, &Telemetry::current}, 0.001},
    {{0x2C, 0x17}, {0, u16le, 1, &Telemetry::cycles}},
};
// Type B, a register a cell, downwards.
constexpr std::uint8_t first_cell = 0x3F;
constexpr std::size_t most_cells = 16;
constexpr ListField cell_list{0, 2, u16le, 0.001, &Telemetry::cell_voltages, 0, 0};

constexpr Field field_for(const Row& row, Type type)
{
    Field field = row.field;
    if (type == Type::b && row.scale_b != 0) field.scale = row.scale_b;
    return field;
}
constexpr std::uint8_t register_for(const Row& row, Type type)
{
    return row.reg[static_cast<std::size_t>(type)];
}

constexpr std::string_view answer_start = "+RD,", error_mark = "Err";
constexpr std::size_t value_at = 6;  // behind the register

class Ogt final : public Host {
    using Host::Host;

    Task<Reply<void>> greet(Channel& channel, Reading& reading) override
    {
        key_ = key_of(channel.radio()->device_name());
        if (!key_) co_return refuse(Refusal::unsupported);
        start_ = hidden(answer_start, key_->mask);
        cells_.reset();
        reading.identity.serial_number = key_->number;
        co_await must(take(channel, voltage_row, reading));
        const auto capacity = co_await take(channel, capacity_row, reading);
        if (!capacity && capacity.error() != Refusal::device_error) co_return capacity;
        if (!capacity) reading.telemetry.capacity.reset();
        co_return Reply<void>{};
    }

    Task<Reply<void>> read(Channel& channel, Reading& reading) override
    {
        co_await must(take(channel, voltage_row, reading));
        for (const Row& row : rows) co_await must(take(channel, row, reading));
        if (key_->type == Type::b) co_await must(take_cells(channel, reading.telemetry));
        co_return Reply<void>{};
    }

    /// How many there are is known when the next one is refused.
    Task<Reply<void>> take_cells(Channel& channel, Telemetry& t)
    {
        Bytes cells;
        for (std::size_t i = 0; i < cells_.value_or(most_cells); ++i) {
            const auto value = co_await read_register(channel, static_cast<std::uint8_t>(first_cell - i), 2);
            if (!cells_ && !value && value.error() == Refusal::device_error) break;
            if (!value) co_return refuse(value.error());
            append(cells, ByteView(*value).first(2));
        }
        cells_ = cells.size() / 2;
        if (*cells_ == 0) co_return refuse(Refusal::bad_content);
        t.cell_count = static_cast<std::int64_t>(*cells_);
        decode(cell_list, cells, *cells_, t);
        co_return Reply<void>{};
    }

    Task<Reply<void>> take(Channel& channel, const Row& row, Reading& reading)
    {
        const Field field = field_for(row, key_->type);
        const Bytes value = co_await must(read_register(channel, register_for(row, key_->type), field.wire.size));
        decode(std::span(&field, 1), value, reading.telemetry);
        co_return Reply<void>{};
    }

    /// At least `size` bytes.
    Task<Reply<Bytes>> read_register(Channel& channel, std::uint8_t reg, std::uint8_t size)
    {
        const std::string command = key_->type == Type::a ? "+RAA" : "+R16";
        const Bytes request = hidden(command + text_of(reg) + text_of(size), key_->mask);
        const auto open = [&](ByteView frame) { return value_in(frame, reg, size); };
        const std::uint8_t mask = key_->mask;
        const Framing framing{.start = as_text(start_), .length = [mask](ByteView so_far) {
                                  constexpr std::size_t error_size = answer_start.size() + error_mark.size();
                                  const ByteView text = so_far.first(std::min(so_far.size(), error_size));
                                  if (shown(text, mask).ends_with(error_mark)) return error_size;
                                  return until(static_cast<std::uint8_t>('\n' ^ mask))(so_far);
                              }};
        co_return co_await ask(channel, {.request = request, .framing = framing}, open);
    }

    static std::string shown(ByteView bytes, std::uint8_t mask)
    {
        const Bytes plain = hidden(as_text(bytes), mask);
        return std::string(as_text(plain));
    }

    /// A reply to an earlier request may come late: it is passed over.
    Reply<Bytes> value_in(ByteView frame, std::uint8_t reg, std::size_t size) const
    {
        const std::string text = shown(frame, key_->mask);
        if (text.ends_with(error_mark)) return refuse(Refusal::device_error);
        if (!text.ends_with("\r\n") || text.size() < value_at + 2) return refuse(Refusal::bad_end);
        auto data = from_hex(std::string_view(text).substr(answer_start.size(), text.size() - answer_start.size() - 2));
        if (!data || data->empty()) return refuse(Refusal::bad_content);
        if (data->front() != reg) return refuse(Refusal::wrong_echo);
        data->erase(data->begin());
        if (data->size() < size) return refuse(Refusal::bad_length);
        return std::move(*data);
    }

    std::optional<Key> key_;
    Bytes start_;
    std::optional<std::size_t> cells_;
};

/// Answers as SmartBat-B0.
class OgtDevice final : public Device {
  public:
    explicit OgtDevice(Reading& truth) : truth_(truth) {}

    std::size_t receive(ByteView input, Bytes& reply) override
    {
        const Bytes plain = hidden(as_text(input), key_.mask);
        constexpr std::string_view command = "+R16";
        constexpr std::size_t size = command.size() + 4;
        if (!command.starts_with(as_text(plain).substr(0, command.size()))) return 1;
        if (plain.size() < size) return 0;
        const auto wanted = from_hex(as_text(plain).substr(command.size(), 4));
        if (!wanted || wanted->size() != 2) return 1;
        const Bytes value = value_of((*wanted)[0]);
        std::string text(answer_start);
        if (value.empty()) {
            text += error_mark;
        } else {
            text += text_of((*wanted)[0]);
            for (const std::uint8_t byte : value) text += text_of(byte);
            text += "\r\n";
        }
        append(reply, hidden(text, key_.mask));
        return size;
    }

    std::string called() const override { return std::string(simulated); }

  private:
    static constexpr std::string_view simulated = "SmartBat-B0";

    Bytes value_of(std::uint8_t reg) const
    {
        const Telemetry& t = truth_.telemetry;
        const auto value_if = [&](const Row& row) -> Bytes {
            if (register_for(row, key_.type) != reg) return {};
            const Field field = field_for(row, key_.type);
            Bytes value(field.wire.size);
            encode(std::span(&field, 1), value, t);
            return value;
        };
        for (const Row& row : rows)
            if (Bytes value = value_if(row); !value.empty()) return value;
        for (const Row* row : {&voltage_row, &capacity_row})
            if (Bytes value = value_if(*row); !value.empty()) return value;
        const std::size_t cell = static_cast<std::size_t>(first_cell) - reg;
        if (reg > first_cell || cell >= std::min(t.cell_voltages.size(), most_cells)) return {};
        Bytes value(2);
        u16le.put(value.data(), unscaled(t.cell_voltages[cell].value_or(0), cell_list.scale, u16le));
        return value;
    }

    Reading& truth_;
    Key key_ = *key_of(simulated);
};

constexpr Gatt gatt[]{{.service = "fff0", .notify = "fff4", .write = "fff6"}};
constexpr Told delivers = Told{"serial_number", "cell_count",         "cell_voltages", "voltage", "capacity",
                               "soc",           "capacity_remaining", "temperatures",  "current", "cycles"};

}  // namespace

extern const Entry ogt_bms;
constinit const Entry ogt_bms{
    .name = "aiobmsble_ogt_bms",
    .type = "Offgridtec LiFePo4 Smart Pro",
    .sheet = "ble/ogt",
    .brands = "Offgridtec LiFePO4 Smart Pro (SmartBat-A..., SmartBat-B...)",
    .wiring = "Bluetooth",
    .lines = lines,
    .delivers = delivers,
    .make = make<Ogt, ogt_bms>,
    .device = [](Reading& truth, const Line&) -> std::unique_ptr<Device> { return std::make_unique<OgtDevice>(truth); },
    .gatt = gatt,
    .transport = Transport::ble,
    .unchecked = "no checksum",
};

}  // namespace bmsd::bms::ble
