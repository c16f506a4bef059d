// Daly boards of the H, K, M and S series over Bluetooth: Modbus at address D2. What the bytes mean:
// docs/bms/ble/daly.md
#include <algorithm>

#include "bms/language/ble_modbus.h"
#include "bms/language/read_back.h"
#include "bms/language/told.h"
#include "bms/types/daly_rows.h"

namespace bmsd::bms::ble {
namespace {

using modbus::Row;

constexpr std::uint8_t address = 0xD2;
constexpr std::int64_t degrees = 40;  // the raw value of 0 degC

/// Not fitted is 0 or, where a sensor was never there, all bits of the code.
template <std::int64_t nothing>
constexpr Wire temperature_code{2,
                                [](const std::uint8_t* data) {
                                    const std::int64_t raw = u16be.get(data);
                                    return raw == nothing ? 0 : raw;
                                },
                                u16be.put, 0, 0xFFFF};

constexpr std::array main_table{
    Field{80, u16be, 0.1, &Telemetry::voltage},      Field{82, u16be, 0.1, &Telemetry::current, 30000},
    Field{84, u16be, 0.1, &Telemetry::soc},          Field{96, u16be, 0.1, &Telemetry::capacity_remaining},
    Field{98, u16be, 1, &Telemetry::cell_count},     Field{102, u16be, 1, &Telemetry::cycles},
    Field{104, u16be, 1, &Telemetry::balancing},     Field{106, u16be, 1, &Telemetry::charge_fet},
    Field{108, u16be, 1, &Telemetry::discharge_fet},
};
constexpr std::array cell_list{ListField{0, 2, u16be, 0.001, &Telemetry::cell_voltages, 0, 0}};
constexpr SensorList sensors{.count_at = 100,
                             .count = u16be,
                             .most = 8,
                             .offset = 64,
                             .stride = 2,
                             .wire = temperature_code<0xFF>,
                             .scale = 1,
                             .zero = degrees,
                             .absent = 0};
/// The alarm bytes of the A5 frames, two a register, the first one in its low half.
constexpr Wire alarm_registers{
    6, [](const std::uint8_t* data) { return u16be.get(data) | u16be.get(data + 2) << 16 | u16be.get(data + 4) << 32; },
    [](std::uint8_t* data, std::int64_t raw) {
        for (int i = 0; i < 3; ++i) u16be.put(data + 2 * i, raw >> 16 * i & 0xFFFF);
    },
    0, 0xFFFFFFFFFFFF};
constexpr std::array alarm_words{AlarmWord{116, alarm_registers, alarm_bits_of<a5::alarm_rows>}};

constexpr std::size_t text_size = 16;
constexpr std::array capacity_table{Field{0, u16be, 0.1, &Telemetry::capacity}};
constexpr std::array mosfet_table{Field{8, temperature_code<0xFFFF>, 1, &Telemetry::temperature_mosfet, degrees, 0}};
constexpr std::uint64_t no_mask = 0xFFFF;  // of a register of 16 cells

/// Software, hardware, date; older boards have no date and the hardware in its place.
Reply<void> take_texts(ByteView data, Reading& reading)
{
    Identity& identity = reading.identity;
    const auto text = [&](std::size_t index) {
        std::string found = printable(data.subspan(text_size * index, text_size));
        return found.empty() ? Text() : Text(std::move(found));
    };
    const Text second = text(1), third = text(2);
    const bool date = third && third->size() == 8 &&
                      std::all_of(third->begin(), third->end(), [](char c) { return c >= '0' && c <= '9'; });
    identity.firmware_version = text(0);
    identity.production_date = date ? third : std::nullopt;
    identity.hardware_version = date || second ? second : third;
    return {};
}

void fill_texts(Bytes& data, const Reading& reading)
{
    const Identity& identity = reading.identity;
    const Text* texts[]{&identity.firmware_version, &identity.hardware_version, &identity.production_date};
    for (std::size_t i = 0; i < std::size(texts); ++i)
        if (*texts[i])
            std::copy_n((*texts[i])->begin(), std::min((*texts[i])->size(), text_size), &data[text_size * i]);
}

void forget_texts(Reading& reading)
{
    reading.identity.firmware_version = reading.identity.hardware_version = reading.identity.production_date = {};
}

void fill_extra(Bytes& data, const Reading& reading)
{
    const std::uint64_t word = encode_balancing(reading.telemetry);
    write_be(&data[0], 2, word & 0xFFFF);
    write_be(&data[2], 2, word >> 16 & 0xFFFF);
}

constexpr Row rows[]{
    {{"Daly versions (A9)", Need::setting, forget_texts}, {0x00A9, 32}, {.take = take_texts, .fill = fill_texts}},
    {{"Daly settings (80)", Need::setting}, {0x0080, 41}, {.fields = capacity_table}},
    {{"Daly pack (00)"},
     {0x0000, 62},
     {.fields = main_table, .alarms = alarm_words, .lists = cell_list, .most_cells = 32, .sensors = &sensors}},
};
// Many boards do not know it, some answer it with the data of the pack.
constexpr Row extra{{"Daly balancing cells (3E)"}, {0x003E, 9}, {.fields = mosfet_table, .fill = fill_extra}};
constexpr const Row& pack = rows[2];
static_assert(fits(main_table, pack.block.size()) && apart(main_table));

constexpr std::uint8_t write_function = 0x06, charge_switch = 0xA5, discharge_switch = 0xA6;

class Daly final : public ModbusHost {
  public:
    Daly(const Entry& entry, const Setup& setup) : ModbusHost(entry, setup, address, rows, false) {}

    Task<Reply<void>> command(Channel& channel, Reading& reading, Command command) override
    {
        const bool charging = command.kind == Command::Kind::force_charging_off;
        const bool off = command.value != 0;
        const Flag& fet = charging ? reading.telemetry.charge_fet : reading.telemetry.discharge_fet;
        co_await must(write(channel, charging ? charge_switch : discharge_switch, off ? 0 : 1));
        co_return co_await read_back(
            channel, [&] { return take(channel, address, pack, reading); }, [&] { return obeys(off, fet); });
    }

  private:
    Task<Reply<void>> greet(Channel& channel, Reading& reading) override
    {
        extra_.reset();
        return ModbusHost::greet(channel, reading);
    }

    Task<Reply<void>> read(Channel& channel, Reading& reading) override
    {
        std::uint64_t low = no_mask, high = no_mask;
        bms::forget(extra.layout, reading);
        if (extra_.value_or(true)) {
            const modbus::Take keep = [&](ByteView data) -> Reply<void> {
                low = read_be(&data[0], 2), high = read_be(&data[2], 2);
                return bms::take(extra.layout, data, reading);
            };
            const auto told = co_await read_block(channel, address, extra.block, keep, !extra_);
            if (!told && told.error() == Refusal::link_lost) co_return told;
            if (!extra_) extra_ = told.has_value();
        }
        co_await must(ModbusHost::read(channel, reading));
        Telemetry& t = reading.telemetry;
        t.cell_balancing.clear();
        const std::uint64_t word = low | high << 16;
        const bool unclear = low == no_mask || high == no_mask || (word == 0 && *t.balancing);
        if (!unclear) decode_balancing(word, t.cell_voltages.size(), t);
        co_return Reply<void>{};
    }

    /// Acknowledged by the same frame.
    static Task<Reply<void>> write(Channel& channel, std::uint8_t where, std::uint8_t value)
    {
        Bytes request{address, write_function, 0, where, 0, value};
        checksum::append_crc16_modbus(request);
        const auto same = [&](ByteView frame) {
            return std::equal(frame.begin(), frame.end(), request.begin(), request.end()) ? Reply<void>{}
                                                                                          : refuse(Refusal::wrong_echo);
        };
        const Asking asking{.request = request, .framing = {.start = "\xD2\x06", .length = exactly(request.size())}};
        co_return co_await ask(channel, asking, same);
    }

    std::optional<bool> extra_;  // whether the board knows the second block
};

constexpr Row all_rows[]{rows[0], rows[1], rows[2], extra};

class DalyDevice final : public Device {
  public:
    explicit DalyDevice(Reading& truth) : truth_(truth), registers_(truth, address, all_rows) {}

    std::size_t receive(ByteView input, Bytes& reply) override
    {
        const bool writes = input.size() >= 2 && input[0] == address && input[1] == write_function;
        if (!writes) return registers_.receive(input, reply);
        if (input.size() < modbus::request_size) return 0;
        const ByteView request = input.first(modbus::request_size);
        if (!checksum::crc16_modbus_fits(request)) return 1;
        if (request[3] == charge_switch) truth_.telemetry.charge_fet = request[5] != 0;
        if (request[3] == discharge_switch) truth_.telemetry.discharge_fet = request[5] != 0;
        append(reply, request);
        return request.size();
    }

  private:
    Reading& truth_;
    modbus::ModbusDevice registers_;
};

constexpr Gatt gatt[]{{.service = "fff0", .notify = "fff1", .write = "fff2", .command_first = true},
                      {.service = "ff00", .notify = "ff01", .write = "ff02", .command_first = true}};
constexpr Told delivers =
    Told{"firmware_version", "hardware_version", "production_date", "cell_balancing"}.add(rows).add(extra.layout);

}  // namespace

extern const Entry daly_bms;
const Entry daly_bms{
    .name = "aiobmsble_daly_bms",
    .type = "Daly smart BMS",
    .sheet = "ble/daly",
    .brands = "Daly H, K, M and S series (DL-..., JHB-...), Bulltron",
    .wiring = "Bluetooth",
    .lines = lines,
    .commands = {Command::Kind::force_charging_off, Command::Kind::force_discharging_off},
    .delivers = delivers,
    .make = make<Daly, daly_bms>,
    .device = [](Reading& truth, const Line&) -> std::unique_ptr<Device> {
        return std::make_unique<DalyDevice>(truth);
    },
    .gatt = gatt,
    .transport = Transport::ble,
    .alike = modbus::no_register_in_reply,
};

}  // namespace bmsd::bms::ble
