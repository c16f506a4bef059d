#pragma once
// The values of one battery service, and the batteries as the bank sees them.
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "bank/item.h"
#include "model/telemetry.h"

namespace bmsd::bank {

/// Absent is absent; a text that is not there is empty.
class Values {
  public:
    Number& operator[](Item item) { return numbers_[static_cast<std::size_t>(item)]; }
    const Number& operator[](Item item) const { return numbers_[static_cast<std::size_t>(item)]; }
    std::string& operator[](Word word) { return words_[static_cast<std::size_t>(word)]; }
    const std::string& operator[](Word word) const { return words_[static_cast<std::size_t>(word)]; }
    Cells cells;  // V

    bool operator==(const Values&) const = default;

  private:
    std::array<Number, item_count> numbers_{};
    std::array<std::string, word_count> words_{};
};

/// `value` at `slot`. What cannot be (not a number, infinite, a cell outside 0..10 V, a percentage outside 0..100, a
/// pack outside 0..1000 V, more than 10 000 A) is absent. False when something was refused.
bool put(Values& values, const Slot& slot, const Number& value);
/// The number at `slot`, if it has one.
Number number_at(const Values& values, const Slot& slot);

/// What a charge mode text says. Source: core/aggregation.md 8.1.
struct ChargeMode {
    enum class Class : std::uint8_t { unknown, charging, transition, floating };
    Class is = Class::unknown;
    bool absorption = false;
    bool protects = false;   // the voltage is lowered: a cell is too high, or the current limit is not obeyed
    bool soc_reset = false;  // the voltage is raised

    bool operator==(const ChargeMode&) const = default;
};
ChargeMode read_mode(std::string_view text);

enum class Standing : std::uint8_t { online, grace, lost, absent };

/// A service of this or another program; selectors look at it.
struct Service {
    std::string name;  // whole bus name
    std::string port;  // "ttyUSB0"; empty: not known
    bool own = false;  // of this process
    Values values;
};

/// One battery of the bank, or a string of some in series.
struct Member {
    std::string identity;  // the key of everything that is remembered
    std::string name;      // as shown; unique
    std::string service;   // bus name
    Standing standing = Standing::online;
    bool own = false;
    Flag charge_fet, discharge_fet;
    Number hardware_charge, hardware_discharge;  // A, what the BMS itself allows; own ones only
    bool lost_full = false, lost_empty = false;  // it may still be connected, and full (empty)
    ChargeMode mode;
    Values values;  // present or last ones

    bool counts() const { return standing == Standing::online || standing == Standing::grace; }
};

}  // namespace bmsd::bank
