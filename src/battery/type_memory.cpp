#include "battery/type_memory.h"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "model/json.h"
#include "util/file.h"
#include "util/log.h"

namespace bmsd::battery {
namespace json = boost::json;

TypeMemory::TypeMemory(std::string file) : file_(std::move(file))
{
    if (file_.empty()) return;
    const auto content = read_file(file_);
    if (!content) return;
    boost::system::error_code error;
    const json::value document = json::parse(*content, error);
    if (error || !document.is_object()) return;
    for (const auto& [key, value] : document.get_object()) {
        if (value.is_string()) types_.emplace(key, value.get_string());
    }
}

std::string TypeMemory::type_of(std::string_view key) const
{
    const auto found = types_.find(key);
    return found == types_.end() ? std::string() : found->second;
}

void TypeMemory::remember(const std::string& key, std::string_view type)
{
    auto& known = types_[key];
    if (known == type) return;
    known = type;
    if (file_.empty()) return;
    json::object document;
    for (const auto& [name, value] : types_) document[name] = value;
    const auto written = write_file(file_, to_text(document) + "\n");
    if (!written) log::warning("The detection cache could not be written: {}", written.error());
}

std::string memory_key(std::string_view port, std::string_view address)
{
    std::string key(port);
    if (!address.empty()) key += "#" + std::string(address);
    return key;
}

}  // namespace bmsd::battery
