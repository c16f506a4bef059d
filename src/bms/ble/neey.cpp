// Neey and Heltec active balancers; newer ones know current and state of charge, too. What the bytes mean:
// docs/bms/ble/neey.md
#include "bms/language/ble_rows.h"
#include "bms/language/told.h"
#include "util/log.h"

namespace bmsd::bms::ble {
namespace {

// A request is AA 55 11 01, command, 00, 14 00, ten bytes of 0, sum, FF. Its reply is 55 AA 11 01, type, 00, length of
// all, data, sum, FF.
constexpr std::size_t question_size = 10;
constexpr Envelope questions{.start = "\xAA\x55\x11\x01",
                             .head = 8,
                             .size = question_size,
                             .count_at = 6,
                             .count = u16le,
                             .count_more = 10,
                             .sum = big_endian<checksum::sum8>,
                             .end = "\xFF"};
constexpr Envelope frames{.start = "\x55\xAA\x11\x01",
                          .head = 8,
                          .count_at = 6,
                          .count = u16le,
                          .count_more = 10,
                          .echo_at = 4,
                          .sum = big_endian<checksum::sum8>,
                          .end = "\xFF"};

Bytes request(const Row& row)
{
    return questions.frame(Bytes(question_size), row.code);
}

constexpr std::size_t identity_size = 90, values_size = 290;
constexpr TextField texts[]{{0, 16, &Identity::model_name},
                            {16, 8, &Identity::hardware_version},
                            {24, 8, &Identity::firmware_version},
                            {40, 8, &Identity::production_date}};

constexpr Wire milli = f32<1000, false>, centi = f32<100, false>;
constexpr std::size_t places = 24, status_at = 208;
constexpr ListField cell_lists[]{{1, 4, milli, 0.001, &Telemetry::cell_voltages, 0, 0}};
constexpr std::array common_table{Field{193, milli, 0.001, &Telemetry::voltage}};
constexpr std::array old_table{Field{209, milli, 0.001, &Telemetry::balance_current}};
constexpr std::size_t board_sensors[]{213, 217};
constexpr std::array new_table{
    Field{210, milli, 0.001, &Telemetry::balance_current},
    Field{214, milli, 0.001, &Telemetry::current},
    Field{218, centi, 0.01, sensor(1)},
    Field{222, centi, 0.01, sensor(2)},
    Field{226, centi, 0.01, sensor(3)},
    Field{230, centi, 0.01, &Telemetry::temperature_mosfet},
    Field{234, milli, 0.001, &Telemetry::capacity},
    Field{238, milli, 0.001, &Telemetry::capacity_remaining},
    Field{242, milli, 0.001, &Telemetry::soc},
};
static_assert(fits(new_table, values_size) && apart(new_table));

constexpr std::string_view newer = "EK-B";  // what their model begins with

bool is_newer(const Reading& reading)
{
    return reading.identity.model_name.value_or("").starts_with(newer);
}

struct Status {
    std::uint8_t code;
    Alarm alarm;
    std::uint8_t level;
};
constexpr std::uint8_t balances = 5;
constexpr Status statuses[]{
    {1, Alarm::internal_failure, 2},  // wrong number of cells
    {3, Alarm::internal_failure, 2},  // resistance of a wire
    {9, Alarm::internal_failure, 2},
    {0x08, Alarm::high_internal_temperature, 1},
    {0x0B, Alarm::high_internal_temperature, 1},
    {0x07, Alarm::low_voltage, 1},
    {0x0A, Alarm::low_voltage, 1},
};

bool are_numbers(std::span<const Field> table, ByteView data)
{
    return std::all_of(table.begin(), table.end(),
                       [&](const Field& row) { return row.wire.get(&data[row.offset]) != not_a_number; });
}

Reply<void> take_values(ByteView data, Reading& reading)
{
    Telemetry& t = reading.telemetry;
    const bool has_more = is_newer(reading);
    const std::span<const Field> table = has_more ? std::span<const Field>(new_table) : old_table;
    if (!are_numbers(common_table, data) || !are_numbers(table, data)) return refuse(Refusal::bad_content);
    for (std::size_t i = 0; i < places; ++i)
        if (milli.get(&data[cell_lists[0].offset + 4 * i]) == not_a_number) return refuse(Refusal::bad_content);
    decode(table, data, t);
    if (!has_more) {
        const auto warmest = std::max(centi.get(&data[board_sensors[0]]), centi.get(&data[board_sensors[1]]));
        if (warmest == not_a_number) return refuse(Refusal::bad_content);
        t.temperature_mosfet = scaled(warmest, 0.01);
    }
    const std::uint8_t status = data[status_at];
    t.balancing = status == balances;
    for (const Status& row : statuses) t.alarms[row.alarm] = std::uint8_t{0};
    for (const Status& row : statuses)
        if (row.code == status) t.alarms[row.alarm] = row.level;
    return {};
}

/// A simulated one is new, unless its model says that it is an old one.
constexpr std::string_view older = "GW-";
bool is_simulated_newer(const Reading& reading)
{
    return !reading.identity.model_name.value_or("").starts_with(older);
}

void fill_values(Bytes& data, const Reading& reading)
{
    const Telemetry& t = reading.telemetry;
    data.resize(values_size);
    encode(is_simulated_newer(reading) ? std::span<const Field>(new_table) : old_table, data, t);
    if (!is_simulated_newer(reading))
        for (const std::size_t place : board_sensors)
            centi.put(&data[place], unscaled(t.temperature_mosfet.value_or(0), 0.01, centi));
    data[status_at] = t.balancing.value_or(false) ? balances : 2;
    for (const Status& row : statuses)
        if (data[status_at] != balances && t.alarms[row.alarm] == row.level) data[status_at] = row.code;
}

void fill_identity(Bytes& data, const Reading& reading)
{
    if (is_simulated_newer(reading)) std::copy(newer.begin(), newer.end(), data.begin());
}

constexpr Row rows[]{
    {{"Neey identity (01)"}, 0x01, {.least = identity_size, .texts = texts, .fill = fill_identity}, identity_size},
    {{"Neey values (02)"},
     0x02,
     {.least = values_size,
      .fields = common_table,
      .lists = cell_lists,
      .cell_places = places,
      .take = take_values,
      .fill = fill_values},
     values_size},
};
constexpr Speech speech{.reply = frames, .request = request, .rows = rows};

class Neey final : public RowHost {
  public:
    Neey(const Entry& entry, const Setup& setup) : RowHost(entry, setup, speech) {}

  private:
    Task<Reply<void>> greet(Channel& channel, Reading& reading) override
    {
        co_await must(take(channel, rows[0], reading));
        if (!is_newer(reading) && !told_)
            log::warning("{}: tells no current: another sensor must", *reading.identity.type);
        told_ = true;
        co_return Reply<void>{};
    }
    Task<Reply<void>> read(Channel& channel, Reading& reading) override { return take(channel, rows[1], reading); }

    bool told_ = false;
};

constexpr Gatt gatt[]{{.service = "ffe0", .notify = "ffe1", .write = "ffe1"}};
constexpr Told delivers = Told{"balancing", "balance_current",    "current", "temperatures", "temperature_mosfet",
                               "capacity",  "capacity_remaining", "soc",     "alarms"}
                              .add(rows);

}  // namespace

extern const Entry neey_bms;
constinit const Entry neey_bms{
    .name = "aiobmsble_neey_bms",
    .type = "Neey Balancer",
    .sheet = "ble/neey",
    .brands = "Neey and Heltec active balancers (EK-..., GW-...)",
    .wiring = "Bluetooth",
    .lines = lines,
    .delivers = delivers,
    .make = make<Neey, neey_bms>,
    .device = device_of_rows<speech>,
    .gatt = gatt,
    .transport = Transport::ble,
};

}  // namespace bmsd::bms::ble
