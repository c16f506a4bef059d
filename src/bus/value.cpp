#include "bus/value.h"

#include <fmt/format.h>
#include <systemd/sd-bus.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace bmsd::bus {
namespace {

template <class... Ts>
struct Overloaded : Ts... {
    using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

bool fits_int32(std::int64_t value)
{
    return value >= std::numeric_limits<std::int32_t>::min() && value <= std::numeric_limits<std::int32_t>::max();
}

std::string fixed(double value, int decimals)
{
    std::array<char, 400> buffer;  // the largest double has 309 digits before the point
    const auto end =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed, decimals);
    return {buffer.data(), end.ptr};
}

// The length of the UTF-8 character at `at`, 0 when there is none.
std::size_t character_length(std::string_view text, std::size_t at)
{
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
    const unsigned char first = byte(0);
    if (first != 0 && first < 0x80) return 1;
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || at + length > text.size()) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return 0;
    }
    const bool overlong = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xF0 && byte(1) < 0x90);
    const bool no_character = (first == 0xED && byte(1) > 0x9F) || (first == 0xF4 && byte(1) > 0x8F);
    return overlong || no_character ? 0 : length;
}

std::string list_text(const Value::List& list)
{
    std::string result = "[";
    for (const auto& element : list) {
        if (result.size() > 1) result += ", ";
        const bool quoted = element.get<std::string>() != nullptr;
        result += quoted ? fmt::format("'{}'", text(element)) : text(element);
    }
    return result + "]";
}

template <class T>
std::optional<T> parsed(std::string_view text)
{
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    if (text.starts_with('+')) text.remove_prefix(1);
    T number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::optional<Value> to_integer(const Value& value)
{
    if (value.get<std::int64_t>() != nullptr) return value;
    if (const auto* flag = value.get<bool>()) return Value(int{*flag});
    double number = 0;
    if (const auto* given = value.get<double>())
        number = *given;
    else if (const auto* string = value.get<std::string>()) {
        if (const auto integer = parsed<std::int64_t>(*string)) return Value(*integer);
        const auto decimal = parsed<double>(*string);
        if (!decimal) return std::nullopt;
        number = *decimal;
    } else
        return std::nullopt;
    if (!(std::abs(number) < 9e15) || number != std::floor(number)) return std::nullopt;
    return Value(static_cast<std::int64_t>(number));
}

std::optional<Value> to_double(const Value& value)
{
    if (const auto number = value.number()) return Value(*number);
    if (const auto* flag = value.get<bool>()) return Value(*flag ? 1.0 : 0.0);
    const auto* string = value.get<std::string>();
    const auto decimal = string != nullptr ? parsed<double>(*string) : std::nullopt;
    if (!decimal || !std::isfinite(*decimal)) return std::nullopt;
    return Value(*decimal);
}

int append_list(sd_bus_message* message, const Value::List& list)
{
    if (list.empty()) return sd_bus_message_append(message, "v", "au", 0);
    int result = sd_bus_message_open_container(message, 'v', "av");
    if (result >= 0) result = sd_bus_message_open_container(message, 'a', "v");
    for (const auto& element : list) {
        if (result >= 0) result = append(message, element);
    }
    if (result >= 0) result = sd_bus_message_close_container(message);
    return result >= 0 ? sd_bus_message_close_container(message) : result;
}

template <class T>
T basic(sd_bus_message* message, char type)
{
    T value{};
    sd_bus_message_read_basic(message, type, &value);
    return value;
}

Result<Value> read_content(sd_bus_message* message, char type)
{
    switch (type) {
        case 'y':
            return Value(int{basic<std::uint8_t>(message, type)});
        case 'n':
            return Value(int{basic<std::int16_t>(message, type)});
        case 'q':
            return Value(int{basic<std::uint16_t>(message, type)});
        case 'i':
            return Value(basic<std::int32_t>(message, type));
        case 'u':
            return Value(std::int64_t{basic<std::uint32_t>(message, type)});
        case 'x':
            return Value(basic<std::int64_t>(message, type));
        case 't': {
            const auto value = basic<std::uint64_t>(message, type);
            if (value > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) return Failure("number too large");
            return Value(static_cast<std::int64_t>(value));
        }
        case 'b':
            return Value(basic<int>(message, type) != 0);
        case 'd':
            return Value(basic<double>(message, type));
        case 's':
        case 'o':
        case 'g':
            return Value(basic<const char*>(message, type));
        default:
            break;
    }
    return Failure(fmt::format("type {} not usable", type));
}

// An empty array stands for no value.
Result<Value> read_array(sd_bus_message* message, const char* contents)
{
    int result = sd_bus_message_enter_container(message, 'a', contents);
    if (result < 0) return Failure("bad array");
    const bool empty = sd_bus_message_at_end(message, 0) > 0;
    while (sd_bus_message_at_end(message, 0) == 0 && result >= 0) result = sd_bus_message_skip(message, contents);
    sd_bus_message_exit_container(message);
    if (!empty) return Failure("a list is not usable");
    return Value();
}

}  // namespace

Value::Value(double value)
{
    if (std::isfinite(value)) data_ = value + 0.0;  // -0.0 + 0.0 is 0.0
}

Value::Value(std::string value) : data_(valid_utf8(std::move(value))) {}

std::optional<double> Value::number() const
{
    if (const auto* integer = get<std::int64_t>()) return static_cast<double>(*integer);
    if (const auto* number = get<double>()) return *number;
    return std::nullopt;
}

std::string valid_utf8(std::string text)
{
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = character_length(text, at);
        if (length == 0) text[at] = '?';
        at += length == 0 ? 1 : length;
    }
    return text;
}

std::string shortest(double value)
{
    const double size = std::abs(value);
    std::array<char, 64> buffer;
    const bool plain = size == 0 || (size >= 1e-4 && size < 1e16);
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                   plain ? std::chars_format::fixed : std::chars_format::scientific);
    std::string result(buffer.data(), end.ptr);
    if (plain && result.find('.') == std::string::npos) result += ".0";
    return result;
}

double nearest(double value, int decimals)
{
    if (!std::isfinite(value)) return value;
    std::array<char, 400> buffer;
    const auto end =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed, decimals);
    double result = value;
    std::from_chars(buffer.data(), end.ptr, result);
    return result;
}

std::string text(const Value& value, const Format& format)
{
    return std::visit(Overloaded{
                          [](std::monostate) { return std::string("---"); },
                          [](bool flag) { return std::string(flag ? "True" : "False"); },
                          [&](std::int64_t number) {
                              if (format.hex) return fmt::format("0x{:X}", number);
                              return fmt::format("{}{}", number, format.unit);
                          },
                          [&](double number) {
                              return (format.decimals < 0 ? shortest(number) : fixed(number, format.decimals)) +
                                     std::string(format.unit);
                          },
                          [](const std::string& string) { return string; },
                          [](const Value::List& list) { return list_text(list); },
                      },
                      value.data());
}

std::string_view wire_type(const Value& value)
{
    return std::visit(Overloaded{
                          [](std::monostate) { return "ai"; },
                          [](bool) { return "b"; },
                          [](std::int64_t number) { return fits_int32(number) ? "i" : "x"; },
                          [](double) { return "d"; },
                          [](const std::string&) { return "s"; },
                          [](const Value::List& list) { return list.empty() ? "au" : "av"; },
                      },
                      value.data());
}

int append(sd_bus_message* message, const Value& value)
{
    return std::visit(
        Overloaded{
            [&](std::monostate) { return sd_bus_message_append(message, "v", "ai", 0); },
            [&](bool flag) { return sd_bus_message_append(message, "v", "b", int{flag}); },
            [&](std::int64_t number) {
                if (!fits_int32(number)) return sd_bus_message_append(message, "v", "x", number);
                return sd_bus_message_append(message, "v", "i", static_cast<std::int32_t>(number));
            },
            [&](double number) { return sd_bus_message_append(message, "v", "d", number); },
            [&](const std::string& text) { return sd_bus_message_append(message, "v", "s", text.c_str()); },
            [&](const Value::List& list) { return append_list(message, list); },
        },
        value.data());
}

Result<Value> read_variant(sd_bus_message* message)
{
    char type = 0;
    const char* contents = nullptr;
    if (sd_bus_message_peek_type(message, &type, &contents) <= 0 || type != 'v') return Failure("not a variant");
    const std::string inner = contents;
    if (sd_bus_message_enter_container(message, 'v', inner.c_str()) < 0) return Failure("bad variant");
    Result<Value> result;
    if (inner.size() == 1)
        result = read_content(message, inner[0]);
    else if (inner[0] == 'a')
        result = read_array(message, inner.c_str() + 1);
    else {
        sd_bus_message_skip(message, inner.c_str());
        result = Failure("type " + inner + " not usable");
    }
    sd_bus_message_exit_container(message);
    return result;
}

std::optional<Value> converted(const Value& value, char type)
{
    if (value.null()) return value;
    if (type == 'i') return to_integer(value);
    if (type == 'd') return to_double(value);
    if (value.get<Value::List>() != nullptr) return std::nullopt;
    return Value(text(value));
}

}  // namespace bmsd::bus
