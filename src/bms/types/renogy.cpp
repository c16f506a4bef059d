// Renogy smart lithium batteries on RS485. What the bytes mean: docs/bms/renogy.md
#include <cmath>

#include "bms/language/fitted.h"
#include "bms/language/identity.h"
#include "bms/language/modbus.h"
#include "bms/language/told.h"
#include "bms/types/renogy_rows.h"

namespace bmsd::bms {
namespace {

using namespace std::chrono_literals;
using modbus::Row;
using namespace renogy_tables;

// The connection test is one request: 0.3 s of silence at each of the two addresses.
constexpr modbus::Timing timing{.first = 300ms, .rest = 1s, .gap = 20ms};

constexpr std::array capacity_table{capacity_field(capacity_at)};
constexpr auto state_table = pack_table(0.01);
constexpr std::array board_table{Field{0, i16be, 0.1, sensor(1)}};
constexpr std::array second_table{Field{0, i16be, 0.1, sensor(2)}};
constexpr std::array model_texts{model_text(model_at)};
constexpr std::array maker_text{TextField{0, 16, &Identity::manufacturer}};
constexpr std::array serial_texts{serial_text(serial_at)};

constexpr ListField cell_lists[]{cell_list(cells_from + 1)};
constexpr ListField sensor_lists[]{{0, 2, i16be, 0.1, &Telemetry::cell_temperatures}};

Reply<void> take_model(ByteView data, Reading&)
{
    return is_text(data) ? Reply<void>{} : refuse(Refusal::bad_content);
}

Reply<void> take_count(ByteView, Reading& reading)
{
    const auto count = *reading.telemetry.cell_count;
    return count >= 1 && count <= most_cells ? Reply<void>{} : refuse(Refusal::bad_content);
}

/// Four characters, two of the major and two of the minor version.
Reply<void> take_version(ByteView data, Reading& reading)
{
    const std::string text = printable(data);
    if (text.size() == data.size()) reading.identity.firmware_version = text.substr(0, 2) + '.' + text.substr(2);
    return {};
}

void fill_version(Bytes& data, const Reading& reading)
{
    std::string version = reading.identity.firmware_version.value_or("");
    std::erase(version, '.');
    version.resize(data.size(), '0');
    std::copy(version.begin(), version.end(), data.begin());
}

Reply<void> take_pack(ByteView, Reading& reading)
{
    Telemetry& t = reading.telemetry;
    t.soc.reset();
    if (t.capacity) t.soc = soc_in_range(std::round(*t.capacity_remaining / *t.capacity * 10000) / 100);
    return plausible(t);
}

// None is as long as the one before it, whenever that can be.
constexpr Row rows[]{
    {{"Renogy model (1402)"}, {model_at, 8}, {.texts = model_texts, .take = take_model}},
    {{"Renogy number of cells (1388)"}, {cells_from, 1}, {.fields = count_table, .take = take_count}},
    {{"Renogy maker (140C)", Need::setting}, {0x140C, 8}, {.texts = maker_text}},
    {{"Renogy firmware (140A)", Need::setting}, {version_at, 2}, {.take = take_version, .fill = fill_version}},
    {{"Renogy serial number (13F6)", Need::setting},
     {serial_at, 8},
     {.texts = serial_texts},
     3},  // the id, so not given up at once
    {{"Renogy capacity (13B6)", Need::setting}, {capacity_at, 2}, {.fields = capacity_table}},
    {{"Renogy cells (1389)"}, {cells_from + 1, most_cells}, {.lists = cell_lists}, 0, modbus::registers_for_cells},
    {{"Renogy board temperature (13AD)", Need::optional}, {0x13AD, 1}, {.fields = board_table}},
    {{"Renogy voltage and current (13B2)"}, {state_from, 4}, {.fields = state_table, .take = take_pack}},
    {{"Renogy second temperature (13B0)", Need::optional}, {0x13B0, 1}, {.fields = second_table}},
    {{"Renogy cell temperatures (139A)", Need::optional},
     {0x139A, most_cells},
     {.lists = sensor_lists},
     0,
     modbus::registers_for_cells},
};
constexpr std::span<const Row> known = std::span<const Row>(rows).first(2),
                               settings = std::span<const Row>(rows).subspan(2, 4),
                               polled = std::span<const Row>(rows).subspan(6);
static_assert(apart(state_table) && fits(state_table, 8));

class Renogy final : public Protocol {
  public:
    explicit Renogy(const Setup& setup) : host_(setup.address, timing, known) {}

    Task<Reply<void>> identify(Channel& channel, Reading& reading) override
    {
        host_.anew();
        co_await must(host_.read(channel, known, reading));
        co_await must(poll(channel, reading));
        if (reading.telemetry.capacity == 0.0) {
            channel.refused(Refusal::bad_content);
            co_return refuse(Refusal::bad_content);
        }
        reading.identity.type = "Renogy";
        reading.identity.unique_id = reading.identity.serial_number;
        co_return Reply<void>{};
    }

    Task<Reply<void>> poll(Channel& channel, Reading& reading) override
    {
        Identity& identity = reading.identity;
        if (host_.any_due(settings, channel.steady())) {
            co_await must(host_.read(channel, settings, reading));
            identity.hardware_version =
                identity.manufacturer ? *identity.manufacturer + ' ' + *identity.model_name : identity.model_name;
        }
        co_await must(host_.read(channel, polled, reading));
        second_.keep(0, reading.telemetry.temperatures[1]);
        co_return Reply<void>{};
    }

  private:
    modbus::Host host_;
    Fitted<1> second_;
};

constexpr Line lines[]{{9600, 0x30}, {9600, 0xF7}};
constexpr Told delivers = Told{"hardware_version", "firmware_version", "soc"}.add(rows);

}  // namespace

extern const Entry renogy;
const Entry renogy{
    .name = "Renogy",
    .type = "Renogy",
    .sheet = "renogy",
    .brands = "Renogy smart lithium batteries (RBT50LFP48S, RBT100LFP12SH-G1, RBT100LFP12-BT, RBT200LFP12)",
    .wiring = "RS485 port of the battery; delivered with address 0x30 or 0xF7",
    .lines = lines,
    .commands = {},
    .delivers = delivers,
    .make = [](const Setup& setup) -> std::unique_ptr<Protocol> { return std::make_unique<Renogy>(setup); },
    .device = modbus::device<rows>,
    .alike = modbus::no_register_in_reply,
};

}  // namespace bmsd::bms
