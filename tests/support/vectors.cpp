#include "support/vectors.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include "bms/catalogue.h"
#include "config/value.h"
#include "model/json.h"

namespace bmsd::test {
namespace json = boost::json;
namespace {

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

namespace {

std::vector<std::filesystem::path> all_files()
{
    std::vector<std::filesystem::path> files;
    const std::filesystem::path folder = BMSD_VECTORS;
    for (const auto& path : {folder, folder / "ble"})
        for (const auto& file : std::filesystem::directory_iterator(path))
            if (file.path().extension() == ".json") files.push_back(file.path());
    std::sort(files.begin(), files.end());
    return files;
}

std::vector<Vector> load_if(const std::function<bool(const replay::Dialogue&)>& wanted)
{
    std::vector<Vector> vectors;
    for (const auto& file : all_files()) {
        std::ifstream stream(file);
        std::stringstream content;
        content << stream.rdbuf();
        const auto cases = replay::read_dialogues(content.str());
        if (!cases) throw std::runtime_error(file.string() + ": " + cases.error());
        const std::string before = file.parent_path().filename() == "ble" ? "ble_" : "";
        for (std::size_t index = 0; index < cases->size(); ++index) {
            const auto& one = (*cases)[index];
            if (!one) throw std::runtime_error(file.string() + ": " + one.error());
            if (wanted(*one)) vectors.push_back({*one, before + file.stem().string(), index});
        }
    }
    return vectors;
}

}  // namespace

std::vector<Vector> load_vectors(std::initializer_list<std::string_view> transports)
{
    return load_if([&](const replay::Dialogue& one) {
        return std::find(transports.begin(), transports.end(), one.transport) != transports.end() &&
               !one.advertisement && (one.transport == "mqtt" || bms::find(one.bms) != nullptr);
    });
}

std::vector<Vector> load_advertisements()
{
    return load_if([](const replay::Dialogue& one) { return one.advertisement.has_value(); });
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
