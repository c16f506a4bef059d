// JK "PB" inverter boards on RS485. What the bytes mean: docs/bms/jkbms_pb.md
#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "bms/language/identity.h"
#include "bms/language/protocol.h"
#include "bms/types/jk.h"
#include "util/checksum.h"

namespace bmsd::bms {
namespace {

using namespace std::chrono_literals;

// A trigger is a Modbus "write multiple registers" of one zero; the board sends a payload, then acknowledges.
struct Trigger {
    std::uint16_t reg;
    jk::Payload payload;
    Duration timeout;
};
constexpr Trigger settings{0x161E, jk::Payload::settings, 1s};
constexpr Trigger info{0x161C, jk::Payload::info, 1s};
constexpr Trigger status{0x1620, jk::Payload::status, 500ms};
constexpr std::array triggers{settings, info, status};

constexpr std::uint8_t write_registers = 0x10;
constexpr std::size_t trigger_size = 11, acknowledgement_size = 8, register_at = 2;
constexpr auto between_triggers = 120ms;  // sooner, for any address, boards talk into each other

Bytes trigger_bytes(std::uint8_t address, const Trigger& trigger)
{
    Bytes bytes{address, write_registers, 0, 0, 0, 1, 2, 0, 0};
    write_be(&bytes[register_at], 2, trigger.reg);
    checksum::append_crc16_modbus(bytes);
    return bytes;
}

Bytes acknowledgement_bytes(std::uint8_t address, std::uint16_t reg)
{
    Bytes bytes{address, write_registers, 0, 0, 0, 1};
    write_be(&bytes[register_at], 2, reg);
    checksum::append_crc16_modbus(bytes);
    return bytes;
}

/// What came of one reply so far. Only the acknowledgement says whose payload it stands behind.
struct Found {
    std::size_t end;                    // of the reply; behind the stream = so many bytes are needed to tell more
    Reply<ByteView> payload;            // of the board asked
    std::optional<ByteView> bare = {};  // without an acknowledgement: of that board, or of a master that tells all
};

enum class Signature : std::uint8_t { missing, mine, foreign };

struct Acknowledged {
    Signature signature;
    std::size_t size;  // with the padding byte that may come first; no board that answers has the address 0
};

Acknowledged acknowledged(ByteView behind_payload, std::uint8_t address, const Trigger& trigger)
{
    const std::size_t pad = !behind_payload.empty() && behind_payload[0] == 0 ? 1 : 0;
    const ByteView rest = behind_payload.subspan(pad);
    if (rest.size() < acknowledgement_size || !checksum::crc16_modbus_fits(rest.first(acknowledgement_size)))
        return {Signature::missing, pad + acknowledgement_size};
    const bool mine = rest[0] == address && rest[1] == write_registers && read_be(&rest[register_at], 2) == trigger.reg;
    return {mine ? Signature::mine : Signature::foreign, pad + acknowledgement_size};
}

/// What a foreign acknowledgement has wrong: the address, or else the register.
Refusal foreign(ByteView behind_payload, std::uint8_t address)
{
    const std::uint8_t answered = behind_payload[0] == 0 ? behind_payload[1] : behind_payload[0];
    return answered == address ? Refusal::wrong_echo : Refusal::wrong_address;
}

/// Looks for the payload of this board. Before it may come the request (some adapters return it), noise, and payloads
/// of others, which are skipped.
Found find_reply(ByteView stream, std::uint8_t address, const Trigger& trigger)
{
    Found found{0, refuse(Refusal::bad_start)};
    for (std::size_t from = 0;;) {
        const auto at = jk::find_payload(stream.subspan(from));
        if (!at) {
            found.end = stream.size() + 1;
            return found;
        }
        const ByteView payload = stream.subspan(from + *at);
        if (payload.size() < jk::payload_size) {
            found.end = from + *at + jk::payload_size;
            if (!found.bare) found.payload = refuse(Refusal::cut_short);
            return found;
        }
        const auto checked = jk::check_payload(payload, trigger.payload);
        const auto [signature, size] = acknowledged(payload.subspan(jk::payload_size), address, trigger);
        const std::size_t end = from + *at + jk::payload_size + size;
        if (signature == Signature::mine) {
            found.payload = checked ? Reply<ByteView>(payload.first(jk::payload_size)) : refuse(checked.error());
            found.bare.reset();
            found.end = end;
            return found;
        }
        if (signature == Signature::foreign || !checked) {
            found.payload = refuse(signature == Signature::foreign ? foreign(payload.subspan(jk::payload_size), address)
                                                                   : checked.error());
        } else {
            found.bare = payload.first(jk::payload_size);
        }
        if (stream.size() < end) {  // its acknowledgement may be on its way
            found.end = end;
            return found;
        }
        from += *at + (signature == Signature::foreign ? jk::payload_size + size
                       : checked                       ? jk::payload_size
                                                       : jk::payload_start.size());
    }
}

/// The payload of `stream`. A bare one is this board's only where no other board is asked on the port.
Reply<ByteView> open(ByteView stream, std::uint8_t address, const Trigger& trigger, bool alone)
{
    const Found found = find_reply(stream, address, trigger);
    if (!found.bare) return found.payload;
    if (alone) return *found.bare;
    return refuse(Refusal::wrong_address);
}

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
    identity.unique_id = device.unique_id ? device.unique_id : identity.address;
}

Reply<void> take_settings(ByteView payload, Telemetry& t)
{
    decode(jk::settings_table, payload, t);
    decode(jk::settings_bits, payload, t);
    if (*t.cell_count < 1 || *t.cell_count > 32) return refuse(Refusal::bad_content);
    return {};
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

/// The addresses asked on one port.
using Asked = std::set<std::uint8_t>;

/// The texts each board on a port has told. Firmware leaves the question unanswered for a while now and then, and a
/// battery must not come back under another id because of that.
using KnownTexts = std::map<std::uint8_t, Identity>;

class JkbmsPb final : public Protocol {
  public:
    explicit JkbmsPb(const Setup& setup) : address_(setup.address) {}

    Task<Reply<void>> identify(Channel& channel, Reading& reading) override
    {
        reading.identity.type = "JKBMS PB Model";
        reading.identity.address = address_text(address_);
        channel.shared<Asked>().insert(address_);
        const auto data = co_await read(channel, settings, 2);
        if (!data) co_return refuse(data.error());
        const Bytes kept(data->begin(), data->end());
        const auto taken = take_settings(kept, reading.telemetry);
        if (!taken) {
            channel.refused(taken.error());
            co_return taken;
        }
        co_await read_info(channel, kept, reading);
        co_return co_await poll(channel, reading);
    }

    Task<Reply<void>> poll(Channel& channel, Reading& reading) override
    {
        const auto data = co_await read(channel, status, 2);
        if (!data) co_return refuse(data.error());
        take_status(*data, reading.telemetry, gaps_);
        co_return Reply<void>{};
    }

  private:
    Task<Reply<ByteView>> read(Channel& channel, const Trigger& trigger, int tries) const
    {
        const auto& asked = channel.shared<Asked>();
        const Bytes request = trigger_bytes(address_, trigger);
        const auto reply_end = [&](ByteView so_far) { return find_reply(so_far, address_, trigger).end; };
        const Exchange exchange{.request = request,
                                .length = reply_end,
                                .first = trigger.timeout,
                                .rest = trigger.timeout,
                                .interval = between_triggers,
                                .partial = true};
        co_return co_await ask(
            channel, exchange, [&](ByteView stream) { return open(stream, address_, trigger, asked.size() < 2); },
            tries);
    }

    /// The id stands in it, so it is asked for three times.
    Task<void> read_info(Channel& channel, const Bytes& settings_payload, Reading& reading) const
    {
        auto& known = channel.shared<KnownTexts>();
        const auto data = co_await read(channel, info, 3);
        if (data) decode(jk::info_texts, *data, known[address_]);
        const auto told = known.find(address_);
        Identity& identity = reading.identity;
        if (told != known.end()) {
            take_info(told->second, identity);
        } else {
            identity.hardware_version = identity.firmware_version = "";
            identity.unique_id = identity.address;
        }
        decode(heater_fields(told != known.end() ? told->second : Identity()), settings_payload, reading.telemetry);
    }

    std::uint8_t address_;
    jk::CellGaps gaps_;
};

class JkbmsPbDevice final : public Device {
  public:
    JkbmsPbDevice(Reading& truth, std::uint8_t address) : truth_(truth), address_(address) {}

    std::size_t receive(ByteView input, Bytes& reply) override
    {
        if (input.size() > 1 && input[1] != write_registers) return 1;
        if (input.size() < trigger_size) return 0;
        if (!checksum::crc16_modbus_fits(input.first(trigger_size))) return 1;
        if (input[0] != address_) return trigger_size;
        for (const Trigger& trigger : triggers) {
            if (read_be(&input[register_at], 2) != trigger.reg) continue;
            append(reply, payload(trigger.payload));
            reply.push_back(0);
            append(reply, acknowledgement_bytes(address_, trigger.reg));
            reply.push_back(0);
        }
        return trigger_size;
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
constexpr std::string_view delivers[]{
    "address",
    "model_name",
    "hardware_version",
    "firmware_version",
    "serial_number",
    "production_date",
    "user_label",
    "cell_count",
    "voltage",
    "current",
    "soc",
    "soh",
    "capacity",
    "capacity_remaining",
    "cycles",
    "cell_voltages",
    "cell_balancing",
    "temperatures",
    "temperature_mosfet",
    "charge_fet",
    "discharge_fet",
    "balance_fet",
    "balancing",
    "heater_fet",
    "heating",
    "heater_current",
    "heater_power",
    "heater_temperature_start",
    "heater_temperature_stop",
    "max_charge_current",
    "max_discharge_current",
    "alarms",
};

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
