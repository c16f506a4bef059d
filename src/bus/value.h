#pragma once
// A value as it stands on the bus: type, text, wire form. Source: core/dbus.md section 2.2.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "util/result.h"

struct sd_bus_message;

namespace bmsd::bus {

/// How GetText shows a value.
struct Format {
    std::int8_t decimals = -1;  // of a number, -1: shortest that reads back
    std::string_view unit = {};
    bool hex = false;
};

class Value {
  public:
    using List = std::vector<Value>;
    using Data = std::variant<std::monostate, bool, std::int64_t, double, std::string, List>;

    Value() = default;                                // no value
    Value(bool value) : data_(value) {}               // NOLINT
    Value(int value) : data_(std::int64_t{value}) {}  // NOLINT
    Value(std::int64_t value) : data_(value) {}       // NOLINT
    /// NaN and infinity become no value, -0.0 becomes 0.0.
    Value(double value);  // NOLINT
    /// Texts are made valid UTF-8: the bus drops the connection of who sends anything else.
    Value(std::string value);                                     // NOLINT
    Value(std::string_view value) : Value(std::string(value)) {}  // NOLINT
    Value(const char* value) : Value(std::string(value)) {}       // NOLINT
    Value(List value) : data_(std::move(value)) {}                // NOLINT
    template <class T>
    Value(const std::optional<T>& value)  // NOLINT
    {
        if (value) *this = Value(*value);
    }

    bool null() const { return data_.index() == 0; }
    const Data& data() const { return data_; }
    /// What it holds when it holds a T.
    template <class T>
    const T* get() const
    {
        return std::get_if<T>(&data_);
    }
    /// An integer or double as double.
    std::optional<double> number() const;

    bool operator==(const Value&) const = default;

  private:
    Data data_;
};

std::string text(const Value& value, const Format& format = {});

/// `text` with every byte that is not UTF-8, and every NUL, as '?'.
std::string valid_utf8(std::string text);

/// The shortest decimal that reads back, with ".0" for whole numbers.
std::string shortest(double value);
/// The nearest double to the decimal result; ties on the binary value go to even.
double nearest(double value, int decimals);

/// The D-Bus type inside the variant: "i", "x", "d", "s", "b", "av", "au" or "ai".
std::string_view wire_type(const Value& value);
/// Appends a variant. Negative errno as sd-bus gives it.
int append(sd_bus_message* message, const Value& value);
/// Reads a variant: any integer type, double, string, boolean or, as no value, an empty array. Anything else is an
/// error and is skipped.
Result<Value> read_variant(sd_bus_message* message);

/// `value` as the type of a path ('i', 'd' or 's'); nothing when it cannot be converted. No value stays none.
std::optional<Value> converted(const Value& value, char type);

}  // namespace bmsd::bus
