// CBT Power and Creabest batteries. What the bytes mean: docs/bms/ble/cbtpwr.md
#include "bms/language/ble_rows.h"
#include "bms/language/told.h"

namespace bmsd::bms::ble {
namespace {

constexpr Envelope asking{.start = "\xAA\x55",
                          .head = 4,
                          .count_at = 3,
                          .echo_at = 2,
                          .summed_from = 2,
                          .sum = big_endian<checksum::sum8>,
                          .end = "\x0A\x0D"};
constexpr Envelope frames = [] {
    Envelope reply = asking;
    reply.end = "\x0D\x0A";
    return reply;
}();

Bytes request(const Row& row)
{
    return asking.frame({}, row.code);
}

constexpr std::array pack_table{Field{0, u32le, 0.001, &Telemetry::voltage},
                                Field{4, i32le, 0.001, &Telemetry::current}};
constexpr std::array soc_table{Field{0, u8, 1, &Telemetry::soc}};
constexpr std::array sensor_table{Field{0, i16le, 1, sensor(1)}};
constexpr std::array design_table{Field{0, u16le, 1, &Telemetry::capacity}, Field{2, u16le, 1, &Telemetry::cycles}};
constexpr ProblemWord problem{0, u32le};

// Up to four blocks of cells; the next one is asked for while the last was full.
constexpr std::size_t block_places = 5, block_size = 2 * block_places;
constexpr ListField block_list{0, 2, u16le, 0.001, &Telemetry::cell_voltages, 0, 0};

template <std::size_t block>
Reply<void> take_block(ByteView data, Reading& reading)
{
    Telemetry told;
    decode(block_list, data, block_places, told);
    Cells& cells = reading.telemetry.cell_voltages;
    cells.resize(block * block_places);
    for (const Number& cell : told.cell_voltages) cells.push_back(cell);
    return {};
}

template <std::size_t block>
void fill_block(Bytes& data, const Reading& reading)
{
    const Cells& cells = reading.telemetry.cell_voltages;
    Telemetry told;
    for (std::size_t i = block * block_places; i < std::min(cells.size(), (block + 1) * block_places); ++i)
        told.cell_voltages.push_back(cells[i]);
    encode(block_list, data, told);
}

template <std::size_t block>
constexpr Row block_row(std::string_view name)
{
    return {{name},
            static_cast<std::uint8_t>(0x05 + block),
            {.least = block_size, .take = take_block<block>, .fill = fill_block<block>},
            block_size};
}

constexpr Row rows[]{
    {{"CBT voltage and current (0B)"}, 0x0B, {.least = 8, .fields = pack_table}},
    {{"CBT state of charge (0A)"}, 0x0A, {.least = 1, .fields = soc_table}},
    {{"CBT temperature (09)"}, 0x09, {.least = 2, .fields = sensor_table}},
    {{"CBT capacity and cycles (15)"}, 0x15, {.least = 4, .fields = design_table}},
    {{"CBT problems (21)"}, 0x21, {.least = 4, .problem = &problem}},
    block_row<0>("CBT cells 1 to 5 (05)"),
    block_row<1>("CBT cells 6 to 10 (06)"),
    block_row<2>("CBT cells 11 to 15 (07)"),
    block_row<3>("CBT cells 16 to 20 (08)"),
};
constexpr std::size_t first_block = 5;
constexpr Speech speech{.reply = frames, .request = request, .rows = rows, .information = true};

class Cbtpwr final : public RowHost {
  public:
    Cbtpwr(const Entry& entry, const Setup& setup) : RowHost(entry, setup, speech) {}

  private:
    Task<Reply<void>> read(Channel& channel, Reading& reading) override
    {
        const Cells& cells = reading.telemetry.cell_voltages;
        for (const Row& row : rows) {
            co_await must(take(channel, row, reading));
            const bool block = &row >= &rows[first_block];
            if (block && !std::all_of(cells.end() - block_places, cells.end(),
                                      [](const Number& cell) { return cell.has_value(); }))
                break;
        }
        co_return settle_cells(reading.telemetry);
    }
};

constexpr Gatt gatt[]{{.service = "ffe0", .notify = "ffe4", .write = "ffe9", .write_service = "ffe5"}};
constexpr Told delivers = Told{"cell_count", "cell_voltages"}.add(rows);

}  // namespace

extern const Entry cbtpwr_bms;
const Entry cbtpwr_bms{
    .name = "aiobmsble_cbtpwr_bms",
    .type = "CBT Power smart BMS",
    .sheet = "ble/cbtpwr",
    .brands = "CBT Power, Creabest",
    .wiring = "Bluetooth",
    .lines = lines,
    .delivers = delivers,
    .make = make<Cbtpwr, cbtpwr_bms>,
    .device = device_of_rows<speech>,
    .gatt = gatt,
    .transport = Transport::ble,
};

}  // namespace bmsd::bms::ble
