#include "replay/dialogue.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <charconv>

#include "bms/catalogue.h"
#include "bms/language/frames.h"
#include "bms/language/identity.h"
#include "bms/mqtt/generic_mqtt.h"
#include "config/schema.h"
#include "config/value.h"
#include "model/plausible.h"
#include "replay/script_channel.h"

namespace bmsd::replay {
namespace json = boost::json;
namespace {

std::string text_of(const json::object& object, std::string_view key)
{
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

const json::array* list_of(const json::object& object, std::string_view key)
{
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_array() ? &value->get_array() : nullptr;
}

std::optional<std::uint64_t> number_of(std::string_view text)
{
    int base = 10;
    if (text.starts_with("0x") || text.starts_with("0X")) text.remove_prefix(2), base = 16;
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc() || text.empty() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// "0x01", "1" or 1.
std::optional<std::uint64_t> number_of(const json::value& value)
{
    if (value.is_string()) return number_of(std::string_view(value.get_string()));
    boost::system::error_code error;
    const auto number = value.to_number<std::uint64_t>(error);
    return error ? std::nullopt : std::optional(number);
}

Result<CanFrame> frame_of(const json::value& value)
{
    constexpr std::uint64_t extended_flag = 1U << 31, most_standard = 0x7FF, most_extended = 0x1FFFFFFF;
    if (!value.is_object()) return Failure("a frame is no object");
    const auto* id = value.get_object().if_contains("id");
    const auto number = id != nullptr ? number_of(*id) : std::nullopt;
    const auto data = from_hex(text_of(value.get_object(), "data"));
    if (!number || (*number & ~extended_flag) > most_extended) return Failure("a frame without a right id");
    CanFrame frame;
    if (!data || data->size() > frame.data.size()) return Failure("a frame without right data");
    frame.id = {static_cast<std::uint32_t>(*number & most_extended), *number > most_standard};
    frame.size = static_cast<std::uint8_t>(data->size());
    std::copy(data->begin(), data->end(), frame.data.begin());
    return frame;
}

Result<void> read_frames(const json::object& exchange, Dialogue& out)
{
    FrameExchange frames;
    if (const auto* request = exchange.if_contains("request")) {
        auto frame = frame_of(*request);
        if (!frame) return Failure(frame.error());
        frames.request = *frame;
    }
    if (const auto* response = list_of(exchange, "response")) {
        for (const auto& item : *response) {
            auto frame = frame_of(item);
            if (!frame) return Failure(frame.error());
            frames.response.push_back(*frame);
        }
    }
    out.frames.push_back(std::move(frames));
    return {};
}

Result<void> read_bytes(const json::object& exchange, Dialogue& out)
{
    if (!exchange.contains("request")) return {};
    auto request = from_hex(text_of(exchange, "request")), response = from_hex(text_of(exchange, "response"));
    if (!request || !response) return Failure("an exchange that is no hexadecimal text");
    out.exchanges.emplace_back(std::move(*request), std::move(*response));
    return {};
}

/// A list of hexadecimal texts.
Result<std::vector<Bytes>> hex_list(const json::object& object, std::string_view key)
{
    std::vector<Bytes> all;
    const auto* list = list_of(object, key);
    if (list == nullptr) return all;
    for (const auto& item : *list) {
        auto bytes = item.is_string() ? from_hex(std::string_view(item.get_string())) : std::nullopt;
        if (!bytes) return Failure("what is no hexadecimal text: " + std::string(key));
        all.push_back(std::move(*bytes));
    }
    return all;
}

Result<void> read_gatt(const json::object& exchange, Dialogue& out)
{
    if (exchange.contains("read")) {
        auto value = from_hex(text_of(exchange, "value"));
        if (!value) return Failure("a value that is no hexadecimal text");
        out.values.emplace_back(text_of(exchange, "read"), std::move(*value));
        return {};
    }
    GattExchange read{.characteristic = text_of(exchange, "characteristic"), .write = {}, .notify = {}};
    if (exchange.contains("write")) {
        auto write = from_hex(text_of(exchange, "write"));
        if (!write || write->empty()) return Failure("a write that is no hexadecimal text");
        read.write = std::move(*write);
    }
    auto notify = hex_list(exchange, "notify");
    if (!notify) return Failure(notify.error());
    read.notify = std::move(*notify);
    out.gatt.push_back(std::move(read));
    return {};
}

Result<void> read_advertisement(const json::object& object, Dialogue& out)
{
    const auto* heard = object.if_contains("advertisement");
    if (heard == nullptr) return {};
    if (!heard->is_object()) return Failure("the advertisement is no object");
    const auto& told = heard->get_object();
    bms::ble::Advertisement read{
        .address = text_of(told, "address"), .name = text_of(told, "local_name"), .services = {}, .maker_data = {}};
    if (const auto* services = list_of(told, "service_uuids"))
        for (const auto& uuid : *services)
            if (uuid.is_string()) read.services.emplace_back(uuid.get_string());
    if (const auto* makers = told.if_contains("manufacturer_data"); makers != nullptr && makers->is_object()) {
        for (const auto& [id, value] : makers->get_object()) {
            const auto number = number_of(std::string_view(id));
            auto data = value.is_string() ? from_hex(std::string_view(value.get_string())) : std::nullopt;
            if (!number || *number > 0xFFFF || !data) return Failure("manufacturer_data that are none");
            read.maker_data.emplace(static_cast<std::uint16_t>(*number), std::move(*data));
        }
    }
    out.advertisement = std::move(read);
    if (const auto id = text_of(object, "match"); !id.empty()) out.match = id;
    return {};
}

Result<void> read_message(const json::object& exchange, Dialogue& out)
{
    const auto* payload = exchange.if_contains("payload");
    if (payload == nullptr || !payload->is_string()) return Failure("a message without a payload");
    out.messages.emplace_back(text_of(exchange, "topic"), text_of(exchange, "payload"));
    return {};
}

Result<void> read_exchange(const json::object& exchange, Dialogue& out)
{
    if (out.transport == "can") return read_frames(exchange, out);
    if (out.transport == "ble") return read_gatt(exchange, out);
    if (out.transport == "serial" || out.transport == "spi") return read_bytes(exchange, out);
    if (out.transport == "mqtt") return read_message(exchange, out);
    return {};
}

Result<void> read_settings(const json::object& object, Dialogue& out)
{
    if (const auto* baud = object.if_contains("baud")) {
        const auto number = number_of(*baud);
        if (!number || *number > 10'000'000) return Failure("no speed: baud");
        out.baud = static_cast<unsigned>(*number);
    }
    // a Bluetooth battery's address is a text of another kind
    if (const auto* address = object.if_contains("address"); address != nullptr && out.transport != "ble") {
        const auto number = number_of(*address);
        if (!address->is_null() && (!number || *number > 0xFF)) return Failure("no address: address");
        if (number) out.address = static_cast<std::uint8_t>(*number);
    }
    const auto* config = object.if_contains("config");
    if (config == nullptr) return {};
    if (!config->is_object()) return Failure("config is no object");
    for (const auto& [key, value] : config->get_object())
        if (const auto set = config::set_from_json(out.config, key, value); !set) return set;
    return {};
}

Result<Dialogue> read_case(const json::value& value)
{
    if (!value.is_object()) return Failure("the case is no object");
    const auto& object = value.get_object();
    Dialogue out{.bms = text_of(object, "bms"),
                 .transport = text_of(object, "transport"),
                 .source = text_of(object, "source"),
                 .address = {},
                 .config = config::defaults(),
                 .exchanges = {},
                 .frames = {},
                 .messages = {},
                 .gatt = {},
                 .values = {},
                 .mac = {},
                 .name = text_of(object, "name"),
                 .secret = text_of(object, "secret"),
                 .advertisement = {},
                 .match = {},
                 .expect = {}};
    if (out.transport.empty()) out.transport = "serial";
    if (out.transport == "ble") out.mac = text_of(object, "address");
    if (const auto heard = read_advertisement(object, out); !heard) return Failure(heard.error());
    if (const auto set = read_settings(object, out); !set) return Failure(set.error());
    if (const auto* exchanges = list_of(object, "exchanges")) {
        for (const auto& exchange : *exchanges) {
            if (!exchange.is_object()) return Failure("an exchange is no object");
            const auto read = read_exchange(exchange.get_object(), out);
            if (!read) return Failure(read.error());
        }
    }
    if (const auto* expect = object.if_contains("expect"); expect != nullptr && expect->is_object())
        out.expect = expect->get_object();
    if (const auto* rejects = object.if_contains("rejects")) out.rejects = rejects->is_bool() && rejects->get_bool();
    return out;
}

Result<Reading> play_bytes(const Dialogue& dialogue)
{
    const bms::Entry* entry = bms::find(dialogue.bms);
    if (entry == nullptr || entry->transport == bms::Transport::ble) return Failure("no type " + dialogue.bms);
    ScriptChannel channel;
    for (const auto& [request, response] : dialogue.exchanges) channel.add(request, response);
    const bms::Line line = entry->lines.front();
    const auto protocol = entry->make(
        {dialogue.config, dialogue.address.value_or(line.address), dialogue.baud != 0 ? dialogue.baud : line.baud});
    Reading reading;
    auto taken = run_now(protocol->identify(channel, reading));
    if (taken) taken = run_now(protocol->poll(channel, reading));
    if (taken) taken = bms::accept(reading.telemetry);
    if (!taken) return Failure(std::string(bms::text(taken.error())));
    return reading;
}

Result<Reading> play_gatt(const Dialogue& dialogue)
{
    const bms::Entry* entry = bms::find(dialogue.bms);
    if (entry == nullptr || entry->transport != bms::Transport::ble) return Failure("no type " + dialogue.bms);
    RadioScript channel;
    channel.mac = dialogue.mac;
    channel.name = dialogue.name;
    channel.password = dialogue.secret;
    channel.only_size = entry->gatt.front().only_size;
    for (const auto& exchange : dialogue.gatt) channel.add(exchange);
    for (const auto& [uuid, value] : dialogue.values) channel.add_value(uuid, value);
    const auto protocol = entry->make({dialogue.config, 0, 0});
    Reading reading;
    auto taken = run_now(protocol->identify(channel, reading));
    if (taken) taken = run_now(protocol->poll(channel, reading));
    if (taken) taken = bms::accept(reading.telemetry);
    if (!taken) return Failure(std::string(bms::text(taken.error())));
    return reading;
}

/// What is asked is answered at once, what comes by itself comes anew each cycle.
void hear_answers(const Dialogue& dialogue, const std::vector<CanFrame>& asked, bms::FrameCache& cache, Instant now)
{
    for (const FrameExchange& exchange : dialogue.frames) {
        if (exchange.request && std::find(asked.begin(), asked.end(), *exchange.request) == asked.end()) continue;
        for (const CanFrame& frame : exchange.response) cache.hear(frame, now);
    }
}

Result<Reading> play_frames(const Dialogue& dialogue)
{
    const bms::FrameEntry* entry = bms::find_frame_entry(dialogue.bms);
    if (entry == nullptr) return Failure("no type " + dialogue.bms);
    bms::FrameCache cache;
    const auto protocol = entry->make({dialogue.config, dialogue.address, "can0"}, cache);
    Reading reading;
    Instant now{};
    for (int cycle = 0; cycle < 2; ++cycle) {
        std::vector<CanFrame> asked;
        protocol->ask(asked);
        hear_answers(dialogue, asked, cache, now);
        cache.expire(now);
        auto taken = protocol->take(cache, now, reading);
        if (taken) taken = bms::accept(reading.telemetry);
        if (!taken) return Failure(std::string(bms::text(taken.error())));
        now += std::chrono::seconds(1);
    }
    return reading;
}

/// What was taken last; messages of other topics are not for us.
Result<Reading> play_messages(const Dialogue& dialogue)
{
    if (dialogue.bms != bms::generic_mqtt.name) return Failure("no type " + dialogue.bms);
    bms::GenericMqtt battery(dialogue.config);
    Reading reading;
    Result<void> last = Failure("no message on the topic");
    bool taken = false;
    for (const MessageReceived& message : dialogue.messages) {
        const auto& topics = dialogue.config.mqtt_topic;
        if (!topics.empty() && message.topic != topics.front()) continue;
        last = battery.take(message.payload, reading);
        taken = taken || last;
    }
    if (!taken) return Failure(last.error());
    sift(reading.telemetry);
    return reading;
}

}  // namespace

Result<std::vector<Result<Dialogue>>> read_dialogues(std::string_view text)
{
    boost::system::error_code error;
    const auto document = json::parse(text, error);
    if (error) return Failure(error.message());
    if (!document.is_array()) return Failure("not a list of cases");
    std::vector<Result<Dialogue>> out;
    for (const auto& item : document.get_array()) out.push_back(read_case(item));
    return out;
}

Result<Reading> play(const Dialogue& dialogue)
{
    if (dialogue.transport == "can") return play_frames(dialogue);
    if (dialogue.transport == "ble") return play_gatt(dialogue);
    if (dialogue.transport == "serial" || dialogue.transport == "spi") return play_bytes(dialogue);
    if (dialogue.transport == "mqtt") return play_messages(dialogue);
    return Failure("transport " + dialogue.transport + " is not read by this version");
}

}  // namespace bmsd::replay
