// Wattstunde Nova batteries: hexadecimal text of bytes that are hidden behind a key. What the bytes mean:
// docs/bms/ble/ws_nova.md
#include "bms/language/ble.h"
#include "bms/language/told.h"

namespace bmsd::bms::ble {
namespace {

// Colon, the bytes as text, tilde. Byte 3 is the key of all: by itself it is 0.
constexpr std::string_view question = ":015150000EFE~";
constexpr std::uint8_t end_mark = '~';
constexpr std::size_t key_at = 3, summed_size = 117, crc_size = 118, crc_at = 116;
constexpr std::size_t longest = 2 * crc_size + 2;

std::size_t length(ByteView so_far)
{
    const std::size_t whole = until(end_mark)(so_far);
    return std::min(whole, longest);
}
const Framing frames{.start = ":", .length = length};

/// Which checksum goes with it is known by the length.
bool sound(ByteView data)
{
    if (data.size() == crc_size) return checksum::crc16_modbus(data.first(crc_at)) == read_le(&data[crc_at], 2);
    return checksum::sum8(data) == 0;
}

Reply<Bytes> open(ByteView frame)
{
    if (frame.back() != end_mark) return refuse(Refusal::bad_end);
    if (frame.size() != 2 * summed_size + 2 && frame.size() != longest) return refuse(Refusal::bad_length);
    const auto characters = frame.subspan(1, frame.size() - 2);
    auto data = from_hex(std::string_view(reinterpret_cast<const char*>(characters.data()), characters.size()));
    if (!data || data->size() != characters.size() / 2) return refuse(Refusal::bad_content);
    const std::uint8_t key = (*data)[key_at];
    for (std::uint8_t& byte : *data) byte ^= key;
    if (!sound(*data)) return refuse(Refusal::bad_checksum);
    if ((*data)[0] != 0x01 || (*data)[1] != 0x54) return refuse(Refusal::bad_start);
    return std::move(*data);
}

constexpr std::size_t places = 16, prefix_at = 88;
constexpr std::string_view maker = "WSN";
/// The highest bit: it discharges; the others: the amount.
constexpr Wire sign_and_amount{
    4,
    [](const std::uint8_t* data) {
        const std::int64_t amount = u32be.get(data) & 0x7FFFFFFF;
        return (data[0] & 0x80) != 0 ? -amount : amount;
    },
    [](std::uint8_t* data, std::int64_t raw) { u32be.put(data, raw < 0 ? -raw | 0x80000000 : raw); }, -0x7FFFFFFF,
    0x7FFFFFFF};
constexpr Field sensor_field(std::size_t offset, int number)
{
    return {offset, u8, 1, sensor(number), 40, 0};
}
constexpr std::array table{
    sensor_field(48, 1),
    sensor_field(49, 2),
    sensor_field(50, 3),
    sensor_field(51, 4),
    Field{54, sign_and_amount, 0.001, &Telemetry::current},
    Field{62, u16be, 0.001, &Telemetry::voltage},
    Field{67, u16be, 1, &Telemetry::cycles},
    Field{69, u8, 1, &Telemetry::soc},
    Field{70, u32be, 0.001, &Telemetry::capacity},
    Field{74, u32be, 0.001, &Telemetry::capacity_remaining},
};
static_assert(fits(table, summed_size) && apart(table));
constexpr ListField cell_lists[]{{12, 2, u16be, 0.001, &Telemetry::cell_voltages, 0, 0}};
constexpr TextField serial[]{{91, 16, &Identity::serial_number}};
constexpr std::size_t problem_at = 44;
constexpr std::uint64_t problem_mask = 0x0FFC, named = 0x0810;
constexpr std::array named_bits{AlarmBit{4, Alarm::high_charge_current, 2}, AlarmBit{11, Alarm::low_temperature, 2}};
constexpr AlarmWord named_word[]{{problem_at, u16be, named_bits}};
constexpr ProblemWord problem{problem_at, u16be, problem_mask, problem_mask & ~named};

Reply<void> take_serial(ByteView data, Reading& reading)
{
    if (!std::equal(maker.begin(), maker.end(), &data[prefix_at])) reading.identity.serial_number.reset();
    return {};
}

void fill_serial(Bytes& data, const Reading&)
{
    std::copy(maker.begin(), maker.end(), &data[prefix_at]);
    data[0] = 0x01;
    data[1] = 0x54;
}

constexpr Layout layout{.least = summed_size,
                        .fields = table,
                        .alarms = named_word,
                        .texts = serial,
                        .lists = cell_lists,
                        .cell_places = places,
                        .problem = &problem,
                        .take = take_serial,
                        .fill = fill_serial};

class WsNova final : public Host {
    using Host::Host;

    Task<Reply<void>> read(Channel& channel, Reading& reading) override
    {
        const Bytes request(question.begin(), question.end());
        const auto data = co_await must(ask(channel, {.request = request, .framing = frames}, open));
        co_return take(layout, data, reading);
    }
};

class WsNovaDevice final : public Device {
  public:
    explicit WsNovaDevice(Reading& truth) : truth_(truth) {}

    std::size_t receive(ByteView input, Bytes& reply) override
    {
        const std::size_t known = std::min(input.size(), question.size());
        if (!std::equal(question.begin(), question.begin() + static_cast<std::ptrdiff_t>(known), input.begin()))
            return 1;
        if (known < question.size()) return 0;
        Bytes data = fill(layout, truth_);
        data.resize(crc_at);
        data[key_at] = 0;
        checksum::append_crc16_modbus(data);
        reply.push_back(':');
        for (const std::uint8_t byte : data)
            for (const int digit : {byte >> 4, byte & 15})
                reply.push_back(static_cast<std::uint8_t>("0123456789ABCDEF"[digit]));
        reply.push_back(end_mark);
        return known;
    }

  private:
    Reading& truth_;
};

constexpr Gatt gatt[]{{.service = "fff0", .notify = "fff1", .write = "fff1"},
                      {.service = "fff0", .notify = "fff6", .write = "fff6"}};
constexpr Told delivers = Told{}.add(layout);

}  // namespace

extern const Entry ws_nova_bms;
constinit const Entry ws_nova_bms{
    .name = "aiobmsble_ws_nova_bms",
    .type = "Wattstunde Nova Core",
    .sheet = "ble/ws_nova",
    .brands = "Wattstunde Nova Core, Doerr Power, Caratec",
    .wiring = "Bluetooth",
    .lines = lines,
    .interval = 3s,
    .delivers = delivers,
    .make = make<WsNova, ws_nova_bms>,
    .device = [](Reading& truth, const Line&) -> std::unique_ptr<Device> {
        return std::make_unique<WsNovaDevice>(truth);
    },
    .gatt = gatt,
    .transport = Transport::ble,
};

}  // namespace bmsd::bms::ble
