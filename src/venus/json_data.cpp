#include "venus/json_data.h"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <iterator>

namespace bmsd::venus {
namespace {

void write_value(const bus::Value& value, std::string& json)
{
    if (const auto* string = value.get<std::string>()) {
        json += string->empty() ? "null" : boost::json::serialize(boost::json::string_view(*string));
    } else if (const auto* flag = value.get<bool>()) {
        json += *flag ? "true" : "false";
    } else if (const auto* list = value.get<bus::Value::List>(); list != nullptr && !list->empty()) {
        for (const auto& element : *list) {
            json += &element == list->data() ? '[' : ',';
            write_value(element, json);
        }
        json += ']';
    } else if (const auto* number = value.get<double>()) {
        json += bus::shortest(*number);
    } else if (const auto* integer = value.get<std::int64_t>()) {
        fmt::format_to(std::back_inserter(json), "{}", *integer);
    } else {
        json += "null";
    }
}

// Length of the path elements that `path` shares with `before`, the last slash included.
std::size_t common_levels(std::string_view path, std::string_view before)
{
    std::size_t common = 0;
    for (std::size_t i = 0; i < path.size() && i < before.size() && path[i] == before[i]; ++i) {
        if (path[i] == '/') common = i + 1;
    }
    return common;
}

void close_levels(std::string_view path, std::size_t from, std::string& json)
{
    for (std::size_t i = from; i < path.size(); ++i) {
        if (path[i] == '/') json += '}';
    }
}

/// Why a limit is what it is, the wire, what is not saved: paths that only we have. Readers of the JSON know those of
/// the reference driver and complain about others.
bool is_our_own(std::string_view path)
{
    constexpr std::string_view limitation = "Limitation";
    if (!path.starts_with("/Info/")) return false;
    const auto at = path.find(limitation);
    return path == "/Info/NotSaved" || path.starts_with("/Info/Link/") ||
           (at != path.npos && at + limitation.size() < path.size());
}

}  // namespace

void write_json_data(const Tree& tree, std::string& json)
{
    json = "{";
    std::string_view before = "/";
    for (const auto number : tree.below("/")) {
        const Leaf& leaf = tree.leaf(number);
        const std::string_view path = leaf.path;
        if (path == "/JsonData" || path.starts_with("/Settings/") || is_our_own(path)) continue;
        const std::size_t common = common_levels(path, before);
        close_levels(before, common, json);
        if (json.back() != '{') json += ',';
        for (std::size_t at = common, slash; at < path.size(); at = slash + 1) {
            slash = std::min(path.find('/', at), path.size());
            json.append("\"").append(path.substr(at, slash - at)).append(slash < path.size() ? "\":{" : "\":");
        }
        write_value(leaf.value, json);
        before = path;
    }
    close_levels(before, 1, json);
    json += '}';
}

}  // namespace bmsd::venus
