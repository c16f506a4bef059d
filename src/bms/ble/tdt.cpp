// TDT batteries, and what they share with XDZN and WattCycle ones. What the bytes mean: docs/bms/ble/tdt.md
#include "bms/ble/xdzn_rows.h"
#include "bms/language/alarm_masks.h"
#include "bms/language/ascii_layout.h"
#include "bms/language/told.h"
#include "util/log.h"

namespace bmsd::bms::ble {
namespace xdzn {
namespace {

constexpr std::uint8_t first_head = 0x7E, other_head = 0x1E, read_function = 0x03, error_function = 0x86;
constexpr std::uint8_t devices[]{0x01, 0x41};
constexpr std::string_view heads = "\x7E\x1E";
constexpr std::string_view unlock = "HiLink", unlock_place = "fffa";
constexpr Duration after_unlock = 500ms;

/// Bit 15: it discharges; bit 14: tenths, else whole amperes. In tenths.
constexpr Wire current_wire{
    2,
    [](const std::uint8_t* data) {
        const std::int64_t word = u16be.get(data);
        const std::int64_t amount = (word & 0x3FFF) * ((word & 0x4000) != 0 ? 1 : 10);
        return (word & 0x8000) != 0 ? -amount : amount;
    },
    [](std::uint8_t* data, std::int64_t raw) { u16be.put(data, std::abs(raw) | 0x4000 | (raw < 0 ? 0x8000 : 0)); },
    -0x3FFF, 0x3FFF};
constexpr std::size_t pack_size = 14, more_size = 18, most_cells = 32, most_sensors = 255;
constexpr std::array pack_table{
    Field{0, current_wire, 0.1, &Telemetry::current},
    Field{2, u16be, 0.01, &Telemetry::voltage},
    Field{4, u16be, 0.1, &Telemetry::capacity_remaining},
    Field{6, u16be, 0.1, &Telemetry::capacity},
    Field{8, u16be, 1, &Telemetry::cycles},
    Field{12, u16be, 1, &Telemetry::soc},
};
static_assert(fits(pack_table, pack_size) && apart(pack_table));
constexpr Field soh_field{pack_size, u16be, 1, &Telemetry::soh};
constexpr Field second_sensor{2, u16be, 0.1, sensor(1), 2730};
constexpr ListField cell_list{0, 2, u16be, 0.001, &Telemetry::cell_voltages, 0, 0};
constexpr ascii::Shape analog_shape{.at = 0,
                                    .size = 2,
                                    .between = 0,
                                    .most_cells = most_cells,
                                    .least_sensors = 0,
                                    .most_sensors = most_sensors,
                                    .rest = pack_size};

ascii::InfoLayout analog_layout(const Dialect& dialect)
{
    return {.shape = analog_shape,
            .cells = &cell_list,
            .sensors = dialect.sensors,
            .tail = pack_table,
            .more = dialect.soh ? more_size : 0};
}

Reply<void> take_analog(const Dialect& dialect, ByteView data, Reading& reading)
{
    Telemetry& t = reading.telemetry;
    const auto counted = ascii::decode(analog_layout(dialect), data, t);
    if (!counted) return refuse(counted.error());
    t.cell_count = static_cast<std::int64_t>(counted->cells);
    if (dialect.second_of_two && counted->sensors == 2)
        decode(std::span(&second_sensor, 1), data.subspan(counted->sensors_at), t);
    const ByteView tail = data.subspan(counted->end);
    t.soh.reset();
    if (dialect.soh && tail.size() >= pack_size + more_size) decode(std::span(&soh_field, 1), tail, t);
    return {};
}

// Behind a state of each cell and sensor.
constexpr std::size_t warning_size = 13;
constexpr std::array fet_bits{Bit{6, 1, &Telemetry::charge_fet}, Bit{6, 2, &Telemetry::discharge_fet}};
constexpr std::array<std::uint8_t, 5> alarm_places{4, 5, 8, 11, 12};
constexpr std::uint8_t status1 = 0, status2 = 1, status5 = 2, warning1 = 3, warning2 = 4;
constexpr AlarmMask alarm_masks[]{
    {Alarm::high_cell_voltage, status1, 0, 0x01},
    {Alarm::high_cell_voltage, warning1, 0x01, 0},
    {Alarm::low_cell_voltage, status1, 0, 0x02},
    {Alarm::low_cell_voltage, warning1, 0x02, 0},
    {Alarm::high_voltage, status1, 0, 0x84},
    {Alarm::high_voltage, warning1, 0x04, 0},
    {Alarm::low_voltage, status1, 0, 0x08},
    {Alarm::low_voltage, warning1, 0x08, 0},
    {Alarm::high_charge_current, status1, 0, 0x10},
    {Alarm::high_charge_current, warning1, 0x10, 0},
    {Alarm::high_discharge_current, status1, 0, 0x20},
    {Alarm::high_discharge_current, warning1, 0x20, 0},
    {Alarm::high_charge_temperature, status2, 0, 0x01},
    {Alarm::high_charge_temperature, warning2, 0x01, 0},
    {Alarm::high_temperature, status2, 0, 0x02},
    {Alarm::high_temperature, warning2, 0x02, 0},
    {Alarm::low_charge_temperature, status2, 0, 0x04},
    {Alarm::low_charge_temperature, warning2, 0x04, 0},
    {Alarm::low_temperature, status2, 0, 0x08},
    {Alarm::low_temperature, warning2, 0x08, 0},
    {Alarm::high_internal_temperature, status2, 0, 0x10},
    {Alarm::high_internal_temperature, warning2, 0x10, 0},
    {Alarm::internal_failure, status1, 0, 0x40},
    {Alarm::internal_failure, status5, 0, 0x0F},
};
constexpr auto alarm_bits = alarm_bits_of<alarm_masks>;
constexpr ascii::Shape warning_shape{.at = 0,
                                     .size = 1,
                                     .between = 0,
                                     .most_cells = most_cells,
                                     .least_sensors = 0,
                                     .most_sensors = most_sensors,
                                     .rest = warning_size};

Reply<void> take_warning(const Dialect&, ByteView data, Reading& reading)
{
    Telemetry& t = reading.telemetry;
    const auto counted = ascii::count(data, warning_shape);
    if (!counted) return refuse(counted.error());
    if (static_cast<std::int64_t>(counted->cells) != t.cell_count) return refuse(Refusal::bad_content);
    const ByteView tail = data.subspan(counted->end);
    const std::size_t bytes = (counted->cells + 7) / 8;
    if (tail.size() < warning_size + bytes) return refuse(Refusal::bad_length);
    decode(fet_bits, tail, t);
    // what stands there is derived: nothing flows through two FETs that are off
    if (!*t.charge_fet && !*t.discharge_fet && t.current != 0.0) t.charge_fet = t.discharge_fet = true;
    decode(alarm_bits, gather(tail, alarm_places), t.alarms);
    decode_balancing(read_le(&tail[warning_size], bytes), counted->cells, t);
    t.balancing = any(t.cell_balancing);
    return {};
}

void forget_warning(Reading& reading)
{
    Telemetry& t = reading.telemetry;
    t.charge_fet = t.discharge_fet = t.balancing = std::nullopt;
    t.cell_balancing.clear();
    t.alarms = {};
}

constexpr std::size_t product_size = 60;

Reply<void> take_product(const Dialect& dialect, ByteView data, Reading& reading)
{
    if (data.size() != product_size) return refuse(Refusal::bad_length);
    decode(dialect.product, data, reading.identity);
    return {};
}

Bytes fill_warning(const Telemetry& t)
{
    const std::size_t cells = t.cell_voltages.size(), bytes = (cells + 7) / 8;
    const ascii::Counted counted = ascii::counted(warning_shape, cells, 0);
    Bytes data(counted.end + warning_size + bytes);
    data[0] = static_cast<std::uint8_t>(cells);
    const auto tail = MutableBytes(data).subspan(counted.end);
    encode(fet_bits, tail, t);
    scatter(encode(alarm_bits, t.alarms), alarm_places, tail);
    write_le(&tail[warning_size], bytes, encode_balancing(t));
    return data;
}

}  // namespace

const Xdzn::Row Xdzn::product_row{{"XDZN product (92)"}, Point::product, take_product};
const Xdzn::Row Xdzn::analog_row{{"XDZN analog (8C)"}, Point::analog, take_analog};
const Xdzn::Row Xdzn::warning_row{{"XDZN warning (8D)", Need::optional, forget_warning}, Point::warning, take_warning};
const Xdzn::Row Xdzn::needed_warning_row{{"XDZN warning (8D)"}, Point::warning, take_warning};

/// Of a reply; of what cannot be one as far as it shows that.
std::size_t Xdzn::length(ByteView so_far) const
{
    constexpr std::size_t longest = 512;
    const auto known = [&](std::uint8_t version) {
        return dialect_.versions.empty() ||
               dialect_.versions.find(static_cast<char>(version)) != std::string_view::npos;
    };
    if (so_far.size() > 1 && !known(so_far[1])) return 1;
    if (so_far.size() > 2 && so_far[2] != devices[0] && so_far[2] != devices[1]) return 1;
    if (so_far.size() > 3 && so_far[3] != read_function && so_far[3] != error_function) return 1;
    const std::size_t whole = frames.length(so_far);
    return whole <= longest ? whole : 1;
}

Task<Reply<void>> Xdzn::ask_for(Channel& channel, const Row& row, Reading& reading, bool once)
{
    Bytes request = frames.frame({}, head_, 0x00, devices[0], read_function, 0x00, row.point);
    const auto open = [&](ByteView frame) -> Reply<void> {
        const auto data = frames.answer(frame, request);
        if (!data && data.error() != Refusal::wrong_echo) return refuse(data.error());
        if (frame[3] == error_function || frame[4] != 0) return refuse(Refusal::device_error);
        if (!data) return refuse(data.error());
        return row.take(dialect_, *data, reading);
    };
    const Framing framing{.one_of = head_ == first_head ? heads.substr(0, 1) : heads,
                          .length = [this](ByteView so_far) { return length(so_far); }};
    co_return co_await ask(channel, {.request = request, .framing = framing, .once = once}, open);
}

/// Older and newer ones begin with one byte or with another.
Task<Reply<void>> Xdzn::find_head(Channel& channel, Reading& reading)
{
    const Row& row = dialect_.needs_product ? product_row : analog_row;
    Reply<void> taken = refuse(Refusal::silence);
    for (const std::uint8_t head : {first_head, other_head}) {
        head_ = head;
        taken = co_await ask_for(channel, row, reading);
        if (taken || taken.error() == Refusal::link_lost) co_return taken;
    }
    co_return taken;
}

Task<Reply<void>> Xdzn::greet(Channel& channel, Reading& reading)
{
    requests_.anew();
    co_await must(send(channel, Bytes(unlock.begin(), unlock.end()), unlock_place));
    if (dialect_.asks_whether_open) {
        const auto opened = co_await must(channel.radio()->read(unlock_place));
        if (opened != Bytes{0x01}) log::warning("{}: not unlocked", *reading.identity.type);
    } else {
        co_await channel.pause(after_unlock);
    }
    co_await must(find_head(channel, reading));
    if (!dialect_.needs_product) {
        const auto product = co_await ask_for(channel, product_row, reading, true);
        if (!product) co_await device_information(channel, reading.identity);
    }
    if (dialect_.serial_is_id && reading.identity.serial_number)
        reading.identity.unique_id = reading.identity.serial_number;
    co_return Reply<void>{};
}

Task<Reply<void>> Xdzn::read(Channel& channel, Reading& reading)
{
    const auto ask_row = [&](const Row& row) { return ask_for(channel, row, reading); };
    co_await must(requests_.read_one(channel, analog_row, reading, ask_row));
    co_return co_await requests_.read_one(channel, dialect_.needs_warning ? needed_warning_row : warning_row, reading,
                                          ask_row);
}

std::size_t XdznDevice::receive(ByteView input, Bytes& reply)
{
    if (input[0] == static_cast<std::uint8_t>(unlock[0])) return std::min(input.size(), unlock.size());
    if (input[0] != first_head) return 1;
    if (input.size() < frames.length(input)) return 0;
    const ByteView request = input.first(frames.length(input));
    const auto point = static_cast<Point>(request[5]);
    if (frames.answer(request, request) &&
        (point == Point::analog || point == Point::warning || point == Point::product))
        append(reply, frames.frame(data_of(point), first_head, 0x00, devices[0], read_function, 0x00, point));
    return request.size();
}

/// It is open.
std::optional<Bytes> XdznDevice::value(std::string_view uuid)
{
    return uuid == unlock_place ? std::optional<Bytes>(Bytes{0x01}) : std::nullopt;
}

Bytes XdznDevice::data_of(Point point) const
{
    const Telemetry& t = truth_.telemetry;
    if (point == Point::warning) return fill_warning(t);
    if (point == Point::analog) {
        Bytes data = ascii::encode(analog_layout(dialect_), t);
        const std::size_t tail = data.size() - pack_size - more_size;
        if (dialect_.soh) encode(std::span(&soh_field, 1), MutableBytes(data).subspan(tail), t);
        return data;
    }
    Bytes data(product_size);
    encode(dialect_.product, data, truth_.identity);
    return data;
}

}  // namespace xdzn

namespace {

constexpr std::int64_t freezing = 2731;
constexpr Field sensor_field(std::size_t index, Target target)
{
    return {2 * index, u16be, 0.1, target, freezing};
}
constexpr std::array sensor_table{sensor_field(0, &Telemetry::temperature_ambient),
                                  sensor_field(1, &Telemetry::temperature_mosfet),
                                  sensor_field(2, sensor(1)),
                                  sensor_field(3, sensor(2)),
                                  sensor_field(4, sensor(3)),
                                  sensor_field(5, sensor(4))};
constexpr TextField product_texts[]{
    {0, 20, &Identity::firmware_version}, {20, 20, &Identity::manufacturer}, {40, 20, &Identity::serial_number}};
constexpr xdzn::Dialect dialect{.product = product_texts,
                                .sensors = sensor_table,
                                .versions = std::string_view("\x00\x04", 2),
                                .asks_whether_open = true};
constexpr Told delivers = xdzn::told("temperature_ambient").add(Layout{.texts = product_texts});

}  // namespace

extern const Entry tdt_bms;
constinit const Entry tdt_bms{
    .name = "aiobmsble_tdt_bms",
    .type = "TDT smart BMS",
    .sheet = "ble/tdt",
    .brands = "TDT; also sold as XDZN and WattCycle",
    .wiring = "Bluetooth",
    .lines = lines,
    .delivers = delivers,
    .make = [](const Setup& setup) -> std::unique_ptr<Protocol> {
        return std::make_unique<xdzn::Xdzn>(tdt_bms, setup, dialect);
    },
    .device = [](Reading& truth, const Line&) -> std::unique_ptr<Device> {
        return std::make_unique<xdzn::XdznDevice>(truth, dialect);
    },
    .gatt = xdzn::gatt,
    .transport = Transport::ble,
    .flow_means_on = true,
};

}  // namespace bmsd::bms::ble
