#include "support/vectors.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "bms/catalogue.h"
#include "config/value.h"
#include "model/json.h"

namespace bmsd::test {
namespace json = boost::json;
namespace {

std::string text(const json::object& object, std::string_view key)
{
    const auto* value = object.if_contains(key);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

Bytes bytes(const json::value& value)
{
    const auto read = from_hex(value.get_string());
    if (!read) throw std::runtime_error("no hexadecimal text: " + std::string(value.get_string()));
    return *read;
}

Vector read_case(const json::object& object, const std::string& file, std::size_t index)
{
    Vector v{.file = file,
             .index = index,
             .bms = text(object, "bms"),
             .transport = text(object, "transport"),
             .source = text(object, "source"),
             .config = config::defaults()};
    if (const auto* baud = object.if_contains("baud")) v.baud = baud->to_number<unsigned>();
    if (const auto* address = object.if_contains("address"); address && !address->is_null()) {
        v.has_address = true;
        v.address =
            static_cast<std::uint8_t>(address->is_string() ? std::stoul(std::string(address->get_string()), nullptr, 0)
                                                           : address->to_number<unsigned>());
    }
    if (const auto* config = object.if_contains("config")) {
        for (const auto& [key, value] : config->get_object()) {
            if (const auto set = config::set_from_json(v.config, key, value); !set)
                throw std::runtime_error(set.error());
        }
    }
    if (const auto* exchanges = object.if_contains("exchanges")) {
        for (const auto& exchange : exchanges->get_array()) {
            const auto& pair = exchange.get_object();
            if (!pair.contains("request")) continue;
            v.exchanges.emplace_back(bytes(pair.at("request")), bytes(pair.at("response")));
        }
    }
    if (const auto* expect = object.if_contains("expect")) v.expect = expect->get_object();
    if (const auto* rejects = object.if_contains("rejects")) v.rejects = rejects->get_bool();
    return v;
}

bool same(const json::value& expected, const json::value& shown);

bool same_objects(const json::object& expected, const json::object& shown)
{
    return std::all_of(expected.begin(), expected.end(), [&](const auto& item) {
        const auto* value = shown.if_contains(item.key());
        return same(item.value(), value ? *value : json::value());
    });
}

bool same(const json::value& expected, const json::value& shown)
{
    if (expected.is_number() && shown.is_number())
        return std::abs(expected.to_number<double>() - shown.to_number<double>()) < 1e-9;
    if (expected.is_array() && shown.is_array())
        return std::equal(expected.get_array().begin(), expected.get_array().end(), shown.get_array().begin(),
                          shown.get_array().end(), same);
    if (expected.is_object() && shown.is_object()) return same_objects(expected.get_object(), shown.get_object());
    if (expected.is_array() && expected.get_array().empty() && shown.is_null()) return true;
    return expected == shown;
}

}  // namespace

std::vector<Vector> load_vectors(std::initializer_list<std::string_view> transports)
{
    std::vector<Vector> vectors;
    std::vector<std::filesystem::path> files;
    for (const auto& file : std::filesystem::directory_iterator(BMSD_VECTORS))
        if (file.path().extension() == ".json") files.push_back(file.path());
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
        std::ifstream stream(file);
        std::stringstream content;
        content << stream.rdbuf();
        std::size_t index = 0;
        const json::value document = json::parse(content.str());
        for (const auto& item : document.get_array()) {
            const auto& object = item.get_object();
            const std::size_t mine = index++;
            if (std::find(transports.begin(), transports.end(), text(object, "transport")) == transports.end())
                continue;
            if (bms::find(text(object, "bms")) == nullptr) continue;
            vectors.push_back(read_case(object, file.stem().string(), mine));
        }
    }
    return vectors;
}

std::string difference(const json::object& expect, const Reading& reading)
{
    const json::object shown = to_json(reading);
    std::string text;
    for (const auto& [name, value] : expect) {
        const auto* mine = shown.if_contains(name);
        const json::value have = mine ? *mine : json::value();
        if (!same(value, have))
            text +=
                std::string(name) + ": expected " + json::serialize(value) + ", shown " + json::serialize(have) + "\n";
    }
    return text;
}

}  // namespace bmsd::test
