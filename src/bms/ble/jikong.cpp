// JK boards over Bluetooth ("JK02"), under the two names they have. What the bytes mean: docs/bms/ble/jikong.md
#include <algorithm>
#include <bit>
#include <charconv>

#include "bms/ble/jk_ble_rows.h"
#include "bms/language/ble_rows.h"
#include "bms/language/told.h"

namespace bmsd::bms::ble {
namespace {

using jk::Payload;
using namespace jk_ble;

constexpr std::uint8_t ask_device = 0x97, ask_cells = 0x96;
constexpr std::size_t request_size = 20;
constexpr std::string_view frame_start = "\x55\xAA\xEB\x90", ready_start = "\xAA\x55\x90\xEB\xC8";
constexpr Duration stream_pause = 2s;  // between two cell frames, at most

Bytes request(std::uint8_t command)
{
    Bytes bytes{0xAA, 0x55, 0x90, 0xEB, command};
    bytes.resize(request_size - 1);
    bytes.push_back(checksum::sum8(bytes));
    return bytes;
}

/// The digits in front of the first that is none; a V before them is no part of it.
int major_of(std::string_view version)
{
    int major = 0;
    if (version.starts_with('V')) version.remove_prefix(1);
    std::from_chars(version.data(), version.data() + version.size(), major);
    return major;
}

class Jk : public Host {
  public:
    /// `library`: the name of the aiobmsble family, which tells a little more and needs no settings.
    Jk(const Entry& entry, const Setup& setup, bool library) : Host(entry, setup), library_(library) {}

  private:
    Task<Reply<void>> greet(Channel& channel, Reading& reading) override
    {
        settings_.clear();
        streams_ = false;
        reading.telemetry = {};
        const auto take = [&](ByteView frame) -> Reply<void> {
            const auto sound = jk::check_payload(frame, Payload::info);
            if (sound) decode(jk::info_texts, frame, device_);
            return sound;
        };
        const Bytes asked = request(ask_device);
        const Asking asking{.request = asked, .framing = frames()};
        co_await must(ask(channel, asking, take));
        const std::string& model = device_.model_name.value_or("");
        if (!model.starts_with("JK-") && !model.starts_with("JK_")) co_return refuse(Refusal::bad_content);
        major_ = major_of(device_.firmware_version.value_or(""));
        take_texts(reading.identity);
        if (library_) {  // the module may not listen before it says so; some never do
            const auto any = [](ByteView) -> Reply<void> { return {}; };
            const Framing ready{.start = ready_start, .length = exactly(request_size)};
            co_await hear(channel, ready, any);
        }
        co_return Reply<void>{};
    }

    /// Asked once, a board goes on sending cell frames.
    Task<Reply<void>> read(Channel& channel, Reading& reading) override
    {
        const auto take = [&](ByteView frame) { return this->take(frame, reading); };
        if (streams_) {
            const auto heard = co_await hear_all(channel, frames(), take, stream_pause);
            if (heard || heard.error() == Refusal::link_lost) co_return heard;
        }
        const Bytes asked = request(ask_cells);
        const Asking asking{.request = asked, .framing = frames()};
        co_await must(ask(channel, asking, take));
        streams_ = true;
        co_return Reply<void>{};
    }

    static Framing frames() { return {.start = frame_start, .length = exactly(jk::payload_size)}; }

    /// Success: it was a cell frame.
    Reply<void> take(ByteView frame, Reading& reading)
    {
        if (jk::check_payload(frame, Payload::settings)) {
            settings_.assign(frame.begin(), frame.end());
            return refuse(Refusal::wrong_echo);
        }
        const auto sound = jk::check_payload(frame, Payload::status);
        if (!sound) return sound;
        if (settings_.empty() && !library_) return refuse(Refusal::wrong_echo);  // they are still to come
        return take_cells(frame, reading);
    }

    Reply<void> take_cells(ByteView frame, Reading& reading)
    {
        const Places& at = major_ < first_of_32 ? places_24 : places_32;
        Telemetry& t = reading.telemetry;
        const Cells before = t.cell_voltages;
        t.cell_count = std::popcount(read_le(&frame[at.mask], 4));
        take_settings(t);
        decode(at.numbers, frame, t);
        if (*t.cell_count < 1 || *t.cell_count > at.most_cells) return refuse(Refusal::bad_content);
        decode(jk::cell_list, frame, static_cast<std::size_t>(*t.cell_count), t);
        for (Number& cell : t.cell_voltages)
            if (cell && (*cell < least_cell || *cell > most_cell)) cell.reset();
        gaps_.fill(t.cell_voltages, before);
        t.cell_balancing.assign(t.cell_voltages.size(), false);
        for (const std::size_t cell : {frame[at.extremes], frame[at.extremes + 1]})
            if (*t.balancing && cell < t.cell_balancing.size()) t.cell_balancing[cell] = true;
        take_sensors(at, frame, t);
        take_alarms(at, frame, t);
        if (&at == &places_32) take_heater(frame, t);
        reading.identity.hardware_version =
            "JKBMS " + device_.hardware_version.value_or("") + ' ' + std::to_string(*t.cell_count) + 'S' +
            (reading.identity.production_date ? " (" + *reading.identity.production_date + ')' : "");
        return {};
    }

    void take_settings(Telemetry& t) const
    {
        if (settings_.empty()) return;
        decode(jk::settings_table, settings_, t);
        if (major_ >= first_of_32) decode(jk::settings_bits, settings_, t);
    }

    /// A board without a sensor has no bit for it, by the word of the library; all others are those of newer boards.
    void take_sensors(const Places& at, ByteView frame, Telemetry& t) const
    {
        t.temperatures = {};
        t.temperature_mosfet.reset();
        for (const jk::MaskedSensor& one : at.sensors) {
            const bool newer = one.field.offset >= 256, masked = library_ || newer;
            if (newer && major_ < first_with_heater) continue;
            if (!masked || (frame[at.sensors_present] >> one.bit & 1) != 0) decode(std::span(&one.field, 1), frame, t);
        }
    }

    void take_alarms(const Places& at, ByteView frame, Telemetry& t) const
    {
        const auto word = static_cast<std::uint64_t>(at.alarm_wire.get(&frame[at.alarms]));
        decode(jk::alarm_bits, word, t.alarms);
        if (&at == &places_32) decode(low_temperature, word, t.alarms);
        if (settings_.empty()) return;
        const double highest = scaled(u32le.get(&settings_[highest_cell_at]), 0.001);
        const double spread = scaled(u16le.get(&frame[at.spread]), 0.001);
        t.alarms[Alarm::cell_imbalance] = static_cast<std::uint8_t>(spread > std::min(0.05 * highest, 0.4)   ? 2
                                                                    : spread > std::min(0.03 * highest, 0.3) ? 1
                                                                                                             : 0);
    }

    void take_heater(ByteView frame, Telemetry& t) const
    {
        decode(heating_table, frame, t);
        if (major_ < first_with_heater) return;
        decode(heater_table, frame, t);
        t.heater_power = *t.heating ? *t.heater_current * *t.voltage : 0.0;
    }

    void take_texts(Identity& identity) const
    {
        identity.firmware_version = device_.firmware_version;
        identity.serial_number = device_.serial_number;
        identity.production_date.reset();
        if (device_.production_date) identity.production_date = "20" + device_.production_date->substr(0, 6);
        identity.user_label = device_.user_label;
        if (identity.user_label && identity.user_label->starts_with("Input Us")) identity.user_label.reset();
        if (library_) identity.model_name = device_.model_name;
    }

    const bool library_;
    Identity device_;  // its texts as sent
    int major_ = 0;    // of its software
    Bytes settings_;   // the newest settings frame
    bool streams_ = false;
    jk::CellGaps gaps_;
};

/// A board with 32 places.
class JkDevice final : public Device {
  public:
    explicit JkDevice(Reading& truth) : truth_(truth) {}

    std::size_t receive(ByteView input, Bytes& reply) override
    {
        const auto device = begins_with(input, request(ask_device)), cells = begins_with(input, request(ask_cells));
        if (device.value_or(0) != 0) append(reply, frame(Payload::info)), append(reply, ready());
        if (cells.value_or(0) != 0) {
            streams_ = true;
            append(reply, frame(Payload::settings));
            append(reply, frame(Payload::status));
        }
        if (!device && !cells) return 1;
        return std::max(device.value_or(0), cells.value_or(0));
    }

    Bytes speak() override { return streams_ ? frame(Payload::status) : Bytes(); }

  private:
    static Bytes ready()
    {
        Bytes bytes{0xAA, 0x55, 0x90, 0xEB, 0xC8, 0x01, 0x01};
        bytes.resize(request_size - 1);
        bytes.push_back(checksum::sum8(bytes));
        return bytes;
    }

    Bytes frame(Payload type) const
    {
        Bytes data = jk::begin_payload();
        if (type == Payload::info) put_texts(data);
        if (type == Payload::settings) {
            encode(jk::settings_table, data, truth_.telemetry);
            encode(jk::settings_bits, data, truth_.telemetry);
            write_le(&data[highest_cell_at], 4, 3650);
        }
        if (type == Payload::status) put_status(data);
        jk::finish_payload(data, type);
        return data;
    }

    void put_texts(Bytes& data) const
    {
        Identity texts = truth_.identity;
        texts.model_name = "JK_PB2A16S20P";
        texts.hardware_version = "15A";
        texts.firmware_version = "15.38";
        texts.unique_id = "JK-BMS";
        texts.production_date = "250210";
        encode(jk::info_texts, data, texts);
    }

    void put_status(Bytes& data) const
    {
        const Telemetry& t = truth_.telemetry;
        const Places& at = places_32;
        encode(at.numbers, data, t);
        encode(jk::cell_list, data, t);
        write_le(&data[at.mask], 4, (std::uint64_t{1} << t.cell_voltages.size()) - 1);
        std::size_t extremes = at.extremes;
        for (std::size_t i = 0; i < t.cell_balancing.size() && extremes < at.extremes + 2; ++i)
            if (t.cell_balancing[i].value_or(false)) data[extremes++] = static_cast<std::uint8_t>(i);
        for (const jk::MaskedSensor& one : at.sensors) {
            encode(std::span(&one.field, 1), data, t);
            if (present(one.field, t)) data[at.sensors_present] |= static_cast<std::uint8_t>(1U << one.bit);
        }
        encode(heating_table, data, t);
        encode(heater_table, data, t);
        at.alarm_wire.put(&data[at.alarms], static_cast<std::int64_t>(encode(jk::alarm_bits, t.alarms) |
                                                                      encode(low_temperature, t.alarms)));
    }

    Reading& truth_;
    bool streams_ = false;
};

std::unique_ptr<Device> device(Reading& truth, const Line&)
{
    return std::make_unique<JkDevice>(truth);
}

constexpr Gatt gatt[]{{.service = "ffe0", .notify = "ffe1", .write = "ffe1", .command_first = true}};
constexpr std::string_view others[]{"hardware_version", "firmware_version", "serial_number",     "production_date",
                                    "user_label",       "cell_voltages",    "cell_balancing",    "temperatures",
                                    "alarms",           "heater_power",     "temperature_mosfet"};
constexpr Told delivers = Told{}
                              .add(others)
                              .add(Layout{.fields = jk::settings_table, .bits = jk::settings_bits})
                              .add(Layout{.fields = jk::status_table});
constexpr std::string_view model[]{"model_name"};
constexpr Told library_delivers = Told{delivers}.add(model);

}  // namespace

extern const Entry jkbms_ble;
const Entry jkbms_ble{
    .name = "Jkbms_Ble",
    .type = "JKBMS BLE",
    .sheet = "ble/jikong",
    .brands = "JK / Jikong boards with Bluetooth (firmware 10 and later)",
    .wiring = "Bluetooth; close the app on the phone, one of both can be connected",
    .lines = lines,
    .delivers = delivers,
    .make = [](const Setup& setup) -> std::unique_ptr<Protocol> {
        return std::make_unique<Jk>(jkbms_ble, setup, false);
    },
    .device = device,
    .gatt = gatt,
    .transport = Transport::ble,
};

extern const Entry jikong_bms;
const Entry jikong_bms{
    .name = "aiobmsble_jikong_bms",
    .type = "Jikong smart BMS",
    .sheet = "ble/jikong",
    .brands = "JK / Jikong boards with Bluetooth (firmware 10 and later)",
    .wiring = "Bluetooth; close the app on the phone, one of both can be connected",
    .lines = lines,
    .delivers = library_delivers,
    .make = [](const Setup& setup) -> std::unique_ptr<Protocol> {
        return std::make_unique<Jk>(jikong_bms, setup, true);
    },
    .device = device,
    .gatt = gatt,
    .transport = Transport::ble,
};

}  // namespace bmsd::bms::ble
