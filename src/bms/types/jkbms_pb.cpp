// JK "PB" inverter boards on RS485. What the bytes mean: docs/bms/jkbms_pb.md
#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "bms/language/identity.h"
#include "bms/language/protocol.h"
#include "bms/language/requests.h"
#include "bms/language/told.h"
#include "bms/types/jk_trigger.h"

namespace bmsd::bms {
namespace {

using namespace std::chrono_literals;

constexpr auto between_triggers = 120ms;  // sooner, for any address, boards talk into each other
constexpr int tries = 2;

struct Row : Request {
    jk::Trigger trigger;
    int tries = bms::tries;
};
constexpr Row settings{{"Jkbms_pb settings (161E)"}, {0x161E, jk::Payload::settings, 1s}};
constexpr Row status{{"Jkbms_pb status (1620)"}, {0x1620, jk::Payload::status, 500ms}};
/// The id stands in it, so it is asked for three times.
constexpr Row info{{"Jkbms_pb device info (161C)", Need::setting}, {0x161C, jk::Payload::info, 1s}, 3};

/// Numbers between dots, compared one by one; what is no number is old.
bool from_15_41_on(std::string_view version)
{
    constexpr std::array known{15, 41};
    std::vector<int> parts;
    const char* at = version.data();
    const char* const end = at + version.size();
    for (;;) {
        int part = 0;
        const auto [next, error] = std::from_chars(at, end, part);
        if (error != std::errc()) return false;
        parts.push_back(part);
        if (next == end) break;
        if (*next != '.') return false;
        at = next + 1;
    }
    return !std::lexicographical_compare(parts.begin(), parts.end(), known.begin(), known.end());
}

std::span<const Field> heater_fields(const Identity& device)
{
    const std::string& hardware = device.hardware_version.value_or("");
    const bool newer = hardware > "15A" || (hardware == "15A" && from_15_41_on(device.firmware_version.value_or("")));
    if (newer) return jk::heater_table;
    return jk::old_heater_table;
}

bool six_digits(const Text& text)
{
    return text && text->size() == 6 &&
           std::all_of(text->begin(), text->end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// `device` holds the texts as sent, see jk::info_texts.
void take_info(const Identity& device, Identity& identity)
{
    identity.model_name = device.model_name;
    identity.serial_number = device.serial_number;
    identity.firmware_version = device.firmware_version;
    identity.hardware_version = device.hardware_version.value_or("") + " / " + device.firmware_version.value_or("");
    identity.production_date.reset();
    if (six_digits(device.production_date)) identity.production_date = "20" + *device.production_date;
    identity.user_label = device.user_label;
    if (identity.user_label && (*identity.user_label == "JK-BMS" || identity.user_label->starts_with("Input Us")))
        identity.user_label.reset();
}

void take_status(ByteView payload, Telemetry& t, jk::CellGaps& gaps)
{
    const Telemetry last = t;
    decode(jk::status_table, payload, t);
    t.temperature_mosfet = jk::without_minus_zero(t.temperature_mosfet, last.temperature_mosfet);
    if (t.heater_current < 0.0) t.heater_current = 0;
    const Cells& before = last.cell_voltages;
    decode(jk::cell_list, payload, static_cast<std::size_t>(*t.cell_count), t);
    gaps.fill(t.cell_voltages, before);
    jk::mark_balanced_cells(t);
    t.temperatures = {};
    for (const auto& masked : jk::sensors) {
        const bool present = (payload[jk::sensors_present_at] >> masked.bit & 1) != 0;
        if (present) decode(std::span(&masked.field, 1), payload, t);
    }
    for (auto& sensor : t.temperatures) sensor = jk::without_minus_zero(sensor);
    decode(jk::alarm_bits, read_le(&payload[jk::status_alarms_at], 4), t.alarms);
    t.heater_power = *t.heating ? *t.heater_current * *t.voltage : 0.0;
}

/// The boards asked on one port, and the texts each has told. Firmware leaves the question unanswered for a while now
/// and then, and a battery must not come back under another id because of that.
struct Boards {
    std::set<std::uint8_t> asked;
    std::map<std::uint8_t, Identity> texts;
};

class JkbmsPb final : public Protocol {
  public:
    explicit JkbmsPb(const Setup& setup) : address_(setup.address) {}

    Task<Reply<void>> identify(Channel& channel, Reading& reading) override
    {
        requests_.anew();
        Identity& identity = reading.identity;
        identity.type = "JKBMS PB Model";
        identity.address = address_text(address_);
        channel.shared<Boards>().asked.insert(address_);
        const auto ask = [&](const Row& row) { return take(channel, row, reading, row.tries); };
        co_await must(requests_.read_one(channel, settings, reading, ask));
        identity.hardware_version = identity.firmware_version = "";
        co_await must(requests_.read_one(channel, info, reading, ask));
        identity.unique_id = take_known_texts(channel, reading).value_or(*identity.address);
        co_return co_await requests_.read_one(channel, status, reading, ask);
    }

    Task<Reply<void>> poll(Channel& channel, Reading& reading) override
    {
        const auto ask = [&](const Row& row) { return take(channel, row, reading, tries); };
        co_await must(requests_.read_one(channel, status, reading, ask));
        if (!requests_.answers(info)) {
            co_await must(requests_.read_one(channel, info, reading, ask));
            take_known_texts(channel, reading);
        }
        co_return Reply<void>{};
    }

  private:
    Task<Reply<void>> take(Channel& channel, const Row& row, Reading& reading, int tries)
    {
        const auto payload = co_await must(read(channel, row.trigger, tries));
        if (row.trigger.payload == jk::Payload::status) take_status(payload, reading.telemetry, gaps_);
        if (row.trigger.payload == jk::Payload::info)
            decode(jk::info_texts, payload, channel.shared<Boards>().texts[address_]);
        if (row.trigger.payload != jk::Payload::settings) co_return Reply<void>{};
        settings_.assign(payload.begin(), payload.end());
        decode(jk::settings_table, settings_, reading.telemetry);
        decode(jk::settings_bits, settings_, reading.telemetry);
        const std::int64_t cells = *reading.telemetry.cell_count;
        if (cells >= 1 && cells <= 32) co_return Reply<void>{};
        channel.refused(Refusal::bad_content);
        co_return refuse(Refusal::bad_content);
    }

    Task<Reply<ByteView>> read(Channel& channel, const jk::Trigger& trigger, int tries) const
    {
        const auto& asked = channel.shared<Boards>().asked;
        const Bytes request = jk::trigger_bytes(address_, trigger);
        const Exchange exchange{.request = request,
                                .length = [&](ByteView so_far) { return jk::reply_end(so_far, address_, trigger); },
                                .first = trigger.timeout,
                                .rest = trigger.timeout,
                                .interval = between_triggers,
                                .partial = true};
        const auto open = [&](ByteView stream) {
            if (jk::noise_before(stream, request)) channel.refused(Refusal::bad_start);
            return jk::open_reply(stream, address_, trigger, asked.size() < 2);
        };
        co_return co_await ask(channel, exchange, open, tries);
    }

    /// What device info tells, this time or before, and what it decides. Gives the name of the board, which is its id;
    /// that stays as it was found while the battery is served.
    Text take_known_texts(Channel& channel, Reading& reading) const
    {
        const auto& texts = channel.shared<Boards>().texts;
        const auto told = texts.find(address_);
        const Identity known = told == texts.end() ? Identity() : told->second;
        if (told != texts.end()) take_info(known, reading.identity);
        decode(heater_fields(known), settings_, reading.telemetry);
        return known.unique_id;
    }

    std::uint8_t address_;
    Requests requests_;
    Bytes settings_;
    jk::CellGaps gaps_;
};

class JkbmsPbDevice final : public Device {
  public:
    JkbmsPbDevice(Reading& truth, std::uint8_t address) : truth_(truth), address_(address) {}

    std::size_t receive(ByteView input, Bytes& reply) override
    {
        const auto [used, reg] = jk::take_trigger(input, address_);
        for (const Row& row : {settings, info, status}) {
            if (reg != row.trigger.reg) continue;
            append(reply, payload(row.trigger.payload));
            reply.push_back(0);
            append(reply, jk::acknowledgement_bytes(address_, *reg));
            reply.push_back(0);
        }
        return used;
    }

  private:
    Bytes payload(jk::Payload type) const
    {
        Bytes data = jk::begin_payload();
        if (type == jk::Payload::settings) put_settings(data);
        if (type == jk::Payload::info) encode(jk::info_texts, data, texts());
        if (type == jk::Payload::status) put_status(data);
        jk::finish_payload(data, type);
        return data;
    }

    Identity texts() const
    {
        Identity device = truth_.identity;
        const std::string& hardware = device.hardware_version.value_or("15A");
        device.hardware_version = hardware.substr(0, hardware.find(" / "));
        if (!device.unique_id) device.unique_id = device.serial_number;
        if (device.production_date && device.production_date->size() == 8) device.production_date->erase(0, 2);
        return device;
    }

    void put_settings(Bytes& data) const
    {
        encode(jk::settings_table, data, truth_.telemetry);
        encode(jk::settings_bits, data, truth_.telemetry);
        encode(heater_fields(texts()), data, truth_.telemetry);
    }

    void put_status(Bytes& data) const
    {
        const Telemetry& t = truth_.telemetry;
        encode(jk::status_table, data, t);
        encode(jk::cell_list, data, t);
        data[jk::sensors_present_at] = 1;
        for (const auto& masked : jk::sensors) {
            encode(std::span(&masked.field, 1), data, t);
            if (t.temperatures[masked.field.target.index])
                data[jk::sensors_present_at] |= static_cast<std::uint8_t>(1U << masked.bit);
        }
        write_le(&data[jk::status_alarms_at], 4, encode(jk::alarm_bits, t.alarms));
    }

    Reading& truth_;
    std::uint8_t address_;
};

constexpr Line lines[]{{115200, 0x01}};
constexpr Told delivers = Told{"address",
                               "cell_balancing",
                               "heater_power",
                               "heater_temperature_start",
                               "heater_temperature_stop",
                               "temperatures",
                               "cell_voltages",
                               "alarms",
                               "model_name",
                               "hardware_version",
                               "firmware_version",
                               "serial_number",
                               "production_date",
                               "user_label"}
                              .add(Layout{.fields = jk::settings_table, .bits = jk::settings_bits})
                              .add(Layout{.fields = jk::status_table});

}  // namespace

extern const Entry jkbms_pb;
const Entry jkbms_pb{
    .name = "Jkbms_pb",
    .type = "JKBMS PB Model",
    .sheet = "jkbms_pb",
    .brands = "JK / Jikong inverter boards (JK_PB1A16S, JK_PB2A16S15P, JK_PB2A16S20P; hardware 14, 15, 16, 19)",
    .wiring = "RS485-2 port of the board at address 1..15 (DIP switch, never 0); several boards on one pair",
    .lines = lines,
    .commands = {},
    .delivers = delivers,
    .make = [](const Setup& setup) -> std::unique_ptr<Protocol> { return std::make_unique<JkbmsPb>(setup); },
    .device = [](Reading& truth, const Line& line) -> std::unique_ptr<Device> {
        return std::make_unique<JkbmsPbDevice>(truth, line.address);
    },
};

}  // namespace bmsd::bms
