#include "bms/language/identity.h"

#include <algorithm>

#include <fmt/format.h>

#include <cmath>

#include "model/plausible.h"

namespace bmsd::bms {

std::string decimal_text(double value)
{
    std::string text = fmt::format("{}", value);
    if (text.find_first_of(".en") == std::string::npos) text += ".0";
    return text;
}

std::string letters_and_digits(std::string_view text)
{
    std::string kept;
    for (const char c : text) {
        if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) kept += c;
    }
    return kept;
}

std::string collapsed(ByteView bytes)
{
    std::string text;
    for (const auto byte : bytes) {
        const char c = byte > 0x20 && byte < 0x7F ? static_cast<char>(byte) : ' ';
        if (c != ' ' || (!text.empty() && text.back() != ' ')) text += c;
    }
    if (!text.empty() && text.back() == ' ') text.pop_back();
    return text;
}

std::string address_text(std::uint8_t address)
{
    return fmt::format("{:#04x}", address);
}

std::string common_unique_id(const Reading& reading)
{
    std::string id = letters_and_digits(reading.identity.hardware_version.value_or(""));
    if (!id.empty()) id += '_';
    const Number capacity = reading.telemetry.capacity;
    return id + (capacity ? decimal_text(*capacity) : "None") + "Ah";
}

Text date_text(int year, int month, int day)
{
    if (year < 2000 || year > 2127 || month < 1 || month > 12 || day < 1 || day > 31) return std::nullopt;
    return fmt::format("{:04}{:02}{:02}", year, month, day);
}

Number soc_in_range(double percent)
{
    if (!(percent >= -5 && percent <= 110)) return std::nullopt;
    return std::clamp(percent, 0.0, 100.0);
}

Reply<void> plausible(const Telemetry& telemetry)
{
    if (!impossible(telemetry).empty()) return refuse(Refusal::implausible);
    return {};
}

Reply<void> accept(Telemetry& telemetry)
{
    const auto judged = plausible(telemetry);
    if (judged) sift(telemetry);
    return judged;
}

}  // namespace bmsd::bms
