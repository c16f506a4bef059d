// The batteries of the bank as they are stored.
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "bank/life.h"

namespace bmsd::bank {

namespace json = boost::json;

std::string to_text(const std::vector<Learned>& learned)
{
    json::array list;
    for (const Learned& one : learned) {
        json::object object{{"id", one.identity}, {"name", one.name}, {"seen", static_cast<std::int64_t>(one.seen)}};
        if (one.installed) object["capacity"] = *one.installed;
        list.push_back(std::move(object));
    }
    return json::serialize(list);
}

std::vector<Learned> read_learned(std::string_view text)
{
    std::vector<Learned> out;
    boost::system::error_code error;
    const json::value document = json::parse(text, error);
    if (error || !document.is_array()) return out;
    const auto number = [](const json::object& object, std::string_view name) -> Number {
        const json::value* value = object.if_contains(name);
        return value != nullptr && value->is_number() ? Number(value->to_number<double>()) : std::nullopt;
    };
    for (const json::value& item : document.get_array()) {
        if (!item.is_object()) continue;
        const json::object& object = item.get_object();
        const json::value *id = object.if_contains("id"), *name = object.if_contains("name");
        if (id == nullptr || !id->is_string() || id->get_string().empty()) continue;
        Learned one;
        one.identity = std::string(id->get_string());
        if (name != nullptr && name->is_string()) one.name = std::string(name->get_string());
        one.seen = number(object, "seen").value_or(0);
        one.installed = number(object, "capacity");
        out.push_back(std::move(one));
    }
    return out;
}

}  // namespace bmsd::bank
