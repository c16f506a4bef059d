// MyVolta: CAN messages of a pack, forwarded in a stream. What the bytes mean: docs/bms/ble/myvolta.md
#include "bms/language/ble.h"
#include "bms/language/told.h"

namespace bmsd::bms::ble {
namespace {

// 55 55, content in which 04, 05 and 55 stand behind a 05, 04 04.
constexpr std::uint8_t start_mark = 0x55, escape = 0x05, end_mark = 0x04;
constexpr std::size_t content_size = 16, payload_at = 7, payload_size = 8, sum_at = 15;

/// Of the content from `at` on: behind its end mark. A whole content ends with the next two bytes, whatever they are:
/// some units send 05 04 there.
std::size_t length(ByteView so_far)
{
    std::size_t at = 2;
    for (std::size_t count = 0; at + 1 < so_far.size(); ++count) {
        if (count == content_size || (so_far[at] == end_mark && so_far[at + 1] == end_mark)) return at + 2;
        if (so_far[at] == start_mark) return at;  // another frame: this one was cut
        at += so_far[at] == escape ? 2 : 1;
    }
    return so_far.size() + 1;
}
const Framing frames{.start = "\x55\x55", .length = length};

/// What is in a frame; wrong_echo for what is not forwarded from the pack.
Reply<std::array<std::uint8_t, content_size>> open(ByteView frame)
{
    std::array<std::uint8_t, content_size> content{};
    std::size_t count = 0;
    for (std::size_t at = 2; at + 2 < frame.size() && count < content_size; ++at) {
        if (frame[at] == escape) ++at;
        content[count++] = frame[at];
    }
    if (count != 0 && content[0] != 0x01) return refuse(Refusal::wrong_echo);
    if (count != content_size) return refuse(Refusal::cut_short);
    if (content[2] != 0x02 || content[6] != payload_size) return refuse(Refusal::bad_content);
    if ((checksum::sum8(ByteView(content).subspan(1, sum_at - 1)) ^ 0xFF) != content[sum_at])
        return refuse(Refusal::bad_checksum);
    return content;
}

Bytes frame(std::uint8_t type, ByteView payload)
{
    Bytes content{0x01, type, 0x02, 0, 0, 0, payload_size};
    append(content, payload);
    content.push_back(static_cast<std::uint8_t>(checksum::sum8(ByteView(content).subspan(1)) ^ 0xFF));
    Bytes bytes{start_mark, start_mark};
    for (const std::uint8_t byte : content) {
        if (byte == start_mark || byte == escape || byte == end_mark) bytes.push_back(escape);
        bytes.push_back(byte);
    }
    bytes.insert(bytes.end(), {end_mark, end_mark});
    return bytes;
}

constexpr std::array pack_table{Field{0, u16le, 0.001, &Telemetry::voltage}, Field{2, i16le, 0.01, &Telemetry::current},
                                Field{6, u16le, 0.1, &Telemetry::soc}};
constexpr std::array heater_bit{Bit{3, 7, &Telemetry::heating}};
constexpr std::array fault_bits{
    AlarmBit{7, Alarm::low_temperature, 2},     AlarmBit{6, Alarm::high_temperature, 2},
    AlarmBit{5, Alarm::high_charge_current, 2}, AlarmBit{4, Alarm::high_discharge_current, 2},
    AlarmBit{3, Alarm::low_cell_voltage, 2},    AlarmBit{2, Alarm::high_cell_voltage, 2},
    AlarmBit{1, Alarm::low_voltage, 2},         AlarmBit{0, Alarm::high_voltage, 2},
};
constexpr auto failures = [] {
    std::array<AlarmBit, 8> bits{};
    for (std::size_t bit = 0; bit < bits.size(); ++bit)
        bits[bit] = {static_cast<std::uint8_t>(bit), Alarm::internal_failure, 2};
    return bits;
}();
constexpr AlarmWord fault_words[]{{1, u8, fault_bits}, {2, u8, failures}, {4, u8, failures}};

/// A sensor that is not fitted reads either of two values.
constexpr Wire sensor_wire{2,
                           [](const std::uint8_t* data) {
                               const std::int64_t raw = i16le.get(data);
                               return raw == -548 ? std::int64_t{-0x8000} : raw;
                           },
                           i16le.put, -0x8000, 0x7FFF};
constexpr Field sensor_field(std::size_t index)
{
    return {2 * index, sensor_wire, 0.1, sensor(static_cast<int>(index + 1)), 0, -0x8000};
}
constexpr std::array sensor_table{sensor_field(0), sensor_field(1), sensor_field(2), sensor_field(3)};

constexpr std::size_t places = 16, cells_a_message = 4;
constexpr double least_cell = 0.1;  // V: less is noise of a place without a cell
constexpr ListField cell_list{0, 2, u16le, 0.001, &Telemetry::cell_voltages};

template <std::size_t first>
Reply<void> take_cells(ByteView data, Reading& reading)
{
    Telemetry told;
    decode(cell_list, data, cells_a_message, told);
    for (std::size_t i = 0; i < cells_a_message; ++i) {
        const Number cell = told.cell_voltages[i];
        reading.telemetry.cell_voltages[first + i] = cell >= least_cell ? cell : std::nullopt;
    }
    return {};
}

template <std::size_t first>
void fill_cells(Bytes& data, const Reading& reading)
{
    Telemetry shown;
    const Cells& cells = reading.telemetry.cell_voltages;
    for (std::size_t i = first; i < first + cells_a_message; ++i)
        shown.cell_voltages.push_back(i < cells.size() ? cells[i] : std::nullopt);
    encode(cell_list, data, shown);
}

struct Part {
    std::uint8_t type;
    Layout layout;
};
constexpr Part parts[]{
    {0x00, {.least = payload_size, .fields = pack_table}},
    {0x01, {.least = payload_size, .bits = heater_bit, .alarms = fault_words}},
    {0x11, {.least = payload_size, .take = take_cells<0>, .fill = fill_cells<0>}},
    {0x12, {.least = payload_size, .take = take_cells<4>, .fill = fill_cells<4>}},
    {0x13, {.least = payload_size, .take = take_cells<8>, .fill = fill_cells<8>}},
    {0x14, {.least = payload_size, .take = take_cells<12>, .fill = fill_cells<12>}},
    {0x24, {.least = payload_size, .fields = sensor_table}},
    {0x25, {.least = payload_size}},  // further sensors
    {0x26, {.least = payload_size}},
};
constexpr unsigned all_parts = (1U << std::size(parts)) - 1;

class Myvolta final : public Host {
    using Host::Host;

    Task<Reply<void>> greet(Channel& channel, Reading& reading) override
    {
        co_await device_information(channel, reading.identity);
        co_return Reply<void>{};
    }

    /// Every part must have come since the last poll.
    Task<Reply<void>> read(Channel& channel, Reading& reading) override
    {
        unsigned came = 0;
        reading.telemetry.cell_voltages.assign(places, std::nullopt);
        const auto take = [&](ByteView bytes) -> Reply<void> {
            const auto content = open(bytes);
            if (!content) return refuse(content.error());
            for (std::size_t i = 0; i < std::size(parts); ++i) {
                if (parts[i].type != (*content)[1]) continue;
                came |= 1U << i;
                return bms::take(parts[i].layout, ByteView(*content).subspan(payload_at, payload_size), reading);
            }
            return refuse(Refusal::wrong_echo);
        };
        const Instant until = channel.steady() + hear_limit;
        while (came != all_parts) {
            const Duration left = until - channel.steady();
            if (left <= Duration::zero()) co_return refuse(Refusal::cut_short);
            co_await must(hear_all(channel, frames, take, left));
        }
        co_return settle_cells(reading.telemetry);
    }
};

class MyvoltaDevice final : public Device {
  public:
    explicit MyvoltaDevice(Reading& truth) : truth_(truth) {}
    std::size_t receive(ByteView input, Bytes&) override { return input.size(); }
    Bytes speak() override
    {
        Bytes stream;
        for (const Part& part : parts) append(stream, frame(part.type, fill(part.layout, truth_)));
        return stream;
    }

  private:
    Reading& truth_;
};

constexpr std::string_view service = "00035b03-58e6-07dd-021a-08123a000300";
constexpr Gatt gatt[]{{.service = service, .notify = "00035b03-58e6-07dd-021a-08123a000301"}};
constexpr Told delivers = Told{"cell_count", "cell_voltages", "temperatures"}.add(parts);

}  // namespace

extern const Entry myvolta_bms;
constinit const Entry myvolta_bms{
    .name = "aiobmsble_myvolta_bms",
    .type = "Voltagen Power Solutions MyVolta BLE HW",
    .sheet = "ble/myvolta",
    .brands = "Voltagen My Volta Bluetooth kit (VPS-...)",
    .wiring = "Bluetooth",
    .lines = lines,
    .delivers = delivers,
    .make = make<Myvolta, myvolta_bms>,
    .device = [](Reading& truth, const Line&) -> std::unique_ptr<Device> {
        return std::make_unique<MyvoltaDevice>(truth);
    },
    .gatt = gatt,
    .transport = Transport::ble,
};

}  // namespace bmsd::bms::ble
