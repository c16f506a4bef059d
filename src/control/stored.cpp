#include "control/stored.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <cmath>

#include "model/fields.h"
#include "model/json.h"

namespace bmsd::control {
namespace {

constexpr double largest_count = 9e15;  // beyond it a double counts no more in ones

std::string text(double value, int decimals)
{
    char digits[64];
    const auto end = std::to_chars(digits, digits + sizeof digits, value, std::chars_format::fixed, decimals).ptr;
    return {digits, end};
}

Number number(std::string_view text)
{
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole_text = error == std::errc() && end == text.data() + text.size();
    return whole_text && std::isfinite(value) ? Number(value) : std::nullopt;
}

Number number(const boost::json::value& value)
{
    if (!value.is_number()) return std::nullopt;
    const double number = value.to_number<double>();
    return std::isfinite(number) ? Number(number) : std::nullopt;
}

bool set(Number& member, double value)
{
    member = value;
    return true;
}

bool set(Count& member, double value)
{
    if (std::abs(value) > largest_count) return false;
    member = std::llround(value);
    return true;
}

class Reader {
  public:
    Restored out;

    /// The number in `text`, if there is one; a text that is none is noted.
    Number read(std::string_view name, std::string_view text)
    {
        if (text.empty()) return std::nullopt;
        const Number value = number(text);
        if (!value || std::abs(*value) > largest_count) return unreadable(name);
        return value;
    }

    void read_history(std::string_view text)
    {
        if (text.empty()) return;
        boost::system::error_code error;
        const boost::json::value parsed = boost::json::parse(text, error);
        if (error || !parsed.is_object()) {
            unreadable("HistoryValues");
            return;
        }
        for (const HistoryField& field : history_fields()) {
            const boost::json::value* value = parsed.get_object().if_contains(field.name);
            if (value == nullptr || value->is_null()) continue;
            const Number found = number(*value);
            const auto take = [&](auto member) { return set(out.stored.history.*member, *found); };
            if (!found || !std::visit(take, field.member)) unreadable(field.name);
        }
        make_positive();
    }

  private:
    std::nullopt_t unreadable(std::string_view name)
    {
        out.unreadable.push_back(name);
        return std::nullopt;
    }

    void make_positive()
    {
        History& h = out.stored.history;
        for (Number* value : {&h.deepest_discharge, &h.last_discharge, &h.average_discharge, &h.total_ah_drawn}) {
            if (*value) **value = std::abs(**value);
        }
    }
};

}  // namespace

StoredTexts to_texts(const Stored& stored)
{
    StoredTexts out;
    out.allow_max_voltage = stored.allow_max_voltage ? "1" : "0";
    if (stored.max_voltage_start_time) out.max_voltage_start_time = std::to_string(*stored.max_voltage_start_time);
    if (stored.soc_calc) out.soc_calc = text(*stored.soc_calc, 3);
    out.soc_reset_last_reached = std::to_string(stored.soc_reset_last_reached);
    const boost::json::object history = to_json(stored.history);
    if (!history.empty()) out.history_values = boost::json::serialize(history);
    return out;
}

Restored from_texts(const StoredTexts& texts)
{
    Reader reader;
    Stored& stored = reader.out.stored;
    if (!texts.allow_max_voltage.empty()) {
        stored.allow_max_voltage = reader.read("AllowMaxVoltage", texts.allow_max_voltage) == 1.0;
    }
    const auto stamp = [&](std::string_view name, std::string_view text) -> Count {
        const Number value = reader.read(name, text);
        return value ? Count(static_cast<std::int64_t>(*value)) : std::nullopt;
    };
    stored.max_voltage_start_time = stamp("MaxVoltageStartTime", texts.max_voltage_start_time);
    stored.soc_reset_last_reached = stamp("SocResetLastReached", texts.soc_reset_last_reached).value_or(0);
    stored.soc_calc = reader.read("SocCalc", texts.soc_calc);
    reader.read_history(texts.history_values);
    return std::move(reader.out);
}

}  // namespace bmsd::control
