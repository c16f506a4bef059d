// Humsienk batteries and newer ECO-WORTHY ones. What the bytes mean: docs/bms/ble/humsienk.md
#include "bms/language/ble_rows.h"
#include "bms/language/told.h"

namespace bmsd::bms::ble {
namespace {

constexpr Envelope frames{
    .start = "\xAA", .head = 3, .count_at = 2, .echo_at = 1, .summed_from = 1, .sum = little_endian<checksum::sum16>};

Bytes request(const Row& row)
{
    return frames.frame({}, row.code);
}

// 20
constexpr std::array state_bits{Bit{4, 7, &Telemetry::charge_fet}, Bit{6, 7, &Telemetry::discharge_fet},
                                Bit{5, 7, &Telemetry::balancing}};
constexpr std::array alarm_bits{AlarmBit{0, Alarm::high_charge_current, 2},
                                AlarmBit{8, Alarm::high_charge_current, 1},
                                AlarmBit{1, Alarm::high_charge_temperature, 2},
                                AlarmBit{9, Alarm::high_charge_temperature, 1},
                                AlarmBit{2, Alarm::low_charge_temperature, 2},
                                AlarmBit{10, Alarm::low_charge_temperature, 1},
                                AlarmBit{4, Alarm::high_voltage, 2},
                                AlarmBit{12, Alarm::high_voltage, 1},
                                AlarmBit{16, Alarm::high_discharge_current, 2},
                                AlarmBit{20, Alarm::high_discharge_current, 2},
                                AlarmBit{24, Alarm::high_discharge_current, 1},
                                AlarmBit{17, Alarm::high_temperature, 2},
                                AlarmBit{25, Alarm::high_temperature, 1},
                                AlarmBit{18, Alarm::low_temperature, 2},
                                AlarmBit{26, Alarm::low_temperature, 1},
                                AlarmBit{21, Alarm::low_voltage, 2},
                                AlarmBit{28, Alarm::low_voltage, 1},
                                AlarmBit{30, Alarm::high_internal_temperature, 2},
                                AlarmBit{29, Alarm::high_internal_temperature, 1}};
constexpr auto disconnected_bits = [] {  // a cell each
    std::array<AlarmBit, 24> bits{};
    for (std::size_t i = 0; i < bits.size(); ++i) bits[i] = {static_cast<std::uint8_t>(i), Alarm::internal_failure, 2};
    return bits;
}();
constexpr std::size_t disconnected_at = 11;
constexpr std::array words{AlarmWord{4, u32le, alarm_bits}, AlarmWord{disconnected_at, u24le, disconnected_bits}};
constexpr std::array balance_mask{BalanceMask{8, u24le}};

// 21
constexpr std::size_t pack_size = 26;
constexpr std::array pack_table{
    Field{0, u32le, 0.001, &Telemetry::voltage},
    Field{4, i32le, 0.001, &Telemetry::current},
    Field{8, u8, 1, &Telemetry::soc},
    Field{9, u8, 1, &Telemetry::soh},
    Field{10, u32le, 0.001, &Telemetry::capacity_remaining},
    Field{14, u32le, 0.001, &Telemetry::capacity},
    Field{18, u16le, 1, &Telemetry::cycles},
    Field{20, i8, 1, sensor(1)},
    Field{21, i8, 1, sensor(2)},
    Field{22, i8, 1, sensor(3)},
    Field{23, i8, 1, sensor(4)},
    Field{24, i8, 1, &Telemetry::temperature_mosfet},
    Field{25, i8, 1, &Telemetry::temperature_ambient},
};
static_assert(fits(pack_table, pack_size) && apart(pack_table));

// 22
constexpr std::size_t most_cells = 24;
constexpr std::array cell_list{ListField{0, 2, u16le, 0.001, &Telemetry::cell_voltages, 0, 0}};

Reply<void> take_cells(ByteView data, Reading&)
{
    const bool fits = !data.empty() && data.size() % 2 == 0 && data.size() <= 2 * most_cells;
    return fits ? Reply<void>{} : refuse(Refusal::bad_length);
}

// The cells come before the state, whose masks need their number.
constexpr Row rows[]{
    {{"Humsienk model (11)", Need::setting}, 0x11, {.whole_text = &Identity::model_name}},
    {{"Humsienk version (F5)", Need::setting}, 0xF5, {.whole_text = &Identity::hardware_version}},
    {{"Humsienk cells (22)"}, 0x22, {.lists = cell_list, .cell_places = most_cells, .take = take_cells}},
    {{"Humsienk state (20)"},
     0x20,
     {.least = disconnected_at + 3, .bits = state_bits, .alarms = words, .balancing = balance_mask}},
    {{"Humsienk pack (21)"}, 0x21, {.least = pack_size, .fields = pack_table}, pack_size},
};
constexpr Row handshake[]{{{"Humsienk handshake (00)"}, 0x00}};
constexpr Speech speech{.reply = frames, .request = request, .rows = rows};
constexpr Speech greeting{.reply = frames, .request = request, .rows = handshake};

class Humsienk final : public RowHost {
  public:
    Humsienk(const Entry& entry, const Setup& setup) : RowHost(entry, setup, speech) {}

  private:
    Task<Reply<void>> greet(Channel& channel, Reading& reading) override
    {
        co_await must(take(channel, handshake[0], reading));
        co_return co_await RowHost::greet(channel, reading);
    }
};

class HumsienkDevice final : public Device {
  public:
    explicit HumsienkDevice(Reading& truth) : greeter_(truth, greeting), rows_(truth, speech) {}

    std::size_t receive(ByteView input, Bytes& reply) override
    {
        const std::size_t before = reply.size();
        const std::size_t used = greeter_.receive(input, reply);
        return reply.size() == before ? rows_.receive(input, reply) : used;
    }

  private:
    RowDevice greeter_, rows_;
};

constexpr Gatt gatt[]{{.service = "0001", .notify = "0003", .write = "0002"}};
constexpr Told delivers = Told{}.add(rows);

}  // namespace

extern const Entry humsienk_bms;
const Entry humsienk_bms{
    .name = "aiobmsble_humsienk_bms",
    .type = "Humsienk BMC",
    .sheet = "ble/humsienk",
    .brands = "Humsienk (HS...), newer ECO-WORTHY (ECO...)",
    .wiring = "Bluetooth",
    .lines = lines,
    .delivers = delivers,
    .make = make<Humsienk, humsienk_bms>,
    .device = [](Reading& truth, const Line&) -> std::unique_ptr<Device> {
        return std::make_unique<HumsienkDevice>(truth);
    },
    .gatt = gatt,
    .transport = Transport::ble,
};

}  // namespace bmsd::bms::ble
