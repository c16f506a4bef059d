// Braun Power boards. What the bytes mean: docs/bms/ble/braunpwr.md
#include <charconv>

#include "bms/language/ble_rows.h"
#include "bms/language/told.h"

namespace bmsd::bms::ble {
namespace {

constexpr Envelope frames{.start = "\x7B", .head = 3, .count_at = 2, .echo_at = 1, .sum = no_checksum, .end = "\x7D"};

Bytes request(const Row& row)
{
    return frames.frame({}, row.code);
}

constexpr std::array pack_table{
    Field{1, u8, 1, &Telemetry::soc},
    Field{2, u16be, 0.01, &Telemetry::voltage},
    Field{10, i16be, 0.01, &Telemetry::current},
    Field{12, u16be, 0.01, &Telemetry::capacity_remaining},
    Field{14, u16be, 0.01, &Telemetry::capacity},
    Field{20, u16be, 1, &Telemetry::cycles},
    Field{22, u16be, 1, &Telemetry::balancing},  // which cells is not proven
    Field{31, u8, 1, &Telemetry::soh},
};
constexpr std::size_t pack_size = 32;
static_assert(fits(pack_table, pack_size) && apart(pack_table));
constexpr ProblemWord problem{28, u16be};

constexpr std::array count_table{Field{0, u8, 1, &Telemetry::cell_count}};
constexpr std::array cell_list{ListField{1, 2, u16be, 0.001, &Telemetry::cell_voltages, 0, 0}};
constexpr SensorList sensors{.count_at = 0,
                             .count = u8,
                             .most = 16,
                             .offset = 1,
                             .stride = 2,
                             .wire = u16be,
                             .scale = 0.1,
                             .zero = 2731,
                             .absent = 0};

/// Nothing else tells a good reply from a damaged one than that its sizes fit.
Reply<void> take_counted(ByteView data, Reading&)
{
    return data.size() == 1U + 2U * data[0] ? Reply<void>{} : refuse(Refusal::bad_length);
}

Reply<void> take_version(ByteView data, Reading& reading)
{
    reading.identity.firmware_version =
        std::to_string(data[0]) + '.' + std::to_string(data[1]) + '.' + std::to_string(data[2]);
    return {};
}

void fill_version(Bytes& data, const Reading& reading)
{
    const std::string& text = reading.identity.firmware_version.value_or("");
    const char* at = text.data();
    for (std::uint8_t& byte : data) {
        at = std::from_chars(at, text.data() + text.size(), byte).ptr;
        if (at != text.data() + text.size()) ++at;
    }
}

void forget_version(Reading& reading)
{
    reading.identity.firmware_version.reset();
}

constexpr Row rows[]{
    {{"Braun Power radio (74)", Need::setting}, 0x74, {.whole_text = &Identity::hardware_version}},
    {{"Braun Power version (F4)", Need::setting, forget_version},
     0xF4,
     {.least = 3, .take = take_version, .fill = fill_version},
     3},
    {{"Braun Power boot version (F5)", Need::setting}, 0xF5, {.least = 2}, 2},  // the app asks for it, too
    {{"Braun Power pack (01)"}, 0x01, {.least = pack_size, .fields = pack_table, .problem = &problem}, pack_size},
    {{"Braun Power cells (02)"},
     0x02,
     {.least = 1, .fields = count_table, .lists = cell_list, .most_cells = 32, .take = take_counted}},
    {{"Braun Power temperatures (03)"}, 0x03, {.least = 1, .sensors = &sensors, .take = take_counted}},
};
constexpr Speech speech{.reply = frames, .request = request, .rows = rows};
constexpr Gatt gatt[]{{.service = "ff00", .notify = "ff01", .write = "ff02"}};
constexpr Told delivers = Told{"firmware_version"}.add(rows);

}  // namespace

extern const Entry braunpwr_bms;
const Entry braunpwr_bms{
    .name = "aiobmsble_braunpwr_bms",
    .type = "Braun Power smart BMS",
    .sheet = "ble/braunpwr",
    .brands = "Braun Power, Docan Energy Panda (HSKS-..., BL-...)",
    .wiring = "Bluetooth",
    .lines = lines,
    .delivers = delivers,
    .make = make_rows<speech, braunpwr_bms>,
    .device = device_of_rows<speech>,
    .gatt = gatt,
    .transport = Transport::ble,
    .unchecked = "no checksum",
};

}  // namespace bmsd::bms::ble
