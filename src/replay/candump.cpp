#include "replay/candump.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <string>
#include <vector>

namespace bmsd::replay {
namespace {

std::vector<std::string_view> words_of(std::string_view line)
{
    constexpr std::string_view blanks = " \t\r\n";
    std::vector<std::string_view> words;
    while (true) {
        const auto begin = line.find_first_not_of(blanks);
        if (begin == std::string_view::npos) return words;
        line.remove_prefix(begin);
        const auto end = std::min(line.find_first_of(blanks), line.size());
        words.push_back(line.substr(0, end));
        line.remove_prefix(end);
    }
}

std::optional<CanFrame> frame_of(std::string_view id_text, std::string_view data_text)
{
    constexpr std::uint32_t most_standard = 0x7FF, most_extended = 0x1FFFFFFF;
    std::uint32_t id = 0;
    const auto [end, error] = std::from_chars(id_text.data(), id_text.data() + id_text.size(), id, 16);
    if (error != std::errc() || end != id_text.data() + id_text.size()) return std::nullopt;
    const bool extended = id_text.size() > 3;
    if (id > (extended ? most_extended : most_standard)) return std::nullopt;
    const auto bytes = from_hex(data_text);
    CanFrame frame{{id, extended}, 0, {}};
    if (!bytes || bytes->size() > frame.data.size()) return std::nullopt;
    frame.size = static_cast<std::uint8_t>(bytes->size());
    std::copy(bytes->begin(), bytes->end(), frame.data.begin());
    return frame;
}

std::optional<CanFrame> from_object(std::string_view line)
{
    boost::system::error_code error;
    const auto value = boost::json::parse(line, error);
    if (error || !value.is_object()) return std::nullopt;
    const auto* id = value.get_object().if_contains("id");
    const auto* data = value.get_object().if_contains("data");
    if (id == nullptr || data == nullptr || !id->is_string() || !data->is_string()) return std::nullopt;
    std::string_view digits = id->get_string();
    if (digits.starts_with("0x")) digits.remove_prefix(2);
    return frame_of(digits, data->get_string());
}

}  // namespace

std::optional<CanFrame> candump_frame(std::string_view line)
{
    auto words = words_of(line);
    if (!words.empty() && words.front().starts_with("{")) return from_object(line);
    if (!words.empty() && words.front().starts_with("(")) words.erase(words.begin());  // the time
    if (words.size() < 2) return std::nullopt;
    const auto hash = words[1].find('#');
    if (hash != std::string_view::npos) return frame_of(words[1].substr(0, hash), words[1].substr(hash + 1));
    if (words.size() < 3 || !words[2].starts_with("[")) return std::nullopt;
    std::string data;
    for (std::size_t i = 3; i < words.size() && words[i].size() == 2; ++i) data += words[i];
    return frame_of(words[1], data);
}

}  // namespace bmsd::replay
