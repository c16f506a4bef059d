// Services of the DR-1363 boards, both directions. The bytes: docs/bms/daren_485.md
#include "bms/types/dr1363.h"

#include <fmt/format.h>

#include <charconv>

#include "bms/language/identity.h"

namespace bmsd::bms::dr1363 {
namespace {

// Service 42: from the start, the cells, behind the sensors.
constexpr std::array head_table{Field{1, u16be, 0.01, &Telemetry::soc}, Field{3, u16be, 0.01, &Telemetry::voltage}};
constexpr ListField cell_list{0, 2, u16be, 0.001, &Telemetry::cell_voltages};
constexpr std::array sensor_table{Field{0, i16be, 0.1, sensor(1)}, Field{2, i16be, 0.1, sensor(2)},
                                  Field{4, i16be, 0.1, sensor(3)}, Field{6, i16be, 0.1, sensor(4)}};
constexpr std::array pack_table{
    Field{0, i16be, 0.01, &Telemetry::current},  Field{4, u16be, 1, &Telemetry::soh},
    Field{7, u16be, 0.01, &Telemetry::capacity}, Field{9, u16be, 0.01, &Telemetry::capacity_remaining},
    Field{11, u16be, 1, &Telemetry::cycles},
};
static_assert(fits(pack_table, realtime_shape.rest) && apart(pack_table));
constexpr std::array<std::uint8_t, 8> status_places{14, 13, 16, 18, 17, 20, 19, 22};
constexpr std::array fet_bits{Bit{22, 0, &Telemetry::charge_fet}, Bit{22, 1, &Telemetry::discharge_fet}};
constexpr std::size_t flags_and_states = 23;  // bytes the boards send behind the status words

// Service 51.
constexpr std::size_t type_at = 0, product_at = 10, project_at = 20, code_size = 10, version_at = 30, maker_size = 35;

constexpr std::array capacity_table{
    Field{6, u16be, 0.01, &Telemetry::capacity_remaining},
    Field{8, u16be, 0.01, &Telemetry::capacity},
    design_capacity,
    ah_charged,
    ah_drawn,
    charged_energy,
    discharged_energy,
};
static_assert(fits(capacity_table, capacity_size) && apart(capacity_table));
constexpr std::array parameters_table{
    Field{cell_number_at, u16be, 1, &Telemetry::cell_count},
    Field{19, u16be, 0.01, &Telemetry::design_capacity},
};

void put_text(MutableBytes place, std::string_view text)
{
    std::copy_n(text.begin(), std::min(text.size(), place.size()), place.begin());
}

class Dr1363Device final : public ascii::AsciiDevice {
  public:
    Dr1363Device(const ascii::Dialect& dialect, std::uint8_t address, Reading& truth, const ascii::InfoLayout& layout)
        : AsciiDevice(dialect, address), truth_(truth), layout_(layout)
    {
    }

  protected:
    Answer answer(const ascii::Frame& request) override
    {
        switch (request.code) {
            case realtime:
                return ascii::encode(layout_, truth_.telemetry);
            case parameters:
                return parameters_info();
            case maker:
                return maker_info();
            case module:
                if (request.info.size() < 3) return std::unexpected(ascii::wrong_data);
                if (request.info[2] == serial_module) return serial_info();
                if (request.info[2] == capacity_module) return capacity_info();
                return std::unexpected(ascii::wrong_data);
            default:
                return std::unexpected(ascii::unknown_command);
        }
    }

  private:
    Bytes parameters_info() const
    {
        Bytes info(parameters_size);
        const Telemetry& t = truth_.telemetry;
        encode(parameters_table, info, t);
        const double limit = std::max(t.max_charge_current.value_or(0), t.max_discharge_current.value_or(0));
        write_be(&info[current_limit_at], 2, static_cast<std::uint64_t>(unscaled(limit, 0.01, u16be)));
        return info;
    }

    Bytes maker_info() const
    {
        Bytes info(maker_size);
        put_text(MutableBytes(info).subspan(product_at, code_size), truth_.identity.hardware_version.value_or(""));
        const std::string& firmware = truth_.identity.firmware_version.value_or("");
        std::string_view left = firmware;
        for (std::size_t i = 0; i < 3; ++i) {
            const std::string_view part = left.substr(0, left.find('.'));
            std::from_chars(part.data(), part.data() + part.size(), info[version_at + i], 16);
            left.remove_prefix(std::min(left.size(), part.size() + 1));
        }
        return info;
    }

    Bytes module_info(std::uint8_t module, std::size_t size) const
    {
        Bytes info{dr1363::module, address(), 0x01, module, 0xFF, static_cast<std::uint8_t>(size - module_head)};
        info.resize(size);
        return info;
    }

    Bytes serial_info() const
    {
        Bytes info = module_info(serial_module, date_at + 3 + serial_size);
        put_text(MutableBytes(info).subspan(module_head, serial_size), truth_.identity.serial_number.value_or(""));
        const std::string date = letters_and_digits(truth_.identity.production_date.value_or(""));
        for (std::size_t i = 0; i < 3 && date.size() == 8; ++i)
            std::from_chars(&date[2 + 2 * i], &date[4 + 2 * i], info[date_at + i]);
        return info;
    }

    Bytes capacity_info() const
    {
        Bytes info = module_info(capacity_module, capacity_size);
        encode(capacity_table, info, truth_.telemetry);
        return info;
    }

    Reading& truth_;
    ascii::InfoLayout layout_;
};

}  // namespace

ascii::InfoLayout realtime_layout(std::span<const AlarmBit> alarms)
{
    return {.shape = realtime_shape,
            .head = head_table,
            .cells = &cell_list,
            .sensors = sensor_table,
            .tail = pack_table,
            .bits = fet_bits,
            .status = status_places,
            .alarms = alarms,
            .more = flags_and_states};
}

double limit_of(ByteView info)
{
    return scaled(static_cast<std::int64_t>(read_be(&info[current_limit_at], 2)), 0.01);
}

void share_limit(const Number& ampere, Telemetry& t)
{
    const auto through = [&](const Flag& fet) { return ampere && !fet.value_or(true) ? Number(0) : ampere; };
    t.max_charge_current = through(t.charge_fet);
    t.max_discharge_current = through(t.discharge_fet);
}

std::string hardware_text(ByteView info)
{
    std::string joined;
    for (const std::size_t at : {product_at, project_at, type_at}) {
        const std::string part = text(info, at, code_size);
        if (!part.empty() && !joined.empty()) joined += ' ';
        joined += part;
    }
    return joined;
}

std::string version_text(ByteView info)
{
    return fmt::format("{:02X}.{:02X}.{:02X}", info[version_at], info[version_at + 1], info[version_at + 2]);
}

Reply<void> is_maker(ByteView info)
{
    if (info.size() >= parameters_size) return refuse(Refusal::wrong_echo);
    return {};
}

Bytes module_request(std::uint8_t address, std::uint8_t module, std::uint8_t last)
{
    return {address, 0x01, module, 0xFF, last};
}

Reply<void> is_module(ByteView info, std::uint8_t module)
{
    if (info.size() < module_head) return refuse(Refusal::bad_length);
    if (info[0] != dr1363::module || info[3] != module) return refuse(Refusal::wrong_echo);
    return {};
}

std::string text(ByteView info, std::size_t offset, std::size_t size)
{
    if (offset + size > info.size()) return {};
    Bytes kept;
    for (const auto byte : info.subspan(offset, size)) {
        if (byte == 0x00 || byte == 0xFF) break;
        if (byte >= 0x20 && byte < 0x7F) kept.push_back(byte);
    }
    return printable(kept);
}

std::unique_ptr<Device> make_device(const ascii::Dialect& dialect, std::uint8_t address, Reading& truth,
                                    const ascii::InfoLayout& layout)
{
    return std::make_unique<Dr1363Device>(dialect, address, truth, layout);
}

}  // namespace bmsd::bms::dr1363
